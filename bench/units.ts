/**
 * What ten thousand units of work cost to launch, each of which gives a number back: processes of this library, goroutines
 * and promises all at once; interpreters, bare Workers and child processes in a bounded number.
 *
 * What is heavy is launched less often, and its time of one is what counts. Samples are milliseconds for as many as the
 * fact `many` says.
 */

import { availableParallelism } from "node:os";
import { startBareWorker } from "./_bare_worker.ts";
import type { Bench, Benchmark, Measurement } from "./_benchmark.ts";
import { startChild } from "./_child_process.ts";
import { sampleRounds } from "./_rounds.ts";
import { medianOf, tableLines } from "./_rows.ts";
import { percent, spread } from "./_statistics.ts";
import { type Column, drawTable } from "./_table.ts";
import { drawTargets } from "./_target.ts";
import { drawNotes, time } from "./channels/_figures.ts";
import { findGo } from "./controls/_twin.ts";
import { dots } from "./pictures/_points.ts";

const UNITS = 10_000;

/** Threads or processes that are there at once, of those in a bounded number. */
const AT_ONCE = 2 * availableParallelism();

const ROUNDS = { counted: 3, warm: 1 } as const;
const QUICK_ROUNDS = { counted: 1, warm: 1 } as const;
/** Runs of `go` before the rounds: until then engines compile on the cores that the processes need. */
const WARM = 7;
const QUICK_WARM = 1;
const GO = "go: processes of this library";
const PROGRAM = new URL("./programs/hello_process.ts", import.meta.url);

/** A way: how many it launches, and the milliseconds until the last one is done. */
interface Way {
  readonly mode: string;
  readonly many: number;
  run(many: number): Promise<number>;
}

/** See the file's description. */
export const units: Benchmark = {
  name: "units",
  summary:
    "ten thousand units of work, by processes of this library, interpreters, Workers and child processes",
  measure,
  report,
  pictures(measurements) {
    return [dots(measurements, "Time of one unit of work", { step: "ms", many: "many" })];
  },
};

async function measure(bench: Bench): Promise<void> {
  const { create, go, setParallelism, shutdown } = await import("@pool/csp");
  setParallelism(availableParallelism());
  const goroutines = findGo();
  const heavy = bench.quick ? 2 * AT_ONCE : 6 * AT_ONCE;
  const identity = (i: number) => i;
  const kind = bench.runtime === "node" ? "node" : "web";
  const ways: Way[] = [
    { mode: "promises", many: UNITS, run: (many) => together(many, (i) => Promise.resolve(i)) },
    { mode: "go.local", many: UNITS, run: (many) => together(many, (i) => go.local(identity, i)) },
    { mode: GO, many: UNITS, run: (many) => together(many, (i) => go(identity, i)) },
    {
      mode: `interpreters by create, ${AT_ONCE} at once`,
      many: heavy,
      run: (many) =>
        bounded(many, async (i) => {
          const interpreter = create();
          const result = await interpreter.call(identity, i);
          await interpreter.close();
          return result;
        }),
    },
    {
      mode: `bare Workers, ${AT_ONCE} at once`,
      many: heavy,
      run: (many) =>
        bounded(many, async (i) => {
          const worker = startBareWorker(kind, "echo");
          await worker.message();
          const result = await worker.ask(i);
          await worker.terminate();
          return result;
        }),
    },
    {
      mode: `child processes, ${AT_ONCE} at once`,
      many: heavy,
      run: (many) =>
        bounded(many, async (i) => {
          const child = startChild(PROGRAM);
          await child.line();
          await child.exited;
          return i;
        }),
    },
  ];
  if (goroutines.twin !== undefined) {
    ways.push({
      mode: "goroutines",
      many: UNITS,
      run: (n) => goroutines.twin!.ask({ pattern: "start, results", capacity: 0, n, many: 1, form: "" }),
    });
  }
  try {
    const byMode = new Map(ways.map((way) => [way.mode, way]));
    const rounds = bench.quick ? QUICK_ROUNDS : ROUNDS;
    for (let run = 0; run < (bench.quick ? QUICK_WARM : WARM); run++) await byMode.get(GO)!.run(UNITS);
    const samples = await sampleRounds(bench, "units of work", [...byMode.keys()], rounds, async (mode) => {
      const { many, run } = byMode.get(mode)!;
      return { ms: await run(many) };
    });
    for (const { mode, many } of ways) {
      bench.row({ case: "units of work", mode, facts: { many }, samples: samples.get(mode)! });
    }
    if (goroutines.missing !== undefined) {
      const note = `not measured: ${goroutines.missing}`;
      bench.row({ case: "units of work", mode: "goroutines", facts: {}, samples: {}, note });
    }
  } finally {
    goroutines.twin?.end();
    await shutdown();
  }
}

async function together(many: number, start: (i: number) => PromiseLike<unknown>): Promise<number> {
  const from = performance.now();
  const results = await Promise.all(Array.from({ length: many }, (_, i) => start(i)));
  const ms = performance.now() - from;
  check(results, many);
  return ms;
}

/** A new one begins when one is done. */
async function bounded(many: number, start: (i: number) => Promise<unknown>): Promise<number> {
  const results = new Array<unknown>(many);
  let next = 0;
  async function work(): Promise<void> {
    while (next < many) {
      const i = next++;
      results[i] = await start(i);
    }
  }
  const from = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const ms = performance.now() - from;
  check(results, many);
  return ms;
}

function check(results: readonly unknown[], many: number): void {
  if (results.length !== many || results.some((result, i) => result !== i)) {
    throw new Error("Cannot trust the results: they are others, or in another order");
  }
}

function report(measurements: readonly Measurement[]): string {
  const columns: readonly Column[] = [
    { title: "", align: "left", group: true },
    { title: "by", align: "left" },
    { title: "launched", align: "right" },
    { title: "each", align: "right" },
    { title: "spread %", align: "right" },
    { title: "10,000 take", align: "right" },
  ];
  const measured = measurements.map((one) => ({
    ...one,
    rows: one.rows.filter(({ samples }) => samples["ms"] !== undefined),
  }));
  return [
    "Each: from the first start to the last result, divided by how many. 10,000 take: that often.",
    "",
    drawTable(
      columns,
      tableLines(measured, (row) => {
        const each = medianOf(row, "ms") * 1e6 / (row.facts["many"] ?? NaN);
        return [
          row.mode,
          String(row.facts["many"]),
          time(each),
          percent(spread(row.samples["ms"] ?? [])),
          time(each * UNITS),
        ];
      }),
    ),
    drawTargets(measurements.map(({ runtime, rows }) => ({
      where: runtime,
      what: "10,000 processes",
      figure: medianOf(rows.find(({ mode }) => mode === GO), "ms"),
      unit: "ms",
      must: "≤",
      bound: 100,
    }))),
    drawNotes(measurements),
  ].join("\n");
}
