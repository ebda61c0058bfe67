/**
 * What a value under way refers to in the shared heap, and the end of what nobody refers to.
 *
 * A reference is the byte offset of a block; its five low bits, which are 0 in an offset, say what the block is. It counts
 * as a flight of its channel from the moment the value is on its way until it has been decoded or dropped.
 */
import type { Heap } from "../kernel/heap.ts";
import {
  CHANNEL,
  CHANNEL_FAILURE,
  CHANNEL_MODE,
  CHANNEL_NAME,
  CHANNEL_POISON,
  CHANNEL_REASON,
  CHANNEL_RING,
  DATA_BODY,
  DATA_REFS,
  DATA_SIDE,
  DESK_VALUE,
  END_RETIRED,
  END_STATE,
  KIND_MASK,
  META,
  MODE_PROMISE,
  STATUS_OK,
  TAG_BLOCK,
  TAG_CHANNEL,
  TAG_RECEIVER,
  TAG_SENDER,
} from "../kernel/heap_layout.ts";
import { channelOfEnd, isSender } from "./shared_ends.ts";
import { surroundings } from "./surroundings.ts";

/** A reference to a channel. */
export const TO_CHANNEL = 0;
/** A reference to an end that moves. */
export const TO_END = 1;

const KIND_BITS = 31;

/** What a reference refers to. */
export function targetOf(reference: number): number {
  return (reference & ~KIND_BITS) >>> 0;
}

/** Whether it refers to an end. */
export function isEnd(reference: number): boolean {
  return (reference & KIND_BITS) === TO_END;
}

/**
 * The value that carried it will not arrive, or was decoded, and whoever was there to take it over has done so. `noted`: the
 * word that it stands in, which says that it is under way.
 */
export function dropReference(heap: Heap, reference: number, noted: number, reason?: () => number): void {
  const target = targetOf(reference);
  if (isEnd(reference)) dropEnd(heap, target, noted, reason);
  else landed(heap, target, noted);
}

/** An end that was claimed meanwhile is its new owner's; one that is dropped is this interpreter's until it is freed. */
function dropEnd(heap: Heap, end: number, noted: number, reason?: () => number): void {
  const channel = channelOfEnd(heap, end);
  const drops = heap.kernel.claimEnd(end, 0) !== 0;
  if (drops) retireEnd(heap, end, isSender(heap, end) ? reason?.() : undefined, true);
  landed(heap, channel, noted);
  if (drops) heap.kernel.free(end);
}

/**
 * Retires an end; the last of its side closes the channel. `reason`: a data block with why its holder failed, given away
 * by this call; the close after the last sender carries the first one. `keep`: its block stays, somebody may still look.
 */
export function retireEnd(heap: Heap, end: number, reason: number | undefined, keep: boolean = false): void {
  const channel = channelOfEnd(heap, end);
  const sends = isSender(heap, end);
  if (reason !== undefined) {
    const first = sends && heap.kernel.giveFirst(reason, channel + CHANNEL_FAILURE) !== 0;
    if (!first) dropBlock(heap, reason);
  }
  const left = heap.kernel.retireEnd(end, keep ? 1 : 0);
  // Retired by main when its interpreter died, as it left that: nobody else knows its block.
  if (left < 0 && !keep && heap.load(end + END_STATE) === END_RETIRED) heap.kernel.free(end);
}

/** One flight of a channel less. `noted`: the word that says so. */
export function landed(heap: Heap, channel: number, noted: number): void {
  disposeIf(heap, channel, heap.kernel.endFlight(channel, noted));
}

/** Disposes of a channel if the kernel says that it is dead (1). */
export function disposeIf(heap: Heap, channel: number, dead: number): void {
  if (dead === 1) dispose(heap, channel);
}

/** The word that says that the value on the desk is a reference. */
export function onDesk(heap: Heap): number {
  return heap.desk + DESK_VALUE + 4;
}

/** The interpreter in `slot` holds the channel no longer. */
export function letGo(heap: Heap, channel: number, slot: number): void {
  disposeIf(heap, channel, heap.kernel.clearHolder(channel, slot));
}

