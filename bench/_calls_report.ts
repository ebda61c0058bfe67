/** The table of the calls benchmark. */

import type { Measurement, Row } from "./_benchmark.ts";
import { EMPTY_CALL, POSTED, TINY_CALL } from "./_calls_names.ts";
import { findRow, medianOf, tableLines } from "./_rows.ts";
import { digits, percent, spread, times } from "./_statistics.ts";
import { type Column, drawTable } from "./_table.ts";
import { drawTargets, type Target } from "./_target.ts";

const COLUMNS: readonly Column[] = [
  { title: "", align: "left", group: true },
  { title: "case", align: "left", group: true },
  { title: "by", align: "left" },
  { title: "µs each", align: "right" },
  { title: "spread %", align: "right" },
  { title: "µs to make one", align: "right" },
  { title: "× bare", align: "right" },
];

/** Draws the table and, under it, the figures beside their targets. */
export function reportCalls(measurements: readonly Measurement[]): string {
  const lines = tableLines(measurements, (row, rows) => [row.case, row.mode, ...figures(row, rows)]);
  return [
    "Each: from the first call to the last result, divided by how many. To make one: what the caller's thread spends on",
    "making a call, before any result. The bare Worker gets the value and sends it back, and does nothing else.",
    "",
    drawTable(COLUMNS, lines),
    drawTargets(measurements.flatMap(targets)),
  ].join("\n");
}

function each(row: Row | undefined, step: string): number {
  return medianOf(row, step) * 1000 / (row?.facts["many"] ?? NaN);
}

function figures(row: Row, rows: readonly Row[]): string[] {
  const bare = findRow(rows, row.case, POSTED);
  return [
    digits(each(row, "ms")),
    percent(spread(row.samples["ms"] ?? [])),
    row.samples["made"] === undefined ? "" : digits(each(row, "made")),
    row === bare ? "" : times(each(row, "ms") / each(bare, "ms")),
  ];
}

function targets({ runtime, rows }: Measurement): Target[] {
  const trip = each(findRow(rows, EMPTY_CALL, "call"), "ms");
  return [
    {
      where: runtime,
      what: "round trip: call / bare Worker",
      figure: trip / each(findRow(rows, EMPTY_CALL, POSTED), "ms"),
      unit: "×",
      must: "≤",
      bound: 1,
    },
    {
      where: runtime,
      what: "10,000 calls at once",
      figure: medianOf(findRow(rows, TINY_CALL, "call"), "ms"),
      unit: "ms",
      must: "≤",
      bound: 100,
    },
  ];
}
