/**
 * What handles of shared channels weigh: collectors know nothing of the shared heap, and act when what they know of grows.
 *
 * Where a collection can be asked for (Bun) that is done when many handles have been made and none was finalized. Elsewhere
 * each handle keeps a share of a buffer some times as large as what its channel takes there, so that a program that makes and
 * drops channels has the collector called for them. One buffer for many: making one costs more than a handle.
 */
import { CHANNEL_SIZE } from "../kernel/heap_layout.ts";
import { askToCollect } from "../runtime/weight.ts";

/** Handles that share a buffer. */
const SHARERS = 64;
/**
 * How much heavier than its channel a handle is said to be: a channel is free only once all interpreters that had it have
 * collected their handles, and each does so when tens of megabytes have gathered. What is not written to is not resident.
 */
const TIMES = 4;
/** How many are made before a collection is asked for; half of those in use if that is more. */
const MANY = 8192;

let buffer: ArrayBuffer = new ArrayBuffer(0);
let left = 0;
let inUse = 0;
let madeSince = 0;

/** There is a handle more: what is to be kept as long as it is. */
export function handleMade(): ArrayBuffer | undefined {
  if (askToCollect !== undefined) {
    inUse++;
    if (++madeSince < MANY || madeSince < inUse / 2) return undefined;
    madeSince = 0;
    askToCollect();
    return undefined;
  }
  if (left-- === 0) {
    buffer = new ArrayBuffer(SHARERS * TIMES * CHANNEL_SIZE);
    left = SHARERS - 1;
  }
  return buffer;
}

/** A handle has been finalized. */
export function handleGone(): void {
  inUse--;
  madeSince = 0;
}
