/**
 * Ends of channels: counted in the channel, under both locks, so that a count that a dead interpreter left half done is
 * seen by its lock, and made again from the ends there are.
 */
import {
  CHANNEL_FAILURE,
  CHANNEL_RECEIVERS,
  CHANNEL_SENDERS,
  DATA,
  END,
  END_CHANNEL,
  END_LIVE,
  END_NEW,
  END_RETIRED,
  END_SENDS,
  END_STATE,
  META,
  OWNER_SHIFT,
} from "../heap_layout";
import { allocate, free } from "./blocks";
import { endNow, mark } from "./closing";
import { enter, leave, me } from "./desk";
import { lock, unlock } from "./gates";
import { stop } from "./stop";

// @ts-ignore: decorator
@inline
function countOf(channel: usize, sends: bool): usize {
  return channel + (sends ? CHANNEL_SENDERS : CHANNEL_RECEIVERS);
}

/** One more end, which this interpreter has; 0 when no memory is left or it was cut off. */
export function addEnd(channel: usize, sends: i32): usize {
  if (!enter()) return 0;
  const end = allocate(32, DATA);
  if (end != 0) {
    store<i32>(end, END_NEW, END_STATE);
    // Data no longer: what stands in END_CHANNEL would count as references.
    atomic.store<i32>(end, END | me << OWNER_SHIFT, META);
    store<u32>(end, channel, END_CHANNEL);
    store<i32>(end, sends, END_SENDS);
    lock(channel);
    const count = countOf(channel, sends != 0);
    store<i32>(count, load<i32>(count) + 1);
    stop(80);
    store<i32>(end, END_LIVE, END_STATE);
    unlock(channel);
  }
  leave(0);
  return end;
}

/**
 * One end less, its block is given back; the last of its side closes the channel, after the last sender with the reason of
 * the first one that failed. How many are left, or -1 when another call has retired it. With `keep` the block stays.
 */
export function retireEnd(end: usize, keep: bool): i32 {
  if (!enter()) return -1;
  const channel = <usize> load<u32>(end, END_CHANNEL);
  let left = -1;
  lock(channel);
  if (load<i32>(end, END_STATE) == END_LIVE) {
    const sends = load<i32>(end, END_SENDS) != 0;
    const count = countOf(channel, sends);
    left = load<i32>(count) - 1;
    store<i32>(end, END_RETIRED, END_STATE);
    stop(81);
    if (left == 0) closeAfter(channel, sends);
    store<i32>(count, left);
  }
  unlock(channel);
  stop(82);
  if (left >= 0 && !keep) free(end);
  return leave(left);
}

/** Under both locks, for recovery: the same as `closeAfter`, but who waits is not told yet. */
export function markAfter(channel: usize, sends: bool): void {
  const failure = sends ? load<u32>(channel, CHANNEL_FAILURE) : 0;
  if (mark(channel, false, failure) && failure != 0) store<u32>(channel, 0, CHANNEL_FAILURE);
}

/** Under both locks: the last end of a side has retired. */
function closeAfter(channel: usize, sends: bool): void {
  const failure = sends ? load<u32>(channel, CHANNEL_FAILURE) : 0;
  if (endNow(channel, false, failure) && failure != 0) store<u32>(channel, 0, CHANNEL_FAILURE);
}
