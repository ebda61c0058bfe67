/**
 * True parallelism: a CPU-bound function called once per core, in one thread, in child processes and by `parallel`.
 *
 * After the table "True parallelism in pure-Python code" of CPython's subinterpreter_parallelism. All ways run in turns in
 * each round and are checked to give the same number. `parallel` is one line of a program; the row "by hand" does the
 * same in steps, to show where its time goes; bare Workers are the floor under both.
 */

import { availableParallelism } from "node:os";
import type { Bench, Benchmark } from "./_benchmark.ts";
import { startBareWorker } from "./_bare_worker.ts";
import { startChild } from "./_child_process.ts";
import { reportFactorial } from "./_factorial_report.ts";
import { rotate, settle } from "./_settle.ts";
import { median } from "./_statistics.ts";
import { dots } from "./pictures/_points.ts";
import { factorial as work } from "./programs/factorial.ts";

/** A way of doing all calls: the milliseconds of each step and the results. */
type Way = (n: number, times: number) => Run | Promise<Run>;

/** What a way of calling gives: the milliseconds of each step, in order, and the results to check. */
interface Run {
  readonly steps: Record<string, number>;
  readonly results: readonly (bigint | string)[];
}

/** How long one call takes, and how often all ways are run; the rounds after the first `warmups` count. */
interface Length {
  readonly name: string;
  /** How many times a factorial of one millisecond is worked out. */
  readonly times: number;
  readonly rounds: number;
  readonly quickRounds: number;
  readonly warmups: number;
  /** Whether one round is enough for what does not use this library: by then calls last long, and vary little. */
  readonly othersOnce?: true;
}

/** By the third length everything is warm, and a round of it takes ten seconds; a quick run goes without. */
const LENGTHS: readonly Length[] = [
  { name: "1 ms", times: 1, rounds: 5, quickRounds: 2, warmups: 1 },
  { name: "30 ms", times: 30, rounds: 5, quickRounds: 2, warmups: 1 },
  { name: "2 s", times: 2000, rounds: 2, quickRounds: 0, warmups: 0, othersOnce: true },
];

/** The ways of this library. */
const OURS: ReadonlySet<string> = new Set(["parallel", "parallel by hand"]);

/** One call per core, up to four: the sequential way has to do them all one after another. */
const CALLS = Math.min(availableParallelism(), 4);

const PROCESS = new URL("./programs/factorial_process.ts", import.meta.url);

/** Milliseconds for threads and processes to be gone. */
const SETTLE_MS = 20;

/** See the file's description. */
export const factorial: Benchmark = {
  name: "factorial",
  summary: "a factorial of big integers, called once per core, by calls of 1 ms, 30 ms and 2 s",
  measure,
  report: reportFactorial,
  pictures(measurements) {
    return [dots(measurements, "Time of all calls, one for each core", { step: "total" })];
  },
};

async function measure(bench: Bench): Promise<void> {
  const { create, parallel } = await import("@pool/csp");

  async function inOneLine(n: number, times: number): Promise<Run> {
    const clock = startClock();
    const results = await parallel(...Array.from({ length: CALLS }, () => [work, n, times] as const));
    return { steps: clock(), results: results as bigint[] };
  }

  async function byHand(n: number, times: number): Promise<Run> {
    const clock = startClock();
    const interpreters = Array.from({ length: CALLS }, () => create());
    await Promise.all(interpreters.map((interpreter) => interpreter.ready));
    clock("create");
    // A call of nothing: the function is checked, encoded and sent, and what the call needs is imported over there.
    await Promise.all(interpreters.map((interpreter) => interpreter.call(work, 0, 0)));
    clock("prepare");
    const results = await Promise.all(interpreters.map((interpreter) => interpreter.call(work, n, times)));
    clock("call");
    await Promise.all(interpreters.map((interpreter) => interpreter.close()));
    clock("end");
    return { steps: clock(), results };
  }

  const ways: Record<string, Way> = {
    "sequential": inSequence,
    "child processes": inProcesses,
    "bare Workers": inBareWorkers,
    "parallel": inOneLine,
    "parallel by hand": byHand,
  };
  bench.progress("finding arguments", 1, 1);
  const n = argumentOfOneMs();
  for (const length of LENGTHS) {
    if (bench.quick && length.quickRounds === 0) continue;
    await measureLength(bench, length, n, ways);
  }
}

