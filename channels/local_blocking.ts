/**
 * The blocking forms of a local channel. Nobody but this thread knows the channel, so what cannot be done at once cannot be
 * done while it is blocked either.
 */
import { blockFor } from "../runtime/mod.ts";
import type { BlockOptions, Side } from "./form.ts";
import { checkBlock } from "./limits.ts";
import { NOTHING } from "./local_exchange.ts";
import type { LocalForm } from "./local_form.ts";
import { actionOf, nobodyElse, tooLate } from "./refusals.ts";
import { surroundings } from "./surroundings.ts";

/** See `sendSync` of channel.ts. */
export function sendBlocking(form: LocalForm, value: unknown, options: BlockOptions | undefined): void {
  checkBlocking(form, "sender", options);
  if (!form.give(value)) blockInVain(form, "sender", options);
}

/** See `receiveSync` of channel.ts. */
export function receiveBlocking(form: LocalForm, options: BlockOptions | undefined): unknown {
  checkBlocking(form, "receiver", options);
  const value = form.take();
  if (value !== NOTHING) return value;
  if (form.closed) throw form.whyNotReceive();
  return blockInVain(form, "receiver", options);
}

/** Throws when this thread may not block, or the options are none. */
export function checkBlocking(form: LocalForm, side: Side, options: BlockOptions | undefined): void {
  const action = actionOf(side, form.name);
  const refusal = surroundings.whyNotBlock(action);
  if (refusal !== undefined) throw refusal;
  if (options !== undefined) checkBlock(action, options);
}

/** Waits as long as the options say, and throws. */
export function blockInVain(form: LocalForm, side: Side, options: BlockOptions | undefined): never {
  const timeout = options?.timeout ?? Infinity;
  if (timeout === Infinity) throw nobodyElse(side, form.name);
  const end = performance.now() + timeout;
  for (let left = timeout; left > 0; left = end - performance.now()) blockFor(left);
  throw tooLate(side, form.name, timeout);
}
