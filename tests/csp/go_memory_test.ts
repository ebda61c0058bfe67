/** What processes leave behind: nothing. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import * as csp from "@pool/csp";
import { chan, go, setParallelism, shutdown } from "@pool/csp";
import { runRuntime, runtime, writeProgram } from "../_program.ts";
import { within } from "../_within.ts";

const slow = { timeout: 120_000 };

describe("processes in masses", () => {
  after(shutdown);

  test("10,000 processes pending at once all end, cancelled or not", slow, async () => {
    setParallelism(2);
    const gate = chan<never>();
    const waiting = Array.from(
      { length: 10_000 },
      () => go((gate: csp.Channel<never>) => gate.receive().catch(() => 1), gate),
    );
    gate.close();
    const results = await within(Promise.all(waiting), "all of them", 90_000);
    assert.equal(results.filter((result) => result === 1).length, 10_000);
    const cancelled = Array.from({ length: 10_000 }, () => go(() => csp.sleep(1e6)));
    for (const process of cancelled) process.cancel("all");
    await within(Promise.all(cancelled.map((process) => process.join())), "all of them", 90_000);
    assert(cancelled.every((process) => process.status === "cancelled"));
  });
});

/** In so many parts, after each of which the heap is measured. */
const PARTS = 3;

test("100,000 processes leave no memory behind; handles are collected", slow, async () => {
  const file = writeProgram(`
    import * as csp from "@pool/csp";
    const gc = globalThis.gc ?? (() => globalThis.Bun.gc(true));
    csp.setParallelism(1);
    const start = { go: csp.go, local: csp.go.local, with: csp.go.with({ timeout: 100_000, signal: new AbortController().signal }) };
    async function run(n, start) {
      for (let i = 0; i < n; i += 500) {
        await Promise.all(Array.from({ length: 500 }, (_, j) => start((x) => x, { j })));
      }
    }
    async function settled() {
      let least = Infinity;
      for (let i = 0; i < 10; i++) {
        gc();
        await csp.sleep(10);
        least = Math.min(least, process.memoryUsage().heapUsed);
      }
      return least;
    }
    for (const [name, one] of Object.entries(start)) {
      const n = name === "go" ? 100_000 : 30_000;
      await run(10_000, one);
      // What is kept of each process grows with every part; tables and compiled code of the engine come in single leaps.
      const sizes = [await settled()];
      for (let part = 0; part < ${PARTS}; part++) {
        await run(n / ${PARTS}, one);
        sizes.push(await settled());
      }
      const growth = sizes.slice(1).map((size, i) => size - sizes[i]).sort((a, b) => a - b);
      console.log(name, Math.round(growth[${PARTS >> 1}] * ${PARTS} / n));
    }
    const dropped = new WeakRef(csp.go(() => 1));
    // What was looked at in this turn of the event loop is held until its end.
    for (let i = 0; i < 100 && dropped.deref(); i++) { await csp.sleep(5); gc(); }
    console.log("handle", dropped.deref() === undefined);
  `);
  const flags = runtime === "deno"
    ? ["run", "-A", "--no-check", "--quiet", "--v8-flags=--expose-gc"]
    : runtime === "node"
    ? ["--expose-gc"]
    : [];
  const { code, stdout, stderr } = await runRuntime([...flags, file], { limit: 110_000 });
  assert.equal(code, 0, stderr);
  const lines = Object.fromEntries(stdout.trim().split("\n").map((line) => line.split(" ")));
  for (const name of ["go", "local", "with"]) assert(Number(lines[name]) < 20, stdout);
  assert.equal(lines["handle"], "true", stdout);
});
