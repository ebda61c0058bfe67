/** The tables of the launch benchmark. */

import type { Measurement, Row } from "./_benchmark.ts";
import { findRow, medianOf, tableLines } from "./_rows.ts";
import { digits, percent, spread, times } from "./_statistics.ts";
import { type Column, drawTable } from "./_table.ts";
import { drawTargets, type Target } from "./_target.ts";

const BARE = "bare Worker";

const COLUMNS: readonly Column[] = [
  { title: "", align: "left", group: true },
  { title: "launched", align: "left", group: true },
  { title: "what", align: "left" },
  { title: "ready ms", align: "right" },
  { title: "spread %", align: "right" },
  { title: "× bare", align: "right" },
  { title: "first answer ms", align: "right" },
  { title: "× bare", align: "right" },
  { title: "end ms", align: "right" },
];

/** Draws the table and, under it, the figures beside their targets. */
export function reportLaunch(measurements: readonly Measurement[]): string {
  const lines = tableLines(measurements, (row, rows) => [row.case, row.mode, ...figures(row, rows)]);
  return [
    "Ready: from the start to its first word; first answer: from the start to the result of a first call.",
    "Many at once: until all are, divided by how many. Deno does not tell when a Worker has ended.",
    "",
    drawTable(COLUMNS, lines),
    drawTargets(measurements.flatMap(targets)),
  ].join("\n");
}

function figures(row: Row, rows: readonly Row[]): string[] {
  const bare = findRow(rows, row.case, BARE);
  const [ready, answer] = [medianOf(row, "ready"), medianOf(row, "answer")];
  return [
    digits(ready),
    percent(spread(row.samples["ready"] ?? [])),
    row === bare ? "" : times(ready / medianOf(bare, "ready")),
    digits(answer),
    row === bare ? "" : times(answer / medianOf(bare, "answer")),
    digits(medianOf(row, "end")),
  ];
}

/** The interpreter against each bare Worker of the runtime: to its first word, and to its first answer. */
function targets({ runtime, rows }: Measurement): Target[] {
  return rows.filter((row) => row.mode.startsWith(BARE)).flatMap((bare) => {
    const interpreter = findRow(rows, bare.case, "interpreter");
    return [["ready", "ready"], ["answer", "first answer"]].map(([step, what]) => ({
      where: runtime,
      what: `${bare.case}, ${what}: interpreter / ${bare.mode}`,
      figure: medianOf(interpreter, step!) / medianOf(bare, step!),
      unit: "×" as const,
      must: "≤" as const,
      bound: 1.3,
    }));
  });
}
