/**
 * How long a channel lives: as long as an interpreter holds a handle or a value under way refers to it.
 *
 * *Invariants.* Who adds a holder or a flight is a holder itself, or takes a flight's place. So a channel without holders
 * and flights stays without; LIFE counts additions, and the compare-and-swap that ends a life fails if there was one since.
 */
import {
  CHANNEL,
  CHANNEL_CAPACITY,
  CHANNEL_FLIGHTS,
  CHANNEL_HEAD,
  CHANNEL_HOLDERS,
  CHANNEL_HOLDERS_SIZE,
  CHANNEL_INLINE,
  CHANNEL_INLINE_SLOTS,
  CHANNEL_LIFE,
  CHANNEL_LIMIT,
  CHANNEL_MASK,
  CHANNEL_MODE,
  CHANNEL_RING,
  CHANNEL_SIZE,
  CHANNEL_TAIL,
  DATA,
  DESK_LEAVING,
  GATE_SPECIAL,
  IN_CHANNEL,
  LINK,
  META,
  MODE_BLOCK,
  OWNER_SHIFT,
  RING,
} from "../heap_layout";
import { allocate, free } from "./blocks";
import { desk, enter, leave, me } from "./desk";
import { stop } from "./stop";

/** Makes a channel that this interpreter holds; 0 when no memory is left. `capacity` -1: without limit. */
export function create(capacity: i32, mode: i32): usize {
  if (!enter()) return 0;
  const slots: i32 = capacity < 0 ? CHANNEL_INLINE_SLOTS : powerOfTwo(max(capacity, 1));
  let ring: usize = 0;
  if (slots > CHANNEL_INLINE_SLOTS) {
    ring = allocate(<u32> slots * 8 + 16, RING);
    if (ring == 0) {
      leave(0);
      return 0;
    }
  }
  // Until all its words are right it is a block of data without contents, for who finds it after a death.
  const channel = allocate(CHANNEL_SIZE, DATA);
  if (channel == 0) {
    if (ring != 0) free(ring);
    leave(0);
    return 0;
  }
  memory.fill(channel + 8, 0, CHANNEL_SIZE - 8);
  store<i32>(channel, capacity, CHANNEL_CAPACITY);
  store<i32>(channel, mode, CHANNEL_MODE);
  store<i32>(channel, capacity < 0 ? slots : capacity, CHANNEL_LIMIT);
  store<i32>(channel, slots - 1, CHANNEL_MASK);
  store<u32>(channel, ring != 0 ? ring + 16 : channel + CHANNEL_INLINE, CHANNEL_RING);
  if (capacity == 0 || mode != MODE_BLOCK) {
    store<i64>(channel, GATE_SPECIAL, CHANNEL_TAIL);
    store<i64>(channel, GATE_SPECIAL, CHANNEL_HEAD);
  }
  if (ring != 0) attach(ring, channel);
  // Until the store after it the count of additions would be one of references: nothing may come between.
  noteHolder(channel);
  atomic.store<i32>(channel, CHANNEL | me << OWNER_SHIFT, META);
  leave(0);
  return channel;
}

/** From now on a ring belongs to its channel, and not to who made it. */
export function attach(ring: usize, channel: usize): void {
  store<u32>(ring, channel, LINK);
  atomic.store<i32>(ring, RING | IN_CHANNEL << OWNER_SHIFT, META);
}

function powerOfTwo(least: i32): i32 {
  return least <= 1 ? 1 : 1 << (32 - clz<i32>(least - 1));
}

/** This interpreter holds the channel from now on; it held it, or a flight to it is its own. */
export function setHolder(channel: usize): void {
  if (!enter()) return;
  noteHolder(channel);
  leave(0);
}

/** The same for who has entered, and may have been cut off since: main finds it by the bit then. */
// @ts-ignore: decorator
@inline
function noteHolder(channel: usize): void {
  atomic.add<i32>(channel, 2, CHANNEL_LIFE);
  const slot = me - 1;
  atomic.or<i32>(channel + (<usize> (slot >>> 5) << 2), 1 << (slot & 31), CHANNEL_HOLDERS);
}

/** The interpreter of `slot` holds it no longer. 1 if it is dead now and the caller's to dispose of. */
export function clearHolder(channel: usize, slot: i32): i32 {
  if (!enter()) return 0;
  store<u32>(desk, channel, DESK_LEAVING);
  atomic.and<i32>(channel + (<usize> (slot >>> 5) << 2), ~(1 << (slot & 31)), CHANNEL_HOLDERS);
  return leave(left(channel));
}

/** Whether the interpreter of `slot` holds it. */
export function holds(channel: usize, slot: i32): bool {
  return (atomic.load<i32>(channel + (<usize> (slot >>> 5) << 2), CHANNEL_HOLDERS) >>> (slot & 31) & 1) != 0;
}

/** A reference under way more; the caller holds the channel. */
// @ts-ignore: decorator
@inline
export function addFlight(channel: usize): void {
  atomic.add<i32>(channel, 2, CHANNEL_LIFE);
  atomic.add<i32>(channel, 1, CHANNEL_FLIGHTS);
}

/** A reference under way less; `left` follows. */
// @ts-ignore: decorator
@inline
export function losesFlight(channel: usize): void {
  store<u32>(desk, channel, DESK_LEAVING);
  atomic.sub<i32>(channel, 1, CHANNEL_FLIGHTS);
}

/**
 * One reference under way less; `noted`: the word that it stands in, or 0. 1 if the channel is dead now and the caller's to dispose
 * of.
 */
export function endFlight(channel: usize, noted: usize): i32 {
  if (!enter()) return 0;
  if (noted != 0) store<u32>(noted, 0);
  losesFlight(channel);
  return leave(left(channel));
}

/** Somebody has left a channel: 1 if it is dead now. */
export function left(channel: usize): i32 {
  const dead = dies(channel);
  store<u32>(desk, 0, DESK_LEAVING);
  return dead;
}

/** Ends the life of a channel that nobody can reach; true for one caller. */
function dies(channel: usize): i32 {
  const life = atomic.load<i32>(channel, CHANNEL_LIFE);
  if (life & 1 || atomic.load<i32>(channel, CHANNEL_FLIGHTS) != 0) return 0;
  for (let at: usize = 0; at < <usize> CHANNEL_HOLDERS_SIZE; at += 8) {
    if (atomic.load<i64>(channel + at, CHANNEL_HOLDERS) != 0) return 0;
  }
  stop(70);
  return atomic.cmpxchg<i32>(channel, life, me << 1 | 1, CHANNEL_LIFE) == life ? 1 : 0;
}

/** Gives back the blocks of a dead channel; what it held was drained before. */
export function dispose(channel: usize): void {
  if (!enter()) return;
  const ring = <usize> load<u32>(channel, CHANNEL_RING);
  if (ring != channel + CHANNEL_INLINE) {
    // This interpreter's before it is nobody's.
    atomic.store<i32>(ring - 16, RING | me << OWNER_SHIFT, META);
    store<u32>(channel, channel + CHANNEL_INLINE, CHANNEL_RING);
    free(ring - 16);
  }
  free(channel);
  leave(0);
}
