/**
 * Processes and channels together, as programs use them: commstime, a token ring, a sieve, and a pipeline whose items
 * compute; in one interpreter and on the shared set of two, beside the same in Go and, in one thread, effect's fibers.
 *
 * Who keeps the time is a process of the network, from the moment when everybody is there.
 */

import { chan, pipeline, setParallelism } from "@pool/csp";
import type { Bench } from "../_benchmark.ts";
import {
  measureCase,
  reportFailures,
  type Sampling,
  startSampling,
  type Way,
} from "../channels/_sampling.ts";
import { findGo, type FoundTwin, twinWay } from "../controls/_twin.ts";
import { commstime, type Form, FORMS, ring, sieve } from "./_networks.ts";
import { COMMSTIME, HEAVY, LIGHT, LOOP, RING, SIEVE, workers } from "./_process_names.ts";

/** Measures on the runtime it runs on. */
export async function measure(bench: Bench): Promise<void> {
  setParallelism(2);
  const sampling = startSampling(bench, { rounds: 3, runMs: 40 }, () => Promise.resolve());
  const go = findGo();
  try {
    const fibers = await loadFibers();
    await network(sampling, COMMSTIME, commstime, go, fibers.commstime, fibers.missing);
    await network(sampling, RING, ring, go, fibers.ring, fibers.missing);
    await network(sampling, SIEVE, sieve, go, undefined, undefined);
    await pipelines(sampling);
  } finally {
    go.twin?.end();
  }
  reportFailures(sampling);
}

type Run = (n: number) => Promise<number>;

interface Fibers {
  readonly commstime: Run | undefined;
  readonly ring: Run | undefined;
  readonly missing: string | undefined;
}

async function loadFibers(): Promise<Fibers> {
  try {
    const { commstime, ring } = await import("../peers/effect_fibers.ts");
    return { commstime, ring, missing: undefined };
  } catch (error) {
    return { commstime: undefined, ring: undefined, missing: (error as Error).message };
  }
}

async function network(
  sampling: Sampling,
  name: string,
  run: (form: Form, n: number) => Promise<number>,
  go: FoundTwin,
  fibers: Run | undefined,
  missing: string | undefined,
): Promise<void> {
  const ways: Way[] = FORMS.map(([mode, form]) => ({ mode, run: (n) => run(form, n) }));
  const pattern = name.replaceAll(" ", "_");
  for (const [mode, form] of [["Go", ""], ["Go, a thread each", "locked"]] as const) {
    ways.push(twinWay(mode, go, { pattern, capacity: 0, many: 1, form }));
  }
  if (fibers !== undefined || missing !== undefined) {
    ways.push({ mode: "effect fibers", run: fibers ?? (() => Promise.reject()), foreign: true, missing });
  }
  await measureCase(sampling, name, ways);
}

/** Computes for about a millisecond. */
function compute(seed: number): number {
  let x = seed;
  for (let i = 0; i < 400_000; i++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
  return x;
}

function add(n: number): number {
  return n + 1;
}

async function pipelines(sampling: Sampling): Promise<void> {
  for (const [name, fn] of [[HEAVY, compute], [LIGHT, add]] as const) {
    await measureCase(sampling, name, [
      {
        mode: LOOP,
        run(n) {
          const from = performance.now();
          let sum = 0;
          for (let i = 0; i < n; i++) sum += fn(i);
          if (!Number.isFinite(sum)) throw new Error("Cannot trust the run: its sum is no number");
          return Promise.resolve(performance.now() - from);
        },
      },
      ...[1, 2].map((count): Way => ({ mode: workers(count), run: (n) => piped(count, fn, n) })),
    ]);
  }
}

/** Milliseconds of `n` items: starting the workers is not counted. */
async function piped(count: number, fn: (n: number) => number, n: number): Promise<number> {
  const [from, to] = [chan<number>(256), chan<number>(256)];
  const total = n + count;
  const done = pipeline(count, fn, from, to);
  async function feed(): Promise<void> {
    for (let i = 0; i < total; i++) await from.send(i);
    from.close();
  }
  const feeding = feed();
  // One item for each worker, to have them all there.
  for (let i = 0; i < count; i++) await to.receive();
  const began = performance.now();
  let sum = 0;
  for (let i = count; i < total; i++) {
    sum += await to.receive();
  }
  const ms = performance.now() - began;
  await Promise.all([feeding, done]);
  for (let i = count; i < total; i++) sum -= fn(i);
  if (sum !== 0) throw new Error(`Cannot trust the run: its sum is off by ${sum}`);
  return ms;
}
