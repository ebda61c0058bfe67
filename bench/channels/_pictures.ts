/** What is drawn of the benchmarks of channels. */

import type { Measurement, Picture, Point } from "../_benchmark.ts";
import { dots, timePoints } from "../pictures/_points.ts";
import {
  ADDING,
  ASLEEP,
  INTEGERS_BETWEEN,
  LOCAL_CAPACITIES,
  localCase,
  payloadCase,
  SELECT_OF_2,
  SELECT_READY,
} from "./_names.ts";
import { PAYLOADS } from "./_payloads.ts";
import { CAPACITIES, caseName, PATTERNS, UNBOUNDED } from "./_plan.ts";

/** Channels between interpreters. */
export function pictureChannels(measurements: readonly Measurement[]): readonly Picture[] {
  const points = timePoints(measurements, { step: "total", many: "n" });
  const only = (cases: readonly string[]) => points.filter((point) => cases.includes(point.case));
  const picture = (name: string, title: string, cases: readonly string[]): Picture => ({
    ...dots([], title, {}, name),
    points: only(cases),
  });
  const patterns = PATTERNS.flatMap((pattern) =>
    alongCapacities(points, pattern, [...CAPACITIES, UNBOUNDED], (capacity) => caseName(pattern, capacity))
  );
  return [
    {
      name: "patterns",
      title: "Time of one integer received, of a round trip in ping-pong, by capacity",
      kind: "lines",
      unit: "time",
      along: "capacity",
      points: patterns,
    },
    picture("integers", "Time of one integer, ten million through a channel", [INTEGERS_BETWEEN, ADDING]),
    picture("payloads", "Time of one value by its kind, capacity 128", PAYLOADS.map(payloadCase)),
    picture("select", "Time of one value by select, and of a round trip between sleepers", [
      SELECT_OF_2,
      SELECT_READY,
      ASLEEP,
    ]),
  ].filter((picture) => picture.points.length > 0) as readonly Picture[];
}

/** Channels within one interpreter. */
export function pictureLocal(measurements: readonly Measurement[]): readonly Picture[] {
  const points = timePoints(measurements, { step: "total", many: "n" });
  return [{
    name: "",
    title: "Time of one value sent and received within one interpreter, by capacity",
    kind: "lines",
    unit: "time",
    along: "capacity",
    points: alongCapacities(points, "local", LOCAL_CAPACITIES, localCase),
  }];
}

/** The points of the cases of several capacities, as one case with capacities along it. */
function alongCapacities(
  points: readonly Point[],
  name: string,
  capacities: readonly number[],
  caseOf: (capacity: number) => string,
): Point[] {
  return capacities.flatMap((capacity) =>
    points.filter((point) => point.case === caseOf(capacity))
      .map((point) => ({ ...point, case: name, at: capacity === UNBOUNDED ? Infinity : capacity }))
  );
}
