import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  ExecutionFailed,
  type Interpreter,
  InterpreterError,
  NotShareableError,
  TimeoutError,
} from "@pool/csp";
import { flags, reached, withInterpreter, withInterpreters } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

type Words = Int32Array<SharedArrayBuffer>;

/** Starts a generator, says so in word 0, waits for word 1 and hands the generator over; its end sets word 2. */
function openLate(words: Words): Generator<number> {
  const generator = (function* () {
    try {
      for (let i = 0;; i++) yield i;
    } finally {
      Atomics.store(words, 2, 1);
    }
  })();
  generator.next();
  Atomics.store(words, 0, 1);
  Atomics.wait(words, 1, 0);
  return generator;
}

/** Yields for ever; its end sets word 0, waits for word 1 without blocking and sets word 2. */
async function* endSlowly(words: Words): AsyncGenerator<number> {
  try {
    for (let i = 0;; i++) yield i;
  } finally {
    Atomics.store(words, 0, 1);
    while (Atomics.load(words, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    Atomics.store(words, 2, 1);
  }
}

/** Lets the one who waits for word 1 go on. */
function release(words: Words): void {
  Atomics.store(words, 1, 1);
  Atomics.notify(words, 1);
}

/** Settles once the look-ahead of `interp`'s generators is used up. */
async function atRest(interp: Interpreter): Promise<void> {
  const until = performance.now() + 15_000;
  while (interp.isRunning()) {
    assert(performance.now() < until, "its generators do not come to rest");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test("A generator whose call was aborted before its stream opened is ended there", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const controller = new AbortController();
    const failed = rejection(interp.with({ signal: controller.signal }).call(openLate, words));
    await reached(words, 0);
    controller.abort("given up");
    assert.equal(await failed, "given up");
    release(words);
    await reached(words, 2);
    assert.equal(await within(interp.call(() => "free")), "free");
    assert.equal(interp.isRunning(), false);
  });
});

test("A generator whose call timed out before its stream opened is ended there", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    // on a busy machine it may be given up before it has begun: then it never runs
    for (let timeout = 20; Atomics.load(words, 0) === 0; timeout *= 2) {
      Atomics.store(words, 1, 0);
      const error = await rejection(interp.with({ timeout }).call(openLate, words));
      assert(error instanceof TimeoutError, String(error));
      release(words);
      await within(interp.call(() => 1));
    }
    await reached(words, 2);
  });
});

test("Interpreter.isRunning() is true while a generator's finally block runs, and close() is refused", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const stream = await within(interp.call(endSlowly, words));
    await within(stream.next());
    await atRest(interp);
    const ended = stream.return!();
    await reached(words, 0);
    assert.equal(interp.isRunning(), true);
    assert((await rejection(interp.close(), "close")) instanceof InterpreterError);
    release(words);
    await within(ended);
    assert.equal(Atomics.load(words, 2), 1);
    await atRest(interp);
    await within(interp.close());
  });
});

test("Interpreter.close() waits for the finally block of a generator that stands open", async () => {
  const interp = create();
  const words = flags();
  const stream = await within(interp.call(endSlowly, words));
  await within(stream.next());
  await atRest(interp);
  const closed = interp.close();
  await reached(words, 0);
  release(words);
  await within(closed);
  assert.equal(Atomics.load(words, 2), 1);
});

test("Interpreter.close() waits for a finally block that the death of its consumer has started", async () => {
  const [producer, consumer] = [create(), create()];
  const words = flags();
  await within(consumer.call(
    async (producer, words) => {
      const stream = await producer.call(async function* (words) {
        try {
          for (let i = 0;; i++) yield i;
        } finally {
          Atomics.store(words, 0, 1);
          while (Atomics.load(words, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
          Atomics.store(words, 2, 1);
        }
      }, words);
      await stream.next();
      (globalThis as Record<string, unknown>)["held"] = stream;
    },
    producer,
    words,
  ));
  await atRest(producer);
  await within(consumer.close({ force: true }));
  await reached(words, 0);
  const closed = producer.close().then(() => "closed", (error: unknown) => error);
  release(words);
  const outcome = await within(closed);
  if (outcome === "closed") assert.equal(Atomics.load(words, 2), 1, "closed in the middle of finally");
  else {
    assert(outcome instanceof InterpreterError, String(outcome));
    await reached(words, 2);
    await atRest(producer);
    await within(producer.close());
  }
});

test("Interpreter.close() lets finally blocks await calls to main and to others", async () => {
  await withInterpreter(async (other) => {
    const interp = create();
    const words = flags();
    const stream = await within(interp.call(
      async function* (words, other) {
        try {
          for (let i = 0;; i++) yield i;
        } finally {
          const there = await other.call(() => 20);
          const main = await csp.getMain().call(() => csp.getCurrent().id + 1);
          Atomics.store(words, 0, there + main);
        }
      },
      words,
      other,
    ));
    await within(stream.next());
    await atRest(interp);
    await within(interp.close());
    assert.equal(Atomics.load(words, 0), 21);
  });
});

test("A generator's finally block does not run inside another call's turn", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const stream = await within(interp.call(function* (words) {
      try {
        for (let i = 0;; i++) yield i;
      } finally {
        Atomics.store(words, 2, 1);
      }
    }, words));
    await within(stream.next());
    await atRest(interp);
    const controller = new AbortController();
    const call = interp.call(
      async (signal, words) => {
        const fired = new Promise((resolve) => signal.addEventListener("abort", resolve));
        Atomics.store(words, 0, 1);
        // letters come in order: the one that ends the generator came before the one that fires this
        if (!signal.aborted) await fired;
        return Atomics.load(words, 2);
      },
      controller.signal,
      words,
    );
    await reached(words, 0);
    const ended = stream.return!();
    controller.abort();
    assert.equal(await within(call), 0, "finally ran in the middle of a serial call");
    await within(ended);
    assert.equal(Atomics.load(words, 2), 1);
  });
});

