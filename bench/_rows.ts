/** What the reports of all benchmarks do with rows: find one, take a median, line them up by runtime. */

import type { Measurement, Row } from "./_benchmark.ts";
import { median } from "./_statistics.ts";

/** The row of a case that was done in one way, if it was measured. */
export function findRow(rows: readonly Row[], name: string, mode: string): Row | undefined {
  return rows.find((row) => row.case === name && row.mode === mode);
}

/** The median of a step's samples; NaN when there are none. */
export function medianOf(row: Row | undefined, step: string): number {
  return median(row?.samples[step] ?? []);
}

/** The lines of a table: each runtime's rows, an empty line between runtimes. */
export function tableLines(
  measurements: readonly Measurement[],
  cells: (row: Row, rows: readonly Row[]) => readonly string[],
): string[][] {
  return measurements.flatMap(({ runtime, rows }, i) => [
    ...(i === 0 ? [] : [[]]),
    ...rows.map((row) => [runtime, ...cells(row, rows)]),
  ]);
}
