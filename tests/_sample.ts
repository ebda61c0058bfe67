/**
 * Long tables of cases: a run plays some of them, drawn by a seed, other runs others.
 *
 * `CSP_THOROUGH`: set, all are played. `CSP_SEED`: the seed; it is printed.
 */
import { env } from "node:process";
import { randomBelow } from "./_random.ts";

/** Of each `of` cases that follow each other, one. As many on each runtime. */
export function sample<T>(cases: readonly T[], of: number): T[] {
  if (env["CSP_THOROUGH"] !== undefined) return [...cases];
  const seed = Number(env["CSP_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`one in ${of} of ${cases.length} cases, seed ${seed}`);
  const random = randomBelow(seed);
  const drawn: T[] = [];
  for (let at = 0; at < cases.length; at += of) {
    drawn.push(cases[at + random(Math.min(of, cases.length - at))]!);
  }
  return drawn;
}
