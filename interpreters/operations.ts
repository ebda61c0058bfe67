/** What the methods of `Interpreter` do. */
import { untilAborted } from "../channels/until_aborted.ts";
import { STATE } from "../kernel/layout.ts";
import { checkOptions } from "../runtime/mod.ts";
import { Thread } from "./call_thread.ts";
import { hasPending, type Limits, request } from "./calls.ts";
import { InterpreterError, InterpreterNotFoundError } from "./errors.ts";
import type { CallOptions, CallResult, LimitedCalls } from "./callable.ts";
import { Interpreter } from "./interpreter.ts";
import { receive } from "./mailbox.ts";
import { processNow } from "./process_context.ts";
import { realm } from "./realm.ts";
import { requestsLeft, sendBindings, sendCall, sendProgram } from "./sending.ts";
import type { AnyFunction } from "./callable.ts";

/** How the last interpreters have ended, by id: who asks for one later is told. */
const endings = new Map<number, unknown>();
const ENDINGS = 64;

receive("ends", {
  letter() {},
  died(id, cause) {
    endings.set(id, cause);
    if (endings.size > ENDINGS) endings.delete(endings.keys().next().value!);
  },
});

/**
 * The slot of a living interpreter; throws `InterpreterNotFoundError` for one that was closed or has died. `closing`: also of
 * one that is closing.
 */
export function find(interpreter: Interpreter, action: string, closing = false): number {
  if (interpreter.id === 0) return 0;
  const slot = realm.board?.find(interpreter.id, Interpreter.slotOf(interpreter)) ?? -1;
  if (slot < 0 || (!closing && realm.board!.state(slot) === STATE.CLOSING)) {
    throw new InterpreterNotFoundError(
      `Cannot ${action}: interpreter ${interpreter.id} ("${interpreter.name}") was closed or has died; create a new one`,
      endings.has(interpreter.id) ? { cause: endings.get(interpreter.id) } : undefined,
    );
  }
  return slot;
}

/** See `Interpreter.ready`. */
export function whenReady(interpreter: Interpreter): Promise<void> {
  if (interpreter.id === realm.id || interpreter.id === 0) return Promise.resolve();
  const booted = request(0, { do: "ready", id: interpreter.id }, "ready", {});
  // Calls made before have left by then, so that this thread may block.
  const ready = Promise.all([booted, requestsLeft(interpreter.id)]).then(function both() {});
  ready.catch(function seen() {});
  return ready;
}

/** See `Interpreter.isRunning`. */
export function isRunning(interpreter: Interpreter): boolean {
  if (interpreter.id === 0) return true;
  const slot = find(interpreter, "ask whether it runs");
  return hasPending(interpreter.id) || realm.board!.running(slot) > 0;
}

/** See `Interpreter.prepareMain`. */
export async function prepareMain(
  interpreter: Interpreter,
  bindings: Record<string, unknown>,
): Promise<void> {
  find(interpreter, "prepare it");
  await sendBindings(interpreter.id, bindings);
}

/** `promise`, for whoever waits for it here: cancelling the running process ends the wait. */
export function untilCancelled<T>(promise: Promise<T>): Promise<T> {
  return untilAborted(promise, processNow());
}

/** See `Interpreter.exec`. */
export async function exec(interpreter: Interpreter, source: string, limits: Limits): Promise<void> {
  find(interpreter, "execute");
  await untilCancelled(sendProgram(interpreter.id, source, limits));
}

/** See `Interpreter.call`. */
export async function call(
  interpreter: Interpreter,
  fn: unknown,
  args: unknown[],
  limits: Limits,
): Promise<unknown> {
  return await untilCancelled(start(interpreter, fn, args, limits));
}

async function start(
  interpreter: Interpreter,
  fn: unknown,
  args: unknown[],
  limits: Limits,
): Promise<unknown> {
  find(interpreter, "call");
  return await sendCall(interpreter.id, fn as AnyFunction, args, limits);
}

/** See `Interpreter.callInThread`. */
export function callInThread<R>(
  interpreter: Interpreter,
  fn: unknown,
  args: unknown[],
  limits: Limits,
): Thread<CallResult<R>> {
  return new Thread(start(interpreter, fn, args, limits) as Promise<CallResult<R>>);
}

/** See `Interpreter.with`. */
export function limitedCalls(interpreter: Interpreter, options: CallOptions): LimitedCalls {
  const limits = checkLimits(options);
  return {
    call(fn, ...args) {
      return call(interpreter, fn, args, limits) as Promise<never>;
    },
    exec(source) {
      return exec(interpreter, source, limits);
    },
    callInThread(fn, ...args) {
      return callInThread(interpreter, fn, args, limits);
    },
  };
}

/** See `Interpreter.close`. */
export async function close(
  interpreter: Interpreter,
  options: { readonly force?: boolean | undefined },
): Promise<void> {
  checkOptions("Cannot close interpreter", options, ["force"]);
  const { force } = options ?? {};
  if (force !== undefined && typeof force !== "boolean") {
    throw new TypeError(`Cannot close interpreter: force is of type ${typeof force}; pass true or false`);
  }
  // What is closing already, which may take as long as the work of its pools, can still be closed by force.
  find(interpreter, "close", force === true);
  if (interpreter.id !== realm.id && force !== true && hasPending(interpreter.id)) {
    throw new InterpreterError(
      `Cannot close interpreter ${interpreter.id}: it is running; await its calls first, or pass { force: true }`,
    );
  }
  await request(
    0,
    { do: "close", id: interpreter.id, force: force === true, wait: true },
    "close",
    {},
  );
}

/** Closes by force; nothing happens when it is closed already. */
export async function dispose(interpreter: Interpreter): Promise<void> {
  try {
    await close(interpreter, { force: true });
  } catch (error) {
    if (!(error instanceof InterpreterNotFoundError)) throw error;
  }
}

function checkLimits(options: CallOptions): Limits {
  checkOptions("Cannot limit calls", options, ["signal", "timeout"]);
  const { signal, timeout } = options ?? {};
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError("Cannot limit calls: signal is not an AbortSignal; pass controller.signal");
  }
  if (timeout !== undefined && typeof timeout !== "number") {
    throw new TypeError(`Cannot limit calls: timeout is of type ${typeof timeout}; pass milliseconds`);
  }
  if (timeout !== undefined && !(timeout >= 0)) {
    throw new RangeError(`Cannot limit calls: timeout is ${timeout}; pass milliseconds of at least 0`);
  }
  return { signal, timeout };
}
