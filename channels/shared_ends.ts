/** Ends of shared channels: who has them. What becomes of the channel when they go stands in `references.ts`. */
import type { Heap } from "../kernel/heap.ts";
import { END_CHANNEL, END_SENDS } from "../kernel/heap_layout.ts";
import type { Side } from "./form.ts";

type Ends = Readonly<Record<Side, number[]>>;

/**
 * Ends that this interpreter has, by their channels, which it holds as long as there are any: by their offsets, those of one
 * side are all the same. Not in the channel's form: they are looked for when that was collected.
 */
const endsHere = new Map<number, Ends>();

/** Adds an end of the channel to those that this interpreter has. */
export function putEnd(channel: number, side: Side, end: number): void {
  let ends = endsHere.get(channel);
  if (ends === undefined) endsHere.set(channel, ends = { sender: [], receiver: [] });
  ends[side].push(end);
}

/** Takes one of them; undefined if there is none of that side. */
export function takeEnd(channel: number, side: Side): number | undefined {
  const ends = endsHere.get(channel);
  const end = ends?.[side].pop();
  if (ends !== undefined && ends.sender.length + ends.receiver.length === 0) endsHere.delete(channel);
  return end;
}

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
