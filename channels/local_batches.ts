/**
 * Many values at once on a local channel. An operation that has to wait waits for one value, and goes on with whatever form
 * the channel then has.
 */
import { TimeoutError } from "./errors.ts";
import type { Batch, BlockOptions, Fillable, WaitOptions } from "./form.ts";
import { checkBatch, checkMax, checkWait } from "./limits.ts";
import { blockInVain, checkBlocking, receiveBlocking } from "./local_blocking.ts";
import { NOTHING } from "./local_exchange.ts";
import type { LocalForm } from "./local_form.ts";
import { succeeded, succeededWith } from "./patience.ts";
import { actionOf, tooLate, withSent } from "./refusals.ts";

/** See `sendMany` of channel.ts. */
export function sendMany(
  form: LocalForm,
  values: Batch<unknown>,
  options: WaitOptions | undefined,
): Promise<void> {
  let sent = 0;
  try {
    const action = actionOf("sender", form.name);
    const count = checkBatch(action, values);
    if (options !== undefined) checkWait(action, options);
    while (sent < count && form.give(values[sent])) sent++;
    return sent === count ? succeeded() : sendRest(form, values, sent, options);
  } catch (error) {
    return Promise.reject(withSent(error, sent));
  }
}

/** Sends what is left after the first `sent` of `values`. */
async function sendRest(
  form: LocalForm,
  values: Batch<unknown>,
  sent: number,
  options: WaitOptions | undefined,
): Promise<void> {
  const end = performance.now() + (options?.timeout ?? Infinity);
  while (sent < values.length) {
    const now = form.core.form;
    const limits = options === undefined ? undefined : { ...options, timeout: leftUntil(end) };
    if (now !== form) {
      const rest = Array.prototype.slice.call(values, sent);
      return await now.sendMany(rest, limits).catch(function add(error: unknown) {
        throw withSent(lateBy(error, form, options), sent + ((error as { sent?: number })?.sent ?? 0));
      });
    }
    try {
      await form.send(values[sent], limits);
      sent++;
      while (form.core.form === form && sent < values.length && form.give(values[sent])) sent++;
    } catch (error) {
      throw withSent(lateBy(error, form, options), sent);
    }
  }
}

/** The error that `error` is for the whole batch: one that ran out of time says how much it had. */
function lateBy(error: unknown, form: LocalForm, options: WaitOptions | undefined): unknown {
  return error instanceof TimeoutError && options?.timeout !== undefined
    ? tooLate("sender", form.name, options.timeout)
    : error;
}

function leftUntil(end: number): number {
  return Math.max(0, end - performance.now());
}

/** See `receiveMany` of channel.ts. */
export function receiveMany(
  form: LocalForm,
  max: number | Fillable,
  options: WaitOptions | undefined,
): Promise<ArrayLike<unknown>> {
  try {
    const action = actionOf("receiver", form.name);
    const batch = new Received(form, checkMax(action, max), max);
    if (options !== undefined) checkWait(action, options);
    batch.takeSome();
    return batch.length > 0 ? succeededWith(batch.result()) : receiveFirst(batch, form, options);
  } catch (error) {
    return Promise.reject(error);
  }
}

async function receiveFirst(
  batch: Received,
  form: LocalForm,
  options: WaitOptions | undefined,
): Promise<ArrayLike<unknown>> {
  batch.add(await form.receive(options));
  batch.takeSome();
  return batch.result();
}

/** See `sendManySync` of channel.ts. */
export function sendManySync(
  form: LocalForm,
  values: Batch<unknown>,
  options: BlockOptions | undefined,
): void {
  let sent = 0;
  try {
    const count = checkBatch(actionOf("sender", form.name), values);
    checkBlocking(form, "sender", options);
    while (sent < count && form.give(values[sent])) sent++;
    if (sent < count) blockInVain(form, "sender", options);
  } catch (error) {
    throw withSent(error, sent);
  }
}

/** See `receiveManySync` of channel.ts. */
export function receiveManySync(
  form: LocalForm,
  max: number | Fillable,
  options: BlockOptions | undefined,
): ArrayLike<unknown> {
  const batch = new Received(form, checkMax(actionOf("receiver", form.name), max), max);
  checkBlocking(form, "receiver", options);
  batch.takeSome();
  if (batch.length === 0) batch.add(receiveBlocking(form, options));
  return batch.result();
}

/** The values of one `receiveMany`. */
class Received {
  length = 0;
  readonly #form: LocalForm;
  readonly #max: number;
  readonly #values: unknown[] | Fillable;

  constructor(form: LocalForm, count: number, max: number | Fillable) {
    this.#form = form;
    // The value of a promise channel could be received without end.
    this.#max = form.promise ? 1 : count;
    this.#values = typeof max === "number" ? [] : max;
  }

  /** Takes what is there. A value that does not belong into a typed array is left where it is; throws if it is the first. */
  takeSome(): void {
    const { core } = this.#form;
    if (core.form !== this.#form) {
      // It has crossed while the first value was waited for: what comes after that is no failure of this operation.
      try {
        while (this.length < this.#max) {
          const got = core.form.tryReceive();
          if (got.state !== "ok") return;
          this.add(got.value);
        }
      } catch { /* told to the next one who asks */ }
      return;
    }
    const onlyNumbers = !Array.isArray(this.#values);
    while (this.length < this.#max) {
      if (onlyNumbers) {
        const next = this.#form.next();
        if (typeof next !== "number" && next !== NOTHING) {
          if (this.length > 0) return;
          throw this.#noNumber(next);
        }
      }
      const value = this.#form.take();
      if (value === NOTHING) break;
      this.add(value);
    }
    if (this.length === 0 && this.#form.closed) throw this.#form.whyNotReceive();
  }

  /** Adds a value that has been taken. */
  add(value: unknown): void {
    if (!Array.isArray(this.#values) && typeof value !== "number") {
      throw Object.assign(this.#noNumber(value), { value });
    }
    this.#values[this.length++] = value as number;
  }

  result(): ArrayLike<unknown> {
    return Array.isArray(this.#values) ? this.#values : this.#values.subarray(0, this.length);
  }

  #noNumber(value: unknown): TypeError {
    return new TypeError(
      `${
        actionOf("receiver", this.#form.name)
      }: a value of type ${typeof value} does not go into a typed array; ` +
        "receive it with receive()",
    );
  }
}
