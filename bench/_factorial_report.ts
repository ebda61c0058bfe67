/** The tables of the factorial benchmark. */

import type { Measurement, Row } from "./_benchmark.ts";
import { findRow, medianOf, tableLines } from "./_rows.ts";
import { digits, percent, spread, times } from "./_statistics.ts";
import { type Column, drawTable } from "./_table.ts";
import { drawTargets, type Target } from "./_target.ts";

const COLUMNS: readonly Column[] = [
  { title: "", align: "left", group: true },
  { title: "one call", align: "left", group: true },
  { title: "way", align: "left" },
  { title: "total ms", align: "right" },
  { title: "spread %", align: "right" },
  { title: "speed-up", align: "right" },
  { title: "overhead ms", align: "right" },
  { title: "of a call %", align: "right" },
  { title: "create ms", align: "right" },
  { title: "import, encode ms", align: "right" },
  { title: "call ms", align: "right" },
  { title: "end ms", align: "right" },
];

/** Draws the table and, under it, the figures beside their targets. */
export function reportFactorial(measurements: readonly Measurement[]): string {
  const lines = tableLines(measurements, (row, rows) => [row.case, row.mode, ...figures(row, rows)]);
  const calls = measurements[0]?.rows[0]?.facts["calls"] ?? 0;
  return [
    `${calls} calls at once. Overhead: the total less one call's time in the sequential way.`,
    "By hand: the steps of parallel one by one; child processes and bare Workers: start, call and result, exit.",
    "",
    drawTable(COLUMNS, lines),
    drawTargets(measurements.flatMap(targets)),
  ].join("\n");
}

function figures(row: Row, rows: readonly Row[]): string[] {
  const total = medianOf(row, "total");
  const sequential = medianOf(findRow(rows, row.case, "sequential"), "total");
  const one = sequential / (row.facts["calls"] ?? NaN);
  const compares = row.mode !== "sequential";
  return [
    digits(total),
    percent(spread(row.samples["total"] ?? [])),
    compares ? times(sequential / total) : "",
    compares ? digits(total - one) : "",
    compares ? percent((total / one - 1) * 100) : "",
    ...["create", "prepare", "call", "end"].map((step) => digits(medianOf(row, step))),
  ];
}

/** Every runtime's figures that the project has set itself a target for. */
function targets({ runtime, rows }: Measurement): Target[] {
  const lengths = [...new Set(rows.map((row) => row.case))];
  const ratios = lengths.map((length): Target => ({
    where: runtime,
    what: `calls of ${length}: child processes / parallel`,
    figure: medianOf(findRow(rows, length, "child processes"), "total") /
      medianOf(findRow(rows, length, "parallel"), "total"),
    unit: "×",
    must: ">",
    bound: length === "2 s" ? 1 : 1.31,
  }));
  const byHand = findRow(rows, "2 s", "parallel by hand");
  if (byHand === undefined) return ratios;
  const steps = medianOf(byHand, "create") + medianOf(byHand, "prepare") + medianOf(byHand, "end");
  const share: Target = {
    where: runtime,
    what: "calls of 2 s: create + import + encode + end, of the call",
    figure: steps / medianOf(byHand, "call") * 100,
    unit: "%",
    must: "≤",
    bound: 2.7,
  };
  return [...ratios, share];
}
