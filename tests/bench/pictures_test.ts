import assert from "node:assert/strict";
import { test } from "node:test";
import type { Benchmark, Measurement, Picture, Point } from "../../bench/_benchmark.ts";
import { drawBar, minutes } from "../../bench/_progress.ts";
import { BENCHMARKS, budgetOf } from "../../bench/_registry.ts";
import { merge, originOf, type Results } from "../../bench/_results.ts";
import { figure } from "../../bench/pictures/_canvas.ts";
import { timePoints } from "../../bench/pictures/_points.ts";
import { draw } from "../../bench/pictures/draw.ts";
import { drawPage, picturesOf, sectionsOf } from "../../bench/pictures/page.ts";

function point(mode: string, value: number, more: Partial<Point> = {}): Point {
  return { runtime: "node", case: "one case", mode, value, ...more };
}

function picture(points: readonly Point[], more: Partial<Picture> = {}): Picture {
  return { name: "", title: "Time & more", kind: "dots", unit: "time", points, ...more };
}

function results(name: string, runtimes: readonly Measurement[]): Results {
  return {
    benchmark: name,
    date: "2026-11-27T00:00:00.000Z",
    library: { name: "lib", version: "1.0.0", commit: "abc" },
    machine: { cpu: "CPU", cores: 2, memoryGiB: 8, os: "Linux" },
    options: { quick: false },
    runtimes,
  };
}

const plain: Benchmark = {
  name: "plain",
  summary: "a benchmark without pictures of its own",
  measure: () => Promise.resolve(),
  report: () => "a < b\n",
};

function measured(runtime: Measurement["runtime"], ms: number, more: Partial<Measurement> = {}): Measurement {
  const rows = [{ case: "c", mode: "m", facts: { n: 10 }, samples: { total: [ms, ms * 3, ms * 2] } }];
  return { runtime, version: "1", rows, ...more };
}

test("timePoints() gives the time of one operation and the middle half of its samples", () => {
  const [found] = timePoints([measured("node", 1)], { step: "total", many: "n" });
  assert.deepEqual(found, {
    runtime: "node",
    case: "c",
    mode: "m",
    value: 200_000,
    low: 100_000,
    high: 300_000,
  });
  assert.deepEqual(timePoints([measured("node", 1)], { step: "other" }), []);
});

test("draw() gives a dot its way, its figure with a unit, and a scale of decades where figures span them", () => {
  const wide = draw(picture([point("fast way", 120), point("slow way", 3.4e9, { runtime: "bun" })]));
  for (const text of [">fast way<", ">slow way<", ">one case<", "120 ns</title>", "3.4 s</title>", ">bun<"]) {
    assert.ok(wide.includes(text), text);
  }
  assert.ok(wide.includes(">1 ms<"));
  const narrow = draw(picture([point("a", 2e6), point("b", 5e6)]));
  assert.ok(narrow.includes(">0<") && narrow.includes(">4 ms<"));
  assert.doesNotMatch(wide + narrow, /NaN|undefined|\d\.\d{3}/);
});

test("draw() draws a line for each way through a panel for each runtime, along ascending places", () => {
  const points = [Infinity, 0, 128].map((at) => point("way", 100 + Math.min(at, 500), { at }));
  const svg = draw(picture(points, { kind: "lines", along: "capacity" }));
  assert.match(svg, />0<.*>128<.*>∞</s);
  assert.ok(svg.includes(">capacity<") && svg.includes(">node<"));
  const [, path] = /aria-label="line">.*? d="([^"]+)"/s.exec(svg)!;
  assert.equal(path!.match(/L/g)?.length, 2);
  assert.doesNotMatch(svg, /NaN|undefined/);
});

test("figure() picks the unit that suits", () => {
  assert.deepEqual(
    [12, 1200, 2e6, 3e9].map((ns) => figure(ns, "time")),
    ["12 ns", "1.2 µs", "2 ms", "3 s"],
  );
  assert.equal(figure(153.42, "MiB"), "153 MiB");
});

test("drawPage() holds every benchmark's pictures, tables and origin, and needs nothing from elsewhere", () => {
  const page = drawPage(sectionsOf([plain], new Map([["plain", results("plain", [measured("deno", 1)])]])));
  for (
    const text of [
      "a &lt; b",
      "<svg",
      "A benchmark without pictures of its own.",
      "2 cores",
      "(abc)",
      "deno 1",
    ]
  ) {
    assert.ok(page.includes(text), text);
  }
  assert.doesNotMatch(page, /(?:src|href)="(?!#)/);
});

test("every benchmark's pictures are of what was measured: none of nothing", () => {
  for (const benchmark of BENCHMARKS) {
    assert.deepEqual(picturesOf({ benchmark, results: results(benchmark.name, []) }), [], benchmark.name);
  }
});

test("merge() keeps the runtimes that were not measured again, of the same machine alone", () => {
  const order = ["deno", "bun", "node"];
  const earlier = results("plain", [measured("bun", 1), measured("node", 1)]);
  const now = results("plain", [measured("node", 5), measured("deno", 5)]);
  const firstSamples = (merged: Results) =>
    merged.runtimes.map(({ runtime, rows }) => [runtime, rows[0]!.samples["total"]![0]]);
  assert.deepEqual(firstSamples(merge(earlier, now, order)), [["deno", 5], ["bun", 1], ["node", 5]]);
  const elsewhere = { ...earlier, machine: { ...earlier.machine, cores: 64 } };
  assert.equal(merge(elsewhere, now, order), now);
  assert.equal(merge(undefined, now, order), now);
});

test("originOf() names the commits and days of all runtimes", () => {
  const days = ["2026-11-02", "2026-11-01"].map((day, i) =>
    measured("node", 1, { date: `${day}T10:00:00Z`, commit: `c${i}` })
  );
  assert.equal(
    originOf(results("plain", days)),
    "CPU, 2 cores, 8 GiB; version 1.0.0 (c0, c1); 2026-11-01, 2026-11-02",
  );
});

test("the budgets of all benchmarks on three runtimes leave slow machines some of the ten minutes in full, the two when quick", () => {
  const all = (quick: boolean) =>
    BENCHMARKS.reduce((sum, { name }) => sum + 3 * budgetOf(name, quick), 0) / 60_000;
  assert.ok(all(false) <= 9, `${all(false)} minutes in full`);
  assert.ok(all(true) <= 1.9, `${all(true)} minutes when quick`);
});

test("a bar is full in the end, and time is told in minutes", () => {
  assert.equal(drawBar(0), "░".repeat(24));
  assert.equal(drawBar(0.5), "█".repeat(12) + "░".repeat(12));
  assert.equal(drawBar(1), "█".repeat(24));
  assert.equal(minutes(67_400), "1:07");
});
