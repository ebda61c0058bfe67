/** What a pipeline is given, checked, and what it rejects with. */
import { interpreters, operators } from "#engines";
import { GUARD } from "../channels/port.ts";
import type { ReceivePort, SendPort } from "../channels/mod.ts";
import type { AnyFunction } from "../interpreters/callable.ts";
import { InterpreterError } from "../interpreters/errors.ts";
import { checkOptions } from "../runtime/mod.ts";
import { PipelineError, type PipelineOptions } from "./pipeline_api.ts";

/** Items that an iterable is read ahead. */
const READ_AHEAD = 64;

const ACTION = "Cannot run a pipeline";

/** Throws what `pipeline` documents; gives its options in full. */
export function checkAll(
  n: number,
  fn: AnyFunction,
  to: SendPort<unknown>,
  options: PipelineOptions | undefined,
): { ordered: boolean; close: boolean; signal: AbortSignal | undefined } {
  checkOptions(ACTION, options, ["ordered", "close", "signal"]);
  const { ordered = true, close = true, signal } = options ?? {};
  if (!Number.isInteger(n) || n < 1) {
    throw new RangeError(`${ACTION}: ${String(n)} is no number of workers; pass an integer of at least 1`);
  }
  if (typeof fn !== "function") throw new TypeError(`${ACTION}: ${nameOf(fn)} is no function; pass one`);
  if (typeof to?.send !== "function") {
    throw new TypeError(`${ACTION}: to is ${nameOf(to)}; pass a channel or a sender`);
  }
  for (const [key, value] of Object.entries({ ordered, close })) {
    if (typeof value !== "boolean") {
      throw new TypeError(`${ACTION}: ${key} is of type ${typeof value}; pass true or false`);
    }
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`${ACTION}: signal is not an AbortSignal; pass controller.signal`);
  }
  interpreters().checkFunction(fn, true);
  return { ordered, close, signal };
}

/** Where items come from, and what to retire at the end if it was made here. */
export function inputOf(from: unknown): [input: ReceivePort<unknown>, own: { retire(): void } | undefined] {
  if (typeof from === "object" && from !== null && GUARD in from) {
    return [from as unknown as ReceivePort<unknown>, undefined];
  }
  if (
    (typeof from === "object" && from !== null && Symbol.asyncIterator in from) ||
    typeof (from as Iterable<unknown> | undefined)?.[Symbol.iterator] === "function"
  ) {
    const own = operators().fromIterable(from as Iterable<unknown>, READ_AHEAD);
    return [own, own];
  }
  throw new TypeError(`${ACTION}: from is ${nameOf(from)}; pass a channel, a receiver or an iterable`);
}

/** `error` with the index of its item, in itself if it can take it. */
export function withIndex(error: unknown, index: number): unknown {
  // Whoever else waits for what has died gets the very same object.
  const own = error instanceof InterpreterError && Object.getPrototypeOf(error) === InterpreterError.prototype
    ? Object.defineProperty(new InterpreterError(error.message, { cause: error.cause }), "stack", {
      value: error.stack,
      configurable: true,
      writable: true,
    })
    : error;
  if (typeof own === "object" && own !== null) {
    try {
      return Object.defineProperty(own, "index", {
        value: index,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    } catch {
      // It takes no more properties.
    }
  }
  return new PipelineError(`Cannot go on with item ${index}: ${String(own)} was thrown; see cause`, {
    cause: own,
    index,
  });
}

function nameOf(value: unknown): string {
  return value === null ? "null" : typeof value === "object" ? "another object" : `of type ${typeof value}`;
}
