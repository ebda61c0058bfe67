/** Ends of shared channels: who has them. What becomes of the channel when they go stands in `references.ts`. */
import type { Heap } from "../kernel/heap.ts";
import { END_CHANNEL, END_SENDS } from "../kernel/heap_layout.ts";
import type { Core, Side } from "./form.ts";

/** What is left of the core of a shared channel when it was collected. */
export class Remains implements Record<Side, number[] | undefined> {
  /** Where the channel lives. */
  readonly at: number;
  readonly ref: WeakRef<Core>;
  /** Ends that this interpreter has, by their offsets: those of one side are all the same. */
  sender: number[] | undefined = undefined;
  receiver: number[] | undefined = undefined;

  constructor(core: Core, at: number) {
    this.at = at;
    this.ref = new WeakRef(core);
  }
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
