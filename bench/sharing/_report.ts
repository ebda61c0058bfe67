/** The tables of the benchmark of sharing. */

import type { Measurement, Row } from "../_benchmark.ts";
import { drawCases, drawNotes, nanoseconds, time } from "../channels/_figures.ts";
import { findRow, medianOf } from "../_rows.ts";
import { digits, times } from "../_statistics.ts";
import { type Column, drawTable } from "../_table.ts";
import { drawTargets, type Target } from "../_target.ts";
import { DATA, LARGE, SMALL } from "./_data.ts";
import { BANDWIDTH, BARE, COMPUTE, FIELD, FROZEN, HELD, LONG } from "./_names.ts";

const COLUMNS: readonly Column[] = [
  { title: "", align: "left", group: true },
  { title: "value", align: "left", group: true },
  { title: "MB", align: "right", group: true },
  { title: "way", align: "left" },
  { title: "freeze, encode", align: "right" },
  { title: "send", align: "right" },
  { title: "first read", align: "right" },
  { title: "full read", align: "right" },
  { title: "thaw, decode", align: "right" },
];
const STEPS = ["make", "send", "first", "full", "back"];

const FILL_COLUMNS: readonly Column[] = [
  { title: "", align: "left", group: true },
  { title: "fill", align: "left", group: true },
  { title: "by", align: "left" },
  { title: "time", align: "right" },
  { title: "GB/s written", align: "right" },
  { title: "× one", align: "right" },
];

/** Draws the tables of what was measured and, under them, the figures beside their targets. */
export function reportSharing(measurements: readonly Measurement[]): string {
  const values = linesOf(measurements, DATA.map(({ name }) => name), figures);
  const fills = linesOf(measurements, [COMPUTE, BANDWIDTH], filled);
  const reads = measurements.some(({ rows }) => findRow(rows, FIELD, "frozen") !== undefined);
  return [
    ...(values.length === 0 ? [] : [
      "Freeze: once, for all interpreters; send: to another one and its answer; reads: of a view that nobody has read",
      "yet. A structured clone encodes and decodes in one.",
      "",
      drawTable(COLUMNS, values),
    ]),
    ...(!reads ? [] : [
      "Reads in a loop that is warm, of one element or field each.",
      "",
      drawCases(measurements, { group: "", columns: [FIELD, LONG, HELD] }, [
        { name: "", cases: [FIELD, LONG, HELD] },
      ]),
    ]),
    ...(fills.length === 0 ? [] : [
      "A shared array, filled by one process and by parallelFor on all cores (at most four).",
      "",
      drawTable(FILL_COLUMNS, fills),
    ]),
    drawNotes(measurements),
    drawTargets(measurements.flatMap(targets)),
  ].join("\n");
}

function linesOf(
  measurements: readonly Measurement[],
  cases: readonly string[],
  cells: (row: Row, rows: readonly Row[]) => string[],
): string[][] {
  return measurements.flatMap(({ runtime, rows }, i) => [
    ...(i > 0 && rows.some((row) => cases.includes(row.case)) ? [[]] : []),
    ...rows.filter((row) => cases.includes(row.case)).map((row) => [runtime, row.case, ...cells(row, rows)]),
  ]);
}

function figures(row: Row): string[] {
  return [
    digits((row.facts["bytes"] ?? NaN) / 1e6),
    row.mode,
    ...STEPS.map((step) => time(medianOf(row, step) * 1e6)),
  ];
}

function filled(row: Row, rows: readonly Row[]): string[] {
  const each = nanoseconds(rows, row.case, row.mode);
  const alone = row.mode === BARE ? "one bare Worker" : row.mode.replace("parallelFor", "one interpreter");
  const one = nanoseconds(rows, row.case, alone);
  const half = row.mode.startsWith("copy") ? 2 : 1;
  const speed = row.case === BANDWIDTH ? digits((row.facts["bytes"] ?? NaN) / half / each) : "";
  return [row.mode, time(each), speed, alone === row.mode ? "" : times(one / each)];
}

function targets({ runtime, rows, part }: Measurement): Target[] {
  const large = findRow(rows, LARGE, FROZEN);
  const ratio = (name: string): number =>
    nanoseconds(rows, name, "frozen") / nanoseconds(rows, name, "plain");
  const cores = findRow(rows, COMPUTE, "parallelFor")?.facts["cores"] ?? NaN;
  const scaling = nanoseconds(rows, COMPUTE, "one interpreter") / nanoseconds(rows, COMPUTE, "parallelFor");
  const clone = medianOf(findRow(rows, LARGE, "structured clone"), "back");
  const target = (what: string, figure: number, must: Target["must"], bound: number): Target => ({
    where: runtime,
    what,
    figure,
    unit: "×",
    must,
    bound,
  });
  return [
    target(
      "sending 50 MB / 1 KB",
      medianOf(large, "send") / medianOf(findRow(rows, SMALL, FROZEN), "send"),
      "≤",
      2,
    ),
    target("first read of 50 MB / its structured clone", medianOf(large, "first") / clone, "≤", 0.01),
    target(`${FIELD}: frozen / plain`, ratio(FIELD), "≤", 20),
    target(`${LONG}: frozen / plain`, ratio(LONG), "≤", 20),
    target(`parallelFor / one interpreter, for each of ${cores} cores`, scaling / cores, "≥", 0.95),
    // What another part would have measured.
  ].filter(({ figure }) => part === undefined || Number.isFinite(figure));
}
