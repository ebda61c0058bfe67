import assert from "node:assert/strict";
import { test } from "node:test";
import { getMain, NotShareableError } from "@pool/csp";
import { flags, reached, withInterpreter } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

const read = (name: string) => (globalThis as Record<string, unknown>)[name];

test("Interpreter.prepareMain() binds names for exec and sent functions", async () => {
  await withInterpreter(async (interp) => {
    let limit = 0;
    limit += 0;
    assert.equal(
      await within(
        interp.prepareMain({ limit: 5, list: [1, { x: 2n }], "odd name": "odd", undefinedValue: undefined }),
      ),
      undefined,
    );
    await interp.exec("var seen = limit + list[0]");
    assert.equal(await interp.call(() => limit), 5);
    assert.equal(await interp.call(read, "seen"), 6);
    assert.equal(await interp.call(read, "odd name"), "odd");
    assert.equal(await interp.call(() => "undefinedValue" in globalThis), true);
    await interp.prepareMain({ limit: 6 });
    assert.equal(await interp.call(() => limit), 6);
    await interp.exec("limit++; delete globalThis.list");
    assert.equal(await interp.call(() => limit), 7);
  });
});

test("Interpreter.prepareMain() copies values as they are at the call", async () => {
  await withInterpreter(async (interp) => {
    const list = [1];
    const bound = interp.prepareMain({ list });
    list.push(2);
    await within(bound);
    assert.deepEqual(await interp.call(read, "list"), [1]);
  });
});

test("Interpreter.prepareMain() refuses no bindings with TypeError", async () => {
  await withInterpreter(async (interp) => {
    for (const wrong of [{}, undefined, null, 1, "x", [], () => 1]) {
      const error = await rejection(interp.prepareMain(wrong as never), String(wrong));
      assert(error instanceof TypeError, String(error));
    }
  });
});

test("Interpreter.prepareMain() refuses the name of the library with TypeError and binds nothing", async () => {
  await withInterpreter(async (interp) => {
    for (const value of [1, undefined, null]) {
      const error = await rejection(interp.prepareMain({ good: 1, csp: value }));
      assert(error instanceof TypeError && !(error instanceof NotShareableError), String(error));
      assert.match(error.message, /"csp"/);
    }
    assert.equal(await interp.call(() => "good" in globalThis), false);
    assert.equal(await within(interp.call(() => csp.getCurrent().id)), interp.id);
    await interp.exec("var own = csp.getCurrent().id");
    assert.equal(await interp.call(read, "own"), interp.id);
  });
});

test("Interpreter.prepareMain() binds nothing when one value cannot cross", async () => {
  await withInterpreter(async (interp) => {
    const error = await rejection(interp.prepareMain({ good: 1, bad: { deep: [() => 1] }, fine: 2 }));
    assert(error instanceof NotShareableError);
    assert.equal(error.path, "bindings.bad.deep[0]");
    assert.equal(await interp.call(() => "good" in globalThis || "fine" in globalThis), false);
  });
});

test("Interpreter.prepareMain() binds nothing when one name is a constant of the runtime", async () => {
  await withInterpreter(async (interp) => {
    for (const name of ["undefined", "NaN", "Infinity"]) {
      const error = await rejection(interp.prepareMain({ good: 1, [name]: 2, fine: 3 }));
      assert(error instanceof TypeError, String(error));
      assert.equal(await interp.call(() => "good" in globalThis || "fine" in globalThis), false);
    }
  });
});

test("Interpreter.prepareMain() binds nothing when one name was made unwritable or has a failing setter", async () => {
  await withInterpreter(async (interp) => {
    await interp.exec(`
      Object.defineProperty(globalThis, "fixed", { value: 1, writable: true, configurable: false });
      Object.defineProperty(globalThis, "getter", { get() { return 1 }, configurable: false });
    `);
    const outcome = await within(
      interp.prepareMain({ good: 1, fixed: 2 }).then(() => "bound", (error) => error.name),
    );
    const good = await interp.call(() => "good" in globalThis);
    assert.equal(good, outcome === "bound");
    const error = await rejection(interp.prepareMain({ better: 1, getter: 2 }));
    assert(error instanceof TypeError, String(error));
    assert.equal(await interp.call(() => "better" in globalThis), false);
  });
});

test("Interpreter.prepareMain() keeps __proto__ an ordinary name", async () => {
  await withInterpreter(async (interp) => {
    const bindings = JSON.parse('{"__proto__": {"hacked": 1}, "ok": 1}');
    await within(interp.prepareMain(bindings).then(() => {}, () => {}));
    assert.equal(await interp.call(() => "hacked" in globalThis), false);
    assert.equal(await interp.call(() => typeof setTimeout), "function");
  });
});

test("Interpreter.prepareMain() while running waits for its turn", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    await interp.prepareMain({ bound: "early" });
    const call = interp.call(async (words) => {
      Atomics.store(words, 0, 1);
      while (Atomics.load(words, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      return (globalThis as Record<string, unknown>)["bound"];
    }, words);
    await reached(words, 0);
    const later = interp.prepareMain({ bound: "late" });
    Atomics.store(words, 1, 1);
    assert.equal(await within(call), "early");
    await within(later);
    assert.equal(await interp.call(read, "bound"), "late");
  });
});

test("Interpreter.prepareMain() works on main, from inside", async () => {
  await withInterpreter(async (interp) => {
    try {
      await within(interp.exec("await csp.getMain().prepareMain({ fromInside: [1] })"));
      assert.deepEqual(read("fromInside"), [1]);
      await getMain().prepareMain({ fromInside: 2 });
      assert.equal(read("fromInside"), 2);
    } finally {
      delete (globalThis as Record<string, unknown>)["fromInside"];
    }
  });
});
