/** The tables of the benchmark of channels within one interpreter. */

import type { Measurement } from "../_benchmark.ts";
import { drawTargets, type Target } from "../_target.ts";
import { drawCases, drawNotes, nanoseconds } from "./_figures.ts";
import { BARE_AWAITS, LOCAL_CAPACITIES, localCase } from "./_names.ts";

/** The mode that is compared. */
const AWAITED = "await receive";

/** How much of a bare await an operation may take, by capacity. */
const BOUNDS: readonly (readonly [capacity: number, bound: number])[] = [[128, 1.5], [0, 3]];

/** Draws the table and, under it, the figures beside their targets. */
export function reportLocal(measurements: readonly Measurement[]): string {
  return [
    "Time of one value, sent and received, by capacity; bare awaits: of two, one in each of two loops.",
    "",
    drawCases(
      measurements,
      { group: "", columns: LOCAL_CAPACITIES.map(String) },
      [{ name: "", cases: LOCAL_CAPACITIES.map(localCase) }],
    ),
    drawTargets(measurements.flatMap(targets)),
    drawNotes(measurements),
  ].join("\n");
}

function targets({ runtime, rows }: Measurement): Target[] {
  return BOUNDS.flatMap(([capacity, bound]) => {
    const name = localCase(capacity);
    const own = nanoseconds(rows, name, AWAITED);
    const awaits: Target = {
      where: runtime,
      what: `capacity ${capacity}: send and receive / two bare awaits`,
      figure: own / nanoseconds(rows, name, BARE_AWAITS),
      unit: "×",
      must: "≤",
      bound,
    };
    const peers = new Set(rows.filter((row) => row.case === name && isPeer(row.mode)).map((row) => row.mode));
    return [
      awaits,
      ...[...peers].map((peer): Target => ({
        where: runtime,
        what: `capacity ${capacity}: ${peer} / this library`,
        figure: nanoseconds(rows, name, peer) / own,
        unit: "×",
        must: ">",
        bound: 1,
      })),
    ];
  });
}

function isPeer(mode: string): boolean {
  return ["ts-chan", "effect", "js-csp"].some((name) => mode.startsWith(name));
}
