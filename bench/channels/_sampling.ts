/**
 * Runs the ways of a case in turns, each with as many operations as take a set time.
 *
 * How many is found by runs that grow; they warm the way up and do not count. A way that fails or stalls is told in its
 * row and left out from then on; unless it is somebody else's, the benchmark fails once everything else is measured.
 */

import type { Bench } from "../_benchmark.ts";
import { rotate, settle } from "../_settle.ts";

/** One way of doing a case. */
export interface Way {
  /** How it is done, such as "blocking". */
  readonly mode: string;
  /** Does `n` operations, checks them, and gives the milliseconds they took. */
  run(n: number): Promise<number>;
  /** Most operations of one run, where more would take too much memory. */
  readonly most?: number;
  /** How many operations it is about; fewer are done where so many would take too long. */
  readonly aim?: number;
  /** Milliseconds that it runs before anything counts, where code takes longer to be compiled than finding the number takes. */
  readonly warmMs?: number;
  /** Not this library's: that it fails is told in its row and fails nothing. */
  readonly foreign?: boolean;
  /** Why it is not measured here. */
  readonly missing?: string | undefined;
}

/** What the ways of one benchmark on one runtime have in common. */
export interface Sampling {
  readonly bench: Bench;
  readonly rounds: number;
  /** Milliseconds that a run is to take, and that one with an `aim` may take. */
  readonly runMs: number;
  readonly aimedMs: number;
  /** Why ways of this library were not measured; thrown at the end by {@link reportFailures}. */
  readonly failures: string[];
  /** Puts right what a failed or stalled run has left behind. */
  recover(): Promise<unknown>;
}

/** Milliseconds after which a run is taken to hang. */
const STALL_MS = 20_000;

/** Operations of the first run, and how much more the next run may do. */
const FIRST_N = 32;
const GROWTH = 16;

/** The sampling of a benchmark: short runs and one round when it is to be quick. */
export function startSampling(
  bench: Bench,
  full: { readonly rounds: number; readonly runMs: number },
  recover: () => Promise<unknown>,
): Sampling {
  const times = bench.quick ? { rounds: 1, runMs: 2, aimedMs: 30 } : { ...full, aimedMs: 2000 };
  return { bench, ...times, failures: [], recover };
}

/**
 * Measures one case and hands over a row for each way: samples `total`, fact `n`.
 *
 * @param name The case.
 * @param facts Further facts for all of its rows.
 */
export async function measureCase(
  sampling: Sampling,
  name: string,
  ways: readonly Way[],
  facts: Readonly<Record<string, number>> = {},
): Promise<void> {
  const { bench, rounds } = sampling;
  const counts = new Map<Way, number>();
  const samples = new Map<Way, number[]>();
  const notes = new Map<Way, string>();
  for (const way of ways) {
    if (way.missing !== undefined) notes.set(way, `not measured: ${way.missing}`);
  }
  for (let round = 0; round <= rounds; round++) {
    bench.progress(name, Math.max(round, 1), rounds);
    for (const way of rotate(ways, round)) {
      if (notes.has(way)) continue;
      try {
        if (round === 0) counts.set(way, await countWarm(way, sampling));
        else samples.set(way, [...samples.get(way) ?? [], await runOnce(way, counts.get(way)!)]);
      } catch (error) {
        const reason = firstLine(error);
        notes.set(way, `not measured: ${reason}`);
        samples.delete(way);
        if (!way.foreign) sampling.failures.push(`${name}, ${way.mode}: ${reason}`);
        await sampling.recover();
      }
    }
  }
  for (const way of ways) {
    const n = counts.get(way) ?? 0;
    const total = samples.get(way);
    const less = total !== undefined && way.aim !== undefined && n < way.aim && !bench.quick;
    const note = notes.get(way) ?? (less ? `${n} operations, ${way.aim} would take too long` : undefined);
    bench.row({
      case: name,
      mode: way.mode,
      facts: { n, ...facts },
      samples: total === undefined ? {} : { total },
      ...(note === undefined ? {} : { note }),
    });
  }
  await settle(5);
}

/** Fails the benchmark if a way of this library could not be measured. */
export function reportFailures({ failures }: Sampling): void {
  if (failures.length > 0) {
    throw new Error(`Cannot measure ${failures.length} ways:\n${failures.join("\n")}`);
  }
}

/** {@link countFor}, found again once the way is warm, if that takes long. */
async function countWarm(way: Way, sampling: Sampling): Promise<number> {
  const count = await countFor(way, sampling);
  if (way.warmMs === undefined || sampling.bench.quick) return count;
  for (let ms = 0; ms < way.warmMs;) ms += await runOnce(way, count);
  return await countFor(way, sampling);
}

/**
 * How many operations take `ms`, or the way's aim.
 *
 * Found by runs that grow until one takes most of that time. One that does is repeated and the shorter of the two counts:
 * a first run is often long for other reasons.
 */
async function countFor(way: Way, { runMs: ms, aimedMs }: Sampling): Promise<number> {
  const most = Math.min(way.most ?? Infinity, way.aim ?? Infinity);
  let n = Math.min(FIRST_N, most);
  for (;;) {
    let took = await runOnce(way, n);
    if (took > ms / 2) took = Math.min(took, await runOnce(way, n));
    if (n >= most || took > ms / 2) {
      const wanted = n * (way.aim === undefined ? ms : aimedMs) / took;
      // Four is a multiple of how many share the work.
      return Math.min(Math.max(Math.round(wanted / 4), 1) * 4, most);
    }
    n = Math.min(Math.ceil(n * Math.min(GROWTH, Math.max(ms / took, 1.5)) / 4) * 4, most);
  }
}

async function runOnce(way: Way, n: number): Promise<number> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${n} operations not done in ${STALL_MS / 1000} s`)),
      STALL_MS,
    );
  });
  try {
    return await Promise.race([way.run(n), stalled]);
  } finally {
    clearTimeout(timer);
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0]!;
}
