/** Looks through the blocks of the shared heap, which others go on using meanwhile. */
import type { Heap } from "../kernel/heap.ts";
import {
  FIRST_PAGE,
  FREE,
  HEAP_NEXT,
  KIND_MASK,
  META,
  OWNER_SHIFT,
  PAGE_CLASS,
  PAGE_READY,
  PAGE_REST,
  PAGE_TABLE,
} from "../kernel/heap_layout.ts";

/** A block in use. */
export interface Block {
  readonly at: number;
  readonly kind: number;
  /** Slot + 1, IN_CHANNEL, or 0. */
  readonly owner: number;
}

/** All blocks that are in use, page by page; `bytes`: only those of that size. */
export function* blocks(heap: Heap, bytes?: number): Generator<Block> {
  const next = heap.load(HEAP_NEXT);
  for (let page = FIRST_PAGE; page < next; page++) {
    const entry = heap.load(PAGE_TABLE + page * 4);
    if ((entry & PAGE_READY) === 0 || (entry & PAGE_REST) !== 0) continue;
    const size = 2 ** (entry & PAGE_CLASS);
    if (bytes !== undefined && bytes !== size) continue;
    const from = page * 65536;
    const words = heap.words(from + 65532);
    for (let at = from; at < from + 65536; at += size) {
      const meta = Atomics.load(words, (at + META) >>> 2);
      if ((meta & KIND_MASK) !== FREE) yield { at, kind: meta & KIND_MASK, owner: meta >>> OWNER_SHIFT };
    }
  }
}
