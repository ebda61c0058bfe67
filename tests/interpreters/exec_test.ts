import assert from "node:assert/strict";
import { test } from "node:test";
import { ExecutionFailed } from "@pool/csp";
import { withInterpreter } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

/** The globals of an interpreter. */
const read = (name: string) => (globalThis as Record<string, unknown>)[name];

test("Interpreter.exec() gives nothing and keeps var, functions and assignments", async () => {
  await withInterpreter(async (interp) => {
    assert.equal(
      await within(interp.exec("var a = 1; function f() { return a + b } b = 2; globalThis.c = 3")),
      undefined,
    );
    await within(interp.exec("a += 10; var r = f() + c"));
    assert.equal(await interp.call(read, "r"), 16);
    assert.equal(await interp.exec("a"), undefined);
    await within(interp.exec("var a; var r = a"));
    assert.equal(await interp.call(read, "r"), 11);
  });
});

test("Interpreter.exec() declares var in loops, patterns and blocks", async () => {
  await withInterpreter(async (interp) => {
    await within(interp.exec(`
      for (var i = 0, last; i < 3; i++) last = i;
      for (var key in { x: 1 });
      for (var item of [7]);
      var { p, q: [s, ...t], u = 5 } = { p: 1, q: [2, 3, 4] };
      if (true) { var inBlock = await Promise.resolve("block"); }
      try { throw 1 } catch { var caught = true }
      label: { var labelled = 1; break label; }
    `));
    for (
      const [name, value] of Object.entries({
        i: 3,
        last: 2,
        key: "x",
        item: 7,
        p: 1,
        s: 2,
        u: 5,
        inBlock: "block",
        caught: true,
        labelled: 1,
      })
    ) {
      assert.equal(await interp.call(read, name), value, name);
    }
    assert.deepEqual(await interp.call(read, "t"), [3, 4]);
  });
});

test("Interpreter.exec() hoists functions and keeps async and generator ones", async () => {
  await withInterpreter(async (interp) => {
    await within(interp.exec(`
      var early = later();
      function later() { return "hoisted" }
      async function slow() { return "slow" }
      function* gen() { yield 1; yield 2 }
    `));
    await within(interp.exec("var out = [early, await slow(), ...gen()]"));
    assert.deepEqual(await interp.call(read, "out"), ["hoisted", "slow", 1, 2]);
  });
});

test("Interpreter.exec() awaits at top level, for await included", async () => {
  await withInterpreter(async (interp) => {
    await within(interp.exec(`
      var seen = [];
      for await (const x of (async function* () { yield 1; yield 2 })()) seen.push(x);
      await new Promise((resolve) => setTimeout(resolve, 1));
      seen.push(await 3);
    `));
    assert.deepEqual(await interp.call(read, "seen"), [1, 2, 3]);
  });
});

test("Interpreter.exec() takes import declarations and import()", async () => {
  await withInterpreter(async (interp) => {
    const url = new URL("../_fixtures/tasks.ts", import.meta.url).href;
    await within(interp.exec(`
      import path, { basename as base } from "node:path";
      import * as whole from "node:path";
      import "node:util";
      import { double } from ${JSON.stringify(url)};
      var out = [base("/a/b"), path.basename("/c"), whole.basename("/d"), double(4), (await import("node:path")).basename("/e")];
    `));
    assert.deepEqual(await interp.call(read, "out"), ["b", "c", "d", 8, "e"]);
    await assert.rejects(interp.exec('import { nothing } from "node:path"'));
    await assert.rejects(interp.exec('import "./relative.ts"'), TypeError);
    await assert.rejects(interp.exec('import "@pool/no-such-package-anywhere"'), ExecutionFailed);
  });
});

test("Interpreter.exec() knows csp", async () => {
  await withInterpreter(async (interp) => {
    await within(interp.exec(`
      import { getCurrent } from "@pool/csp";
      var out = [typeof csp.sleep, csp.getCurrent().id, getCurrent() === csp.getCurrent()];
    `));
    assert.deepEqual(await interp.call(read, "out"), ["function", interp.id, true]);
  });
});

test("Interpreter.exec() fails with what does not parse and runs nothing", async () => {
  await withInterpreter(async (interp) => {
    await interp.exec("var ran = 0");
    for (
      const source of [
        "ran++; let = ;",
        "ran++; )",
        "ran++; function (",
        "ran++; export const x = 1",
        "ran++; return 1",
        "ran++; yield 1 2",
      ]
    ) {
      const error = await rejection(interp.exec(source), source);
      assert(error instanceof ExecutionFailed, `${source}: ${String(error)}`);
      assert.equal(error.excinfo.type, "SyntaxError");
      assert(error.cause instanceof SyntaxError);
    }
    assert.equal(await interp.call(read, "ran"), 0);
  });
});

test("Interpreter.exec() refuses what is no string with TypeError", async () => {
  await withInterpreter(async (interp) => {
    for (const wrong of [undefined, null, 1, {}, [], () => 1, new String("1"), Symbol.iterator]) {
      const error = await rejection(interp.exec(wrong as never));
      assert(error instanceof TypeError, String(error));
    }
  });
});

test("Interpreter.exec() takes empty text, comments and odd line ends", async () => {
  await withInterpreter(async (interp) => {
    for (
      const source of [
        "",
        ";",
        "// comment",
        "/* a */",
        "#!/usr/bin/env node\nvar bang = 1",
        "var x1 = 1\r\nvar x2 = 2",
        "'use strict'; var strict = 1",
        "var last = 1 // no newline",
      ]
    ) {
      assert.equal(await within(interp.exec(source), source), undefined);
    }
    for (const name of ["bang", "x1", "strict", "last"]) assert.equal(await interp.call(read, name), 1, name);
    assert.equal(await interp.call(read, "x2"), 2);
  });
});

test("Interpreter.exec() rejects ExecutionFailed with what was thrown; what was assigned before stays", async () => {
  await withInterpreter(async (interp) => {
    const error = await rejection(
      interp.exec("var before = 1;\nthrow new RangeError('in exec');\nvar after = 1"),
    );
    assert(error instanceof ExecutionFailed);
    assert.equal(error.excinfo.type, "RangeError");
    assert.equal(error.excinfo.message, "in exec");
    assert(error.cause instanceof RangeError);
    assert.equal(await interp.call(read, "before"), 1);
    assert.equal(await interp.call(read, "after"), undefined);
    const missing = await rejection(interp.exec("notDefinedAnywhere()"));
    assert((missing as Error).cause instanceof ReferenceError);
  });
});

test("Interpreter.exec() does not leak into main or other interpreters", async () => {
  await withInterpreter(async (a) => {
    await withInterpreter(async (b) => {
      await a.exec("var leak = 1");
      assert.equal(await b.call(read, "leak"), undefined);
      assert.equal(read("leak"), undefined);
    });
  });
});
