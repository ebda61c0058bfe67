/** The table of the pools benchmark. */

import type { Measurement, Row } from "./_benchmark.ts";
import { AT_ONCE, MAP, MEDIAN, OWN, POOL, ROUND_TRIP, WORKERS } from "./_pools_names.ts";
import { findRow, medianOf, tableLines } from "./_rows.ts";
import { digits, percent, spread, times } from "./_statistics.ts";
import { type Column, drawTable } from "./_table.ts";
import { drawTargets, type Target } from "./_target.ts";

const COLUMNS: readonly Column[] = [
  { title: "", align: "left", group: true },
  { title: "case", align: "left", group: true },
  { title: "by", align: "left" },
  { title: "ms", align: "right" },
  { title: "µs each", align: "right" },
  { title: "spread %", align: "right" },
  { title: "median µs", align: "right" },
  { title: "tasks/s ÷ Pool", align: "right" },
];

/** Draws the table and, under it, the figures beside their targets. */
export function reportPools(measurements: readonly Measurement[]): string {
  const lines = tableLines(measurements, (row, rows) => {
    const ms = medianOf(row, "ms");
    return [
      row.case,
      row.mode,
      digits(ms),
      digits(ms * 1000 / (row.facts["many"] ?? NaN)),
      percent(spread(row.samples["ms"] ?? [])),
      row.samples[MEDIAN] === undefined ? "" : digits(medianOf(row, MEDIAN) * 1000),
      row.mode === POOL ? "" : times(medianOf(findRow(rows, row.case, POOL), "ms") / ms),
    ];
  });
  return [
    `Each: from the first task to the last result, divided by how many; ${WORKERS} interpreters or threads. Peers run on`,
    "Node alone; see party for them elsewhere. Pool.map chooses its chunks; all others send task by task. Median: the",
    "round trip that half of all are faster than; the mean counts the moments in which the machine does something else.",
    "",
    drawTable(COLUMNS, lines),
    drawTargets(measurements.flatMap(targets)),
  ].join("\n");
}

/** The least that a peer takes. */
function best(rows: readonly Row[], name: string, step = "ms"): number {
  return Math.min(
    ...rows.filter((row) => row.case === name && !OWN.includes(row.mode)).map((row) => medianOf(row, step)),
  );
}

function targets({ runtime, rows }: Measurement): Target[] {
  const own = (name: string, mode = POOL, step = "ms") => medianOf(findRow(rows, name, mode), step);
  if (best(rows, AT_ONCE) === Infinity) return [];
  return [
    {
      where: runtime,
      what: "10,000 tasks, Pool.map: best peer / Pool",
      figure: best(rows, AT_ONCE) / own(AT_ONCE, MAP),
      unit: "×",
      must: "≥",
      bound: 10,
    },
    {
      where: runtime,
      what: "10,000 tasks, one by one: best peer / Pool",
      figure: best(rows, AT_ONCE) / own(AT_ONCE),
      unit: "×",
      must: "≥",
      bound: 10,
    },
    {
      where: runtime,
      what: "round trip, median: Pool / best peer",
      figure: own(ROUND_TRIP, POOL, MEDIAN) / best(rows, ROUND_TRIP, MEDIAN),
      unit: "×",
      must: "≤",
      bound: 0.25,
    },
    {
      where: runtime,
      what: "round trip, mean: Pool / best peer",
      figure: own(ROUND_TRIP) / best(rows, ROUND_TRIP),
      unit: "×",
      must: "≤",
      bound: 0.25,
    },
  ];
}
