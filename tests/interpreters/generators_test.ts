import assert from "node:assert/strict";
import { test } from "node:test";
import { create, ExecutionFailed, InterpreterError, NotShareableError } from "@pool/csp";
import { flags, reached, withInterpreter } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

/** All values of an iterable. */
async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

test("Interpreter.call() streams a generator's values in order", async () => {
  await withInterpreter(async (interp) => {
    const sync = await within(interp.call(function* (n: number) {
      for (let i = 0; i < n; i++) yield i;
      return "ignored by for await";
    }, 1000));
    assert.equal(typeof sync[Symbol.asyncIterator], "function");
    assert.deepEqual(await within(collect(sync)), Array.from({ length: 1000 }, (_, i) => i));
    const later = await within(interp.call(async function* (n: number) {
      for (let i = 0; i < n; i++) {
        await null;
        yield { i };
      }
    }, 100));
    assert.deepEqual((await within(collect(later))).at(-1), { i: 99 });
  });
});

test("Interpreter.call() streams every kind of generator", async () => {
  await withInterpreter(async (interp) => {
    const object = {
      *method() {
        yield "method";
      },
      async *later() {
        yield "async method";
      },
    };
    assert.deepEqual(await within(collect(await interp.call(object.method))), ["method"]);
    assert.deepEqual(await within(collect(await interp.call(object.later))), ["async method"]);
    assert.deepEqual(await within(collect(await interp.call(function* () {}))), []);
    assert.deepEqual(
      await within(collect(
        await interp.call(function* () {
          yield* [1, 2];
          yield undefined;
          yield null;
        }),
      )),
      [1, 2, undefined, null],
    );
    assert.deepEqual(
      await within(collect(
        await interp.call(function* () {
          yield Promise.resolve(1);
        }),
      )),
      [1],
    );
  });
});

test("A stream runs a bounded number of values ahead", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const stream = await within(interp.call(function* (words) {
      while (true) yield Atomics.add(words, 0, 1);
    }, words));
    assert.deepEqual(await within(stream.next()), { done: false, value: 0 });
    const ahead = await standstill();
    assert(ahead <= 100, `ran ${ahead} values ahead`);
    for (let i = 1; i < 500; i++) assert.equal((await within(stream.next())).value, i);
    const end = await standstill();
    assert(end <= 600, `ran to ${end}`);

    /** How far it has run once it stands: steps and calls take turns, so it has stopped when calls go by without one. */
    async function standstill(): Promise<number> {
      for (let calls = 0, before = -1; calls < 3; calls++) {
        const now = Atomics.load(words, 0);
        if (now !== before) calls = 0;
        before = now;
        await within(interp.call(() => 1));
      }
      return Atomics.load(words, 0);
    }
    await within(stream.return!());
  });
});

test("A stream that nobody asks for runs nothing yet and keeps nobody from closing", async () => {
  const interp = create();
  const words = flags();
  const stream = await within(interp.call(function* (words) {
    Atomics.store(words, 0, 1);
    yield 1;
  }, words));
  assert.equal(interp.isRunning(), false);
  await within(interp.close());
  const outcome = await within(stream.next().then((result) => result.done, (error) => error));
  assert(outcome === true || outcome instanceof InterpreterError);
});

test("A stream ended by break runs finally there, and the interpreter goes on", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const stream = await within(interp.call(async function* (words) {
      try {
        for (let i = 0;; i++) yield i;
      } finally {
        await new Promise((resolve) => setTimeout(resolve, 5));
        Atomics.store(words, 0, 1);
      }
    }, words));
    for await (const value of stream) if (value === 3) break;
    assert.equal(Atomics.load(words, 0), 1, "the finally block has run when the loop has ended");
    assert.deepEqual(await within(stream.next()), { done: true, value: undefined });
    assert.equal(await within(interp.call(() => "free")), "free");
  });
});

test("A stream ended by an error in the consumer runs finally there", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const stream = await within(interp.call(function* (words) {
      try {
        yield 1;
        yield 2;
      } finally {
        Atomics.store(words, 0, 1);
      }
    }, words));
    await assert.rejects(async () => {
      for await (const _ of stream) throw new Error("consumer");
    }, /consumer/);
    assert.equal(Atomics.load(words, 0), 1);
  });
});

test("A stream ended before its first value does not run the body", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const stream = await within(interp.call(function* (words) {
      Atomics.store(words, 0, 1);
      yield 1;
    }, words));
    assert.deepEqual(await within(stream.return!("given")), { done: true, value: "given" });
    assert.deepEqual(await within(stream.next()), { done: true, value: undefined });
    await within(interp.call(() => 1));
    assert.equal(Atomics.load(words, 0), 0);
  });
});

test("A stream's failing finally block rejects the end of the iteration", async () => {
  await withInterpreter(async (interp) => {
    const stream = await within(interp.call(function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        // deno-lint-ignore no-unsafe-finally
        throw new RangeError("in finally");
      }
    }));
    const error = await rejection((async () => {
      for await (const _ of stream) break;
    })());
    assert(error instanceof ExecutionFailed, String(error));
    assert(error.cause instanceof RangeError);
  });
});

