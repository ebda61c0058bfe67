/**
 * Many numbers at once, by the short ways, in pairs. A loop over them stands between the compare-and-swap that takes the lock
 * and the store that publishes and unlocks: whoever dies in it has sent, or received, none of them.
 */
import {
  CHANNEL_HEAD,
  CHANNEL_LIMIT,
  CHANNEL_MASK,
  CHANNEL_RING,
  CHANNEL_SEEN_HEAD,
  CHANNEL_TAIL,
  GATE_BITS,
} from "../heap_layout";
import { look } from "./channel";
import { enter, leave, me } from "./desk";
import { isBoxed, ofNumber } from "./slots";
import { stop } from "./stop";

/** What `BOXED` is above its low 48 bits. */
const BOX: i64 = 0xfffa;

/** Sends as many of `count` doubles at `from` as can be sent the short way; how many. After 0, one `sendNumber` tells why. */
export function sendNumbers(channel: usize, from: usize, count: i32): i32 {
  return send(channel, from, count, false);
}

/** The same for 32-bit integers. */
export function sendIntegers(channel: usize, from: usize, count: i32): i32 {
  return send(channel, from, count, true);
}

// @ts-ignore: decorator
@inline
function send(channel: usize, from: usize, count: i32, integers: bool): i32 {
  if (!enter()) return 0;
  const word = atomic.load<i64>(channel, CHANNEL_TAIL);
  if ((word & GATE_BITS) == 0) {
    const position = word >>> 16;
    const seen = atomic.load<i64>(channel, CHANNEL_HEAD) >>> 16;
    store<i64>(channel, seen, CHANNEL_SEEN_HEAD);
    const room = <i32> min<i64>(<i64> load<u32>(channel, CHANNEL_LIMIT) - (position - seen), <i64> count);
    if (room > 0 && atomic.cmpxchg<i64>(channel, word, word | <i64> me, CHANNEL_TAIL) == word) {
      const ring = <usize> load<u32>(channel, CHANNEL_RING);
      const mask = load<i32>(channel, CHANNEL_MASK);
      const at = <i32> position & mask;
      const first = min(room, mask + 1 - at);
      if (integers) {
        widen(from, ring + (<usize> at << 3), first);
        widen(from + (<usize> first << 2), ring, room - first);
      } else {
        copyIn(from, ring + (<usize> at << 3), first);
        copyIn(from + (<usize> first << 3), ring, room - first);
      }
      stop(62);
      atomic.store<i64>(channel, (position + <i64> room) << 16, CHANNEL_TAIL);
      return leave(room);
    }
  }
  return leave(0);
}

/** Doubles into slots. */
// @ts-ignore: decorator
@inline
function copyIn(from: usize, to: usize, count: i32): void {
  let i = 0;
  for (; i <= count - 2; i += 2) {
    const pair = v128.load(from + (<usize> i << 3));
    const same = f64x2.eq(pair, pair);
    v128.store(to + (<usize> i << 3), v128.bitselect(pair, f64x2.splat(NaN), same));
  }
  if (i < count) store<i64>(to + (<usize> i << 3), ofNumber(load<f64>(from + (<usize> i << 3))));
}

/** 32-bit integers into slots. */
// @ts-ignore: decorator
@inline
function widen(from: usize, to: usize, count: i32): void {
  let i = 0;
  for (; i <= count - 2; i += 2) {
    const pair = v128.load64_zero(from + (<usize> i << 2));
    v128.store(to + (<usize> i << 3), f64x2.convert_low_i32x4_s(pair));
  }
  if (i < count) store<f64>(to + (<usize> i << 3), <f64> load<i32>(from + (<usize> i << 2)));
}

/** Receives up to `count` numbers to `to`, as many as can be had at once and stand before anything else; how many. -1: what is next is no number. */
export function receiveNumbers(channel: usize, to: usize, count: i32): i32 {
  return receive(channel, to, count, false);
}

/** The same for numbers that are 32-bit integers. -1: what is next is none. */
export function receiveIntegers(channel: usize, to: usize, count: i32): i32 {
  return receive(channel, to, count, true);
}

// @ts-ignore: decorator
@inline
function receive(channel: usize, to: usize, count: i32, integers: bool): i32 {
  if (!enter()) return 0;
  const word = atomic.load<i64>(channel, CHANNEL_HEAD);
  if ((word & GATE_BITS) != 0) return leave(0);
  const position = word >>> 16;
  const seen = look(channel) >>> 16;
  const most = <i32> min<i64>(seen - position, <i64> count);
  if (most <= 0 || atomic.cmpxchg<i64>(channel, word, word | <i64> me, CHANNEL_HEAD) != word) return leave(0);
  const ring = <usize> load<u32>(channel, CHANNEL_RING);
  const mask = load<i32>(channel, CHANNEL_MASK);
  const at = <i32> position & mask;
  const first = min(most, mask + 1 - at);
  let got: i32;
  if (integers) {
    got = narrow(ring + (<usize> at << 3), to, first);
    if (got == first) got += narrow(ring, to + (<usize> first << 2), most - first);
  } else {
    got = copyOut(ring + (<usize> at << 3), to, first);
    if (got == first) got += copyOut(ring, to + (<usize> first << 3), most - first);
  }
  stop(63);
  atomic.store<i64>(channel, (position + <i64> got) << 16, CHANNEL_HEAD);
  return leave(got == 0 ? -1 : got);
}

/** Slots to doubles, up to what is no number; how many. */
// @ts-ignore: decorator
@inline
function copyOut(from: usize, to: usize, count: i32): i32 {
  let i = 0;
  for (; i <= count - 2; i += 2) {
    const pair = v128.load(from + (<usize> i << 3));
    if (v128.any_true(i64x2.eq(i64x2.shr_u(pair, 48), i64x2.splat(BOX)))) break;
    v128.store(to + (<usize> i << 3), pair);
  }
  for (; i < count; i++) {
    const value = load<i64>(from + (<usize> i << 3));
    if (isBoxed(value)) break;
    store<i64>(to + (<usize> i << 3), value);
  }
  return i;
}

/** Slots to 32-bit integers, up to what is none; how many. What is no number does not equal itself. */
// @ts-ignore: decorator
@inline
function narrow(from: usize, to: usize, count: i32): i32 {
  let i = 0;
  for (; i <= count - 2; i += 2) {
    const pair = v128.load(from + (<usize> i << 3));
    const integers = i32x4.trunc_sat_f64x2_s_zero(pair);
    if (!i64x2.all_true(f64x2.eq(f64x2.convert_low_i32x4_s(integers), pair))) break;
    v128.store64_lane(to + (<usize> i << 2), integers, 0);
  }
  for (; i < count; i++) {
    const value = load<f64>(from + (<usize> i << 3));
    const integer = <i32> value;
    if (<f64> integer != value) break;
    store<i32>(to + (<usize> i << 2), integer);
  }
  return i;
}
