import assert from "node:assert/strict";
import { test } from "node:test";
import { withInterpreter } from "../_interpreters.ts";
import { within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

/** Counts its calls on itself; simple enough to run before an interpreter has loaded its machinery. */
function counted(): number {
  const self = counted as unknown as { n?: number };
  self.n = (self.n ?? 0) + 1;
  return self.n;
}

test("A function keeps its own state between calls when its interpreter loads its machinery", async () => {
  await withInterpreter(async (interp) => {
    assert.equal(await within(interp.call(counted)), 1);
    assert.equal(await within(interp.call(counted)), 2);
    assert.equal(await within(interp.call(() => csp.getCurrent().id)), interp.id);
    assert.equal(await within(interp.call(counted)), 3);
    await within(interp.exec("var loaded = true"));
    assert.equal(await within(interp.call(counted)), 4);
  });
  await withInterpreter(async (fresh) => {
    assert.equal(await within(fresh.call(counted)), 1, "another interpreter has a copy of its own");
  });
});

test("A function keeps its own state when it runs first after the machinery was loaded", async () => {
  await withInterpreter(async (interp) => {
    await within(interp.exec("var loaded = true"));
    assert.deepEqual([await within(interp.call(counted)), await within(interp.call(counted))], [1, 2]);
  });
});

test("A function whose name has a lone surrogate runs, simple or not", async () => {
  await withInterpreter(async (interp) => {
    for (const name of ["\ud800", "a\udc00b", "\ud83d\ude00"]) {
      const simple = Object.defineProperty((n: number) => n + 1, "name", { value: name });
      assert.equal(await within(interp.call(simple, 1)), 2);
      const library = Object.defineProperty(() => csp.getCurrent().id, "name", { value: name });
      assert.equal(await within(interp.call(library)), interp.id);
      const again = Object.defineProperty((n: number) => n + 2, "name", { value: name });
      assert.equal(await within(interp.call(again, 1)), 3);
    }
  });
});
