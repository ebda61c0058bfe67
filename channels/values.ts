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
import { decodeAt } from "../sharing/decode.ts";
import { encodeInto } from "../sharing/encode.ts";
import type { Beside, Outgoing, Place } from "../sharing/wire.ts";
import { referring } from "./arrivals.ts";
import { borders, type Departure } from "./borders.ts";
import { takeBack } from "./references.ts";
import { surroundings } from "./surroundings.ts";

const NOWHERE = new Uint8Array(0);

/** A value ready to be sent: what stands in the slot, and what is still to be done here. */
export class Packed implements Place {
  tag: number = TAG_UNDEFINED;
  /** Payload of every tag but TAG_NUMBER. */
  low = 0;
  number = 0;
  /** Where the bytes of its block go; set while they are written. */
  target: Uint8Array = NOWHERE;
  at = 0;
  #heap: Heap | undefined;
  #outgoing: Outgoing<Beside> | undefined;
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
    this.#heap = heap;
    this.#outgoing = encodeInto(value, root, this);
    this.tag = TAG_BLOCK;
    this.target = NOWHERE;
  }

  /** Takes a block for a message. */
  make(length: number, beside: Beside | undefined): void {
    const heap = this.#heap!;
    const references = beside?.references;
    const count = references === undefined ? 0 : references.length;
    this.#side = beside?.side === undefined ? 0 : surroundings.postOffice().ticket();
    const block = heap.kernel.allocate(DATA_BODY + 4 * count + length, DATA) >>> 0;
    if (block === 0) {
      if (this.#side !== 0) surroundings.postOffice().discard(this.#side);
      throw new RangeError(
        `Cannot send the value: its ${length} bytes do not fit into the shared memory; receive or close what it holds`,
      );
    }
    this.low = block;
    this.at = block + DATA_BODY + 4 * count;
    this.target = heap.bytes(this.at + length);
    const words = heap.words(block + DATA_BODY);
    words[(block + DATA_LENGTH) >>> 2] = length;
    words[(block + DATA_SIDE) >>> 2] = this.#side;
    if (count > 0) heap.kernel.written(block, count);
  }

  /** It was sent: what was moved is gone here. */
  sent(): void {
    const outgoing = this.#outgoing;
    this.#departure?.left?.();
    this.#departure = undefined;
    if (outgoing === undefined) return;
    this.#outgoing = undefined;
    outgoing.left?.();
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
  const place = { block, body, end: body + length, keep };
  if (ticket === 0) return finish(heap, place, undefined);
  const office = surroundings.postOffice();
  if (keep || now) {
    return finish(heap, place, () => office.collectNow(ticket, keep));
  }
  return office.collect(ticket).then(function arrived(side) {
    return finish(heap, place, () => side);
  }, function lost(error) {
    return finish(heap, place, () => {
      throw error;
    });
  });
}

/** A message in a data block: its bytes, and whether others will decode it as well. */
interface Found {
  readonly block: number;
  readonly body: number;
  readonly end: number;
  readonly keep: boolean;
}

/**
 * The value in a block, decoded where it stands, with what `collect` gives beside it. Then the block is given back, also
 * when that failed. Until then it is ours, and so stays as it is while code of a user runs.
 */
function finish(heap: Heap, found: Found, collect: (() => unknown[]) | undefined): unknown {
  const { block, body, end, keep } = found;
  if (body > block + DATA_BODY) {
    return referring(heap, block, keep, () =>
      readFrom(
        heap,
        body,
        end,
        collect && function fetch() {
          const side = collect();
          // What was in the post office has been fetched.
          if (!keep && !heap.cut) heap.store(block + DATA_SIDE, 0);
          return side;
        },
      ));
  }
  try {
    return readFrom(heap, body, end, collect);
  } finally {
    if (!keep) heap.kernel.free(block);
  }
}

function readFrom(heap: Heap, body: number, end: number, collect: (() => unknown[]) | undefined): unknown {
  const beside = collect === undefined ? undefined : { side: collect() };
  return decodeAt(heap.bytes(end), body, end, heap.view(end), beside);
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
