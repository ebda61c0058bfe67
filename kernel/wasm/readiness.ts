/** Whether operations could take effect, without any of them doing so. */
import {
  ATTENTION_CLOSED,
  CHANNEL_ATTENTION,
  CHANNEL_CAPACITY,
  CHANNEL_FIRST_RECEIVER,
  CHANNEL_FIRST_SENDER,
  CHANNEL_HEAD,
  CHANNEL_MODE,
  CHANNEL_TAIL,
  NODE_NEXT,
  NODE_TICKET,
} from "../heap_layout";
import { enter, isCut, leave } from "./desk";
import { head, lock, tail, unlock } from "./gates";
import { hasRoom } from "./slots";
import { isOver } from "./tickets";

/**
 * Whether, at one instant, none of `count` cases can take effect: pairs of words at `cases`, channel and 1 for a send,
 * in order of channels. 0: none; else 1 + the index of one that could at that instant.
 */
export function readyTogether(cases: usize, count: i32): i32 {
  if (!enter()) return 0;
  let before: usize = 0;
  for (let i = 0; i < count; i++) {
    const channel = <usize> load<u32>(cases + (<usize> i << 3));
    if (channel != before) lock(channel);
    before = channel;
  }
  let found = 0;
  for (let i = 0; i < count && found == 0; i++) {
    const at = cases + (<usize> i << 3);
    if (isReady(<usize> load<u32>(at), load<i32>(at, 4) != 0)) found = i + 1;
  }
  before = 0;
  for (let i = 0; i < count; i++) {
    const channel = <usize> load<u32>(cases + (<usize> i << 3));
    if (channel != before) unlock(channel);
    before = channel;
  }
  return leave(found);
}

/**
 * Whether an attempt may succeed, by a glance without locks, which may err either way: for whoever looks again and again
 * before it enlists.
 */
export function glance(channel: usize, sends: i32): i32 {
  if (isCut() || (load<i32>(channel, CHANNEL_ATTENTION) & ATTENTION_CLOSED) != 0) return 1;
  const from = atomic.load<i64>(channel, CHANNEL_HEAD) >>> 16;
  const to = atomic.load<i64>(channel, CHANNEL_TAIL) >>> 16;
  if (sends) return load<u32>(channel, CHANNEL_FIRST_RECEIVER) != 0 || hasRoom(channel, from, to) ? 1 : 0;
  return from != to || load<u32>(channel, CHANNEL_FIRST_SENDER) != 0 ? 1 : 0;
}

function isReady(channel: usize, sends: bool): bool {
  if (load<i32>(channel, CHANNEL_ATTENTION) & ATTENTION_CLOSED) return true;
  if (sends) {
    return load<i32>(channel, CHANNEL_MODE) != 0 || anyWaits(load<u32>(channel, CHANNEL_FIRST_RECEIVER)) ||
      load<i32>(channel, CHANNEL_CAPACITY) != 0 && hasRoom(channel, head(channel), tail(channel));
  }
  return head(channel) != tail(channel) || anyWaits(load<u32>(channel, CHANNEL_FIRST_SENDER));
}

function anyWaits(first: usize): bool {
  for (let node = first; node != 0; node = <usize> load<u32>(node, NODE_NEXT)) {
    if (!isOver(<usize> load<u32>(node, NODE_TICKET))) return true;
  }
  return false;
}
