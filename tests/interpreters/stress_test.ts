import assert from "node:assert/strict";
import { test } from "node:test";
import { create, getMain, listAll } from "@pool/csp";
import { withInterpreter } from "../_interpreters.ts";
import { runtime } from "../_program.ts";
import { within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

const ALIVE = runtime === "bun" ? 100 : 50;
const slow = { timeout: 120_000 };

test("100 interpreters created one after another, used and closed", slow, async () => {
  for (let i = 0; i < 100; i++) {
    const interp = create();
    assert.equal(await within(interp.call((n) => n + 1, i)), i + 1);
    await within(interp.close());
  }
  assert.deepEqual(listAll(), [getMain()]);
});

test("100 interpreters created and closed by force while they start", slow, async () => {
  for (let i = 0; i < 100; i++) await within(create().close({ force: i % 2 === 0 }));
  assert.deepEqual(listAll(), [getMain()]);
});

test(`${ALIVE} interpreters alive at once answer and close`, slow, async () => {
  const interps = Array.from({ length: ALIVE }, () => create());
  assert.equal(listAll().length, ALIVE + 1);
  const ids = await within(
    Promise.all(interps.map((interp) => interp.call(() => csp.getCurrent().id))),
    "all",
    60_000,
  );
  assert.deepEqual(ids, interps.map((interp) => interp.id));
  await within(Promise.all(interps.map((interp) => interp.close())), "all closed", 60_000);
  assert.deepEqual(listAll(), [getMain()]);
});

for (const mode of ["serial", "concurrent"] as const) {
  test(`200 calls at once on one ${mode} interpreter`, slow, async () => {
    await withInterpreter(async (interp) => {
      const results = await within(Promise.all(
        Array.from({ length: 200 }, (_, i) =>
          interp.call(async (i) => {
            await null;
            return [i, "x".repeat(i)] as const;
          }, i)),
      ));
      results.forEach(([i, text], at) => assert.deepEqual([i, text.length], [at, at]));
      assert.equal(interp.isRunning(), false);
    }, { mode });
  });
}

test("200 calls at once of functions that differ", slow, async () => {
  await withInterpreter(async (interp) => {
    const fns = Array.from({ length: 200 }, (_, i) => new Function(`return ${i}`) as () => number);
    const results = await within(Promise.all(fns.map((fn) => interp.call(fn))));
    assert.deepEqual(results, Array.from({ length: 200 }, (_, i) => i));
  });
});

test("Large arguments and results go through, many times", slow, async () => {
  await withInterpreter(async (interp) => {
    const big = {
      text: "ä".repeat(200_000),
      bytes: new Uint8Array(1_000_000).fill(9),
      list: Array(10_000).fill({ a: 1 }),
    };
    for (let i = 0; i < 5; i++) {
      const back = await within(interp.call((x) => x, big));
      assert.equal(back.text.length, 200_000);
      assert.equal(back.bytes[999_999], 9);
      assert.equal(back.list.length, 10_000);
    }
  });
});
