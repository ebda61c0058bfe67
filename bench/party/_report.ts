/** The tables and drawings of the pool party. */

import type { Measurement, Picture, Row } from "../_benchmark.ts";
import { findRow, medianOf, tableLines } from "../_rows.ts";
import { digits, percent, spread, times } from "../_statistics.ts";
import { type Column, drawTable } from "../_table.ts";
import { drawTargets, type Target } from "../_target.ts";
import { drawNotes } from "../channels/_figures.ts";
import { pointOf } from "../pictures/_points.ts";
import { caseOf, NBODY, WORKLOADS } from "./_plan.ts";

const SEQUENTIAL = "sequential";
const INTERP = "interp: Pool, channel";

const COLUMNS: readonly Column[] = [
  { title: "", align: "left", group: true },
  { title: "case", align: "left", group: true },
  { title: "by", align: "left" },
  { title: "ms", align: "right" },
  { title: "spread %", align: "right" },
  { title: "µs each", align: "right" },
  { title: "sequential ÷", align: "right" },
  { title: "peak MiB", align: "right" },
];

/** Draws the table and, under it, the figures beside their targets. */
export function reportParty(measurements: readonly Measurement[]): string {
  const measured = measurements.map((one) => ({
    ...one,
    rows: one.rows.filter((row) => row.samples["ms"] !== undefined),
  }));
  return [
    "A run of all tasks, from the first to the last result. Sequential ÷: how many times longer a loop in one thread takes.",
    "Peak: the most memory resident after the runs of nbody, with child processes, where the system tells it.",
    "",
    drawTable(
      COLUMNS,
      tableLines(measured, (row, rows) => [row.case, row.mode, ...figures(row, rows)]),
    ),
    drawTargets(measurements.flatMap(targets)),
    drawNotes(measurements),
  ].join("\n");
}

function figures(row: Row, rows: readonly Row[]): string[] {
  const ms = medianOf(row, "ms");
  const sequential = medianOf(findRow(rows, row.case, SEQUENTIAL), "ms");
  return [
    digits(ms),
    percent(spread(row.samples["ms"] ?? [])),
    digits(ms * 1000 / (row.facts["many"] ?? NaN)),
    row.mode === SEQUENTIAL ? "" : times(sequential / ms),
    digits(row.facts["memory"] ?? NaN),
  ];
}

/** The most workers of nbody. */
function mostWorkers(rows: readonly Row[]): number {
  return Math.max(...rows.map((row) => row.facts["workers"] ?? 1));
}

function targets({ runtime, rows }: Measurement): Target[] {
  const workers = mostWorkers(rows);
  const name = caseOf(NBODY, workers);
  return [{
    where: runtime,
    what: `${name}: sequential / interp`,
    figure: medianOf(findRow(rows, name, SEQUENTIAL), "ms") / medianOf(findRow(rows, name, INTERP), "ms"),
    unit: "×",
    must: "≥",
    bound: 0.95 * workers,
  }];
}

/** Run time and memory of nbody by workers, and the other workloads. */
export function pictureParty(measurements: readonly Measurement[]): readonly Picture[] {
  const all = measurements.flatMap(({ runtime, rows }) => {
    const workers = mostWorkers(rows);
    return rows.flatMap((row) => {
      const point = pointOf(runtime, row, row.samples["ms"], 1e6);
      return point === undefined ? [] : [{ row, point, most: row.facts["workers"] === workers }];
    });
  });
  const others = WORKLOADS.filter(({ name }) => name !== NBODY).map(({ name }) => name);
  const isNbody = ({ row }: typeof all[number]) => row.case.startsWith(`${NBODY}, `);
  return [
    {
      name: "time",
      title: "nbody: time of a run of all tasks, by number of workers",
      kind: "dots",
      unit: "time",
      points: all.filter(isNbody).map(({ point }) => point),
    },
    {
      name: "memory",
      title: "nbody: peak of memory, with child processes",
      kind: "dots",
      unit: "MiB",
      points: all.filter(isNbody).flatMap(({ row, point: { runtime, mode } }) => {
        const value = row.facts["memory"];
        return value === undefined ? [] : [{ runtime, case: row.case, mode, value }];
      }),
    },
    {
      name: "others",
      title: "Other workloads: time of one task, with as many workers as cores",
      kind: "dots",
      unit: "time",
      points: all.filter(({ row }) => others.some((name) => row.case.startsWith(name)))
        .map(({ row, point }) => scaled(point, 1 / (row.facts["many"] ?? 1))),
    },
  ];
}

function scaled(point: Picture["points"][number], by: number): Picture["points"][number] {
  return {
    ...point,
    value: point.value * by,
    ...(point.low === undefined ? {} : { low: point.low * by }),
    ...(point.high === undefined ? {} : { high: point.high * by }),
  };
}
