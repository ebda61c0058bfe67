/** Many numbers at once, by the short ways. */
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

/** Sends as many of `count` doubles at `from` as can be sent the short way; how many. After 0, one `sendNumber` tells why. */
export function sendNumbers(channel: usize, from: usize, count: i32): i32 {
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
      for (let i = 0; i < room; i++) {
        const value = ofNumber(load<f64>(from + (<usize> i << 3)));
        store<i64>(ring + (<usize> ((<i32> position + i) & mask) << 3), value);
      }
      stop(62);
      atomic.store<i64>(channel, (position + <i64> room) << 16, CHANNEL_TAIL);
      return leave(room);
    }
  }
  return leave(0);
}

/** Receives up to `count` numbers to `to`, as many as can be had at once and stand before anything else; how many. -1: what is next is no number. */
export function receiveNumbers(channel: usize, to: usize, count: i32): i32 {
  if (!enter()) return 0;
  const word = atomic.load<i64>(channel, CHANNEL_HEAD);
  if ((word & GATE_BITS) != 0) return leave(0);
  const position = word >>> 16;
  const seen = look(channel) >>> 16;
  const most = <i32> min<i64>(seen - position, <i64> count);
  if (most <= 0 || atomic.cmpxchg<i64>(channel, word, word | <i64> me, CHANNEL_HEAD) != word) return leave(0);
  const ring = <usize> load<u32>(channel, CHANNEL_RING);
  const mask = load<i32>(channel, CHANNEL_MASK);
  let got = 0;
  while (got < most) {
    const value = load<i64>(ring + (<usize> ((<i32> position + got) & mask) << 3));
    if (isBoxed(value)) break;
    store<i64>(to + (<usize> got << 3), value);
    got++;
  }
  stop(63);
  atomic.store<i64>(channel, (position + <i64> got) << 16, CHANNEL_HEAD);
  return leave(got == 0 ? -1 : got);
}
