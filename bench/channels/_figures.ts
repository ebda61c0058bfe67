/** What the reports of channels have in common: time of one operation, tables with a case in each column, and notes. */

import type { Measurement, Row } from "../_benchmark.ts";
import { findRow, medianOf } from "../_rows.ts";
import { digits } from "../_statistics.ts";
import { type Column, drawTable } from "../_table.ts";

/** Nanoseconds of one operation of a case done in one way; NaN when it was not measured. */
export function nanoseconds(rows: readonly Row[], name: string, mode: string): number {
  return nanosecondsOf(findRow(rows, name, mode));
}

/** Nanoseconds of one operation of a row. */
export function nanosecondsOf(row: Row | undefined): number {
  return medianOf(row, "total") * 1e6 / (row?.facts["n"] ?? NaN);
}

/** A time with the unit that suits it: 28.3 ns, 1.2 µs, 35.0 ms, 3.4 s. */
export function time(nanoseconds: number): string {
  if (!Number.isFinite(nanoseconds)) return "";
  if (nanoseconds < 999.5) return `${digits(nanoseconds)} ns`;
  if (nanoseconds < 999.5e3) return `${digits(nanoseconds / 1e3)} µs`;
  return nanoseconds < 999.5e6 ? `${digits(nanoseconds / 1e6)} ms` : `${digits(nanoseconds / 1e9)} s`;
}

/** A group of lines of {@link drawCases}: its name, and the case in each column. */
export interface CaseGroup {
  readonly name: string;
  readonly cases: readonly string[];
}

/** Draws a line for each runtime, group and way, with the time of one operation of each case in a column. */
export function drawCases(
  measurements: readonly Measurement[],
  titles: { readonly group: string; readonly columns: readonly string[] },
  groups: readonly CaseGroup[],
): string {
  const columns: Column[] = [
    { title: "", align: "left", group: true },
    { title: titles.group, align: "left", group: true },
    { title: "way", align: "left" },
    ...titles.columns.map((title): Column => ({ title, align: "right" })),
  ];
  const lines = measurements.flatMap(({ runtime, rows }, i) => [
    ...(i === 0 ? [] : [[]]),
    ...groups.flatMap(({ name, cases }) =>
      modesOf(rows, cases).map((mode) => [
        runtime,
        name,
        mode,
        ...cases.map((one) => time(nanoseconds(rows, one, mode))),
      ])
    ),
  ]);
  return drawTable(columns, lines);
}

/** The ways in which any of the cases was measured, in their order. */
function modesOf(rows: readonly Row[], cases: readonly string[]): string[] {
  const measured = rows.filter((row) => cases.includes(row.case) && row.samples["total"] !== undefined);
  return [...new Set(measured.map((row) => row.mode))];
}

/** What the rows have to say, each thing once with the cases it is about. */
export function drawNotes(measurements: readonly Measurement[]): string {
  const said = new Map<string, Set<string>>();
  for (const { runtime, rows } of measurements) {
    for (const { case: name, mode, note } of rows) {
      if (note === undefined) continue;
      const what = `${mode}: ${note}`;
      said.set(what, (said.get(what) ?? new Set()).add(`${name} on ${runtime}`));
    }
  }
  return [...said].map(([what, cases]) =>
    `${what} (${cases.size > 3 ? `${cases.size} cases` : [...cases].join(", ")})\n`
  ).join("");
}
