/**
 * What processes cost: many started at once and awaited, one after another, and how fast one that waits is cancelled.
 *
 * Beside goroutines and the threads of `multithreading`, each in a program of its own, all in turns.
 */

import type { Channel } from "@pool/csp";
import type { Bench, Benchmark } from "./_benchmark.ts";
import { reportGo } from "./_go_report.ts";
import { rotate, settle } from "./_settle.ts";
import { findGo, type FoundTwin, startTwinProgram } from "./controls/_twin.ts";
import { dots } from "./pictures/_points.ts";

/** A way of doing a case; gives milliseconds for `n` processes. */
type Way = (n: number) => Promise<number>;

const ROUNDS = 8;
const QUICK_ROUNDS = 1;
/** Runs of each of our ways before the rounds: until then engines compile on the cores that the processes need. */
const WARM = 7;
const QUICK_WARM = 1;

/** See the file's description. */
export const processes: Benchmark = {
  name: "go",
  summary: "starting, awaiting and cancelling processes, beside goroutines",
  measure,
  report: reportGo,
  pictures(measurements) {
    return [dots(measurements, "Time of one process", { step: "all", many: "n" })];
  },
};

async function measure(bench: Bench): Promise<void> {
  const csp = await import("@pool/csp");
  const { chan, go, setParallelism } = csp;
  setParallelism(2);
  const twins = {
    "Go": findGo(),
    "multithreading": startTwinProgram(new URL("./peers/multithreading.ts", import.meta.url)),
  };

  async function results(start: typeof go.local, n: number): Promise<number> {
    const from = performance.now();
    const all = await Promise.all(Array.from({ length: n }, (_, i) => start((i: number) => i, i)));
    const took = performance.now() - from;
    if (all.reduce((a, b) => a + b, 0) !== n * (n - 1) / 2) throw new Error("Cannot count the results");
    return took;
  }
  async function joined(start: typeof go.local, n: number): Promise<number> {
    const from = performance.now();
    await Promise.all(Array.from({ length: n }, () => start(() => {}).join()));
    return performance.now() - from;
  }
  async function inTurns(start: typeof go.local, n: number): Promise<number> {
    const from = performance.now();
    for (let i = 0; i < n; i++) await start((i: number) => i, i);
    return performance.now() - from;
  }
  async function cancelled(start: typeof go.local, n: number): Promise<number> {
    let took = 0;
    const begun = chan<number>(1);
    for (let i = 0; i < n; i++) {
      const process = start(async (begun: Channel<number>) => {
        await begun.send(1);
        await csp.sleep(1e6);
      }, begun);
      await begun.receive();
      const from = performance.now();
      process.cancel();
      await process.join();
      took += performance.now() - from;
    }
    return took;
  }
  const own = (run: typeof results): Record<string, Way> => ({
    "go": (n) => run(go, n),
    "go.local": (n) => run(go.local, n),
  });
  try {
    await measureCase(bench, "start, results", 10_000, own(results), twins);
    await measureCase(bench, "start, join", 10_000, own(joined), twins);
    await measureCase(bench, "one after another", 500, own(inTurns), twins);
    await measureCase(bench, "cancel", 200, own(cancelled), twins);
  } finally {
    for (const { twin } of Object.values(twins)) twin?.end();
    await csp.shutdown();
  }
}

/** Samples are milliseconds for all `n`. Our ways are warmed up before; the first round, which warms up all others, is dropped. */
async function measureCase(
  bench: Bench,
  name: string,
  n: number,
  own: Record<string, Way>,
  twins: Record<string, FoundTwin>,
): Promise<void> {
  const ways: Record<string, Way> = { ...own };
  const notes: Record<string, string> = {};
  for (const [mode, { twin, missing }] of Object.entries(twins)) {
    if (twin === undefined) notes[mode] = missing ?? "";
    else ways[mode] = (n) => twin.ask({ pattern: name, capacity: 0, n, many: 1, form: "" });
  }
  const samples = new Map<string, number[]>();
  const rounds = bench.quick ? QUICK_ROUNDS : ROUNDS;
  for (let run = 0; run < (bench.quick ? QUICK_WARM : WARM); run++) {
    for (const mode of Object.keys(own)) await own[mode]!(n);
  }
  for (let round = 0; round <= rounds; round++) {
    bench.progress(name, Math.max(round, 1), rounds);
    for (const mode of rotate(Object.keys(ways), round)) {
      if (mode in notes) continue;
      try {
        const ms = await ways[mode]!(n);
        if (round > 0) samples.set(mode, [...samples.get(mode) ?? [], ms]);
      } catch (error) {
        notes[mode] = (error as Error).message;
      }
      await settle(20);
    }
  }
  for (const mode of [...Object.keys(own), ...Object.keys(twins)]) {
    const note = notes[mode];
    const all = samples.get(mode);
    bench.row({
      case: name,
      mode,
      facts: { n },
      samples: all === undefined ? {} : { all },
      ...(note !== undefined && { note }),
    });
  }
}
