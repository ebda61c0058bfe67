import assert from "node:assert/strict";
import { test } from "node:test";
import { ExecutionFailed, getMain, listAll, NotShareableError, parallel } from "@pool/csp";
import * as tasks from "../_fixtures/tasks.ts";
import { flags, reached, withInterpreter } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

const URL_OF_TASKS = new URL("../_fixtures/tasks.ts", import.meta.url);

/** Fails when an interpreter was left behind. */
function noneLeft(): void {
  assert.deepEqual(listAll(), [getMain()]);
}

test("parallel() gives results in order, from both forms of calls", async () => {
  const words = flags();
  const results = await within(parallel(
    // the first ends after the second
    [
      (words: Int32Array<SharedArrayBuffer>, n: number) => {
        Atomics.wait(words, 0, 0);
        return n;
      },
      words,
      1,
    ],
    [
      (words: Int32Array<SharedArrayBuffer>, a: string, b: string) => {
        Atomics.store(words, 0, 1);
        Atomics.notify(words, 0);
        return a + b;
      },
      words,
      "x",
      "y",
    ],
    [URL_OF_TASKS.href, "double", 4],
    [URL_OF_TASKS, "nameOf", "/a/b"],
    [tasks.countCalls],
    [() => undefined],
  ));
  assert.deepEqual(results, [1, "xy", 8, "b!", 1, undefined]);
  noneLeft();
});

test("parallel() runs each call in an interpreter of its own, at once", async () => {
  const words = flags();
  // Each waits until all have begun: it ends only if they run at the same time.
  const meet = (words: Int32Array<SharedArrayBuffer>, n: number): number => {
    if (Atomics.add(words, 0, 1) + 1 === n) {
      Atomics.store(words, 1, 1);
      Atomics.notify(words, 1);
    }
    Atomics.wait(words, 1, 0);
    return csp.getCurrent().id;
  };
  const ids = await within(parallel([meet, words, 3], [meet, words, 3], [meet, words, 3]));
  assert.equal(new Set(ids).size, 3);
  noneLeft();
});

test("parallel() of no calls gives no results", async () => {
  assert.deepEqual(await within(parallel()), []);
});

test("parallel() rejects with the first failure itself, once all interpreters are closed", async () => {
  const words = flags();
  const pending = parallel(
    [(words: Int32Array<SharedArrayBuffer>) => void Atomics.wait(words, 3, 0), words],
    [function faulty(words: Int32Array<SharedArrayBuffer>) {
      Atomics.store(words, 0, 1);
      throw Object.assign(new RangeError("the first"), { code: 5 });
    }, words],
    [() => new Promise(() => {})],
  );
  const error = await rejection(pending) as RangeError & { code: number };
  noneLeft();
  await reached(words, 0);
  assert(error instanceof RangeError);
  assert(!(error instanceof ExecutionFailed));
  assert.equal(error.message, "the first");
  assert.equal(error.code, 5);
  assert.match(String(error.stack), /faulty/, "the remote stack is in its stack");
  Atomics.store(words, 3, 1);
  Atomics.notify(words, 3);
});

test("parallel() rejects with thrown primitives as they are", async () => {
  assert.equal(
    await rejection(parallel([() => {
      throw "text";
    }])),
    "text",
  );
  assert.equal(await rejection(parallel([() => Promise.reject(undefined)])), undefined);
  noneLeft();
});

test("parallel() rejects with an error for what was thrown and cannot cross", async () => {
  const error = await rejection(parallel([() => {
    throw () => 1;
  }]));
  assert(error instanceof Error);
  noneLeft();
});

test("parallel() rejects when a function or argument cannot cross, and leaves nothing", async () => {
  let captured = 1;
  captured += 0;
  assert((await rejection(parallel([() => 1], [() => captured]))) instanceof NotShareableError);
  const error = await rejection(parallel([(x: unknown) => x, () => 1]));
  assert(error instanceof NotShareableError);
  assert.equal(error.path, "args[0]");
  noneLeft();
});

test("parallel() refuses calls of neither form with TypeError and starts nothing", async () => {
  const wrong: unknown[] = [
    undefined,
    null,
    [],
    [1],
    ["file:///m.ts"],
    ["file:///m.ts", 5],
    [{}],
    () => 1,
    "text",
    [
      "./relative.ts",
      "name",
    ],
  ];
  for (const call of wrong) {
    const pending = parallel([() => 1], call as never);
    const error = await rejection(pending, String(call));
    assert(error instanceof TypeError, `${String(call)}: ${String(error)}`);
    noneLeft();
  }
});

test("parallel() rejects when an interpreter dies", async () => {
  const error = await rejection(parallel([() => process.exit(3)], [() => new Promise(() => {})]));
  assert.equal((error as Error).name, "InterpreterError");
  noneLeft();
});

test("parallel() nests, from inside a call", async () => {
  await withInterpreter(async (interp) => {
    const results = await within(interp.call(async () => {
      return await csp.parallel(
        [async (n: number) => await csp.parallel([(n: number) => n + 1, n], [(n: number) => n + 2, n]), 10],
        [(s: string) => s + "!", "deep"],
      );
    }));
    assert.deepEqual(results, [[11, 12], "deep!"]);
    assert.deepEqual(listAll(), [getMain(), interp]);
  });
});

test("parallel() with more calls than cores finishes", { timeout: 60_000 }, async () => {
  const square = (n: number) => n * n;
  const results = await within(
    parallel(...Array.from({ length: 24 }, (_, i) => [square, i] as const)),
    "24",
    50_000,
  );
  assert.deepEqual(results, Array.from({ length: 24 }, (_, i) => i * i));
  noneLeft();
});
