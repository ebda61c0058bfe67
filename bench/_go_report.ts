/** The tables of the benchmark of processes. */

import type { Measurement, Row } from "./_benchmark.ts";
import { findRow, medianOf, tableLines } from "./_rows.ts";
import { digits, percent, spread, times } from "./_statistics.ts";
import { type Column, drawTable } from "./_table.ts";
import { drawTargets, type Target } from "./_target.ts";

/** What 10,000 processes whose results are awaited may take, in milliseconds. */
const BOUND_MS = 100;

const COLUMNS: readonly Column[] = [
  { title: "", align: "left", group: true },
  { title: "done", align: "left", group: true },
  { title: "how", align: "left" },
  { title: "processes", align: "right" },
  { title: "all ms", align: "right" },
  { title: "spread %", align: "right" },
  { title: "each µs", align: "right" },
  { title: "× Go", align: "right" },
  { title: "", align: "left" },
];

/** Draws the table and, under it, the figure beside its target. */
export function reportGo(measurements: readonly Measurement[]): string {
  const lines = tableLines(measurements, (row, rows) => [row.case, row.mode, ...figures(row, rows)]);
  return [
    "Start: all at once, until the last result is there or the last one has ended. One after another: each when the",
    "one before it is done. Cancel: from the cancel to the end of one that waits. Two interpreters.",
    "",
    drawTable(COLUMNS, lines),
    drawTargets(measurements.flatMap(targets)),
  ].join("\n");
}

function figures(row: Row, rows: readonly Row[]): string[] {
  const all = medianOf(row, "all");
  const n = row.facts["n"] ?? NaN;
  const goroutines = medianOf(findRow(rows, row.case, "Go"), "all");
  if (row.note !== undefined) return [String(n), "", "", "", "", row.note];
  return [
    String(n),
    digits(all),
    percent(spread(row.samples["all"] ?? [])),
    digits(all / n * 1000),
    row.mode === "Go" || Number.isNaN(goroutines) ? "" : times(all / goroutines),
    "",
  ];
}

function targets({ runtime, rows }: Measurement): Target[] {
  const row = findRow(rows, "start, results", "go");
  return [{
    where: runtime,
    what: "10,000 processes, results awaited",
    figure: medianOf(row, "all") * 10_000 / (row?.facts["n"] ?? NaN),
    unit: "ms",
    must: "≤",
    bound: BOUND_MS,
  }];
}
