import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chan,
  ChannelClosedError,
  fromIterable,
  fromReadableStream,
  into,
  merge,
  Receiver,
  reduce,
  sleep,
  take,
} from "@pool/csp";
import { GC_FLAGS, runProgram } from "../_program.ts";
import { rejection, within } from "../_within.ts";
import { drained, filled, settled } from "./_operators.ts";

/** A sync iterable of 1, 2, 3 … up to `n`, and what happened to it. */
function counted(n = Infinity): { values: Iterable<number>; asked(): number; ended(): boolean } {
  let [asked, ended] = [0, false];
  function* values(): Generator<number> {
    try {
      while (asked < n) yield ++asked;
    } finally {
      ended = true;
    }
  }
  return { values: values(), asked: () => asked, ended: () => ended };
}

/** The same, async. */
function countedAsync(n = Infinity): { values: AsyncIterable<number>; asked(): number; ended(): boolean } {
  let [asked, ended] = [0, false];
  async function* values(): AsyncGenerator<number> {
    try {
      while (asked < n) {
        await null;
        yield ++asked;
      }
    } finally {
      ended = true;
    }
  }
  return { values: values(), asked: () => asked, ended: () => ended };
}

test("fromIterable() gives what an iterable gives, and ends with it", async () => {
  const numbers = fromIterable([1, 2, 3]);
  assert(numbers instanceof Receiver);
  assert.deepEqual(await drained(numbers), { values: [1, 2, 3] });
  assert.deepEqual(await drained(fromIterable("añ😀")), { values: ["a", "ñ", "😀"] });
  assert.deepEqual(await drained(fromIterable(new Map([[1, 2]]))), { values: [[1, 2]] });
  assert.deepEqual(await drained(fromIterable([])), { values: [] });
  assert.deepEqual(await drained(fromIterable(countedAsync(3).values)), { values: [1, 2, 3] });
  assert.deepEqual(await drained(fromIterable(filled(4, 5))), { values: [4, 5] }, "a channel is one too");
});

test("fromIterable() awaits promises", async () => {
  const numbers: Receiver<number> = fromIterable([Promise.resolve(1), 2, sleep(1).then(() => 3)]);
  assert.deepEqual(await drained(numbers), { values: [1, 2, 3] });
  const error = new Error("rejected");
  const failing = fromIterable([Promise.resolve(1), Promise.reject(error), Promise.resolve(3)]);
  assert.deepEqual(await drained(failing), { values: [1], reason: error });
});

test("fromIterable() throws for what is not iterable, and for a capacity that is none", () => {
  for (const value of [7, null, undefined, {}, () => 1]) {
    assert.throws(() => fromIterable(value as never), TypeError);
  }
  assert.throws(() => fromIterable([], -1), RangeError);
});

test("fromIterable() asks for no more than was accepted, and its capacity", async () => {
  for (const capacity of [0, 1, 5]) {
    for (const source of [counted(), countedAsync()]) {
      const numbers = fromIterable(source.values, capacity);
      await settled();
      assert.equal(source.asked(), capacity + 1);
      assert.equal(await within(numbers.receive()), 1);
      await settled();
      assert.equal(source.asked(), capacity + 2);
      numbers.retire();
      await settled();
      assert.equal(source.ended(), true);
      assert.equal(source.asked(), capacity + 2);
    }
  }
});

test("fromIterable() ends an async iterable that it waits for when the receiver is retired", async () => {
  const { promise, resolve } = Promise.withResolvers<IteratorResult<number>>();
  let ended = 0;
  const iterator: AsyncIterator<number> = {
    next: () => promise,
    return: () => Promise.resolve({ done: true, value: ++ended }),
  };
  const numbers = fromIterable({ [Symbol.asyncIterator]: () => iterator });
  await settled();
  numbers.retire();
  await settled();
  assert.equal(ended, 1);
  resolve({ done: false, value: 1 });
  await settled();
  assert.equal(ended, 1);
});

test("fromIterable() ends with the error of the iterable", async () => {
  const error = new Error("iterating");
  function* fails(): Generator<number> {
    yield 1;
    throw error;
  }
  async function* failsLater(): AsyncGenerator<number> {
    yield 1;
    await null;
    throw error;
  }
  assert.deepEqual(await drained(fromIterable(fails())), { values: [1], reason: error });
  assert.deepEqual(await drained(fromIterable(failsLater())), { values: [1], reason: error });
  assert.deepEqual(await drained(fromIterable(failsLater(), 3)), { values: [1], reason: error });
});

test("take() of fromIterable() of an endless generator ends, once the rest is retired", async () => {
  const source = counted();
  const numbers = fromIterable(source.values);
  assert.deepEqual(
    await within(into([], take(1000, numbers))),
    Array.from({ length: 1000 }, (_, i) => i + 1),
  );
  numbers.retire();
  await settled();
  assert.equal(source.ended(), true);
  assert(source.asked() <= 1002);
});

test("fromReadableStream() gives the chunks of a stream", async () => {
  const stream = new ReadableStream<string>({
    start(controller) {
      for (const chunk of ["a", "b"]) controller.enqueue(chunk);
      controller.close();
    },
  });
  assert.deepEqual(await drained(fromReadableStream(stream)), { values: ["a", "b"] });
});

