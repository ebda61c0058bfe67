/** What a dead interpreter left of the allocator: pages, and the block on its way to or from a free list. */
import type { Heap } from "../kernel/heap.ts";
import {
  CLASSES,
  DESK_BLOCK,
  DESK_SIZE,
  DESKS,
  FIRST_PAGE,
  FREE,
  HEAP_LOCK,
  HEAP_NEXT,
  META,
  PAGE_CLASS,
  PAGE_READY,
  PAGE_REST,
  PAGE_TABLE,
} from "../kernel/heap_layout.ts";
import { SLOTS } from "../kernel/layout.ts";
import { recoveries } from "./burial_survey.ts";

/** The heap lock, and pages that it took and has not divided. */
export function finishPages(heap: Heap, dead: number): void {
  if (heap.load(HEAP_LOCK) === dead) {
    recoveries.locks++;
    heap.store(HEAP_LOCK, 0);
  }
  const next = heap.load(HEAP_NEXT);
  for (let page = FIRST_PAGE; page < next; page++) {
    const entry = heap.load(PAGE_TABLE + page * 4);
    if ((entry & (PAGE_READY | PAGE_REST)) !== 0 || entry >>> 16 !== dead) continue;
    recoveries.pages++;
    const size = entry & PAGE_CLASS;
    const from = page * 65536;
    // Its blocks went to the free list all at once: one of them is there, in use, or on its way; or none is.
    const step = 2 ** size;
    let divided = heap.kernel.isFree(from, from + 65536) !== 0 || isOnItsWay(heap, from, from + 65536);
    for (let at = from; at < from + 65536 && !divided; at += step) divided = heap.load(at + META) !== FREE;
    if (divided) heap.store(PAGE_TABLE + page * 4, size | PAGE_READY);
    else heap.kernel.fill(page, size);
  }
}

/** Whether somebody else is taking a block of these addresses from its free list, or giving it back. */
function isOnItsWay(heap: Heap, from: number, to: number): boolean {
  for (let slot = 0; slot < SLOTS; slot++) {
    const desk = DESKS + slot * DESK_SIZE;
    const block = heap.load(desk + DESK_BLOCK) >>> 0;
    if (block >= from && block < to) return true;
  }
  return false;
}

/**
 * A block that was on its way to or from a free list, and is in none, and nobody else is taking it. What others do meanwhile
 * is seen: a list that they change has another count, and who takes or frees the block has it on the desk until META says so.
 */
export function recoverBlock(heap: Heap, desk: number): void {
  const noted = heap.load(desk + DESK_BLOCK) >>> 0;
  const block = (noted & ~1) >>> 0;
  if (block === 0) return;
  heap.store(desk + DESK_BLOCK, 0);
  if (noted !== block) {
    recoveries.blocks++;
    return heap.kernel.free(block);
  }
  for (let tries = 0; tries < 100; tries++) {
    if (heap.load(block + META) !== FREE || heap.kernel.isFree(block, block + 1) !== 0) return;
    const count = countOf(heap, block);
    if (isOnItsWay(heap, block, block + 1) || heap.kernel.isFree(block, block + 1) !== 0) continue;
    if (heap.load(block + META) !== FREE || isOnItsWay(heap, block, block + 1)) continue;
    if (countOf(heap, block) - count > 2n) continue;
    recoveries.blocks++;
    heap.kernel.free(block);
    return;
  }
}

/** How often the free list of a block's class has changed. */
function countOf(heap: Heap, block: number): bigint {
  const head = CLASSES + heap.kernel.classAt(block) * 64;
  return Atomics.load(heap.longs(head), head / 8) >> 32n;
}
