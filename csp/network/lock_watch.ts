/** What networks must know of locks that processes wait for: read where the locks lie. */
import { channels } from "#engines";
import { CHANNEL_MODE, LOCK_HOLDER, MODE_PERMITS } from "../../kernel/heap_layout.ts";

/**
 * The id of the process that holds all of the lock at `offset`, if one does and says so. One that was given it a moment ago,
 * and one of nobody's who shares it, has not said so: better no report than a wrong one.
 */
export function holderOf(offset: number): number | undefined {
  const heap = channels().heapHere();
  if (heap.load(offset + CHANNEL_MODE) !== MODE_PERMITS) return undefined;
  return heap.load(offset + LOCK_HOLDER) || undefined;
}

/** What messages call it. */
export function nameOf(offset: number): string {
  return channels().nameAt(offset) || `#${offset.toString(16)}`;
}
