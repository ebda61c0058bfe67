/** Sharing values by freezing them, beside copies of them; reading them; and filling a shared array by all cores. */

import {
  create,
  freeze,
  type Frozen,
  go,
  type Interpreter,
  parallelFor,
  setParallelism,
  sharedArray,
  shutdown,
} from "@pool/csp";
import { pack, unpack } from "msgpackr";
import { availableParallelism } from "node:os";
import { describe, open } from "../../sharing/frozen/engine.ts";
import { type BareWorker, startBareWorker } from "../_bare_worker.ts";
import type { Bench } from "../_benchmark.ts";
import { work } from "../programs/fill.ts";
import type { Filling } from "../programs/fill_worker.ts";
import { sampleRounds } from "../_rounds.ts";
import { median } from "../_statistics.ts";
import { measureCase, reportFailures, startSampling, type Way } from "../channels/_sampling.ts";
import { countAll, DATA, type Data } from "./_data.ts";
import { BANDWIDTH, BARE, COMPUTE, DOUBLES, FIELD, FROZEN, HELD, LONG } from "./_names.ts";

/** Data of fewer bytes, as a graph, is measured in more rounds. */
const SMALL_BYTES = 4e6;

/** Measures on the runtime it runs on. */
export async function measure(bench: Bench): Promise<void> {
  const { part } = bench;
  const sampling = startSampling(bench, { rounds: 3, runMs: 30 }, () => Promise.resolve());
  if (part === undefined || part === "values") await measureValues(bench);
  if (part === undefined || part === "reads") await measureReads(sampling);
  if (part === undefined || part === "fill") await measureFilling(sampling);
  await shutdown();
  reportFailures(sampling);
}

async function measureValues(bench: Bench): Promise<void> {
  const interp = create();
  try {
    for (const data of DATA) await measureData(bench, interp, data);
  } finally {
    await interp.close();
  }
}

async function measureData(bench: Bench, interp: Interpreter, data: Data): Promise<void> {
  const value = data.make(bench.quick);
  const frozen = freeze(value);
  const [, buffer, side] = describe(frozen);
  const bytes = frozen.byteLength;
  const many = Math.max(1, Math.ceil(4e4 / bytes));
  const all = countAll(value);
  const fresh = (): Frozen<unknown>[] => Array.from({ length: many }, () => open(buffer, side));
  const once: Record<string, () => Steps | Promise<Steps>> = {
    async [FROZEN]() {
      const freezing = time(many, () => freeze(value));
      const sending = await timeSends(interp, frozen);
      const views = fresh();
      const first = time(many, (i) => data.first(views[i]!.value as never));
      const unread = fresh();
      const full = time(many, (i) => check(countAll(unread[i]!.value), all));
      const thaw = time(many, () => frozen.thaw());
      return { make: freezing, send: sending, first, full, back: thaw };
    },
    "structured clone"() {
      return { back: time(many, () => structuredClone(value)) };
    },
    JSON() {
      const plain = value instanceof Map ? Object.fromEntries(value as Map<string, unknown>) : value;
      let text = "";
      const make = time(many, () => text = JSON.stringify(plain));
      return { make, back: time(many, () => JSON.parse(text)) };
    },
    msgpackr() {
      let packed: Uint8Array = new Uint8Array(0);
      const make = time(many, () => packed = pack(value));
      return { make, back: time(many, () => unpack(packed)) };
    },
  };
  const small = bytes < SMALL_BYTES;
  // A round of what is large takes five to ten seconds; what has a target, sending, is the median of fifty within it.
  const counted = !small ? 1 : bench.quick ? 2 : 9;
  const rounds = { counted, warm: !small ? 0 : bench.quick ? 1 : 5 };
  const samples = await sampleRounds(
    bench,
    data.name,
    Object.keys(once),
    rounds,
    async (mode) => await once[mode]!(),
  );
  for (const [mode, steps] of samples) bench.row({ case: data.name, mode, facts: { bytes }, samples: steps });
}

/** Milliseconds by the name of a step. */
type Steps = Record<string, number>;

/** Milliseconds of one of `many`. */
function time(many: number, run: (i: number) => unknown): number {
  const from = performance.now();
  for (let i = 0; i < many; i++) run(i);
  return (performance.now() - from) / many;
}

/** Milliseconds until an interpreter has it and has answered: the median of fifty that follow each other. */
async function timeSends(interp: Interpreter, frozen: Frozen<unknown>): Promise<number> {
  const sends: number[] = [];
  for (let i = 0; i < 50; i++) {
    const from = performance.now();
    check(await interp.call((frozen: Frozen<unknown>) => frozen.byteLength, frozen), frozen.byteLength);
    sends.push(performance.now() - from);
  }
  return median(sends);
}

