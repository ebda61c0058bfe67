/**
 * What handles of shared channels weigh: collectors know nothing of the shared heap, and act when what they know of grows.
 *
 * Each handle keeps a share of a buffer some times as large as what its channel takes there, so that a program that makes and
 * drops channels has the collector called for them. One buffer for many: making one costs more than a handle.
 */
import { CHANNEL_SIZE } from "../kernel/heap_layout.ts";

/** Handles that share a buffer. */
const SHARERS = 64;
/**
 * How much heavier than its channel a handle is said to be: a channel is free only once all interpreters that had it have
 * collected their handles, and each does so when tens of megabytes have gathered. What is not written to is not resident.
 */
const TIMES = 4;

let buffer: ArrayBuffer = new ArrayBuffer(0);
let left = 0;

/** To be kept as long as the handle. */
export function weight(): ArrayBuffer {
  if (left-- === 0) {
    buffer = new ArrayBuffer(SHARERS * TIMES * CHANNEL_SIZE);
    left = SHARERS - 1;
  }
  return buffer;
}
