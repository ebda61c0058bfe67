import assert from "node:assert/strict";
import { test } from "node:test";
import { holdAlive, macrotask, releaseAlive } from "../../runtime/mod.ts";
import { runProgram } from "../_program.ts";

const MODULE: string = JSON.stringify(new URL("../../runtime/mod.ts", import.meta.url).href);

test("holdAlive() and releaseAlive() keep one timer, from the first reason to shortly after the last", async () => {
  const scope = globalThis as unknown as Record<string, unknown>;
  const { setInterval, clearInterval } = scope;
  const seen: string[] = [];
  scope["setInterval"] = (_fn: () => void, ms: number): unknown => {
    assert(ms > 1e6 && ms < 2 ** 31, `${ms} ms`);
    seen.push("set");
    return timer;
  };
  const timer = { ref: () => seen.push("ref"), unref: () => seen.push("unref") };
  scope["clearInterval"] = (cleared: unknown): void => {
    assert.equal(cleared, timer);
    seen.push("clear");
  };
  try {
    holdAlive();
    holdAlive();
    holdAlive();
    assert.deepEqual(seen, ["set"]);
    releaseAlive();
    releaseAlive();
    assert.deepEqual(seen, ["set"]);
    releaseAlive();
    assert.deepEqual(seen, ["set", "unref"]);
    holdAlive();
    releaseAlive();
    holdAlive();
    assert.deepEqual(seen.splice(0), ["set", "unref", "ref", "unref", "ref"]);
    // The hop in which it would have been cleared.
    await macrotask();
    await macrotask();
    assert.deepEqual(seen, []);
    releaseAlive();
    await macrotask();
    assert.deepEqual(seen.splice(0), ["unref", "clear"]);
    holdAlive();
    assert.deepEqual(seen.splice(0), ["set"]);
    releaseAlive();
    await macrotask();
    assert.deepEqual(seen, ["unref", "clear"]);
  } finally {
    Object.assign(scope, { setInterval, clearInterval });
  }
});

test("holdAlive() keeps a program alive until releaseAlive()", { timeout: 30_000 }, async () => {
  const { code, late, stdout, stderr } = await runProgram(`
    import { setTimeout } from "node:timers";
    import { holdAlive, releaseAlive } from ${MODULE};
    holdAlive();
    holdAlive();
    releaseAlive();
    // by itself this timer keeps nothing alive
    setTimeout(() => { console.log("still here"); releaseAlive(); }, 50).unref();
    setTimeout(() => console.log("too long"), 60_000).unref();
  `);
  assert.deepEqual([code, late, stdout.trim()], [0, false, "still here"], stderr);
});

test("A program without holdAlive() ends at once", { timeout: 30_000 }, async () => {
  const { code, late, stdout, stderr } = await runProgram(`
    import { setTimeout } from "node:timers";
    import { holdAlive, releaseAlive } from ${MODULE};
    holdAlive();
    releaseAlive();
    setTimeout(() => console.log("still here"), 60_000).unref();
  `);
  assert.deepEqual([code, late, stdout.trim()], [0, false, ""], stderr);
});
