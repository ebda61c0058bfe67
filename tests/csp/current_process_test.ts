import assert from "node:assert/strict";
import { test } from "node:test";
import { currentProcess, getMain, sleep, yieldNow } from "@pool/csp";
import { withInterpreter } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

test("currentProcess() outside of any call is process 0, not aborted", () => {
  const { id, signal } = currentProcess();
  assert.equal(id, 0);
  assert(signal instanceof AbortSignal);
  assert.equal(signal.aborted, false);
  assert.equal(currentProcess().signal, signal);
});

test("currentProcess() tells id and name of the call, also after an await", async () => {
  await withInterpreter(async (interp) => {
    await interp.call(() => csp.currentProcess().id);
    const look = async function look() {
      const before = csp.currentProcess();
      await null;
      await new Promise((resolve) => setTimeout(resolve, 1));
      const after = csp.currentProcess();
      return { ids: [before.id, after.id], name: after.name, same: before.signal === after.signal };
    };
    const [first, second] = [await within(interp.call(look)), await within(interp.call(look))];
    assert.equal(first.ids[0], first.ids[1]);
    assert.notEqual(first.ids[0], second.ids[0]);
    assert(first.ids[0]! > 0);
    assert.equal(first.name, "look");
    assert.equal(first.same, true);
  });
});

test("currentProcess() tells interleaved calls of a concurrent interpreter apart", async () => {
  await withInterpreter(async (interp) => {
    const ids = await within(Promise.all(Array.from({ length: 5 }, () =>
      interp.call(async () => {
        const before = csp.currentProcess().id;
        for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 1));
        return [before, csp.currentProcess().id];
      }))));
    for (const [before, after] of ids) assert.equal(before, after);
    assert.equal(new Set(ids.map(([id]) => id)).size, 5);
  }, { mode: "concurrent" });
});

test("currentProcess() works in a call on main", async () => {
  const id = await within(
    getMain().call(async () => {
      const before = csp.currentProcess().id;
      await null;
      return [before, csp.currentProcess().id];
    }),
  );
  assert.equal(id[0], id[1]);
  assert(id[0]! > 0);
});

test("sleep() waits as long as asked, fractions included", async () => {
  for (const ms of [0, 0.5, 1, 20]) {
    const began = performance.now();
    assert.equal(await sleep(ms), undefined);
    assert(performance.now() - began >= ms - 0.5, `${ms} ms`);
  }
});

test("sleep() refuses what is no duration", async () => {
  for (const ms of [-1, NaN, -Infinity]) await assert.rejects(sleep(ms), RangeError);
});

test("sleep() rejects with the reason when its process is aborted", async () => {
  await withInterpreter(async (interp) => {
    const outcome = await within(interp.call(() => {
      const outcomes: unknown[] = [];
      (globalThis as Record<string, unknown>)["outcomes"] = outcomes;
      return typeof csp.sleep;
    }));
    assert.equal(outcome, "function");
    const controller = new AbortController();
    const failed = rejection(
      interp.with({ signal: controller.signal }).call(async () => {
        const { outcomes } = globalThis as unknown as { outcomes: unknown[] };
        outcomes.push("asleep");
        await csp.sleep(60_000).catch((reason) => outcomes.push(reason));
        await csp.sleep(1).catch((reason) => outcomes.push(reason));
        await csp.yieldNow().catch((reason) => outcomes.push(reason));
      }),
    );
    await within((async () => {
      while (
        (await interp.call(() => (globalThis as unknown as { outcomes: unknown[] }).outcomes.length)) === 0
      );
    })());
    controller.abort("wake up");
    assert.equal(await failed, "wake up");
    await within((async () => {
      while (
        (await interp.call(() => (globalThis as unknown as { outcomes: unknown[] }).outcomes.length)) < 4
      );
    })());
    const outcomes = await interp.call(() => (globalThis as unknown as { outcomes: unknown[] }).outcomes);
    assert.deepEqual(outcomes, ["asleep", "wake up", "wake up", "wake up"]);
  }, { mode: "concurrent" });
});

test("yieldNow() lets timers that are due and other work run first", async () => {
  let ran = false;
  setTimeout(() => ran = true, 0);
  const until = performance.now() + 5000;
  while (!ran && performance.now() < until) await yieldNow();
  assert.equal(ran, true);
});
