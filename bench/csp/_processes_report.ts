/** The tables of the benchmark of processes. */

import type { Measurement } from "../_benchmark.ts";
import { drawTargets, type Target } from "../_target.ts";
import { drawCases, drawNotes, nanoseconds } from "../channels/_figures.ts";
import { COMMSTIME, HEAVY, LIGHT, LOCAL, RING, SIEVE, workers } from "./_process_names.ts";

/** What two workers must give over one, for items that compute. */
const SCALING = 1.7;

/** Draws the tables and, under them, the figures beside their targets. */
export function reportProcesses(measurements: readonly Measurement[]): string {
  const networks = [COMMSTIME, RING, SIEVE];
  const pipelines = [HEAVY, LIGHT];
  return [
    "Time of a round of commstime, a hop of the token, a number that enters the sieve.",
    "",
    drawCases(measurements, { group: "", columns: networks }, [{ name: "", cases: networks }]),
    "Time of an item.",
    "",
    drawCases(measurements, { group: "", columns: pipelines }, [{ name: "", cases: pipelines }]),
    drawTargets(measurements.flatMap(targets)),
    drawNotes(measurements),
  ].join("\n");
}

function targets({ runtime, rows }: Measurement): Target[] {
  return [
    {
      where: runtime,
      what: "1 ms items: one worker / two workers",
      figure: nanoseconds(rows, HEAVY, workers(1)) / nanoseconds(rows, HEAVY, workers(2)),
      unit: "×",
      must: "≥",
      bound: SCALING,
    },
    ...[COMMSTIME, RING].map((name): Target => ({
      where: runtime,
      what: `${name}: effect fibers / local processes`,
      figure: nanoseconds(rows, name, "effect fibers") / nanoseconds(rows, name, LOCAL),
      unit: "×",
      must: ">",
      bound: 1,
    })),
  ];
}
