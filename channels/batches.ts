/**
 * What batches of both forms have in common: how far a `sendMany` is, which its promise tells, whatever comes of it, and so does
 * the error; and what a `receiveMany` has.
 *
 * *Invariant.* The reason of a signal or of a poison is passed on as it is: if it is an error that can be written to it gets
 * `sent`, where nobody sees it who does not ask, and unless it has one of its own.
 */
import { TimeoutError } from "./errors.ts";
import type { End, Fillable, Form, WaitOptions } from "./form.ts";
import { isGoneError, quietly } from "./gone_errors.ts";
import { checkMax, checkWait } from "./limits.ts";
import { succeededWith } from "./patience.ts";
import type { Sending } from "./ports.ts";
import { actionOf, isOwnError, tooLate } from "./refusals.ts";

/** How many values went through so far. */
export interface Progress {
  sent: number;
}

/** Reasons that were given `sent`: an error may be the reason of several operations. */
const marked = new WeakSet<Error>();

/** Notes in `error` how many values of a `sendMany` went through before. */
export function withSent(error: unknown, sent: number): unknown {
  if (!(error instanceof Error)) return error;
  const isOwn = isOwnError(error) || isGoneError(error);
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

/** The error that `error` is for a whole `sendMany`: one that ran out of time says how much it had. */
export function lateBy(error: unknown, form: Form, timeout: number | undefined): unknown {
  return error instanceof TimeoutError && timeout !== undefined
    ? tooLate("sender", form.name, timeout)
    : error;
}

/** Milliseconds until `deadline`. */
export function leftUntil(deadline: number): number {
  return Math.max(0, deadline - performance.now());
}

/** The values of one `receiveMany`. */
export abstract class Received<F extends Form> {
  length = 0;
  readonly form: F;
  readonly max: number;
  readonly values: unknown[] | Fillable;

  /** Throws when `max` is none. */
  constructor(form: F, max: number | Fillable) {
    const count = checkMax(actionOf("receiver", form.name), max);
    this.form = form;
    // The value of a promise channel could be received without end.
    this.max = form.promise ? 1 : count;
    this.values = typeof max === "number" ? [] : max;
  }

  /**
   * Takes what is there. A value that does not belong into a typed array is left where it is; throws if it is the first, and
   * what a receive would if there is nothing and never will be.
   */
  abstract takeSome(): void;

  /** Adds a value that has been taken. */
  add(value: unknown): void {
    const { values } = this;
    if (Array.isArray(values)) values.push(value);
    else if (typeof value === "number") values[this.length] = value;
    else throw Object.assign(this.noNumber(`of type ${typeof value}`), { value });
    this.length++;
  }

  /** The value that has been taken cannot be had: `error`, for which those before it must not be lost. */
  failed(error: unknown): unknown {
    if (this.length > 0 && error instanceof Error) Object.assign(error, { received: this.result() });
    return error;
  }

  /** Why a value does not go into a typed array. */
  noNumber(what: string): TypeError {
    return new TypeError(
      `${actionOf("receiver", this.form.name)}: a value ${what} does not go into a typed array; ` +
        "receive it with receive()",
    );
  }

  result(): ArrayLike<unknown> {
    return Array.isArray(this.values) ? this.values : this.values.subarray(0, this.length);
  }
}

/** Fills `batch` with what is there, or waits for the first value. */
export function receiveInto(
  batch: Received<Form>,
  options: WaitOptions | undefined,
  end: End | undefined,
): Promise<ArrayLike<unknown>> {
  if (options !== undefined) checkWait(actionOf("receiver", batch.form.name), options);
  batch.takeSome();
  return batch.length > 0 ? succeededWith(batch.result()) : quietly(receiveFirst(batch, options, end));
}

async function receiveFirst(
  batch: Received<Form>,
  options: WaitOptions | undefined,
  end: End | undefined,
): Promise<ArrayLike<unknown>> {
  batch.add(await batch.form.receive(options, end));
  if (end?.ended === undefined) batch.takeSome();
  return batch.result();
}
