import assert from "node:assert/strict";
import { test } from "node:test";
import type { Measurement, Row } from "../../bench/_benchmark.ts";
import { BENCHMARKS } from "../../bench/_registry.ts";
import { factorial } from "../../bench/programs/factorial.ts";

function row(length: string, mode: string, samples: Row["samples"]): Row {
  return { case: length, mode, facts: { calls: 2 }, samples };
}

function report(name: string, rows: readonly Row[]): string {
  const measurements: Measurement[] = [{ runtime: "node", version: "24.0.0", rows }];
  return BENCHMARKS.find((benchmark) => benchmark.name === name)!.report(measurements);
}

test("factorial() multiplies and sums", () => {
  assert.equal(factorial(20, 1), 2432902008176640000n);
  assert.equal(factorial(5, 3), 360n);
  assert.equal(factorial(0, 0), 0n);
});

test("factorial report sets overhead and speed-up against the sequential way", () => {
  const text = report("factorial", [
    row("2 s", "sequential", { total: [4000, 3000, 5000] }),
    row("2 s", "child processes", { total: [2500], create: [400], call: [2050], end: [50] }),
    row("2 s", "parallel", { total: [2100] }),
    row("2 s", "parallel by hand", { total: [2100], create: [20], prepare: [10], call: [2000], end: [10] }),
  ]);
  assert.match(text, /sequential +4000 +50\n/);
  assert.match(text, /child processes +2500 +0\.0 +1\.60 +500 +25 +400 +2050 +50\.0\n/);
  assert.match(text, /parallel +2100 +0\.0 +1\.90 +100 +5\.0\n/);
  assert.match(text, /child processes \/ parallel +1\.19 × +> 1 × +ok/);
  assert.match(text, /of the call +2\.00 % +≤ 2\.7 % +ok/);
});

test("launch report sets an interpreter against the bare Worker of its case", () => {
  const text = report("launch", [
    row("16 at once", "bare Worker", { ready: [10, 12, 11], answer: [12], end: [1] }),
    row("16 at once", "interpreter", { ready: [11], answer: [24], end: [1] }),
  ]);
  assert.match(text, /ready: interpreter \/ bare Worker +1\.00 × +≤ 1\.3 × +ok/);
  assert.match(text, /first answer: interpreter \/ bare Worker +2\.00 × +≤ 1\.3 × +missed/);
});

test("calls report sets calls against the bare Worker of their case, each in microseconds", () => {
  const of = (name: string, mode: string, samples: Row["samples"]): Row => ({
    ...row(name, mode, samples),
    facts: { many: 1000 },
  });
  const text = report("calls", [
    of("round trip", "call", { ms: [20, 30, 40] }),
    of("round trip", "bare Worker, postMessage", { ms: [60] }),
    of("10,000 at once, a number", "call", { ms: [120], made: [40] }),
  ]);
  assert.match(text, /call +30\.0 +\S+ +0\.50\n/);
  assert.match(text, /10,000 at once, a number +call +120 +0\.0 +40\.0/);
  assert.match(text, /call \/ bare Worker +0\.50 × +≤ 1 × +ok/);
  assert.match(text, /10,000 calls at once +120\.00 ms +≤ 100 ms +missed/);
});

test("sharing report sets frozen values against copies, and a filled array against one interpreter", () => {
  const of = (name: string, mode: string, samples: Row["samples"], facts: Row["facts"]): Row => ({
    ...row(name, mode, samples),
    facts,
  });
  const text = report("sharing", [
    of("JSON of 1 KB", "frozen", { make: [1], send: [0.1], first: [0.01] }, { bytes: 1000 }),
    of("JSON of 50 MB", "frozen", { make: [900], send: [0.15], first: [2], full: [800] }, { bytes: 5e7 }),
    of("JSON of 50 MB", "structured clone", { back: [400] }, { bytes: 5e7 }),
    of("v.a[i].b, 1,000 rows", "plain", { total: [1] }, { n: 1e6 }),
    of("v.a[i].b, 1,000 rows", "frozen", { total: [21] }, { n: 1e6 }),
    of("fill, 200 square roots each", "one interpreter", { total: [100] }, { n: 1, cores: 2, bytes: 8e6 }),
    of("fill, 200 square roots each", "parallelFor", { total: [52] }, { n: 1, cores: 2, bytes: 8e6 }),
    of("fill, memory alone", "fill one interpreter", { total: [2] }, { n: 1, cores: 2, bytes: 8e6 }),
  ]);
  assert.match(text, /JSON of 50 MB +50\.0 +frozen +900 ms +150 µs +2\.0 ms +800 ms/);
  assert.match(text, /parallelFor +52\.0 ms +1\.92\n/);
  assert.match(text, /fill one interpreter +2\.0 ms +4\.0\n/);
  assert.match(text, /sending 50 MB \/ 1 KB +1\.50 × +≤ 2 × +ok/);
  assert.match(text, /its structured clone +0\.01 × +≤ 0\.01 × +ok/);
  assert.match(text, /1,000 rows: frozen \/ plain +21\.00 × +≤ 20 × +missed/);
  assert.match(text, /each of 2 cores +0\.96 × +≥ 0\.95 × +ok/);
});

test("reports of what was not measured to its end leave cells empty", () => {
  assert.match(report("factorial", [row("1 ms", "parallel", { total: [5] })]), /parallel +5\.0 +0\.0\n/);
  assert.match(
    report("launch", [row("16 at once", "interpreter", { ready: [5] })]),
    /interpreter +5\.0 +0\.0\n/,
  );
});
