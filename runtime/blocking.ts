/** Blocking a thread, and waiting without blocking it, on a word of shared memory. */

import { whileBlocked } from "./computing.ts";
import { runtimeName } from "./detect.ts";

/** Longest time that a thread sleeps before it looks around, in milliseconds: on Bun and Deno a thread may have to end itself. */
const SLICE_MS = 50;

/** What this file uses of Atomics that the lib's types may lack. */
const atomics = Atomics as unknown as {
  pause?(spins?: number): void;
  waitAsync(
    words: Int32Array,
    index: number,
    value: number,
  ): { async: boolean; value: Promise<string> | string };
};

/**
 * Sleeps while the word is `value`: until a notify, `ms` milliseconds at most, or a fraction of a second for no reason.
 * Throws `TypeError` where the thread may not block (a browser's page).
 */
export function sleepOn(
  words: Int32Array<SharedArrayBuffer>,
  index: number,
  value: number,
  ms: number,
): void {
  whileBlocked(function sleep() {
    Atomics.wait(words, index, value, Math.min(ms, SLICE_MS));
  });
}

/** Whether this runtime lets a main thread block: all but browsers do. */
export const mayBlockThread: boolean = runtimeName !== "browser";

/** A word that nobody notifies; made at first use, since a program that never blocks needs none. */
let nothing: Int32Array<SharedArrayBuffer> | undefined;

/** Blocks this thread for `ms` milliseconds, in slices of its own. */
export function blockFor(ms: number): void {
  Atomics.wait(nothing ??= new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.min(ms, SLICE_MS));
}

/** Tells the processor that this thread spins; about 30 ns. */
export const spinOnce: () => void = atomics.pause === undefined ? function spin() {} : function spin() {
  atomics.pause!();
};

/** Calls `woken` after a notify on the word, or soon when it is not `value` any more. Does not keep the program alive. */
export function whenNotified(
  words: Int32Array<SharedArrayBuffer>,
  index: number,
  value: number,
  woken: () => void,
): void {
  const waiting = atomics.waitAsync(words, index, value);
  if (waiting.async) void (waiting.value as Promise<string>).then(woken);
  else queueMicrotask(woken);
}