function check(got: number, wanted: number): void {
  if (got !== wanted) throw new Error(`Cannot trust what was read: ${got}, not ${wanted}`);
}

type Sampling = ReturnType<typeof startSampling>;

async function measureReads(sampling: Sampling): Promise<void> {
  const rows = Array.from({ length: 1000 }, (_, b) => ({ b, c: `row ${b}` }));
  const long = Array.from({ length: 100_000 }, (_, b) => ({ b, c: `row ${b % 99}` }));
  const ways = (plain: unknown, code: string): Way[] =>
    [["plain", plain], ["frozen", freeze(plain).value]].map(([mode, value]) => {
      // A function of its own for each, so that neither profits or suffers from the other.
      const read = new Function(
        "v",
        "n",
        `let s = 0; for (let i = 0; i < n; i++) s += ${code}; return s;`,
      ) as (
        value: unknown,
        n: number,
      ) => number;
      read(value, 200_000);
      return {
        mode: mode as string,
        run(n) {
          const from = performance.now();
          if (Number.isNaN(read(value, n))) throw new Error("Cannot trust what was read: no number");
          return Promise.resolve(performance.now() - from);
        },
      };
    });
  await measureCase(sampling, FIELD, ways({ a: rows }, "v.a[i % 1000].b"));
  await measureCase(sampling, LONG, ways({ a: long }, "v.a[i % 100000].b"));
  await measureCase(sampling, HELD, ways(rows[3], "v.b + i"));
}

/** Fills by one process and by all interpreters: the same function, chunk for chunk. */
async function measureFilling(sampling: Sampling): Promise<void> {
  const cores = Math.min(4, availableParallelism());
  setParallelism(cores);
  const { quick } = sampling.bench;
  await measureComputing(sampling, sharedArray(Float64Array, quick ? 2e4 : 2e5), cores);
  const array = sharedArray(Float64Array, quick ? DOUBLES / 8 : DOUBLES);
  const { length } = array;
  await go(write, 0, length, array);
  const fills: Record<string, Fill> = {
    "a[i] = i": [write, length],
    "fill": [set, length],
    "copy": [copy, length / 2],
  };
  const ways = Object.entries(fills).flatMap(([how, fill]) => fillWays(`${how} `, fill, array));
  await measureCase(sampling, BANDWIDTH, ways, { cores, bytes: array.byteLength });
}

/** Beside it, the most that the machine gives: bare Workers, with the same function and the chunks of `parallelFor`. */
async function measureComputing(sampling: Sampling, array: Float64Array, cores: number): Promise<void> {
  const kind = sampling.bench.runtime === "node" ? "node" : "web";
  const workers = Array.from({ length: cores }, () => startBareWorker(kind, "fill"));
  try {
    await Promise.all(workers.map((worker) => worker.message()));
    const size = Math.ceil(array.length / cores / 256);
    // More rounds, or whatever else the machine does for a moment decides.
    await measureCase({ ...sampling, rounds: 2 * sampling.rounds }, COMPUTE, [
      ...fillWays("", [work, array.length], array),
      wayOf("one bare Worker", () => fillBare(workers.slice(0, 1), array, size)),
      wayOf(BARE, () => fillBare(workers, array, size)),
    ], { cores, bytes: array.byteLength });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function fillBare(workers: readonly BareWorker[], array: Float64Array, size: number): Promise<void> {
  const filling: Filling = { array, next: sharedArray(Int32Array, 1), size };
  await Promise.all(workers.map((worker) => worker.ask(filling)));
}

function fillWays(how: string, [fn, size]: Fill, array: Float64Array): Way[] {
  return [
    wayOf(`${how}one interpreter`, () => go(fn, 0, size, array)),
    wayOf(`${how}parallelFor`, () => parallelFor(size, fn, { args: [array] })),
  ];
}

type Fill = [fn: (from: number, to: number, array: Float64Array) => void, size: number];

/** One fill is long enough. */
function wayOf(mode: string, fill: () => PromiseLike<unknown>): Way {
  return {
    mode,
    most: 1,
    async run() {
      const from = performance.now();
      await fill();
      return performance.now() - from;
    },
  };
}

function write(from: number, to: number, array: Float64Array): void {
  for (let i = from; i < to; i++) array[i] = i;
}

function set(from: number, to: number, array: Float64Array): void {
  array.fill(from, from, to);
}

/** The second half into the first. */
function copy(from: number, to: number, array: Float64Array): void {
  const half = array.length / 2;
  array.set(array.subarray(half + from, half + to), from);
}
