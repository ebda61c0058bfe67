/** The lists of waiting nodes of a channel, under both locks: doubly linked, first come first. */
import {
  CHANNEL_ARRIVALS,
  CHANNEL_FIRST_RECEIVER,
  CHANNEL_FIRST_SENDER,
  CHANNEL_LAST_RECEIVER,
  CHANNEL_LAST_SENDER,
  NODE_ARRIVAL,
  NODE_LINKED,
  NODE_NEXT,
  NODE_PREVIOUS,
  NODE_SENDS,
} from "../heap_layout";
import { stop } from "./stop";

/** Adds a node at the end of its list. Its arrival number, if it has none yet, is drawn here. */
export function link(channel: usize, node: usize): void {
  if (load<i64>(node, NODE_ARRIVAL) == 0) {
    const arrival = load<i64>(channel, CHANNEL_ARRIVALS) + 1;
    store<i64>(channel, arrival, CHANNEL_ARRIVALS);
    store<i64>(node, arrival, NODE_ARRIVAL);
  }
  const sends = load<i32>(node, NODE_SENDS) != 0;
  const firstOf: usize = channel + (sends ? CHANNEL_FIRST_SENDER : CHANNEL_FIRST_RECEIVER);
  const lastOf: usize = channel + (sends ? CHANNEL_LAST_SENDER : CHANNEL_LAST_RECEIVER);
  const last = <usize> load<u32>(lastOf);
  store<u32>(node, last, NODE_PREVIOUS);
  store<u32>(node, 0, NODE_NEXT);
  store<i32>(node, 1, NODE_LINKED);
  stop(30);
  if (last == 0) store<u32>(firstOf, node);
  else store<u32>(last, node, NODE_NEXT);
  stop(31);
  store<u32>(lastOf, node);
}

/** Takes a node out of its list; no effect if it is not in it. */
export function unlink(channel: usize, node: usize): void {
  if (load<i32>(node, NODE_LINKED) == 0) return;
  const sends = load<i32>(node, NODE_SENDS) != 0;
  const firstOf: usize = channel + (sends ? CHANNEL_FIRST_SENDER : CHANNEL_FIRST_RECEIVER);
  const lastOf: usize = channel + (sends ? CHANNEL_LAST_SENDER : CHANNEL_LAST_RECEIVER);
  const previous = <usize> load<u32>(node, NODE_PREVIOUS);
  const next = <usize> load<u32>(node, NODE_NEXT);
  if (previous == 0) store<u32>(firstOf, next);
  else store<u32>(previous, next, NODE_NEXT);
  stop(32);
  if (next == 0) store<u32>(lastOf, previous);
  else store<u32>(next, previous, NODE_PREVIOUS);
  store<i32>(node, 0, NODE_LINKED);
}