test("A stream gives the values before a throw, then ExecutionFailed, then its end", async () => {
  await withInterpreter(async (interp) => {
    const stream = await within(interp.call(function* () {
      yield 1;
      yield 2;
      throw new RangeError("in the middle");
    }));
    assert.equal((await within(stream.next())).value, 1);
    assert.equal((await within(stream.next())).value, 2);
    const error = await rejection(stream.next());
    assert(error instanceof ExecutionFailed);
    assert(error.cause instanceof RangeError);
    assert.deepEqual(await within(stream.next()), { done: true, value: undefined });
    assert.equal(await within(interp.call(() => "free")), "free");
  });
});

test("A stream with a value that cannot cross rejects with NotShareableError and ends the generator", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const stream = await within(interp.call(function* (words) {
      try {
        yield 1 as unknown;
        yield { deep: () => 1 };
        yield 3;
      } finally {
        Atomics.store(words, 0, 1);
      }
    }, words));
    assert.equal((await within(stream.next())).value, 1);
    const error = await rejection(stream.next());
    assert(error instanceof NotShareableError, String(error));
    assert.deepEqual(await within(stream.next()), { done: true, value: undefined });
    await reached(words, 0);
    assert.equal(await within(interp.call(() => "free")), "free");
  });
});

test("A stream rejects when its interpreter is closed by force", async () => {
  const interp = create();
  const words = flags();
  const stream = await within(interp.call(async function* (words) {
    yield 1;
    Atomics.store(words, 0, 1);
    await new Promise(() => {});
  }, words));
  assert.equal((await within(stream.next())).value, 1);
  const waiting = rejection(stream.next(), "a pending next()");
  await reached(words, 0);
  await within(interp.close({ force: true }));
  assert((await waiting) instanceof InterpreterError);
  assert.deepEqual(await within(stream.next()), { done: true, value: undefined });
  await within(stream.return!());
});

test("A stream rejects when its interpreter dies, and ending it afterwards settles", async () => {
  const interp = create();
  const stream = await within(interp.call(async function* () {
    yield 1;
    setTimeout(() => {
      throw new RangeError("dies");
    });
    await new Promise(() => {});
  }));
  const error = await rejection((async () => {
    for await (const _ of stream);
  })());
  assert(error instanceof InterpreterError);
  assert.equal((error.cause as Error)?.name, "RangeError");
  await within(stream.return!());
});

test("Two streams and calls on one serial interpreter interleave", async () => {
  await withInterpreter(async (interp) => {
    const count = function* (from: number) {
      for (let i = from;; i++) yield i;
    };
    const [a, b] = await within(Promise.all([interp.call(count, 0), interp.call(count, 1000)]));
    for (let i = 0; i < 50; i++) {
      const [x, y, z] = await within(Promise.all([a.next(), b.next(), interp.call((n) => n, i)]));
      assert.deepEqual([x.value, y.value, z], [i, 1000 + i, i]);
    }
    await within(Promise.all([a.return!(), b.return!()]));
  });
});

test("A stream answers several next() at once in order, past its end too", async () => {
  await withInterpreter(async (interp) => {
    const stream = await within(interp.call(function* () {
      for (let i = 0; i < 40; i++) yield i;
    }));
    const results = await within(Promise.all(Array.from({ length: 50 }, () => stream.next())));
    assert.deepEqual(
      results.filter((r) => !r.done).map((r) => r.value),
      Array.from({ length: 40 }, (_, i) => i),
    );
    assert.equal(results.filter((r) => r.done).length, 10);
  });
});

test("A stream's process sees its abort when the consumer ends it in the middle of a step", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const stream = await within(interp.call(async function* (words) {
      const { signal } = csp.currentProcess();
      yield 1;
      Atomics.store(words, 0, 1);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      Atomics.store(words, 1, 1);
    }, words));
    assert.equal((await within(stream.next())).value, 1);
    await reached(words, 0);
    await within(stream.return!());
    assert.equal(Atomics.load(words, 1), 1);
  });
});

test("A stream goes from one interpreter to another", async () => {
  await withInterpreter(async (a) => {
    await withInterpreter(async (b) => {
      const sum = await within(a.call(async (b) => {
        let sum = 0;
        for await (
          const x of await b.call(function* () {
            for (let i = 1; i <= 100; i++) yield i;
          })
        ) sum += x;
        return sum;
      }, b));
      assert.equal(sum, 5050);
    });
  });
});

test("A stream whose consumer's interpreter is closed by force ends there", async () => {
  await withInterpreter(async (producer) => {
    const words = flags();
    const consumer = create();
    const pending = rejection(
      consumer.call(
        async (producer, words) => {
          const stream = await producer.call(async function* (words) {
            try {
              for (let i = 0;; i++) {
                yield i;
                await null;
              }
            } finally {
              Atomics.store(words, 1, 1);
            }
          }, words);
          for await (const _ of stream) Atomics.add(words, 0, 1);
        },
        producer,
        words,
      ),
    );
    await reached(words, 0, 5);
    await within(consumer.close({ force: true }));
    await pending;
    await reached(words, 1);
    assert.equal(await within(producer.call(() => "free")), "free");
  });
});

test("An iterator object that is no generator is a value like any other", async () => {
  await withInterpreter(async (interp) => {
    const error = await rejection(interp.call(() => [1, 2][Symbol.iterator]()));
    assert(error instanceof NotShareableError, String(error));
  });
});
