/**
 * How far a `sendMany` is: its promise tells, whatever comes of it, and so does the error.
 *
 * *Invariant.* The reason of a signal or of a poison is passed on as it is: if it is an error that can be written to it gets
 * `sent`, where nobody sees it who does not ask, and unless it has one of its own.
 */
import { isGoneError, quietly } from "./gone_errors.ts";
import type { Sending } from "./ports.ts";

/** How many values went through so far. */
export interface Progress {
  sent: number;
}

/** Errors that were made for one operation, and are nobody else's. */
const own = new WeakSet<object>();

/** Notes that `error` was made for one operation. */
export function ownError<E>(error: E): E {
  if (typeof error === "object" && error !== null) own.add(error);
  return error;
}

/** Reasons that were given `sent`: an error may be the reason of several operations. */
const marked = new WeakSet<Error>();

/** Notes in `error` how many values of a `sendMany` went through before. */
export function withSent(error: unknown, sent: number): unknown {
  if (!(error instanceof Error)) return error;
  const isOwn = own.has(error) || isGoneError(error);
  if (!isOwn && "sent" in error && !marked.has(error)) return error;
  if (!isOwn) marked.add(error);
  Reflect.defineProperty(error, "sent", {
    value: sent,
    writable: true,
    enumerable: isOwn,
    configurable: true,
  });
  return error;
}

/** The promise of a `sendMany` that `begin` begins. */
export function sendingOf(begin: (progress: Progress) => Promise<void>): Sending {
  const progress: Progress = { sent: 0 };
  let begun: Promise<void>;
  try {
    begun = begin(progress);
  } catch (error) {
    begun = Promise.reject(error);
  }
  const sending = quietly(begun, undefined, (error) => withSent(error, progress.sent));
  return Object.defineProperty(sending, "sent", {
    get() {
      return progress.sent;
    },
  }) as Sending;
}