/**
 * Frees a data block whose value nobody will receive, or has received. It is this interpreter's until then, and its
 * references end one by one: if this interpreter dies over it, main goes on with what is left.
 */
export function dropBlock(heap: Heap, block: number, reason?: () => number): void {
  // Cut off: main does it.
  if (heap.kernel.own(block) === 0) return;
  const count = heap.load(block + DATA_REFS);
  for (let i = 0; i < count; i++) {
    const word = block + DATA_BODY + 4 * i;
    const reference = heap.load(word) >>> 0;
    if (reference !== 0) dropReference(heap, reference, word, reason);
  }
  const side = heap.load(block + DATA_SIDE);
  if (side !== 0) surroundings.postOffice().discard(side);
  heap.kernel.free(block);
}

/** Frees a data block that will not be sent; its references are in hand again, to be undone by who made them. */
export function takeBack(heap: Heap, block: number): void {
  // No memory is left for that: they are undone all the same, but this interpreter must not die meanwhile.
  if (heap.kernel.takeBack(block) === 0 && !heap.cut) heap.store(block + DATA_REFS, 0);
  heap.kernel.free(block);
}

/** Drops a value that was in a slot. */
export function dropValue(heap: Heap, tag: number, low: number): void {
  if (tag === TAG_BLOCK) dropBlock(heap, low);
  else if (tag === TAG_CHANNEL) landed(heap, low, onDesk(heap));
  else if (tag === TAG_SENDER || tag === TAG_RECEIVER) dropEnd(heap, low, onDesk(heap));
}

/** Drops what a channel still holds. */
export function dropBuffered(heap: Heap, channel: number): void {
  while (heap.kernel.drain(channel) === STATUS_OK) dropValue(heap, heap.tag, heap.low);
}

const doomed: number[] = [];
let disposing = false;

/** Frees a dead channel with all it holds; those that die with it in turn, not by recursion. */
function dispose(heap: Heap, channel: number): void {
  doomed.push(channel);
  if (disposing) return;
  disposing = true;
  try {
    for (let dead = doomed.pop(); dead !== undefined; dead = doomed.pop()) free(heap, dead);
  } finally {
    disposing = false;
  }
}

/** Disposes of channels that are this interpreter's to dispose of and may refer to each other: what they hold goes first. */
export function disposeOf(heap: Heap, channels: readonly number[]): void {
  for (const channel of channels) empty(heap, channel);
  for (const channel of channels) heap.kernel.dispose(channel);
}

function free(heap: Heap, channel: number): void {
  empty(heap, channel);
  heap.kernel.dispose(channel);
}

function empty(heap: Heap, channel: number): void {
  dropBuffered(heap, channel);
  if (heap.load(channel + CHANNEL_MODE) === MODE_PROMISE) dropKept(heap, channel);
  for (const word of [CHANNEL_NAME, CHANNEL_REASON, CHANNEL_POISON, CHANNEL_FAILURE]) {
    const block = heap.kernel.take(channel + word) >>> 0;
    if (block !== 0) dropBlock(heap, block);
  }
}

/** Disposes of a dead channel whose disposer has died over it. */
export function disposeAgain(heap: Heap, channel: number): void {
  if ((heap.load(channel + META) & KIND_MASK) === CHANNEL) dispose(heap, channel);
}

/** The value of a promise channel, which receivers have read and none has taken. */
function dropKept(heap: Heap, channel: number): void {
  if (heap.kernel.size(channel) === 0) return;
  const slot = heap.load(channel + CHANNEL_RING) >>> 0;
  const value = heap.longs(slot)[slot / 8]!;
  const tag = tagOf(value);
  if (tag === TAG_CHANNEL) landed(heap, Number(value & 0xffffffffn), slot + 4);
  const block = tag === TAG_BLOCK ? heap.kernel.take(slot) >>> 0 : 0;
  if (block !== 0) dropBlock(heap, block);
}

/** The tag of a slot's contents; undefined for a number. */
export function tagOf(value: bigint): number | undefined {
  const high = Number(BigInt.asUintN(64, value) >> 32n);
  return high >>> 16 === 0xfffa ? high & 0xffff : undefined;
}
