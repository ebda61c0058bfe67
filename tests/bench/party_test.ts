import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import type { Measurement, Row } from "../../bench/_benchmark.ts";
import { peakMemoryMiB } from "../../bench/_memory.ts";
import { BENCHMARKS } from "../../bench/_registry.ts";
import { NBODY_CODE } from "../../bench/party/_nbody_code.ts";
import { caseOf, NBODY, WAYS, workerCounts, WORKLOADS } from "../../bench/party/_plan.ts";
import * as workloads from "../../bench/party/workloads.ts";

const party = BENCHMARKS.find(({ name }) => name === "party")!;

function row(workload: string, mode: string, ms: number, more: Partial<Row> = {}): Row {
  return { case: caseOf(workload, 2), mode, facts: { workers: 2, many: 10 }, samples: { ms: [ms] }, ...more };
}

test("party report sets ways against the loop of their case, tells memory, and why a way is left out", () => {
  const rows = [
    row(NBODY, "sequential", 1000),
    row(NBODY, "interp: Pool, channel", 500, { facts: { workers: 2, many: 10, memory: 123.4 } }),
    row(NBODY, "tinypool", 0, { samples: {}, note: "not measured: no result within 3 s" }),
    row("many tiny tasks", "interp: Pool, channel", 5),
  ];
  const measurements: Measurement[] = [{ runtime: "deno", version: "2", rows }];
  const text = party.report(measurements);
  assert.match(text, /interp: Pool, channel +500 +0\.0 +50000 +2\.00 +123\n/);
  assert.match(text, /sequential \/ interp +2\.00 × +≥ 1\.9 × +ok/);
  assert.match(text, /tinypool: not measured: no result within 3 s \(nbody, 2 workers on deno\)/);
  const [time, memory, others] = party.pictures!(measurements);
  assert.deepEqual(time!.points.map(({ value }) => value), [1e9, 5e8]);
  assert.deepEqual(memory!.points.map(({ value, mode }) => [mode, value]), [[
    "interp: Pool, channel",
    123.4,
  ]]);
  assert.deepEqual(others!.points.map(({ value }) => value), [5e5]);
});

test("the workloads' tasks give the same by WebAssembly, and something to check by", () => {
  const bytes = Uint8Array.from(atob(NBODY_CODE), (letter) => letter.charCodeAt(0));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { abort() {} } });
  const compiled = exports["nbody"] as (steps: number) => number;
  for (const steps of [0, 1, 5000]) assert.equal(compiled(steps), workloads.nbody(steps));
  const size = { quick: true, steps: 10 };
  for (const { name, task, ...made } of WORKLOADS) {
    const args = made.arguments(size);
    assert.ok(args.length > 1, name);
    const weight = workloads.weigh((workloads[task] as (argument: unknown) => unknown)(args[0]));
    assert.ok(Number.isFinite(weight), name);
  }
  assert.ok(WAYS.every(({ mode }, i) => WAYS.findIndex((way) => way.mode === mode) === i));
  assert.equal(workerCounts(true).length, 1);
  assert.equal(workerCounts(false).at(-1), workerCounts(true)[0]);
});

test("peakMemoryMiB() tells a process's memory where there is /proc, and undefined of none", () => {
  const own = peakMemoryMiB(process.pid);
  if (process.platform === "linux") assert.ok(own! > 10 && own! < 10_000, String(own));
  else assert.equal(own, undefined);
  assert.equal(peakMemoryMiB(2 ** 30), undefined);
});
