import assert from "node:assert/strict";
import { test } from "node:test";
import { holdAlive, releaseAlive } from "../../runtime/mod.ts";
import { runProgram } from "../_program.ts";

const MODULE: string = JSON.stringify(new URL("../../runtime/mod.ts", import.meta.url).href);

test("holdAlive() and releaseAlive() keep one timer, from the first reason to the last", () => {
  const scope = globalThis as unknown as Record<string, unknown>;
  const { setInterval, clearInterval } = scope;
  const seen: string[] = [];
  scope["setInterval"] = (_fn: () => void, ms: number): string => {
    assert(ms > 1e6 && ms < 2 ** 31, `${ms} ms`);
    seen.push("set");
    return "the timer";
  };
  scope["clearInterval"] = (timer: unknown): void => {
    assert.equal(timer, "the timer");
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
    assert.deepEqual(seen, ["set", "clear"]);
    holdAlive();
    releaseAlive();
    assert.deepEqual(seen, ["set", "clear", "set", "clear"]);
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
