/** The drawings of the benchmark of sharing. */

import type { Measurement, Picture, Point, Row } from "../_benchmark.ts";
import { dots, pointOf } from "../pictures/_points.ts";
import { FIELD, FROZEN, HELD, LONG } from "./_names.ts";

const NS_PER_MS = 1e6;

/** What the steps of a whole value are called; of other ways all together are one. */
const STEPS: readonly (readonly [step: string, name: string])[] = [
  ["make", "freeze"],
  ["send", "send a frozen one"],
  ["first", "read one field"],
  ["full", "read all"],
  ["back", "thaw"],
];

/** Whole values, a field of them, and filling arrays, each by itself: their times have nothing to do with each other. */
export function pictureSharing(measurements: readonly Measurement[]): readonly Picture[] {
  const reads = [FIELD, LONG, HELD];
  const only = (wanted: (row: Row) => boolean): readonly Measurement[] =>
    measurements.map((measurement) => ({ ...measurement, rows: measurement.rows.filter(wanted) }));
  return [
    {
      name: "values",
      title: "Sharing a whole value: frozen step by step; copies there and back",
      kind: "dots",
      unit: "time",
      points: only(({ facts }) => facts["n"] === undefined).flatMap(valuePoints),
    },
    dots(
      only((row) => reads.includes(row.case)),
      "Reading a field in a warm loop",
      { step: "total", many: "n" },
      "reads",
    ),
    dots(
      only(({ facts }) => facts["cores"] !== undefined),
      "Filling a shared array: compute-bound, and of 64 MiB by memory alone",
      { step: "total" },
      "fill",
    ),
  ];
}

function valuePoints({ runtime, rows }: Measurement): readonly Point[] {
  return rows.flatMap((row) => {
    if (row.mode === FROZEN) {
      return STEPS.flatMap(([step, name]) =>
        pointOf(runtime, { ...row, mode: name }, row.samples[step], NS_PER_MS) ?? []
      );
    }
    const [first = [], ...others] = Object.values(row.samples);
    const sums = first.map((ms, i) => others.reduce((sum, samples) => sum + (samples[i] ?? 0), ms));
    return pointOf(runtime, row, sums, NS_PER_MS) ?? [];
  });
}
