/**
 * Many values at once on a local channel. An operation that has to wait waits for one value, and goes on with whatever form
 * the channel then has.
 */
import { checkEach } from "../sharing/encode.ts";
import { lateBy, leftUntil, type Progress, Received, receiveInto, withSent } from "./batches.ts";
import type { Batch, BlockOptions, End, Fillable, WaitOptions } from "./form.ts";
import { checkNotGone } from "./gone_errors.ts";
import { checkBatch, checkWait } from "./limits.ts";
import { blockInVain, checkBlocking, receiveBlocking } from "./local_blocking.ts";
import { NOTHING } from "./local_exchange.ts";
import type { LocalForm } from "./local_form.ts";
import { succeeded } from "./patience.ts";
import { actionOf } from "./refusals.ts";

/** See `sendMany` of channel.ts. */
export function sendMany(
  form: LocalForm,
  values: Batch<unknown>,
  options: WaitOptions | undefined,
  progress: Progress,
  end: End | undefined,
): Promise<void> {
  try {
    const action = actionOf("sender", form.name);
    const count = checkBatch(action, values);
    if (options !== undefined) checkWait(action, options);
    giveSome(form, values, progress);
    return progress.sent === count ? succeeded() : sendRest(form, values, options, progress, end);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Sends what can be sent at once of what is left of `values`. */
function giveSome(form: LocalForm, values: Batch<unknown>, progress: Progress): void {
  let { sent } = progress;
  try {
    while (form.core.form === form && sent < values.length && form.give(values[sent])) sent++;
  } finally {
    progress.sent = sent;
  }
}

/** Sends what is left of `values`. */
async function sendRest(
  form: LocalForm,
  values: Batch<unknown>,
  options: WaitOptions | undefined,
  progress: Progress,
  end: End | undefined,
): Promise<void> {
  const deadline = performance.now() + (options?.timeout ?? Infinity);
  try {
    while (progress.sent < values.length) {
      checkNotGone(end, values[progress.sent]);
      const now = form.core.form;
      const limits = options === undefined ? undefined : { ...options, timeout: leftUntil(deadline) };
      if (now !== form) {
        const before = progress.sent;
        if (now.shared) checkEach(values, before);
        const rest = {
          set sent(count: number) {
            progress.sent = before + count;
          },
          get sent() {
            return progress.sent - before;
          },
        };
        return await now.sendMany(Array.prototype.slice.call(values, before), limits, rest, end);
      }
      await form.send(values[progress.sent], limits, end);
      progress.sent++;
      if (end?.ended === undefined) giveSome(form, values, progress);
    }
  } catch (error) {
    throw lateBy(error, form, options?.timeout);
  }
}

/** See `receiveMany` of channel.ts. */
export function receiveMany(
  form: LocalForm,
  max: number | Fillable,
  options: WaitOptions | undefined,
  end: End | undefined,
): Promise<ArrayLike<unknown>> {
  try {
    return receiveInto(new LocalReceived(form, max), options, end);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** See `sendManySync` of channel.ts. */
export function sendManySync(
  form: LocalForm,
  values: Batch<unknown>,
  options: BlockOptions | undefined,
): void {
  const progress: Progress = { sent: 0 };
  try {
    const count = checkBatch(actionOf("sender", form.name), values);
    checkBlocking(form, "sender", options);
    giveSome(form, values, progress);
    if (progress.sent < count) blockInVain(form, "sender", options);
  } catch (error) {
    throw withSent(error, progress.sent);
  }
}

/** See `receiveManySync` of channel.ts. */
export function receiveManySync(
  form: LocalForm,
  max: number | Fillable,
  options: BlockOptions | undefined,
): ArrayLike<unknown> {
  const batch = new LocalReceived(form, max);
  checkBlocking(form, "receiver", options);
  batch.takeSome();
  if (batch.length === 0) batch.add(receiveBlocking(form, options));
  return batch.result();
}

class LocalReceived extends Received<LocalForm> {
  override takeSome(): void {
    const { form, form: { core } } = this;
    if (core.form !== form) {
      // It has crossed while the first value was waited for: what comes after that is no failure of this operation.
      try {
        while (this.length < this.max) {
          const got = core.form.tryReceive();
          if (got.state !== "ok") return;
          this.add(got.value);
        }
      } catch { /* told to the next one who asks */ }
      return;
    }
    const onlyNumbers = !Array.isArray(this.values);
    while (this.length < this.max) {
      if (onlyNumbers) {
        const next = form.next();
        if (typeof next !== "number" && next !== NOTHING) {
          if (this.length > 0) return;
          throw this.noNumber(`of type ${typeof next}`);
        }
      }
      const value = form.take();
      if (value === NOTHING) break;
      this.add(value);
    }
    if (this.length === 0 && form.closed) throw form.whyNotReceive();
  }
}
