/**
 * Rejections at which nobody need look: of operations that waited by an end of a channel until that retired or was passed on,
 * or in a process until that was cancelled. A process may leave operations under way that nobody will ask for any more.
 */
import type { End } from "./form.ts";
import type { Waiter } from "./port.ts";
import { surroundings } from "./surroundings.ts";

const goneErrors = new WeakSet<object>();

/** Whether `error` is why an operation ended whose end is gone. */
export function isGoneError(error: unknown): boolean {
  return typeof error === "object" && error !== null && goneErrors.has(error);
}

/** `waiter` gives up: its case `index`, whose end is gone, fails with `error`. No effect if it has been served. */
export function stop(waiter: Waiter, index: number, error: Error): void {
  if (!waiter.reserve()) return;
  goneErrors.add(error);
  waiter.settle(index, { is: "failed", error });
}

/** Throws when `end` is gone, for what was begun by it before; `value`: what that would send. */
export function checkNotGone(end: End | undefined, ...value: [unknown] | []): void {
  const ended = end?.ended;
  if (ended === undefined) return;
  const error = ended.refuse(...value);
  goneErrors.add(error);
  throw error;
}

function ignored(): void {}

/** `promise` of an operation in `process` rejects with `error`: if that is because an end or the process is gone, nobody need look. */
export function quietIfGone(
  promise: Promise<unknown>,
  error: unknown,
  process: AbortSignal | undefined,
): void {
  if (isGoneError(error) || process?.aborted) promise.catch(ignored);
}

/** As `promise.then(done)`, which the running process waits for; `failed` gives the error to reject with instead. */
export function quietly<T, R = T>(
  promise: Promise<T>,
  done?: (value: T) => R,
  failed?: (error: unknown) => unknown,
): Promise<R> {
  const result: Promise<R> = promise.then(done as (value: T) => R, function rejected(error) {
    quietIfGone(result, error, surroundings.processSignal());
    throw failed === undefined ? error : failed(error);
  });
  return result;
}
