/** Ends of shared channels: who has them. What becomes of the channel when they go stands in `references.ts`. */
import type { Heap } from "../kernel/heap.ts";
import { END, END_CHANNEL, END_SENDS, IN_CHANNEL, META, OWNER_SHIFT } from "../kernel/heap_layout.ts";

/** Makes an end of a channel for this interpreter; its byte offset. */
export function makeEnd(heap: Heap, channel: number, sends: boolean): number {
  const end = heap.kernel.addEnd(channel, sends ? 1 : 0) >>> 0;
  if (end === 0) throw new RangeError("Cannot make an end of the channel: the shared memory is full");
  return end;
}

/** The channel of an end. */
export function channelOfEnd(heap: Heap, end: number): number {
  return heap.load(end + END_CHANNEL) >>> 0;
}

/** Whether it is a sender. */
export function isSender(heap: Heap, end: number): boolean {
  return heap.load(end + END_SENDS) !== 0;
}

/**
 * An end leaves this interpreter in a value. Not if this was cut off meanwhile: it is noted nowhere as leaving then, and main
 * finds it by its owner.
 */
export function releaseEnd(heap: Heap, end: number): void {
  if (heap.cut) return;
  heap.store(end + META, END | IN_CHANNEL << OWNER_SHIFT);
}

/** An end has arrived here, or comes back. */
export function claimEnd(heap: Heap, end: number): void {
  heap.store(end + META, END | (heap.slot + 1) << OWNER_SHIFT);
}

/** Whether nobody has it: it is in a value. */
export function isUnderWay(heap: Heap, end: number): boolean {
  return heap.load(end + META) >>> OWNER_SHIFT === IN_CHANNEL;
}
