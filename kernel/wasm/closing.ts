/** How a channel ends: closed, poisoned, sealed against the short ways, emptied. */
import {
  ATTENTION_CLOSED,
  ATTENTION_POISONED,
  CHANNEL_ATTENTION,
  CHANNEL_HEAD,
  CHANNEL_MODE,
  CHANNEL_POISON,
  CHANNEL_REASON,
  CHANNEL_TAIL,
  DATA,
  GATE_CLOSED,
  GATE_SPECIAL,
  IN_CHANNEL,
  META,
  MODE_PROMISE,
  OWNER_SHIFT,
  STATUS_OK,
  STATUS_WAIT,
  WAY_OUT,
} from "../heap_layout";
import { keepReference, underWay } from "./channel";
import { cut, enter, leave } from "./desk";
import { head, lock, moveHead, tail, unlock } from "./gates";
import { match } from "./matching";
import { handOut, slotAt } from "./slots";
import { stop } from "./stop";

/**
 * Closes, or with `poison` ends at once. `reason`: the block of an encoded reason, or 0; it becomes the channel's if this
 * call has closed it, which is what 1 says.
 */
export function close(channel: usize, poison: bool, reason: u32): i32 {
  if (!enter()) return 0;
  lock(channel);
  const news = endNow(channel, poison, reason);
  unlock(channel);
  return leave(news ? 1 : 0);
}

/** Under both locks: the same. */
export function endNow(channel: usize, poison: bool, reason: u32): bool {
  if (!mark(channel, poison, reason)) return false;
  stop(61);
  match(channel);
  return true;
}

/** Under both locks: the same, but who waits is not told yet. */
export function mark(channel: usize, poison: bool, reason: u32): bool {
  const before = load<i32>(channel, CHANNEL_ATTENTION);
  const bits = poison ? ATTENTION_POISONED | ATTENTION_CLOSED : ATTENTION_CLOSED;
  if ((before & bits) == bits) return false;
  store<u32>(channel + (poison ? CHANNEL_POISON : CHANNEL_REASON), reason);
  if (reason != 0) atomic.store<i32>(reason, DATA | IN_CHANNEL << OWNER_SHIFT, META);
  stop(60);
  atomic.store<i32>(channel, before | bits, CHANNEL_ATTENTION);
  seal(channel);
  return true;
}

/** Under both locks: closes the short ways that ATTENTION forbids; also for recovery. */
export function seal(channel: usize): void {
  const attention = load<i32>(channel, CHANNEL_ATTENTION);
  if (attention & ATTENTION_CLOSED) {
    atomic.store<i64>(channel, load<i64>(channel, CHANNEL_TAIL) | GATE_CLOSED, CHANNEL_TAIL);
  }
  if (attention & ATTENTION_POISONED) {
    atomic.store<i64>(channel, load<i64>(channel, CHANNEL_HEAD) | GATE_SPECIAL, CHANNEL_HEAD);
  }
}

/** Takes what a poisoned or dead channel still holds, one value at a time; WAIT when there is none. */
export function drain(channel: usize): i32 {
  if (!enter()) return cut();
  lock(channel);
  const position = head(channel);
  let status = STATUS_WAIT;
  if (position != tail(channel) && load<i32>(channel, CHANNEL_MODE) != MODE_PROMISE) {
    const value = load<i64>(slotAt(channel, position));
    underWay(channel, value, WAY_OUT, position);
    moveHead(channel, position + 1);
    handOut(value);
    keepReference();
    status = STATUS_OK;
  }
  unlock(channel);
  return leave(status);
}