async function measureLength(
  bench: Bench,
  length: Length,
  n: number,
  ways: Record<string, Way>,
): Promise<void> {
  const rounds = bench.quick ? length.quickRounds : length.rounds;
  const expected = work(n, 1) * BigInt(length.times);
  const expectedText = expected.toString(16);
  const samples = new Map(Object.keys(ways).map((mode) => [mode, {} as Record<string, number[]>]));
  for (let round = 1 - length.warmups; round <= rounds; round++) {
    bench.progress(`calls of ${length.name}`, Math.max(round, 1), rounds);
    for (const mode of rotate(Object.keys(ways), round + length.warmups)) {
      if (length.othersOnce && round > 1 && !OURS.has(mode)) continue;
      const { steps, results } = await ways[mode]!(n, length.times);
      if (results.some((result) => result !== expected && result !== expectedText)) {
        throw new Error(`Cannot trust "${mode}": its results differ from a plain call's`);
      }
      for (const [step, ms] of round < 1 ? [] : Object.entries(steps)) {
        (samples.get(mode)![step] ??= []).push(ms);
      }
      await settle(SETTLE_MS);
    }
  }
  for (const [mode, steps] of samples) {
    bench.row({ case: length.name, mode, facts: { n, times: length.times, calls: CALLS }, samples: steps });
  }
}

function inSequence(n: number, times: number): Run {
  const clock = startClock();
  const results = Array.from({ length: CALLS }, () => work(n, times));
  return { steps: clock(), results };
}

async function inProcesses(n: number, times: number): Promise<Run> {
  const clock = startClock();
  const children = Array.from({ length: CALLS }, () => startChild(PROCESS, [String(n), String(times)]));
  await Promise.all(children.map((child) => child.line()));
  clock("create");
  const results = await Promise.all(children.map((child) => child.line()));
  clock("call");
  const codes = await Promise.all(children.map((child) => child.exited));
  clock("end");
  if (codes.some((code) => code !== 0)) {
    throw new Error(`Cannot trust child processes: exit codes ${codes.join(", ")}`);
  }
  return { steps: clock(), results };
}

/** The floor: what the runtime's threads take without the library. */
async function inBareWorkers(n: number, times: number): Promise<Run> {
  const kind = "Bun" in globalThis || "Deno" in globalThis ? "web" : "node";
  const clock = startClock();
  const workers = Array.from({ length: CALLS }, () => startBareWorker(kind, "factorial"));
  await Promise.all(workers.map((worker) => worker.message()));
  clock("create");
  const results = await Promise.all(workers.map((worker) => worker.ask([n, times])));
  clock("call");
  await Promise.all(workers.map((worker) => worker.terminate()));
  clock("end");
  return { steps: clock(), results: results as bigint[] };
}

/** A stopwatch: called with a name it ends the step of that name, called without it gives all steps and their total. */
function startClock(): (step?: string) => Record<string, number> {
  const steps: Record<string, number> = {};
  const start = performance.now();
  let last = start;
  return function clock(step) {
    const now = performance.now();
    if (step === undefined) return { total: now - start, ...steps };
    steps[step] = now - last;
    last = now;
    return steps;
  };
}

/** The number whose factorial takes a millisecond here, once compiled. Time grows a little faster than its square. */
function argumentOfOneMs(): number {
  let n = 2000;
  work(n, 200);
  for (let attempt = 0; attempt < 6; attempt++) {
    n = Math.round(n / Math.sqrt(median(Array.from({ length: 9 }, () => timeOf(n)))));
  }
  return n;
}

function timeOf(n: number): number {
  const start = performance.now();
  work(n, 8);
  return (performance.now() - start) / 8;
}
