/** Figures of rows as points of a drawing. */

import type { Measurement, Picture, Point, Row } from "../_benchmark.ts";
import { median } from "../_statistics.ts";

/** Nanoseconds of a millisecond. */
const NS_PER_MS = 1e6;

/** What of a row is a figure. */
export interface Figure {
  /** The step whose samples count; without, the row's first. */
  readonly step?: string;
  /** The fact that says how many operations a sample is about; without, it is about one. */
  readonly many?: string;
}

/** A row's samples of a step as a point, each sample times `scale`; undefined when there are none. */
export function pointOf(
  runtime: Point["runtime"],
  row: Row,
  samples: readonly number[] | undefined,
  scale: number,
): Point | undefined {
  if (samples === undefined || samples.length === 0) return undefined;
  const sorted = samples.map((sample) => sample * scale).toSorted((a, b) => a - b);
  const quarter = Math.floor(sorted.length / 4);
  return {
    runtime,
    case: row.case,
    mode: row.mode,
    value: median(sorted),
    low: sorted[quarter]!,
    high: sorted.at(-1 - quarter)!,
  };
}

/** The time of one operation of each row that has one. */
export function timePoints(measurements: readonly Measurement[], { step, many }: Figure): readonly Point[] {
  return measurements.flatMap(({ runtime, rows }) =>
    rows.flatMap((row) => {
      const samples = step === undefined ? Object.values(row.samples)[0] : row.samples[step];
      const count = many === undefined ? 1 : row.facts[many] ?? 1;
      return pointOf(runtime, row, samples, NS_PER_MS / count) ?? [];
    })
  );
}

/** The picture of a benchmark whose rows are all of one kind: a dot for each. */
export function dots(
  measurements: readonly Measurement[],
  title: string,
  figure: Figure = {},
  name = "",
): Picture {
  return { name, title, kind: "dots", unit: "time", points: timePoints(measurements, figure) };
}
