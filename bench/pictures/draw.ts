/** Draws pictures of benchmarks as SVG. */

import * as Plot from "@observablehq/plot";
import type { Picture, Point } from "../_benchmark.ts";
import { COLOURS, figure, render, RUNTIME_STYLES, scaleOf, WIDTH } from "./_canvas.ts";

/** Pixels of a line of dots, of a panel, of a letter. */
const LINE = 19;
const PANEL = 130;
const LETTER = 6.6;

/** The SVG of a picture. */
export function draw(picture: Picture): string {
  return picture.kind === "dots" ? drawDots(picture) : drawLines(picture);
}

/** A line of a drawing of dots: a case's title, or one of its ways. */
interface Line {
  readonly key: string;
  readonly text: string;
  readonly title: boolean;
}

/** Each way has a line of its own under its case; what the runtimes took stands on it. */
function drawDots({ points, unit }: Picture): string {
  const lines = linesOf(points);
  const titles = lines.filter((line) => line.title);
  const runtimes = distinct(points.map((point) => point.runtime));
  const left = 24 + LETTER * Math.max(...lines.map(({ text }) => text.length));
  const keyOf = ({ case: name, mode }: Point) => `${name}\n${mode}`;
  return render({
    height: 70 + LINE * lines.length,
    marginLeft: left,
    marginTop: 44,
    marginBottom: 24,
    marginRight: 30,
    x: {
      ...scaleOf(points.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]), unit),
      axis: "both",
    },
    y: { type: "point", domain: lines.map(({ key }) => key), label: null, axis: null },
    marks: [
      Plot.ruleY(lines.filter((line) => !line.title), { y: "key", strokeOpacity: 0.08 }),
      Plot.text(lines.filter((line) => !line.title), {
        y: "key",
        text: "text",
        frameAnchor: "left",
        dx: -8,
        textAnchor: "end",
      }),
      Plot.text(titles, {
        y: "key",
        text: "text",
        frameAnchor: "left",
        dx: 8 - left,
        textAnchor: "start",
        fontWeight: "bold",
      }),
      Plot.ruleY(points.filter(({ low, high }) => low !== high), {
        y: keyOf,
        x1: "low",
        x2: "high",
        stroke: ({ runtime }: Point) => RUNTIME_STYLES[runtime][0],
        strokeWidth: 2,
        strokeOpacity: 0.5,
      }),
      Plot.dot(points, {
        y: keyOf,
        x: "value",
        fill: ({ runtime }: Point) => RUNTIME_STYLES[runtime][0],
        symbol: ({ runtime }: Point) => RUNTIME_STYLES[runtime][1],
        r: 4,
        title: tipOf(unit),
      }),
      ...legendOfRuntimes(runtimes),
    ],
  });
}

function linesOf(points: readonly Point[]): readonly Line[] {
  const cases = distinct(points.map((point) => point.case));
  return cases.flatMap((name) => [
    { key: name, text: name, title: true },
    ...distinct(points.filter((point) => point.case === name).map(({ mode }) => mode))
      .map((mode) => ({ key: `${name}\n${mode}`, text: mode, title: false })),
  ]);
}

/** A row of marks above the drawing. */
function legendOfRuntimes(runtimes: readonly Point["runtime"][]): Plot.Markish[] {
  return runtimes.flatMap((runtime, i) => {
    const [colour, symbol] = RUNTIME_STYLES[runtime];
    const place = { frameAnchor: "top-left", dy: -32 } as const;
    return [
      Plot.dot([0], { ...place, dx: i * 80, fill: colour, symbol: symbol as Plot.SymbolType, r: 5 }),
      Plot.text([runtime], { ...place, dx: i * 80 + 10, dy: -37, textAnchor: "start" }),
    ];
  });
}

/** A panel for each case and runtime; each way is a line from left to right. */
function drawLines({ points, unit, along }: Picture): string {
  const cases = distinct(points.map((point) => point.case));
  const runtimes = distinct(points.map((point) => point.runtime));
  const modes = distinct(points.map(({ mode }) => mode));
  const colourOf = new Map(modes.map((mode, i) => [mode, COLOURS[i % COLOURS.length]!]));
  const rows = legendRows(modes);
  const stroke = ({ mode }: Point) => colourOf.get(mode)!;
  const shared = { x: "at", y: "value", fx: "runtime", fy: "case" } as const;
  return render({
    height: 70 + 18 * rows.length + PANEL * cases.length,
    marginTop: 52 + 18 * rows.length,
    marginLeft: 66,
    marginRight: 12 + LETTER * Math.max(...cases.map((name) => name.length)),
    marginBottom: 40,
    fx: { domain: runtimes, label: null, padding: 0.06 },
    fy: { domain: cases, label: null, padding: 0.1 },
    x: {
      type: "point",
      domain: distinct(points.map(({ at }) => at ?? 0)).toSorted((a, b) => a - b),
      tickFormat: (at: number) => at === Infinity ? "∞" : String(at),
      label: along ?? null,
      labelArrow: "none",
      padding: 0.3,
    },
    y: scaleOf(points.map(({ value }) => value), unit),
    marks: [
      Plot.frame({ strokeOpacity: 0.2 }),
      Plot.line(points, { ...shared, z: "mode", sort: "at", stroke, strokeWidth: 1.6 }),
      Plot.dot(points, { ...shared, fill: stroke, r: 3.2, title: tipOf(unit) }),
      ...rows.flatMap((row, r) =>
        row.flatMap(({ mode, from }) => {
          const place = { frameAnchor: "top-left", fx: [runtimes[0]], fy: [cases[0]] } as const;
          const dy = -(38 + 18 * (rows.length - r));
          return [
            Plot.dot([0], { ...place, dx: from, dy: dy + 5, fill: colourOf.get(mode)!, r: 4.5 }),
            Plot.text([mode], { ...place, dx: from + 9, dy, textAnchor: "start" }),
          ];
        })
      ),
    ],
  });
}

/** Where each way stands in the legend, line by line. */
function legendRows(modes: readonly string[]): { mode: string; from: number }[][] {
  const rows: { mode: string; from: number }[][] = [[]];
  let from = 0;
  for (const mode of modes) {
    const width = 28 + 1.05 * LETTER * mode.length;
    if (from + width > WIDTH - 120) {
      rows.push([]);
      from = 0;
    }
    rows.at(-1)!.push({ mode, from });
    from += width;
  }
  return rows;
}

function tipOf(unit: Picture["unit"]): (point: Point) => string {
  return ({ runtime, case: name, mode, at, value }) =>
    [`${runtime}, ${name}`, at === undefined ? mode : `${mode}, ${at}`, figure(value, unit)].join("\n");
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
