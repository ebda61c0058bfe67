/**
 * A look before an awaited receive enlists: an answer that comes within microseconds then costs neither a ticket nor turns
 * of the event loop.
 *
 * Only when nothing else waits here, so that whoever begins to wait many times is held up once. And not after this thread has
 * woken another one: that may have been put on this core, and would have to answer from there.
 */
import type { Heap } from "../kernel/heap.ts";
import { DESK_WAKE } from "../kernel/heap_layout.ts";
import { Looking, spinOnce } from "../runtime/mod.ts";
import { peersRun } from "./heap_here.ts";
import { cameSoon, isAnyOpen } from "./tickets.ts";

/** Longest look, in milliseconds: some times what an answer takes, a few times what enlisting and a turn of the loop do. */
const LOOK_MS = 0.02;

const looking = new Looking(LOOK_MS);

/** Most turns before a look for room: what is taken meanwhile makes room for as many values at once. */
const LONGEST_PAUSE = 32;

/** Whether there may be something to receive, by now. */
export function isThereSoon(heap: Heap, channel: number): boolean {
  return looks(heap) && turnsUp(heap, channel, 0, 1);
}

/** Whether there may be room to send, by now, in a channel of `capacity`. */
export function isRoomSoon(heap: Heap, channel: number, capacity: number): boolean {
  return looks(heap) && turnsUp(heap, channel, 1, Math.max(1, Math.min(capacity >> 3, LONGEST_PAUSE)));
}

function looks(heap: Heap): boolean {
  return peersRun && heap.slot !== 0 && !isAnyOpen() && !hasWoken(heap) && looking.isWanted();
}

/** Looks after every `pause` turns. */
function turnsUp(heap: Heap, channel: number, sends: number, pause: number): boolean {
  looking.begin();
  do {
    for (let turns = 0; turns < pause; turns++) spinOnce();
    if (heap.kernel.glance(channel, sends) !== 0) {
      looking.foundAtOnce();
      cameSoon();
      return true;
    }
  } while (looking.goesOn());
  return false;
}

/** Whether this thread has woken somebody since it was asked last: the kernel leaves there whom it woke. */
function hasWoken({ deskWords }: Heap): boolean {
  if (deskWords[DESK_WAKE / 4] === 0) return false;
  deskWords[DESK_WAKE / 4] = 0;
  return true;
}
