/**
 * Values on their way through shared channels: as they stand in a slot, and back.
 *
 * Numbers and the other primitives but strings and bigints stand in the slot itself, channels and ends as references;
 * everything else is encoded into a block of the heap (`sharing/encode.ts`), and what only structured clone can carry
 * waits in the post office, whose ticket the block has.
 */
import type { Heap } from "../kernel/heap.ts";
import {
  DATA,
  DATA_BODY,
  DATA_LENGTH,
  DATA_REFS,
  DATA_SIDE,
  TAG_BLOCK,
  TAG_CHANNEL,
  TAG_FALSE,
  TAG_NULL,
  TAG_NUMBER,
  TAG_RECEIVER,
  TAG_SENDER,
  TAG_TRUE,
  TAG_UNDEFINED,
} from "../kernel/heap_layout.ts";
import { decode } from "../sharing/decode.ts";
import { encodeWhole } from "../sharing/encode.ts";
import type { Outgoing, Wire } from "../sharing/wire.ts";
import { decodeReferring } from "./arrivals.ts";
import { borders, type Departure } from "./borders.ts";
import { dropBlock, takeBack } from "./references.ts";
import { surroundings } from "./surroundings.ts";

/** A value ready to be sent: what stands in the slot, and what is still to be done here. */
export class Packed {
  tag: number = TAG_UNDEFINED;
  /** Payload of every tag but TAG_NUMBER. */
  low = 0;
  number = 0;
  #outgoing: Outgoing | undefined;
  #departure: Departure | undefined;
  #side = 0;

  /**
   * Packs `value`; `root` begins the path in the error of what cannot cross. Nothing has happened when it throws. `kept`: for
   * a promise channel, where the first receiver who reads an end takes it out.
   */
  pack(heap: Heap, value: unknown, root: string, kept: boolean = false): void {
    switch (typeof value) {
      case "number":
        this.tag = TAG_NUMBER;
        this.number = value;
        return;
      case "undefined":
        this.tag = TAG_UNDEFINED;
        this.low = 0;
        return;
      case "boolean":
        this.tag = value ? TAG_TRUE : TAG_FALSE;
        this.low = 0;
        return;
      case "object": {
        if (value === null) {
          this.tag = TAG_NULL;
          this.low = 0;
          return;
        }
        if (kept && borders.isEnd(value)) break;
        const departure = borders.departureOf(heap, value);
        if (departure === undefined) break;
        this.tag = departure.tag;
        this.low = departure.target;
        this.#departure = departure;
        return;
      }
    }
    this.packBlock(heap, value, root);
  }

  /** Packs `value` into a block, whatever it is. */
  packBlock(heap: Heap, value: unknown, root: string = "reason"): void {
    const outgoing = encodeWhole(value, root);
    try {
      this.low = this.#write(heap, outgoing);
    } catch (error) {
      outgoing.abandon?.();
      throw error;
    }
    this.tag = TAG_BLOCK;
    const { wire, detach, abandon } = outgoing;
    if (wire.side !== undefined || detach !== undefined || abandon !== undefined) this.#outgoing = outgoing;
  }

  #write(heap: Heap, { wire }: Outgoing): number {
    const { bytes, references, side } = wire;
    const count = references?.length ?? 0;
    const length = bytes.length;
    this.#side = side === undefined ? 0 : surroundings.postOffice().ticket();
    const block = heap.kernel.allocate(DATA_BODY + 4 * count + length, DATA) >>> 0;
    if (block === 0) {
      if (this.#side !== 0) surroundings.postOffice().discard(this.#side);
      throw new RangeError(
        `Cannot send the value: its ${length} bytes do not fit into the shared memory; receive or close what it holds`,
      );
    }
    const body = block + DATA_BODY + 4 * count;
    const heapBytes = heap.bytes(body + length);
    const words = heap.words(body + length - 4);
    words[(block + DATA_LENGTH) >>> 2] = length;
    words[(block + DATA_SIDE) >>> 2] = this.#side;
    heapBytes.set(bytes, body);
    if (count > 0) heap.kernel.written(block, count);
    return block;
  }

