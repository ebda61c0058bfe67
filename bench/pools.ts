/**
 * Pools and executors: tiny tasks one after the other and ten thousand at once, by each method, beside the pools of other
 * libraries. Tasks of other character are in `party/`.
 *
 * Samples are milliseconds for as many as the fact `many` says; of round trips also the median one of each round.
 */

import type { Bench, Benchmark } from "./_benchmark.ts";
import { AT_ONCE, MAP, MEDIAN, ROUND_TRIP, WORKERS } from "./_pools_names.ts";
import { reportPools } from "./_pools_report.ts";
import { sampleRounds } from "./_rounds.ts";
import { median } from "./_statistics.ts";
import { PEER_POOLS, type PeerPool } from "./peers/pool_peers.ts";
import { dots } from "./pictures/_points.ts";

const ROUNDS = { [ROUND_TRIP]: 7, [AT_ONCE]: 3 };
const QUICK_ROUNDS = 1;
const TRIPS = 1000;
const MANY = 10_000;
/** Milliseconds of round trips by each way before any counts: until then the engines compile, on the cores that the threads need. */
const WARM_MS = 1000;
const QUICK_WARM_MS = 250;
/** Milliseconds that a sample of tasks at once takes at least. */
const SAMPLE_MS = 100;

/** Peers that live beside others in one process. */
const PEERS: readonly string[] = ["tinypool", "piscina", "workerpool", "poolifier", "comlink"];

/** Milliseconds by step. */
type Steps = Readonly<Record<string, number>>;

/** Runs the tiny task once. */
type Once = (n: number) => PromiseLike<number>;

/** See the file's description. */
export const pools: Benchmark = {
  name: "pools",
  summary: "tiny tasks by each method beside other libraries' pools",
  measure,
  report: reportPools,
  pictures(measurements) {
    return [dots(measurements, "Time of one task", { step: "ms", many: "many" })];
  },
};

function increment(n: number): number {
  return n + 1;
}

async function measure(bench: Bench): Promise<void> {
  const { InterpreterPoolExecutor, Pool } = await import("@pool/csp");
  const byMethod = (["channel", "call", "port"] as const).map((method) => ({
    mode: `Pool, ${method}`,
    pool: new Pool(WORKERS, { method }),
  }));
  const executor = new InterpreterPoolExecutor({ maxWorkers: WORKERS });
  // Elsewhere some hang, which the party tells: it has each in a process of its own.
  const peers: [mode: string, pool: PeerPool][] = [];
  for (const mode of bench.runtime === "node" ? PEERS : []) {
    peers.push([mode, await PEER_POOLS[mode]!(WORKERS)]);
  }
  try {
    const once: Record<string, Once> = {};
    for (const { mode, pool } of byMethod) once[mode] = (n) => pool.applyAsync(increment, [n]);
    once["executor"] = (n) => executor.submit(increment, n);
    for (const [mode, pool] of peers) once[mode] = (n) => pool.run("increment", n) as PromiseLike<number>;
    for (const mode of Object.keys(once)) {
      await warmUp(once[mode]!, bench.quick ? QUICK_WARM_MS : WARM_MS);
    }
    await measureCase(bench, ROUND_TRIP, TRIPS, (mode) => roundTrips(once[mode]!), Object.keys(once));
    const [{ pool }] = byMethod as [typeof byMethod[number]];
    await measureCase(
      bench,
      AT_ONCE,
      MANY,
      (mode) => mode === MAP ? mapAll((items) => pool.map(increment, items)) : allAtOnce(once[mode]!),
      [...Object.keys(once), MAP],
    );
  } finally {
    await Promise.all(byMethod.map(({ pool }) => pool.terminate()));
    await executor.shutdown({ cancelFutures: true });
    await Promise.all(peers.map(([, pool]) => pool.end()));
  }
}

/** Round trips have been warmed up; of a quick run they do that for what follows. */
async function measureCase(
  bench: Bench,
  name: typeof ROUND_TRIP | typeof AT_ONCE,
  many: number,
  once: (mode: string) => Promise<Steps>,
  modes: readonly string[],
): Promise<void> {
  const rounds = {
    counted: bench.quick ? QUICK_ROUNDS : ROUNDS[name],
    warm: bench.quick || name === ROUND_TRIP ? 0 : 1,
  };
  const samples = await sampleRounds(bench, name, modes, rounds, once);
  for (const [mode, steps] of samples) bench.row({ case: name, mode, facts: { many }, samples: steps });
}

async function warmUp(run: Once, ms: number): Promise<void> {
  const until = performance.now() + ms;
  for (let i = 0; performance.now() < until; i++) await run(i);
}

async function roundTrips(run: Once): Promise<Steps> {
  const trips: number[] = [];
  const from = performance.now();
  let last = from;
  for (let i = 0; i < TRIPS; i++) {
    await run(i);
    const now = performance.now();
    trips.push(now - last);
    last = now;
  }
  return { ms: last - from, [MEDIAN]: median(trips) };
}

function allAtOnce(run: Once): Promise<Steps> {
  return again(() => Promise.all(Array.from({ length: MANY }, (_, n) => run(n))));
}

function mapAll(map: (items: readonly number[]) => Promise<number[]>): Promise<Steps> {
  const items = Array.from({ length: MANY }, (_, n) => n);
  return again(() => map(items));
}

/** The median of as many runs as fit into a sample: the faster a way is, the more a moment of something else weighs. */
async function again(run: () => Promise<number[]>): Promise<Steps> {
  const samples: number[] = [];
  const until = performance.now() + SAMPLE_MS;
  do {
    const from = performance.now();
    const results = await run();
    samples.push(performance.now() - from);
    check(results);
  } while (performance.now() < until);
  return { ms: median(samples) };
}

function check(results: readonly number[]): void {
  if (results.length !== MANY || results.some((result, n) => result !== n + 1)) {
    throw new Error("Cannot trust the results: they are others, or in another order");
  }
}
