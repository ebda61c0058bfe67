/** The tables of the benchmark of many channels. */

import type { Measurement, Row } from "../_benchmark.ts";
import { medianOf, tableLines } from "../_rows.ts";
import { digits, percent, spread } from "../_statistics.ts";
import { type Column, drawTable } from "../_table.ts";
import { drawTargets, type Target } from "../_target.ts";
import { drawNotes, nanosecondsOf, time } from "./_figures.ts";
import { REPLIES } from "./_names.ts";

/** Most microseconds of a reply channel, with the round trip. */
const BOUND_US = 10;

/** Most MiB that the memory may grow by over the second half of the reply channels. */
const GROWTH_MIB = 32;

const COLUMNS: readonly Column[] = [
  { title: "", align: "left", group: true },
  { title: "case", align: "left", group: true },
  { title: "way", align: "left" },
  { title: "channels", align: "right" },
  { title: "each", align: "right" },
  { title: "to make", align: "right" },
  { title: "spread %", align: "right" },
  { title: "MiB before", align: "right" },
  { title: "halfway", align: "right" },
  { title: "after", align: "right" },
];

/** Draws the table and, under it, the figures beside their targets. */
export function reportMany(measurements: readonly Measurement[]): string {
  return [
    "Each: of a channel, made, handed over, used once and dropped. Memory is that of the process, all threads together.",
    "",
    drawTable(COLUMNS, tableLines(measurements, (row) => [row.case, row.mode, ...figures(row)])),
    drawTargets(measurements.flatMap(targets)),
    drawNotes(measurements),
  ].join("\n");
}

function figures(row: Row): string[] {
  const { n = NaN, made = n, memoryBefore = NaN, memoryHalfway = NaN, memoryAfter = NaN } = row.facts;
  return [
    String(made),
    time(nanosecondsOf(row)),
    time(medianOf(row, "make") * 1e6 / n),
    percent(spread(row.samples["total"] ?? [])),
    ...[memoryBefore, memoryHalfway, memoryAfter].map(digits),
  ];
}

function targets({ runtime, rows }: Measurement): Target[] {
  return rows.filter((row) => row.case === REPLIES).flatMap((row): Target[] => [
    {
      where: runtime,
      what: `reply channel with its round trip, ${row.mode}`,
      figure: nanosecondsOf(row) / 1000,
      unit: "µs",
      must: "≤",
      bound: BOUND_US,
    },
    {
      where: runtime,
      what: `growth over the second half, ${row.mode}`,
      figure: (row.facts["memoryAfter"] ?? NaN) - (row.facts["memoryHalfway"] ?? NaN),
      unit: "MiB",
      must: "≤",
      bound: GROWTH_MIB,
    },
  ]);
}
