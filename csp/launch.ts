/** Starting processes: where each runs, and what it is started with. The functions behind `go_api.ts`. */
import { interpreters } from "#engines";
import type { AnyFunction, ProcessRun } from "../interpreters/callable.ts";
import { Interpreter } from "../interpreters/interpreter.ts";
import { checkOptions, startTimer } from "../runtime/mod.ts";
import { hear, unlisten } from "../channels/abort_listeners.ts";
import { TimeoutError } from "../channels/errors.ts";
import type { GoOptions } from "./go_api.ts";
import { Process } from "./process.ts";

/** An interpreter of the shared set. */
export type CrewMember = ReturnType<ReturnType<typeof interpreters>["place"]>;

/** Starts `fn` on the shared set. */
export function launch(fn: AnyFunction, args: unknown[]): Process<unknown> {
  return new Process(startShared(fn, args, nameOf(fn)));
}

/** Starts `fn` on up to `n` interpreters of the shared set, once on each. Throws when it cannot be started, and then none runs on. */
export function launchApart(n: number, fn: AnyFunction, args: unknown[]): Process<unknown>[] {
  const started: Process<unknown>[] = [];
  const members = interpreters().placeApart(n);
  try {
    for (const member of members) started.push(launchOn(member, fn, args));
  } catch (error) {
    for (const member of members.slice(started.length + 1)) interpreters().leave(member);
    for (const process of started) process.cancel(error);
    throw error;
  }
  return started;
}

/** Starts `fn` on one of the shared set, which counts it already. */
export function launchOn(member: CrewMember, fn: AnyFunction, args: unknown[]): Process<unknown> {
  return new Process(startOn(member, fn, args, nameOf(fn)));
}

/** Starts `fn` in this interpreter. */
export function launchHere(fn: AnyFunction, args: unknown[]): Process<unknown> {
  return new Process(startHere(fn, args, nameOf(fn)));
}

/** Starts `fn` on an interpreter of its own. */
export function launchAlone(fn: AnyFunction, args: unknown[]): Process<unknown> {
  return new Process(alone(fn, args, nameOf(fn)));
}

/** Checks the options of `go.with`; what it gives starts a process by them. */
export function launcher(options: GoOptions): (fn: AnyFunction, args: unknown[]) => Process<unknown> {
  const checked = check(options);
  const { dedicated, interpreter, local, signal, timeout } = checked;
  return function start(fn, args) {
    const name = checked.name || nameOf(fn);
    if (signal?.aborted) {
      const bare = local ? undefined : interpreter === undefined;
      return new Process(interpreters().startCancelled(guarded(fn), args, name, bare, signal.reason));
    }
    const run = local
      ? startHere(fn, args, name)
      : dedicated
      ? alone(fn, args, name)
      : interpreter !== undefined
      ? interpreters().startProcess(interpreter, guarded(fn), args, name, false)
      : startShared(fn, args, name);
    if (signal !== undefined) cancelBy(run, signal);
    if (timeout !== undefined && timeout !== Infinity) cancelAfter(run, timeout);
    return new Process(run);
  };
}

/** Starts `fn` on the shared set under `name`. */
export function startShared(fn: AnyFunction, args: unknown[], name: string): ProcessRun {
  const checked = guarded(fn);
  return startOn(interpreters().place(), checked, args, name);
}

/** Starts `fn` on one of the shared set, which counts it already. */
function startOn(member: CrewMember, fn: AnyFunction, args: unknown[], name: string): ProcessRun {
  const { leave, startProcess } = interpreters();
  let left = false;
  function ended(): void {
    if (left) return;
    left = true;
    leave(member);
  }
  try {
    return startProcess(member.interpreter, fn, args, name, true, ended);
  } catch (error) {
    ended();
    throw error;
  }
}

/** Starts `fn` in this interpreter under `name`. */
export function startHere(fn: AnyFunction, args: unknown[], name: string): ProcessRun {
  return interpreters().startProcessHere(guarded(fn), args, name);
}

function alone(fn: AnyFunction, args: unknown[], name: string): ProcessRun {
  const { checkProcess, createDedicated, dispose, startProcess } = interpreters();
  // Before an interpreter is started for nothing.
  checkProcess(guarded(fn), args, true);
  const interpreter = createDedicated(name);
  function close(): void {
    void dispose(interpreter);
  }
  try {
    return startProcess(interpreter, fn, args, name, true, close);
  } catch (error) {
    close();
    throw error;
  }
}

/** Cancels the process when `signal` aborts. */
function cancelBy(run: ProcessRun, signal: AbortSignal): void {
  const listener = {
    aborted(reason: unknown): void {
      run.cancel(reason);
    },
  };
  hear(signal, listener);
  void run.whenEnded().then(function ended() {
    unlisten(signal, listener);
  });
}

/** Cancels the process when its time is over. */
function cancelAfter(run: ProcessRun, timeout: number): void {
  const stop = startTimer(timeout, function late() {
    const what = `process "${run.name}"`;
    run.cancel(new TimeoutError(`Cannot wait any longer for ${what}: ${timeout} ms have passed`));
  });
  void run.whenEnded().then(stop);
}

/** `fn`, if a process may be started now. */
function guarded(fn: AnyFunction): AnyFunction {
  if (typeof fn !== "function") {
    throw new TypeError(
      `Cannot start a process: ${fn === null ? "null" : typeof fn} is not a function; pass a function first`,
    );
  }
  interpreters().checkMainGuard("Cannot start a process");
  return fn;
}

/** What messages and lists call a process that was given no name. */
function nameOf(fn: AnyFunction): string {
  return typeof fn === "function" && fn.name || "anonymous";
}

function check(options: GoOptions): GoOptions {
  const action = "Cannot start processes";
  checkOptions(action, options, ["name", "signal", "timeout", "interpreter", "dedicated", "local"]);
  const { name, signal, timeout, interpreter, dedicated = false, local = false } = options ?? {};
  if (name !== undefined && typeof name !== "string") {
    throw new TypeError(`${action}: name is of type ${typeof name}; pass a string`);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`${action}: signal is not an AbortSignal; pass controller.signal`);
  }
  if (timeout !== undefined && typeof timeout !== "number") {
    throw new TypeError(`${action}: timeout is of type ${typeof timeout}; pass milliseconds`);
  }
  if (timeout !== undefined && !(timeout >= 0)) {
    throw new RangeError(`${action}: timeout is ${timeout}; pass milliseconds of at least 0`);
  }
  if (interpreter !== undefined && !(interpreter instanceof Interpreter)) {
    throw new TypeError(`${action}: interpreter is none; pass what create() returns`);
  }
  for (const [key, value] of Object.entries({ dedicated, local })) {
    if (typeof value !== "boolean") {
      throw new TypeError(`${action}: ${key} is of type ${typeof value}; pass true or false`);
    }
  }
  const places = [
    interpreter !== undefined && "interpreter",
    dedicated && "dedicated",
    local && "local",
  ].filter(Boolean);
  if (places.length > 1) {
    throw new TypeError(`${action}: ${places.join(" and ")} name different places; pass one of them`);
  }
  return { name, signal, timeout, interpreter, dedicated, local };
}
