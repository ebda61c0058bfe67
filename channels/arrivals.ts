/** Decoding what refers to the shared heap: the references of a message count until all of it is decoded. */
import type { Heap } from "../kernel/heap.ts";
import { DATA_BODY, DATA_REFS } from "../kernel/heap_layout.ts";
import { decode } from "../sharing/decode.ts";
import type { Wire } from "../sharing/wire.ts";
import { dropBlock, isEnd, targetOf } from "./references.ts";
import { channelOfEnd, isSender } from "./shared_ends.ts";

/** The data block whose message is being decoded; 0 if there is none. */
let arriving = 0;

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
  arriving = block;
  try {
    return read();
  } finally {
    arriving = before;
    if (!keep) dropBlock(heap, block);
  }
}

/**
 * The end of the message being decoded that a description means; this interpreter's from now on. What is left of its
 * reference is one to its channel: the end itself may be gone by the time all is decoded.
 */
export function arrivingEnd(heap: Heap, channel: number, sends: boolean): number {
  const count = arriving === 0 ? 0 : heap.load(arriving + DATA_REFS);
  for (let i = 0; i < count; i++) {
    const word = arriving + DATA_BODY + 4 * i;
    const reference = heap.load(word) >>> 0;
    const end = targetOf(reference);
    if (
      isEnd(reference) && channelOfEnd(heap, end) === channel && isSender(heap, end) === sends &&
      heap.kernel.claimEnd(end, word) !== 0
    ) return end;
  }
  throw new TypeError("Cannot decode the value: an end in it was taken by another receiver");
}
