import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bench, Measurement, Row } from "../../bench/_benchmark.ts";
import { BENCHMARKS } from "../../bench/_registry.ts";
import { time } from "../../bench/channels/_figures.ts";
import { expectedSum, payloadOf, PAYLOADS, weightOf } from "../../bench/channels/_payloads.ts";
import { measureCase, reportFailures, startSampling, type Way } from "../../bench/channels/_sampling.ts";

function row(name: string, mode: string, ns: number, more: Partial<Row> = {}): Row {
  return { case: name, mode, facts: { n: 1000 }, samples: { total: [ns / 1000] }, ...more };
}

function report(name: string, rows: readonly Row[]): string {
  const measurements: Measurement[] = [{ runtime: "node", version: "24.0.0", rows }];
  return BENCHMARKS.find((benchmark) => benchmark.name === name)!.report(measurements);
}

/** A benchmark's surroundings that keep what it hands over. */
function keepingBench(quick = true): { bench: Bench; rows: Row[] } {
  const rows: Row[] = [];
  const bench: Bench = { runtime: "node", quick, part: "", progress() {}, row: (row) => rows.push(row) };
  return { bench, rows };
}

/** A way that pretends to take so many milliseconds for each operation. */
function wayOf(mode: string, msEach: number, more: Partial<Way> = {}): Way & { counts: number[] } {
  const counts: number[] = [];
  function run(n: number): Promise<number> {
    counts.push(n);
    return Promise.resolve(n * msEach);
  }
  return { mode, counts, run, ...more };
}

test("measureCase() gives each way as many operations as take the time of a run", async () => {
  const { bench, rows } = keepingBench(false);
  const sampling = startSampling(bench, { rounds: 3, runMs: 40 }, () => Promise.resolve());
  const [fast, slow] = [wayOf("fast", 0.0001), wayOf("slow", 100)];
  await measureCase(sampling, "case", [fast, slow], { capacity: 1 });
  assert.deepEqual(rows.map((row) => [row.mode, row.facts["n"], row.facts["capacity"]]), [
    ["fast", 400_000, 1],
    ["slow", 4, 1],
  ]);
  assert.deepEqual(rows.map((row) => row.samples["total"]?.length), [3, 3]);
  assert.deepEqual(fast.counts.slice(-3), [400_000, 400_000, 400_000]);
});

test("measureCase() keeps to the most operations of a way, and to its aim unless that takes too long", async () => {
  const { bench, rows } = keepingBench(false);
  const sampling = startSampling(bench, { rounds: 1, runMs: 40 }, () => Promise.resolve());
  await measureCase(sampling, "case", [
    wayOf("heavy", 0.0001, { most: 50 }),
    wayOf("short aim", 0.0001, { aim: 1_000_000 }),
    wayOf("long aim", 1, { aim: 1_000_000 }),
  ]);
  assert.deepEqual(rows.map((row) => row.facts["n"]), [50, 1_000_000, 2000]);
  assert.deepEqual(rows.map((row) => row.note), [
    undefined,
    undefined,
    "2000 operations, 1000000 would take too long",
  ]);
});

test("measureCase() tells what failed, recovers and goes on; only ways of the library fail the benchmark", async () => {
  const { bench, rows } = keepingBench();
  let recovered = 0;
  const sampling = startSampling(bench, { rounds: 1, runMs: 40 }, () => Promise.resolve(recovered++));
  function run(): Promise<number> {
    return Promise.reject(new Error("Cannot run\nat all"));
  }
  await measureCase(sampling, "case", [
    { mode: "peer", run, foreign: true },
    { mode: "absent", run, foreign: true, missing: "go is not on PATH" },
    wayOf("own", 1),
  ]);
  assert.deepEqual(rows.map((row) => [row.mode, row.note, row.samples["total"]?.length]), [
    ["peer", "not measured: Cannot run", undefined],
    ["absent", "not measured: go is not on PATH", undefined],
    ["own", undefined, 1],
  ]);
  assert.equal(recovered, 1);
  reportFailures(sampling);
  await measureCase(sampling, "case", [{ mode: "own", run }]);
  assert.throws(() => reportFailures(sampling), /case, own: Cannot run$/);
});

