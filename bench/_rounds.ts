/** Rounds in which each way of doing a thing has its turn. */

import type { Bench } from "./_benchmark.ts";
import { rotate, settle } from "./_settle.ts";

/** How many rounds count, and how many before them warm up and are dropped. */
export interface Rounds {
  readonly counted: number;
  readonly warm: number;
}

/** Does each way once a round, in another order each time. The steps' milliseconds of each, all that count. */
export async function sampleRounds(
  bench: Bench,
  name: string,
  modes: readonly string[],
  { counted, warm }: Rounds,
  once: (mode: string) => Promise<Readonly<Record<string, number>>>,
): Promise<Map<string, Record<string, number[]>>> {
  const samples = new Map<string, Record<string, number[]>>(modes.map((mode) => [mode, {}]));
  for (let round = 1 - warm; round <= counted; round++) {
    bench.progress(name, Math.max(round, 1), counted);
    for (const mode of rotate(modes, Math.max(round, 0))) {
      const steps = await once(mode);
      for (const [step, ms] of round < 1 ? [] : Object.entries(steps)) {
        (samples.get(mode)![step] ??= []).push(ms);
      }
      await settle(5);
    }
  }
  return samples;
}
