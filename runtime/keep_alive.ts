/** Keeps the program alive exactly while something waits: threads never do it by themselves, nor do pending `Atomics.waitAsync`. */

/** Longest interval that no runtime shortens. */
const LONG_MS = 100_000_000;

let holders = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** One more reason for the program to stay. */
export function holdAlive(): void {
  if (holders++ === 0) timer = setInterval(function stay() {}, LONG_MS);
}

/** One reason less; each call answers one `holdAlive`. */
export function releaseAlive(): void {
  if (--holders === 0) clearInterval(timer);
}
