/**
 * References in messages that do not go through a channel: parked in a block whose owner is who will read the message, so
 * that they end with it if it dies before.
 */
import type { Heap } from "../kernel/heap.ts";
import { DATA, DATA_BODY, DATA_LENGTH, DATA_SIDE, META, OWNER_SHIFT } from "../kernel/heap_layout.ts";
import type { Wire } from "../sharing/wire.ts";
import { decodeReferring } from "./arrivals.ts";
import { heapHere } from "./heap_here.ts";
import { dropBlock, takeBack } from "./references.ts";

/** Parks references; the block. It belongs to this interpreter until it is readdressed. */
export function park(references: readonly number[]): number {
  const heap: Heap = heapHere();
  const block = heap.kernel.allocate(DATA_BODY + 4 * references.length, DATA) >>> 0;
  if (block === 0) throw new RangeError("Cannot send the value: the shared memory is full");
  heap.store(block + DATA_LENGTH, 0);
  heap.store(block + DATA_SIDE, 0);
  heap.kernel.written(block, references.length);
  return block;
}

/** The interpreter in `slot` will read the message. */
export function readdress(block: number, slot: number): void {
  heapHere().store(block + META, DATA | (slot + 1) << OWNER_SHIFT);
}

/** Decodes a message whose references were parked. */
export function openParked(wire: Wire, block: number): unknown {
  return decodeReferring(heapHere(), wire, block, false);
}

/** The message will not be read. */
export function dropParked(block: number): void {
  dropBlock(heapHere(), block);
}

/** The message was not sent after all, and its references are undone one by one. */
export function forget(block: number): void {
  takeBack(heapHere(), block);
}
