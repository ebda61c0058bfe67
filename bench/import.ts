/**
 * What importing the library costs a program that does nothing with it, over importing an empty module.
 *
 * Each sample is a process of its own that times one `import()`; the two kinds take turns.
 */

import type { Bench, Benchmark, Measurement } from "./_benchmark.ts";
import { startChild } from "./_child_process.ts";
import { findRow, medianOf, tableLines } from "./_rows.ts";
import { rotate } from "./_settle.ts";
import { digits, percent, spread } from "./_statistics.ts";
import { drawTable } from "./_table.ts";
import { drawTargets, type Target } from "./_target.ts";

const ROUNDS = 15;
const QUICK_ROUNDS = 3;
const PROGRAM = new URL("./programs/import_time.ts", import.meta.url);
const EMPTY = "an empty module";
const LIBRARY = "the library";

const MODULES: Readonly<Record<string, URL>> = {
  [EMPTY]: new URL("./programs/empty.ts", import.meta.url),
  [LIBRARY]: new URL("../mod.ts", import.meta.url),
};

/** Most milliseconds that importing the library may take over an empty module. */
const BOUND_MS = 10;

/** See the file's description. */
export const importing: Benchmark = {
  name: "import",
  summary: "importing the library, in a program that does nothing with it",
  measure,
  report,
};

async function measure(bench: Bench): Promise<void> {
  const samples: Record<string, number[]> = { [EMPTY]: [], [LIBRARY]: [] };
  const rounds = bench.quick ? QUICK_ROUNDS : ROUNDS;
  for (let round = 0; round <= rounds; round++) {
    bench.progress("imports", Math.max(round, 1), rounds);
    for (const kind of rotate(Object.keys(MODULES), round)) {
      const child = startChild(PROGRAM, [MODULES[kind]!.href]);
      const ms = Number(await child.line());
      await child.exited;
      if (round > 0) samples[kind]!.push(ms);
    }
  }
  for (const [mode, ms] of Object.entries(samples)) {
    bench.row({ case: "import", mode, facts: {}, samples: { total: ms } });
  }
}

function report(measurements: readonly Measurement[]): string {
  const lines = tableLines(
    measurements,
    (row) => [row.mode, digits(medianOf(row, "total")), percent(spread(row.samples["total"] ?? []))],
  );
  const columns = [
    { title: "", align: "left", group: true },
    { title: "imported", align: "left" },
    { title: "ms", align: "right" },
    { title: "spread %", align: "right" },
  ] as const;
  return [
    "One import() in a process of its own; on Node from TypeScript, whose types are stripped each time.",
    "",
    drawTable(columns, lines),
    drawTargets(measurements.map(target)),
  ].join("\n");
}

function target({ runtime, rows }: Measurement): Target {
  const [empty, library] = [EMPTY, LIBRARY].map((mode) => findRow(rows, "import", mode));
  return {
    where: runtime,
    what: "import of the library, over an empty module",
    figure: medianOf(library, "total") - medianOf(empty, "total"),
    unit: "ms",
    must: "≤",
    bound: BOUND_MS,
  };
}
