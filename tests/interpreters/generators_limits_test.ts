import assert from "node:assert/strict";
import { test } from "node:test";
import { type Interpreter, TimeoutError } from "@pool/csp";
import { flags, reached, withInterpreter } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

type Words = Int32Array<SharedArrayBuffer>;

/** Yields once, says so in word 0 and waits until its process is aborted: word 1; its end sets word 2. */
async function* stall(words: Words): AsyncGenerator<number> {
  const { signal } = csp.currentProcess();
  try {
    yield 1;
    Atomics.store(words, 0, 1);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    Atomics.store(words, 1, 1);
    yield 2;
  } finally {
    Atomics.store(words, 2, 1);
  }
}

/** The same without ever awaiting. */
function* spin(words: Words): Generator<number> {
  const { signal } = csp.currentProcess();
  try {
    yield 1;
    Atomics.store(words, 0, 1);
    while (!signal.aborted);
    Atomics.store(words, 1, 1);
    yield 2;
  } finally {
    Atomics.store(words, 2, 1);
  }
}

/** A stream of `fn` under a timeout that is long enough to open it and get its first value. */
async function limitedStream(
  interp: Interpreter,
  fn: (words: Words) => AsyncGenerator<number>,
  words: Words,
): Promise<AsyncIterator<number>> {
  for (let timeout = 50;; timeout *= 2) {
    try {
      const stream = await interp.with({ timeout }).call(fn, words);
      assert.deepEqual(await within(stream.next()), { done: false, value: 1 });
      return stream;
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    }
  }
}

for (const fn of [stall, spin]) {
  test(`Interpreter.with({ signal }) holds until the stream of ${fn.name} is over`, async () => {
    await withInterpreter(async (interp) => {
      const words = flags();
      const controller = new AbortController();
      const stream = await within(
        interp.with({ signal: controller.signal }).call(fn as typeof stall, words),
      );
      assert.equal((await within(stream.next())).value, 1);
      const failed = rejection(stream.next(), "next()");
      await reached(words, 0);
      const reason = new RangeError("enough");
      controller.abort(reason);
      assert.equal(await failed, reason);
      await reached(words, 1);
      await reached(words, 2);
      assert.deepEqual(await within(stream.next()), { done: true, value: undefined });
      assert.equal(await within(interp.call(() => "free")), "free");
    });
  });
}

test("Interpreter.with({ signal }) aborted between two next() rejects the second and ends the generator", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const controller = new AbortController();
    const stream = await within(
      interp.with({ signal: controller.signal }).call(function* (words) {
        try {
          for (let i = 0;; i++) yield i;
        } finally {
          Atomics.store(words, 2, csp.currentProcess().signal.aborted ? 2 : 1);
        }
      }, words),
    );
    const error = await rejection((async () => {
      for await (const value of stream) if (value === 40) controller.abort("in the loop");
    })());
    assert.equal(error, "in the loop");
    await reached(words, 2);
    assert.equal(Atomics.load(words, 2), 2, "its signal is not aborted");
  });
});

test("Interpreter.with({ timeout }) holds until the stream is over", { timeout: 30_000 }, async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const stream = await within(limitedStream(interp, stall, words));
    const error = await rejection(stream.next(), "next()");
    assert(error instanceof TimeoutError, String(error));
    await reached(words, 1);
    await reached(words, 2);
    assert.deepEqual(await within(stream.next()), { done: true, value: undefined });
    assert.equal(await within(interp.call(() => "free")), "free");
  });
});

test("Interpreter.with({ signal }) aborted after the stream's end changes nothing", async () => {
  await withInterpreter(async (interp) => {
    const controller = new AbortController();
    const limited = interp.with({ signal: controller.signal });
    const stream = await within(limited.call(function* () {
      yield 1;
    }));
    const values: number[] = [];
    for await (const value of stream) values.push(value);
    const ended = await within(limited.call(function* () {
      for (;;) yield 1;
    }));
    await within(ended.next());
    await within(ended.return!());
    controller.abort("late");
    assert.deepEqual(values, [1]);
    assert.deepEqual(await within(stream.next()), { done: true, value: undefined });
    assert.deepEqual(await within(ended.next()), { done: true, value: undefined });
    assert.equal(await within(interp.call(() => "free")), "free");
  });
});
