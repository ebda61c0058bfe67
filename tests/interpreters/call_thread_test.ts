import assert from "node:assert/strict";
import { test } from "node:test";
import { ExecutionFailed, NotShareableError } from "@pool/csp";
import { flags, reached, withInterpreter } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

test("Interpreter.callInThread() gives the result, and join() waits for it", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const thread = interp.callInThread(
      (words, n) => {
        Atomics.store(words, 0, 1);
        Atomics.wait(words, 1, 0);
        return n * 2;
      },
      words,
      21,
    );
    assert.equal(thread.isAlive(), true);
    let joined = false;
    const join = thread.join().then(() => joined = true);
    await reached(words, 0);
    assert.equal(joined, false);
    assert.equal(thread.isAlive(), true);
    Atomics.store(words, 1, 1);
    Atomics.notify(words, 1);
    await within(join);
    assert.equal(thread.isAlive(), false);
    assert.equal(await within(thread.result), 42);
    assert.equal(await within(thread.join()), undefined);
  });
});

test("CallThread.join() never rejects, CallThread.result does", async () => {
  await withInterpreter(async (interp) => {
    const thread = interp.callInThread(() => {
      throw new RangeError("inside");
    });
    const error = rejection(thread.result);
    assert.equal(await within(thread.join()), undefined);
    assert.equal(thread.isAlive(), false);
    assert((await error) instanceof ExecutionFailed);
  });
});

test("Interpreter.callInThread() does not throw for what cannot cross: its result rejects", async () => {
  await withInterpreter(async (interp) => {
    const thread = interp.callInThread((x) => x, () => 1);
    const error = rejection(thread.result);
    await within(thread.join());
    assert((await error) instanceof NotShareableError);
  });
});

test("Interpreter.callInThread() of a generator gives its stream", async () => {
  await withInterpreter(async (interp) => {
    const thread = interp.callInThread(function* () {
      yield 1;
      yield 2;
    });
    const values: number[] = [];
    for await (const value of await within(thread.result)) values.push(value);
    assert.deepEqual(values, [1, 2]);
  });
});

test("Interpreter.callInThread() twice runs in order", async () => {
  await withInterpreter(async (interp) => {
    await interp.exec("var seen = []");
    const threads = [1, 2, 3].map((n) =>
      interp.callInThread(async (n) => {
        const { seen } = globalThis as unknown as { seen: number[] };
        seen.push(n);
        await new Promise((resolve) => setTimeout(resolve, 1));
        seen.push(-n);
        return n;
      }, n)
    );
    assert.deepEqual(await within(Promise.all(threads.map((thread) => thread.result))), [1, 2, 3]);
    assert.deepEqual(await interp.call(() => (globalThis as unknown as { seen: number[] }).seen), [
      1,
      -1,
      2,
      -2,
      3,
      -3,
    ]);
  });
});
