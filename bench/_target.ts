/** Figures beside what they are to reach. */

import { drawTable } from "./_table.ts";

/** A figure and its bound. */
export interface Target {
  /** Where it was measured: runtime and case. */
  readonly where: string;
  /** What the figure is. */
  readonly what: string;
  /** The figure, in the unit of `unit`. */
  readonly figure: number;
  readonly unit: "×" | "%" | "ms" | "µs" | "ns" | "MiB";
  /** Whether the figure must stay at or below the bound, stay below it, reach it, or get above it. */
  readonly must: "≤" | "<" | "≥" | ">";
  readonly bound: number;
}

/** Whether a figure keeps its bound; one that was not measured does not. */
export function reached({ figure, must, bound }: Target): boolean {
  if (must === "≤") return figure <= bound;
  if (must === "<") return figure < bound;
  return must === "≥" ? figure >= bound : figure > bound;
}

/** The table of targets, each with "ok" or "missed". */
export function drawTargets(targets: readonly Target[]): string {
  return drawTable(
    [
      { title: "", align: "left", group: true },
      { title: "", align: "left" },
      { title: "figure", align: "right" },
      { title: "target", align: "right" },
      { title: "", align: "left" },
    ],
    targets.map((target) => [
      target.where,
      target.what,
      Number.isFinite(target.figure) ? `${target.figure.toFixed(2)} ${target.unit}` : "none",
      `${target.must} ${target.bound} ${target.unit}`,
      reached(target) ? "ok" : "missed",
    ]),
  );
}