test("expectedSum() is what the values of a payload weigh together", () => {
  assert.equal(expectedSum("integer", 5), 10);
  for (const payload of PAYLOADS.filter((payload) => payload !== "integer")) {
    const weight = weightOf(payload, payloadOf(payload));
    assert.ok(weight > 0, payload);
    assert.equal(expectedSum(payload, 3), 3 * weight);
  }
});

test("time() chooses the unit", () => {
  assert.deepEqual([28.34, 999.6, 213_000, 5_000_000, NaN].map(time), [
    "28.3 ns",
    "1.0 µs",
    "213 µs",
    "5.0 ms",
    "",
  ]);
});

test("channels report sets figures against bounds, Go of the same run and an addition", () => {
  const text = report("channels", [
    row("10 M integers, capacity 1024", "blocking", 20),
    row("10 M integers to one interpreter", "adding alone", 0.5),
    row("10 M integers to one interpreter", "blocking", 25),
    row("spsc 0", "blocking", 9000),
    row("spsc 0", "Go, locked threads", 30_000),
    row("spsc unbounded", "postMessage", 500),
    row("ping-pong 0, asleep", "blocking", 80_000),
    row("ping-pong 0, asleep", "futex pair", 50_000),
    row("payload 1,000 objects", "blocking", 100_000),
    row("payload 1,000 objects", "postMessage", 250_000),
  ]);
  assert.match(text, /blocking +25\.0 ns +0\.0 +50\.0\n/);
  assert.match(text, /spsc +blocking +9\.0 µs\n/);
  assert.match(text, /postMessage +500 ns\n/);
  assert.match(text, /10 M integers, blocking +20\.00 ns +≤ 28 ns +ok/);
  assert.match(text, /10 M integers, awaiting +none +≤ 150 ns +missed/);
  assert.match(text, /asleep: blocking \/ futex pair +1\.60 × +≤ 1\.5 × +missed/);
  assert.match(text, /one way at 0, blocking; Rust's std 9500 ns +9000\.00 ns +< 9500 ns +ok/);
  assert.match(text, /one way at 0, blocking \/ Go, locked threads +0\.30 × +< 1 × +ok/);
  assert.match(text, /1,000 objects, blocking: postMessage \/ channel +2\.50 × +≥ 2 × +ok/);
});

test("channels report says once what was not measured", () => {
  const note = "not measured: go is not on PATH";
  const text = report("channels", [
    row("spsc 0", "Go", 1, { samples: {}, note }),
    row("spsc 1", "Go", 1, { samples: {}, note }),
    row("spsc 1", "blocking", 100),
  ]);
  assert.match(text, /\nGo: not measured: go is not on PATH \(spsc 0 on node, spsc 1 on node\)\n/);
  assert.doesNotMatch(text, /spsc +Go/);
});

test("channels-local report compares with two bare awaits and with every peer", () => {
  const text = report("channels-local", [
    row("local 128", "bare awaits", 80),
    row("local 128", "await receive", 100),
    row("local 128", "js-csp, awaited", 90),
    row("local 0", "bare awaits", 80),
    row("local 0", "await receive", 300),
  ]);
  assert.match(text, /capacity 128: send and receive \/ two bare awaits +1\.25 × +≤ 1\.5 × +ok/);
  assert.match(text, /capacity 128: js-csp, awaited \/ this library +0\.90 × +> 1 × +missed/);
  assert.match(text, /capacity 0: send and receive \/ two bare awaits +3\.75 × +≤ 3 × +missed/);
});

test("channels-many report bounds a reply channel's time and the growth of memory", () => {
  const facts = { n: 1000, made: 20_000, memoryBefore: 50, memoryHalfway: 80, memoryAfter: 90 };
  const text = report("channels-many", [row("reply channels", "blocking", 4000, { facts })]);
  assert.match(text, /blocking +20000 +4\.0 µs +0\.0 +50\.0 +80\.0 +90\.0\n/);
  assert.match(text, /reply channel with its round trip, blocking +4\.00 µs +≤ 10 µs +ok/);
  assert.match(text, /growth over the second half, blocking +10\.00 MiB +≤ 32 MiB +ok/);
});
