/**
 * A channel's two locks. Each is one word with a position, and whoever holds it signs in it; the store that moves the
 * position on unlocks as well, so a holder that dies has either published all of its change or none.
 *
 * *Who holds what.* TAIL alone: may write the slot at the tail. HEAD alone: may read the slot at the head. Both, TAIL
 * first: may do anything to the channel. Nobody waits for TAIL while holding HEAD.
 */
import {
  CHANNEL_CAPACITY,
  CHANNEL_FIRST_RECEIVER,
  CHANNEL_FIRST_SENDER,
  CHANNEL_HEAD,
  CHANNEL_TAIL,
  GATE_BITS,
  GATE_OWNER,
  GATE_QUEUE,
} from "../heap_layout";
import { me, pause } from "./desk";
import { stop } from "./stop";
import { wakeAll } from "./tickets";

/** Takes one lock. */
// @ts-ignore: decorator
@inline
function take(gate: usize): void {
  let spins = 0;
  while (true) {
    const word = atomic.load<i64>(gate);
    if ((word & GATE_OWNER) == 0) {
      if (atomic.cmpxchg<i64>(gate, word, word | <i64> me) == word) return;
    } else pause(spins++);
  }
}

/** Takes both locks; a channel without a ring has one, since nothing of it has a short way. */
export function lock(channel: usize): void {
  take(channel + CHANNEL_TAIL);
  stop(20);
  if (load<i32>(channel, CHANNEL_CAPACITY) != 0) take(channel + CHANNEL_HEAD);
  stop(21);
}

/**
 * For recovery: takes over both locks of a channel from an owner that has died. False if it had the receivers' lock alone:
 * that is free then.
 */
export function inherit(channel: usize, dead: i32): bool {
  const tail = atomic.load<i64>(channel, CHANNEL_TAIL);
  const head = atomic.load<i64>(channel, CHANNEL_HEAD);
  const owner: i64 = GATE_OWNER;
  if ((tail & owner) != <i64> dead) {
    if ((head & owner) == <i64> dead) atomic.store<i64>(channel, head & ~owner, CHANNEL_HEAD);
    return false;
  }
  atomic.store<i64>(channel, tail & ~owner | <i64> me, CHANNEL_TAIL);
  if ((head & owner) == <i64> dead) atomic.store<i64>(channel, head & ~owner | <i64> me, CHANNEL_HEAD);
  else if (load<i32>(channel, CHANNEL_CAPACITY) != 0) take(channel + CHANNEL_HEAD);
  return true;
}

/** Gives both back, and wakes whom this thread has served meanwhile; while somebody waits, the short ways are shut. */
export function unlock(channel: usize): void {
  const waiting = load<u32>(channel, CHANNEL_FIRST_SENDER) | load<u32>(channel, CHANNEL_FIRST_RECEIVER);
  const queue: i64 = waiting != 0 ? <i64> GATE_QUEUE : 0;
  if (load<i32>(channel, CHANNEL_CAPACITY) != 0) {
    const head = load<i64>(channel, CHANNEL_HEAD) & ~(<i64> (GATE_OWNER | GATE_QUEUE));
    atomic.store<i64>(channel, head | queue, CHANNEL_HEAD);
  }
  stop(22);
  const tail = load<i64>(channel, CHANNEL_TAIL) & ~(<i64> (GATE_OWNER | GATE_QUEUE));
  atomic.store<i64>(channel, tail | queue, CHANNEL_TAIL);
  wakeAll();
}

/** Position of the next value to be sent; under the lock. */
// @ts-ignore: decorator
@inline
export function tail(channel: usize): i64 {
  return load<i64>(channel, CHANNEL_TAIL) >>> 16;
}

/** Position of the next value to be received; under the lock. */
// @ts-ignore: decorator
@inline
export function head(channel: usize): i64 {
  return load<i64>(channel, CHANNEL_HEAD) >>> 16;
}

/** Publishes what was written up to `position`, under the lock and keeping it. */
// @ts-ignore: decorator
@inline
export function moveTail(channel: usize, position: i64): void {
  const bits = load<i64>(channel, CHANNEL_TAIL) & GATE_BITS;
  atomic.store<i64>(channel, position << 16 | bits, CHANNEL_TAIL);
}

/** Gives up what was read up to `position`, under the lock and keeping it. */
// @ts-ignore: decorator
@inline
export function moveHead(channel: usize, position: i64): void {
  const bits = load<i64>(channel, CHANNEL_HEAD) & GATE_BITS;
  atomic.store<i64>(channel, position << 16 | bits, CHANNEL_HEAD);
}