test("fromReadableStream() ends with the error of the stream", async () => {
  const error = new Error("broken");
  let broken = false;
  const stream = new ReadableStream<number>({
    pull(controller) {
      if (broken) return controller.error(error);
      controller.enqueue(1);
      broken = true;
    },
  }, { highWaterMark: 0 });
  assert.deepEqual(await drained(fromReadableStream(stream)), { values: [1], reason: error });
});

test("fromReadableStream() pulls no more than was accepted, and cancels when the receiver is retired", async () => {
  let [pulled, cancelled] = [0, 0];
  const stream = new ReadableStream<number>({
    pull(controller) {
      controller.enqueue(++pulled);
    },
    cancel() {
      cancelled++;
    },
  }, { highWaterMark: 0 });
  const chunks = fromReadableStream(stream);
  assert.equal(await within(chunks.receive()), 1);
  await settled();
  assert.equal(pulled, 2);
  chunks.retire();
  await settled();
  assert.deepEqual([pulled, cancelled], [2, 1]);
});

test("fromReadableStream() cancels a stream that it waits for when the receiver is retired", async () => {
  let cancelled = false;
  const stream = new ReadableStream<number>({
    cancel() {
      cancelled = true;
    },
  });
  const chunks = fromReadableStream(stream);
  await settled();
  chunks.retire();
  await settled();
  assert.equal(cancelled, true);
});

test("fromReadableStream() throws for what is no stream, or is locked", () => {
  assert.throws(() => fromReadableStream([] as never), TypeError);
  const stream = new ReadableStream();
  stream.getReader();
  assert.throws(() => fromReadableStream(stream), TypeError);
});

test("a channel as a stream and back keeps its values", async () => {
  assert.deepEqual(await drained(fromReadableStream(filled(1, 2, 3).toReadableStream())), {
    values: [1, 2, 3],
  });
});

test("reduce() makes one value of all", async () => {
  assert.equal(await within(reduce((sum, n) => sum + n, 10, filled(1, 2, 3))), 16);
  assert.equal(await within(reduce((text, n) => Promise.resolve(text + n), "", filled(1, 2))), "12");
  assert.equal(await within(reduce(() => 1, 0, filled<number>())), 0);
});

test("reduce() and into() reject with the reason of the input", async () => {
  for (const reason of [new Error("why"), undefined, new ChannelClosedError("an own one")]) {
    const from = chan<number>(2);
    from.trySend(1);
    const sum = reduce((total, n) => total + n, 0, from);
    from.close(reason);
    assert.equal(await rejection(sum), reason);
  }
  const array: number[] = [];
  const from = chan<number>();
  const all = into(array, from);
  await within(from.send(1));
  from.poison("poison");
  assert.equal(await rejection(all), "poison");
  assert.deepEqual(array, [1]);
});

test("reduce() rejects with what the function throws, and leaves the rest", async () => {
  const error = new Error("mine");
  const from = filled(1, 2, 3);
  const failing = reduce(
    (): number => {
      throw error;
    },
    0,
    from,
  );
  assert.equal(await rejection(failing), error);
  assert.equal(from.size, 2);
});

test("into() appends to the array that it was given and gives it back", async () => {
  const array = [0];
  assert.equal(await within(into(array, filled(1, 2))), array);
  assert.deepEqual(array, [0, 1, 2]);
  const typed: number[] = await within(into([], filled(1)));
  assert.deepEqual(typed, [1]);
});

test("operators that wait do not keep the program alive", async () => {
  const ended = await runProgram(`
    import { chan, filter, fromIterable, into, map, merge, mix, mult, pipe, pub, reduce, split, take, zip } from "@pool/csp";
    const [a, b, out] = [chan(), chan(), chan()];
    merge([a, b]); pipe(a, out); split(() => true, a); mult(a); pub(a, () => 1); mix(out).add(b);
    map(() => 1, a); filter(() => true, a); take(1, a); zip(a, b);
    void reduce(() => 1, 0, a); void into([], b); fromIterable([1, 2, 3]);
    console.log("end");
  `);
  assert.deepEqual([ended.code, ended.late, ended.stdout.trim(), ended.stderr], [0, false, "end", ""]);
});

test("a pump that nobody can reach any more is collected, with what it holds", async () => {
  const ended = await runProgram(
    `
    import { chan, fromIterable, map, merge, mult, zip } from "@pool/csp";
    const collect = globalThis.Bun ? () => Bun.gc(true) : globalThis.gc;
    const freed = new Set();
    const registry = new FinalizationRegistry((name) => freed.add(name));
    function held(name) {
      const value = { name };
      registry.register(value, name);
      return value;
    }
    (function scope() {
      const from = chan();
      map(() => held("never made"), from);
      merge([fromIterable([held("merge")])]);
      zip(fromIterable([held("zip")]), chan());
      mult(fromIterable([held("mult"), 1])).tap();
      map((value) => value, fromIterable([held("map"), 2]));
    })();
    for (let i = 0; i < 50 && freed.size < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      collect();
    }
    console.log([...freed].sort().join());
  `,
    { flags: GC_FLAGS },
  );
  assert.equal(ended.stderr, "");
  assert.equal(ended.stdout.trim(), "map,merge,mult,zip");
});

test("a hundred thousand values pass merged sources in bounded time", { timeout: 20_000 }, async () => {
  const sources = [0, 1].map(() => fromIterable(Array.from({ length: 50_000 }, () => 1), 16));
  assert.equal(await within(reduce((sum, n) => sum + n, 0, merge(sources))), 100_000);
});