test("A stream ended by break lets a finally block wait by operations of the library, its error included", async () => {
  for (const mode of ["serial", "concurrent"] as const) {
    await withInterpreter(async (interp) => {
      for (const own of [false, true]) {
        const words = flags();
        const stream = await within(interp.call(
          async function* (words, own) {
            try {
              for (;;) yield 1;
            } finally {
              await csp.sleep(2);
              Atomics.store(words, 0, 1);
              // deno-lint-ignore no-unsafe-finally
              if (own) throw new RangeError("in finally");
            }
          },
          words,
          own,
        ));
        const ended = (async () => {
          for await (const _ of stream) break;
        })();
        if (!own) await within(ended);
        else {
          const error = await rejection(ended);
          assert(error instanceof ExecutionFailed && error.cause instanceof RangeError, String(error));
        }
        assert.equal(words[0], 1);
      }
    }, { mode });
  }
});

test("Interpreter.with({ signal }) ends what the finally block of a stream waits for that its consumer has left", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const controller = new AbortController();
    const stream = await within(
      interp.with({ signal: controller.signal }).call(async function* (words) {
        try {
          for (;;) yield 1;
        } finally {
          Atomics.store(words, 0, 1);
          try {
            await csp.sleep(60_000);
          } catch (error) {
            Atomics.store(words, 2, error === "given up" ? 1 : 2);
          }
        }
      }, words),
    );
    await within(stream.next());
    const failed = rejection(stream.return!());
    await reached(words, 0);
    controller.abort("given up");
    assert.equal(await failed, "given up");
    await reached(words, 2);
    assert.equal(words[2], 1);
    await atRest(interp);
    await within(interp.close());
  });
});

test("A generator whose value cannot cross and whose finally throws costs only its own stream", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const other = interp.call(async (words) => {
      while (Atomics.load(words, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      return "unaffected";
    }, words);
    const later = await within(interp.call(async function* () {
      try {
        yield 1 as unknown;
        yield () => 1;
      } finally {
        await null;
        // deno-lint-ignore no-unsafe-finally
        throw new RangeError("in an async finally");
      }
    }));
    const plain = await within(interp.call(function* () {
      try {
        yield 1 as unknown;
        yield () => 1;
      } finally {
        // deno-lint-ignore no-unsafe-finally
        throw new RangeError("in finally");
      }
    }));
    for (const stream of [later, plain]) {
      assert.equal((await within(stream.next())).value, 1);
      const error = await rejection(stream.next());
      assert(error instanceof NotShareableError, String(error));
      assert.deepEqual(await within(stream.next()), { done: true, value: undefined });
      assert.equal(await within(interp.call(() => "free")), "free");
    }
    Atomics.store(words, 1, 1);
    assert.equal(await within(other), "unaffected");
  }, { mode: "concurrent" });
});

test("A stream's return() called twice settles both after the finally block", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const stream = await within(interp.call(endSlowly, words));
    await within(stream.next());
    await atRest(interp);
    const settled: number[] = [];
    const note = () => settled.push(Atomics.load(words, 2));
    const both = Promise.all([stream.return!("a").finally(note), stream.return!("b").finally(note)]);
    await reached(words, 0);
    await withInterpreter(async (other) => assert.equal(await within(other.call(() => 1)), 1));
    assert.deepEqual(settled, []);
    release(words);
    assert.deepEqual(await within(both), [{ done: true, value: "a" }, { done: true, value: "b" }]);
    assert.deepEqual(settled, [1, 1]);
  });
});

test("A generator that is returned while it steps ends once, in two interpreters", async () => {
  await withInterpreters(2, async (...interps) => {
    for (const interp of interps) {
      const words = flags();
      const stream = await within(interp.call(async function* (words) {
        try {
          yield 0;
          Atomics.store(words, 0, 1);
          while (Atomics.load(words, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
          yield 1;
        } finally {
          Atomics.add(words, 2, 1);
        }
      }, words));
      await within(stream.next());
      await reached(words, 0);
      const ended = stream.return!();
      release(words);
      await within(ended);
      assert.equal(Atomics.load(words, 2), 1);
    }
  });
});
