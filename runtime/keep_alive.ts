/** Keeps the program alive exactly while something waits: threads never do it by themselves, nor do pending `Atomics.waitAsync`. */

import { hop } from "./macrotask.ts";

/** Longest interval that no runtime shortens. */
const LONG_MS = 100_000_000;

/** What is there where programs end by themselves: all but browsers. */
interface Timer {
  ref?(): void;
  unref?(): void;
}

let holders = 0;
/** There while somebody holds, and for a moment after that: on Deno to make one costs as much as a message. */
let timer: Timer | undefined;
let clearing = false;

/** One more reason for the program to stay. */
export function holdAlive(): void {
  if (holders++ > 0) return;
  if (timer === undefined) timer = setInterval(function stay() {}, LONG_MS) as unknown as Timer;
  else timer.ref?.();
}

/** One reason less; each call answers one `holdAlive`. */
export function releaseAlive(): void {
  if (--holders > 0) return;
  timer!.unref?.();
  if (clearing) return;
  clearing = true;
  hop(clearIfFree);
}

/** Nothing is left behind by what has ended. */
function clearIfFree(): void {
  clearing = false;
  if (holders > 0) return;
  clearInterval(timer as unknown as ReturnType<typeof setInterval>);
  timer = undefined;
}
