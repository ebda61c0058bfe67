import assert from "node:assert/strict";
import { test } from "node:test";
import { ExecutionFailed, InterpreterError, remote, task } from "@pool/csp";
import * as tasks from "../_fixtures/tasks.ts";
import { withInterpreter, withInterpreters } from "../_interpreters.ts";
import { programUrl } from "../_program.ts";
import { rejection, within } from "../_within.ts";

const URL_OF_TASKS = new URL("../_fixtures/tasks.ts", import.meta.url).href;

test("task() runs here when called directly, and gives the function itself", () => {
  const fn = function direct(n: number): number {
    return n + 1;
  };
  assert.equal(task(import.meta, fn), fn);
  assert.equal(fn(1), 2);
  assert.equal(tasks.nameOf("/a/b"), "b!");
});

test("task() is sent by reference: imports and helpers of its module work", async () => {
  await withInterpreter(async (interp) => {
    assert.equal(await within(interp.call(tasks.nameOf, "/x/y")), "y!");
    assert.equal(await within(interp.call(tasks.whereAmI)), interp.id);
    const values: number[] = [];
    for await (const value of await within(interp.call(tasks.countUp, 3))) values.push(value);
    assert.deepEqual(values, [0, 1, 2]);
  });
});

test("task() need not be exported", async () => {
  await withInterpreter(async (interp) => {
    assert.equal(await within(interp.call(tasks.hidden(), 5)), 15);
  });
});

test("task() shares its module's state between calls in one interpreter, not between interpreters", async () => {
  await withInterpreters(2, async (a, b) => {
    assert.deepEqual(
      [await a!.call(tasks.countCalls), await a!.call(tasks.countCalls), await b!.call(tasks.countCalls)],
      [1, 2, 1],
    );
    const { later } = remote<typeof tasks>(URL_OF_TASKS);
    assert.equal(await within(a!.call(later, 10)), 12, "remote and task see one module");
  });
});

test("task() refuses anonymous functions, duplicates and wrong arguments with TypeError", () => {
  assert.throws(() => task(import.meta, () => 1), TypeError);
  assert.throws(() => task(import.meta, function () {}), TypeError);
  task(import.meta, function twice() {});
  assert.throws(() => task(import.meta, function twice() {}), TypeError);
  assert.throws(() => task(undefined as never, function named() {}), TypeError);
  assert.throws(() => task(import.meta, 5 as never), TypeError);
  assert.throws(() => task({} as never, function named() {}), TypeError);
});

test("task() that throws rejects ExecutionFailed", async () => {
  await withInterpreter(async (interp) => {
    const error = await rejection(interp.call(tasks.fails));
    assert(error instanceof ExecutionFailed);
    assert(error.cause instanceof RangeError);
  });
});

test("task() in a module with top-level await is found once it has loaded", async () => {
  const { loadedLate } = await import("../_fixtures/top_level_await.ts");
  await withInterpreter(async (interp) => {
    assert.deepEqual(await within(Promise.all([interp.call(loadedLate), interp.call(loadedLate)])), [
      "late",
      "late",
    ]);
  }, { mode: "concurrent" });
});

test("task() that its module declares only here rejects InterpreterError that names it", async () => {
  const url = programUrl(`
    import { task } from "@pool/csp";
    export const made = globalThis.onlyHere ? task(import.meta, function made() {}) : undefined;
  `);
  const globals = globalThis as Record<string, unknown>;
  globals["onlyHere"] = true;
  const { made } = await import(url);
  delete globals["onlyHere"];
  await withInterpreter(async (interp) => {
    const error = await rejection(interp.call(made));
    assert(error instanceof InterpreterError);
    assert.match(error.message, /made/);
  });
});

test("remote() calls exports by reference, typed", async () => {
  await withInterpreter(async (interp) => {
    const there = remote<typeof tasks>(import.meta.resolve("../_fixtures/tasks.ts"));
    assert.equal(await within(interp.call(there.double, 21)), 42);
    assert.equal(await within(interp.call(there.later, 1)), 1);
    assert.equal(await within(interp.call(there.isMain)), false);
    assert.equal(there.double, there.double);
    assert.equal(await there.double(4), 8);
    assert.equal(await within(interp.call(remote<typeof tasks>(new URL(URL_OF_TASKS)).double, 1)), 2);
  });
});

test("remote() of a generator, called directly, resolves to what it gives here", async () => {
  const there = remote<typeof tasks>(URL_OF_TASKS);
  const promised: Promise<AsyncGenerator<number>> = there.countLater(3);
  assert(promised instanceof Promise);
  const later: number[] = [];
  for await (const value of await within(promised)) later.push(value);
  assert.deepEqual(later, [0, 1, 2]);
  const plain: Promise<Generator<number>> = there.countDown(3);
  assert.deepEqual([...await within(plain)], [3, 2, 1]);
});

test("remote() of a generator streams its values from an interpreter", async () => {
  await withInterpreter(async (interp) => {
    const there = remote<typeof tasks>(URL_OF_TASKS);
    for (const call of [interp.call(there.countLater, 3), interp.call(there.countDown, 3)]) {
      const values: number[] = [];
      for await (const value of await within(call as Promise<AsyncIterable<number>>)) values.push(value);
      assert.deepEqual(values.sort(), values.includes(3) ? [1, 2, 3] : [0, 1, 2]);
    }
  });
});

test("remote() may be awaited and inspected without harm", async () => {
  const there = remote<typeof tasks>(URL_OF_TASKS);
  assert.equal(await Promise.resolve(there), there);
  assert.equal(typeof String(Object.prototype.toString.call(there)), "string");
});

test("remote() rejects when the export is missing or no function, naming both", async () => {
  await withInterpreter(async (interp) => {
    const there = remote<Record<string, () => void>>(URL_OF_TASKS);
    for (const name of ["missing", "answer", "toString", "constructor"]) {
      const error = await rejection(interp.call(there[name]!), name);
      assert(error instanceof InterpreterError, String(error));
      assert.match(error.message, new RegExp(name));
    }
  });
});

test("remote() rejects with what the module throws at import, and with a missing module", async () => {
  await withInterpreter(async (interp) => {
    const broken = remote<{ never(): void }>(new URL("../_fixtures/broken.ts", import.meta.url).href);
    for (let i = 0; i < 2; i++) {
      const error = await rejection(interp.call(broken.never));
      assert(error instanceof ExecutionFailed, String(error));
      assert.match(error.message, /This module is broken/);
    }
    const nowhere = remote<{ f(): void }>(new URL("../_fixtures/nowhere.ts", import.meta.url).href);
    assert((await rejection(interp.call(nowhere.f))) instanceof InterpreterError);
    assert.equal(await within(interp.call(() => "alive")), "alive");
  });
});

test("remote() refuses relative URLs with TypeError", () => {
  for (const url of ["./m.ts", "../m.ts", "/m.ts", ""]) assert.throws(() => remote(url), TypeError, url);
  for (const wrong of [5, undefined, null, {}]) assert.throws(() => remote(wrong as never), TypeError);
});