  /** It was sent: what was moved is gone here. */
  sent(): void {
    const outgoing = this.#outgoing;
    this.#departure = undefined;
    if (outgoing === undefined) return;
    this.#outgoing = undefined;
    // Another send that was under way at once may have moved it before.
    for (const buffer of outgoing.detach ?? []) if (!buffer.detached) buffer.transfer(0);
    if (this.#side !== 0) {
      surroundings.postOffice().deposit(this.#side, outgoing.wire.side!, outgoing.transfer);
    }
    this.#side = 0;
  }

  /** It will not be sent: everything stays as it was. */
  unsent(heap: Heap): void {
    this.#departure?.undo();
    this.#departure = undefined;
    if (this.tag === TAG_BLOCK) {
      takeBack(heap, this.low);
      this.#outgoing?.abandon?.();
      if (this.#side !== 0) surroundings.postOffice().discard(this.#side);
    }
    this.#outgoing = undefined;
    this.#side = 0;
  }
}

/** The value on the desk, when it was taken out of its channel. A promise when it must be fetched from the post office. */
export function unpack(heap: Heap): unknown {
  return open(heap, heap.tag, false);
}

/** The same, blocking this thread where that is needed. */
export function unpackNow(heap: Heap): unknown {
  return open(heap, heap.tag, true);
}

/** The value on the desk when others will receive it as well. */
export function unpackKept(heap: Heap): unknown {
  const { tag } = heap;
  return tag === TAG_BLOCK ? read(heap, heap.low, true, true) : open(heap, tag, true);
}

function open(heap: Heap, tag: number, now: boolean): unknown {
  switch (tag) {
    case TAG_NUMBER:
      return heap.number;
    case TAG_UNDEFINED:
      return undefined;
    case TAG_NULL:
      return null;
    case TAG_TRUE:
      return true;
    case TAG_FALSE:
      return false;
    case TAG_CHANNEL:
      return borders.adoptChannel(heap, heap.low);
    case TAG_SENDER:
    case TAG_RECEIVER:
      return borders.adoptEnd(heap, heap.low);
    default:
      return read(heap, heap.low, now, false);
  }
}

/** The value in a data block, which stays as it is. */
export function readBlock(heap: Heap, block: number): unknown {
  return read(heap, block, true, true);
}

function read(heap: Heap, block: number, now: boolean, keep: boolean): unknown {
  const words = heap.words(block + DATA_BODY);
  const length = words[(block + DATA_LENGTH) >>> 2]!;
  const count = words[(block + DATA_REFS) >>> 2]!;
  const ticket = words[(block + DATA_SIDE) >>> 2]!;
  const body = block + DATA_BODY + 4 * count;
  // A copy: decoding may run code of users, and on a browser's page text is not decoded from shared memory.
  const bytes = copyOf(heap.bytes(body + length), body, length);
  if (!keep && count === 0) heap.kernel.free(block);
  if (ticket === 0) return finish(heap, { bytes }, block, count, keep);
  const office = surroundings.postOffice();
  if (keep || now) {
    let side: unknown[];
    try {
      side = office.collectNow(ticket, keep);
    } catch (error) {
      if (count > 0 && !keep) dropBlock(heap, block);
      throw error;
    }
    return finish(heap, { bytes, side }, block, count, keep);
  }
  return office.collect(ticket).then(function arrived(side) {
    return finish(heap, { bytes, side }, block, count, keep);
  }, function lost(error: unknown) {
    if (count > 0) dropBlock(heap, block);
    throw error;
  });
}

function finish(heap: Heap, wire: Wire, block: number, references: number, keep: boolean): unknown {
  if (references === 0) return decode(wire);
  // What was in the post office has been fetched.
  if (wire.side !== undefined && !keep && !heap.cut) heap.store(block + DATA_SIDE, 0);
  return decodeReferring(heap, wire, block, keep);
}

function copyOf(
  source: Uint8Array<SharedArrayBuffer>,
  from: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  bytes.set(source.subarray(from, from + length));
  return bytes;
}

/** A data block with the reason for closing; what of it cannot cross is told as far as it can be. */
export function encodeReason(heap: Heap, reason: unknown): number {
  const packed = new Packed();
  try {
    packed.packBlock(heap, reason);
  } catch (error) {
    packed.packBlock(heap, error);
  }
  packed.sent();
  return packed.low;
}
