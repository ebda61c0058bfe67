/** Random numbers that follow from a seed (mulberry32). */

/** Numbers from 0 to below 1. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return function next() {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Integers from 0 to below `n`. */
export function randomBelow(seed: number): (n: number) => number {
  const next = randomFrom(seed);
  return function below(n) {
    return Math.floor(next() * n);
  };
}
