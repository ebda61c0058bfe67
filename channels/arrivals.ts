/** Decoding what refers to the shared heap: the references of a message count until all of it is decoded. */
import type { Heap } from "../kernel/heap.ts";
import { DATA_BODY } from "../kernel/heap_layout.ts";
import { decode } from "../sharing/decode.ts";
import type { Wire } from "../sharing/wire.ts";
import { dropReference, isEnd, referencesIn, targetOf } from "./references.ts";
import { channelOfEnd, isSender, isUnderWay } from "./shared_ends.ts";

let arriving: readonly number[] = [];

/** Decodes `wire`, whose references stand in a data block; see {@link referring}. */
export function decodeReferring(heap: Heap, wire: Wire, block: number, keep: boolean): unknown {
  return referring(heap, block, keep, () => decode(wire));
}

/**
 * What `read` gives, which decodes a message whose references stand in a data block. Then they end and the block is
 * freed, in this order: if this interpreter dies before, they are found there. `keep`: others will decode it as well, so
 * all stays.
 */
export function referring(heap: Heap, block: number, keep: boolean, read: () => unknown): unknown {
  const before = arriving;
  arriving = referencesIn(heap, block);
  try {
    return read();
  } finally {
    const ending = arriving;
    arriving = before;
    // Cut off meanwhile: main ends them.
    if (!keep && !heap.cut) {
      for (const [i, reference] of ending.entries()) {
        if (reference !== 0) dropReference(heap, reference, block + DATA_BODY + 4 * i);
      }
      heap.kernel.free(block);
    }
  }
}

/** Writes the references of a message into its data block, from where they end with the block. */
export function writeReferences(heap: Heap, block: number, references: readonly number[]): void {
  for (const [i, reference] of references.entries()) heap.store(block + DATA_BODY + 4 * i, reference);
  heap.kernel.written(block, references.length);
}

/** The end of the message being decoded that a description means. */
export function arrivingEnd(heap: Heap, channel: number, sends: boolean): number {
  for (const reference of arriving) {
    const end = targetOf(reference);
    if (
      isEnd(reference) && isUnderWay(heap, end) && channelOfEnd(heap, end) === channel &&
      isSender(heap, end) === sends
    ) return end;
  }
  throw new TypeError("Cannot decode the value: an end in it was taken by another receiver");
}
