/** What all drawings have in common: a document to draw in, colours, units, and SVG text that is the same on every runtime. */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { Picture, RuntimeName } from "../_benchmark.ts";
import { time } from "../channels/_figures.ts";

/** Pixels. */
export const WIDTH = 860;

/** Runtimes, with a colour that is readable on white and on black, and a shape of their own. */
export const RUNTIME_STYLES: Readonly<Record<RuntimeName, readonly [colour: string, symbol: string]>> = {
  deno: ["#1a9e77", "circle"],
  bun: ["#e07b39", "triangle"],
  node: ["#4a7fd4", "square"],
};

/** Colours of ways, in turn. */
export const COLOURS: readonly string[] = [
  ...[
    "#4a7fd4",
    "#e07b39",
    "#1a9e77",
    "#c0549f",
    "#b8961e",
    "#7d6bd1",
    "#d64550",
    "#4aa8b8",
    "#8a8a8a",
    "#7f9c3b",
  ],
];

/** Factor between the least and the largest figure from which on a scale is logarithmic. */
const DECADES = 12;

/** Black on white, or the other way round for who prefers it; a drawing in a file of its own has no page to ask. */
const STYLE = `<style>
  svg { color: #1f2328; background: #ffffff }
  @media (prefers-color-scheme: dark) { svg { color: #e0e4e8; background: #15181c } }
</style>`;

/** A figure with its unit, as ticks and tips show it. */
export function figure(value: number, unit: Picture["unit"]): string {
  if (unit === "time") return time(value).replace(/(\d)\.0(?= )/, "$1");
  return `${Number(value.toPrecision(3))} ${unit}`;
}

/** The scale of figures: logarithmic where they span more than a decade, otherwise from zero. */
export function scaleOf(values: readonly number[], unit: Picture["unit"]): Plot.ScaleOptions {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const logarithmic = least > 0 && most / least > DECADES;
  return {
    type: logarithmic ? "log" : "linear",
    domain: logarithmic ? [least / 1.2, most * 1.2] : [0, most * 1.05],
    grid: true,
    label: null,
    ticks: logarithmic ? decades(least / 1.2, most * 1.2) : 6,
    tickFormat: (value: number) => value === 0 ? "0" : figure(value, unit),
  };
}

/** The powers of ten between, with their halves and fifths where those are few. */
function decades(from: number, to: number): number[] {
  const [first, last] = [Math.floor(Math.log10(from)), Math.ceil(Math.log10(to))];
  const steps = last - first > 4 ? [1] : [1, 3];
  return Array.from({ length: last - first + 1 }, (_, i) => steps.map((step) => step * 10 ** (first + i)))
    .flat()
    .filter((tick) => tick >= from && tick <= to);
}

/** Draws; gives the text of an SVG. */
export function render(options: Plot.PlotOptions): string {
  const { document } = parseHTML("<html></html>") as unknown as {
    document: NonNullable<Plot.PlotOptions["document"]>;
  };
  const svg = Plot.plot({
    document,
    width: WIDTH,
    style: { fontSize: "12px", fontFamily: "system-ui, -apple-system, Segoe UI, sans-serif" },
    ...options,
  }) as unknown as { outerHTML: string };
  return tidy(svg.outerHTML);
}

/** The same text for a file of its own. */
export function standalone(svg: string): string {
  return svg.replace("<svg ", `<svg xmlns="http://www.w3.org/2000/svg" `).replace(">", `>${STYLE}`) + "\n";
}

/** Two decimals: what is drawn is the same, and runtimes do not agree about the last ones. */
function tidy(svg: string): string {
  return svg.replace(/-?\d+\.\d{3,}(?:e-\d+)?/g, (number) => String(Math.round(Number(number) * 100) / 100));
}
