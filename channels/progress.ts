/**
 * How far a `sendMany` is: its promise tells, whatever comes of it, and so does the error if it was made for this operation.
 *
 * *Invariant.* What a user gave is left as it is: the reason of a signal or of a poison is passed on, and not written to.
 */
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

/** Notes in `error`, if it was made for this operation, how many values of a `sendMany` went through before. */
export function withSent(error: unknown, sent: number): unknown {
  if (typeof error === "object" && error !== null && own.has(error)) {
    Reflect.defineProperty(error, "sent", {
      value: sent,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return error;
}

/** The promise of a `sendMany` that `begin` begins. */
export function sendingOf(begin: (progress: Progress) => Promise<void>): Sending {
  const progress: Progress = { sent: 0 };
  async function send(): Promise<void> {
    await begin(progress);
  }
  return Object.defineProperty(send(), "sent", {
    get() {
      return progress.sent;
    },
  }) as Sending;
}
