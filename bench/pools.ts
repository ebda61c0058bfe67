/**
 * Pools and executors: tiny tasks one after the other and ten thousand at once, by each method, beside the pools of other
 * libraries. Tasks of other character are in `party/`.
 *
 * Samples are milliseconds for as many as the fact `many` says.
 */

import type { Bench, Benchmark } from "./_benchmark.ts";
import { AT_ONCE, MAP, ROUND_TRIP, WORKERS } from "./_pools_names.ts";
import { reportPools } from "./_pools_report.ts";
import { sampleRounds } from "./_rounds.ts";
import { PEER_POOLS, type PeerPool } from "./peers/pool_peers.ts";
import { dots } from "./pictures/_points.ts";

const ROUNDS = 5;
const QUICK_ROUNDS = 1;
const TRIPS = 500;
const MANY = 10_000;

/** Peers that live beside others in one process. */
const PEERS: readonly string[] = ["tinypool", "piscina", "workerpool", "poolifier", "comlink"];

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

/** The first round warms up; of a quick run the round trips do that for what follows. */
async function measureCase(
  bench: Bench,
  name: string,
  many: number,
  once: (mode: string) => Promise<number>,
  modes: readonly string[],
): Promise<void> {
  const rounds = {
    counted: bench.quick ? QUICK_ROUNDS : ROUNDS,
    warm: bench.quick && name !== ROUND_TRIP ? 0 : 1,
  };
  const samples = await sampleRounds(bench, name, modes, rounds, async (mode) => ({ ms: await once(mode) }));
  for (const [mode, steps] of samples) bench.row({ case: name, mode, facts: { many }, samples: steps });
}

async function roundTrips(run: Once): Promise<number> {
  const from = performance.now();
  for (let i = 0; i < TRIPS; i++) await run(i);
  return performance.now() - from;
}

async function allAtOnce(run: Once): Promise<number> {
  const from = performance.now();
  const results = await Promise.all(Array.from({ length: MANY }, (_, n) => run(n)));
  const ms = performance.now() - from;
  check(results);
  return ms;
}

async function mapAll(map: (items: readonly number[]) => Promise<number[]>): Promise<number> {
  const items = Array.from({ length: MANY }, (_, n) => n);
  const from = performance.now();
  const results = await map(items);
  const ms = performance.now() - from;
  check(results);
  return ms;
}

function check(results: readonly number[]): void {
  if (results.length !== MANY || results.some((result, n) => result !== n + 1)) {
    throw new Error("Cannot trust the results: they are others, or in another order");
  }
}
