/** Starting processes: where each runs, and what it is started with. The functions behind `go_api.ts`. */
import { interpreters } from "#engines";
import type { AnyFunction, ProcessRun } from "../interpreters/callable.ts";
import { Interpreter } from "../interpreters/interpreter.ts";
import { checkOptions, startTimer } from "../runtime/mod.ts";
import { TimeoutError } from "../channels/errors.ts";
import type { GoOptions } from "./go_api.ts";
import { Process } from "./process.ts";

/** Starts `fn` on the shared set. */
export function launch(fn: AnyFunction, args: unknown[]): Process<unknown> {
  return new Process(startShared(fn, args, nameOf(fn)));
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
  return function start(fn, args) {
    const { signal, timeout } = checked;
    signal?.throwIfAborted();
    const name = checked.name ?? nameOf(fn);
    const run = checked.local
      ? startHere(fn, args, name)
      : checked.dedicated
      ? alone(fn, args, name)
      : checked.interpreter !== undefined
      ? interpreters().startProcess(checked.interpreter, guarded(fn), args, name, false)
      : startShared(fn, args, name);
    if (signal !== undefined || timeout !== undefined) limit(run, signal, timeout);
    return new Process(run);
  };
}

/** Starts `fn` on the shared set under `name`. */
export function startShared(fn: AnyFunction, args: unknown[], name: string): ProcessRun {
  const { leastLoaded, noteEnded, noteStarted, startProcess } = interpreters();
  const checked = guarded(fn);
  const interpreter = leastLoaded();
  const run: ProcessRun = startProcess(interpreter, checked, args, name, true, function ended() {
    noteEnded(interpreter, run);
  });
  noteStarted(interpreter, run);
  return run;
}

/** Starts `fn` in this interpreter under `name`. */
export function startHere(fn: AnyFunction, args: unknown[], name: string): ProcessRun {
  return interpreters().startProcessHere(guarded(fn), args, name);
}

function alone(fn: AnyFunction, args: unknown[], name: string): ProcessRun {
  const { createDedicated, dispose, startProcess } = interpreters();
  const checked = guarded(fn);
  const interpreter = createDedicated(name);
  try {
    return startProcess(interpreter, checked, args, name, true, function ended() {
      void dispose(interpreter);
    });
  } catch (error) {
    void dispose(interpreter);
    throw error;
  }
}

/** Cancels the process when `signal` aborts or its time is over. */
function limit(run: ProcessRun, signal: AbortSignal | undefined, timeout: number | undefined): void {
  function aborted(): void {
    run.cancel(signal!.reason);
  }
  signal?.addEventListener("abort", aborted, { once: true });
  const stop = timeout === undefined || timeout === Infinity
    ? undefined
    : startTimer(timeout, function late() {
      run.cancel(
        new TimeoutError(
          `Cannot wait any longer for process "${run.name || "anonymous"}": ${timeout} ms have passed`,
        ),
      );
    });
  void run.whenEnded().then(function ended() {
    signal?.removeEventListener("abort", aborted);
    stop?.();
  });
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

function nameOf(fn: AnyFunction): string {
  return typeof fn === "function" ? fn.name : "";
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
