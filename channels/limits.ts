/** Checks the options of waiting operations. */
import { checkOptions } from "../runtime/mod.ts";
import type { Batch, BlockOptions, Fillable, WaitOptions } from "./form.ts";

/**
 * Throws when `options` are none: `TypeError`, `RangeError`, or the reason of a signal that has aborted already.
 * `action` begins the message: "Cannot send to channel "jobs"".
 */
export function checkWait(action: string, options: WaitOptions): void {
  checkOptions(action, options, ["signal", "timeout"]);
  const { signal, timeout } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`${action}: signal is of type ${typeof signal}; pass an AbortSignal`);
  }
  checkTimeout(action, timeout);
  signal?.throwIfAborted();
}

/** The same for a blocking operation. */
export function checkBlock(action: string, options: BlockOptions): void {
  checkOptions(action, options, ["timeout"]);
  checkTimeout(action, options.timeout);
}

function checkTimeout(action: string, timeout: unknown): void {
  if (timeout === undefined) return;
  if (typeof timeout !== "number") {
    throw new TypeError(`${action}: timeout is of type ${typeof timeout}; pass milliseconds`);
  }
  if (!(timeout >= 0)) {
    throw new RangeError(`${action}: timeout is ${timeout}; pass milliseconds of at least 0`);
  }
}

/** How many values `receiveMany(max)` may take; throws `TypeError` or `RangeError` when `max` says nothing of the kind. */
export function checkMax(action: string, max: number | Fillable): number {
  if (typeof max === "number") {
    if (Number.isSafeInteger(max) && max > 0) return max;
    throw new RangeError(`${action}: max is ${max}; pass an integer of at least 1`);
  }
  if (!ArrayBuffer.isView(max) || max instanceof DataView || BIG.test(max[Symbol.toStringTag])) {
    throw new TypeError(`${action}: max is neither a number nor a typed array of numbers; pass one of them`);
  }
  if (max.length > 0) return max.length;
  throw new RangeError(`${action}: the typed array is empty; pass one of at least one element`);
}

/** Typed arrays of bigints. */
const BIG = /^Big/;

/** How many values `sendMany(values)` is to send; throws `TypeError` when they are none. */
export function checkBatch(action: string, values: Batch<unknown>): number {
  const length: unknown = (values as Batch<unknown> | undefined)?.length;
  if (typeof values === "object" && Number.isSafeInteger(length)) return length as number;
  const what = typeof values === "string" ? "a string" : "no array";
  throw new TypeError(`${action}: the values are ${what}; pass an array, a typed array or another iterable`);
}
