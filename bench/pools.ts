/**
 * Pools and executors: tiny tasks one after the other and ten thousand at once, by each method, beside the pools of other
 * libraries; and tasks that compute, beside a loop.
 *
 * Samples are milliseconds for as many as the fact `many` says.
 */

import type { Bench, Benchmark } from "./_benchmark.ts";
import { AT_ONCE, NBODY, POOL, ROUND_TRIP, SEQUENTIAL, WORKERS } from "./_pools_names.ts";
import { reportPools } from "./_pools_report.ts";
import { sampleRounds } from "./_rounds.ts";
import { type PeerPool, startPeerPools } from "./peers/pool_peers.ts";

const ROUNDS = 9;
const QUICK_ROUNDS = 3;
const TRIPS = 500;
const MANY = 10_000;
const BODIES_TASKS = 16;
const STEPS = 60_000;

/** Runs the tiny task once. */
type Once = (n: number) => PromiseLike<number>;

/** See the file's description. */
export const pools: Benchmark = {
  name: "pools",
  summary: "tiny tasks by each method beside other libraries' pools, and tasks that compute",
  measure,
  report: reportPools,
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
  // They are made for Node: elsewhere what they miss would be measured, not what they do.
  const peers: readonly PeerPool[] = bench.runtime === "node" ? await startPeerPools(WORKERS) : [];
  try {
    const once: Record<string, Once> = {};
    for (const { mode, pool } of byMethod) once[mode] = (n) => pool.applyAsync(increment, [n]);
    once["executor"] = (n) => executor.submit(increment, n);
    for (const { mode, run } of peers) once[mode] = run;
    await measureCase(bench, ROUND_TRIP, TRIPS, (mode) => roundTrips(once[mode]!), Object.keys(once));
    const [{ pool }] = byMethod as [typeof byMethod[number]];
    await measureCase(
      bench,
      AT_ONCE,
      MANY,
      (mode) => mode === "Pool.map" ? mapAll((items) => pool.map(increment, items)) : allAtOnce(once[mode]!),
      [...Object.keys(once), "Pool.map"],
    );
    await measureCase(
      bench,
      NBODY,
      BODIES_TASKS,
      (mode) => mode === SEQUENTIAL ? inALoop() : inAPool((counts) => pool.map(nbody, counts, 1)),
      [POOL, SEQUENTIAL],
    );
  } finally {
    await Promise.all(byMethod.map(({ pool }) => pool.terminate()));
    await executor.shutdown({ cancelFutures: true });
    await Promise.all(peers.map(({ end }) => end()));
  }
}

/** The first round warms up. */
async function measureCase(
  bench: Bench,
  name: string,
  many: number,
  once: (mode: string) => Promise<number>,
  modes: readonly string[],
): Promise<void> {
  const rounds = { counted: bench.quick ? QUICK_ROUNDS : ROUNDS, warm: 1 };
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

const COUNTS: readonly number[] = Array.from({ length: BODIES_TASKS }, () => STEPS);

function inALoop(): Promise<number> {
  const from = performance.now();
  COUNTS.map(nbody);
  return Promise.resolve(performance.now() - from);
}

async function inAPool(map: (counts: readonly number[]) => Promise<number[]>): Promise<number> {
  const from = performance.now();
  const energies = await map(COUNTS);
  const ms = performance.now() - from;
  if (energies.some((energy) => energy !== energies[0])) {
    throw new Error("Cannot trust the results: they differ");
  }
  return ms;
}

/** Five bodies that attract each other, so many steps of a hundredth of a day; their energy in the end. */
function nbody(steps: number): number {
  const DAYS = 365.24;
  const SUN = 4 * Math.PI * Math.PI;
  // deno-fmt-ignore
  const bodies = [
    [0, 0, 0, 0, 0, 0, SUN],
    [4.84, -1.16, -0.1, 0.00166 * DAYS, 0.0077 * DAYS, -0.000069 * DAYS, 0.00095 * SUN],
    [8.34, 4.12, -0.4, -0.00277 * DAYS, 0.005 * DAYS, 0.000023 * DAYS, 0.00028 * SUN],
    [12.9, -15.1, -0.22, 0.00296 * DAYS, 0.00238 * DAYS, -0.00003 * DAYS, 0.000044 * SUN],
    [15.4, -25.9, 0.18, 0.00268 * DAYS, 0.00163 * DAYS, -0.000095 * DAYS, 0.000052 * SUN],
  ].map(([x, y, z, vx, vy, vz, mass]) => ({ x, y, z, vx, vy, vz, mass })) as {
    x: number;
    y: number;
    z: number;
    vx: number;
    vy: number;
    vz: number;
    mass: number;
  }[];
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < bodies.length; i++) {
      const a = bodies[i]!;
      for (let j = i + 1; j < bodies.length; j++) {
        const b = bodies[j]!;
        const dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z;
        const square = dx * dx + dy * dy + dz * dz;
        const pull = 0.01 / (square * Math.sqrt(square));
        a.vx -= dx * b.mass * pull;
        a.vy -= dy * b.mass * pull;
        a.vz -= dz * b.mass * pull;
        b.vx += dx * a.mass * pull;
        b.vy += dy * a.mass * pull;
        b.vz += dz * a.mass * pull;
      }
    }
    for (const body of bodies) {
      body.x += 0.01 * body.vx;
      body.y += 0.01 * body.vy;
      body.z += 0.01 * body.vz;
    }
  }
  return bodies.reduce((sum, { vx, vy, vz, mass }) => sum + mass * (vx * vx + vy * vy + vz * vz) / 2, 0);
}
