/** The meaning of `InterpreterPoolExecutor`: who runs when, limits of tasks, deaths, its end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BrokenInterpreterPool,
  CancelledError,
  chan,
  type Channel,
  type Future,
  go,
  InterpreterError,
  InterpreterPoolExecutor,
  listAll,
  NotShareableError,
  type Sender,
  TimeoutError,
} from "@pool/csp";
import { flags, reached } from "../../_interpreters.ts";
import { runProgram } from "../../_program.ts";
import { randomFrom } from "../../_random.ts";
import { rejection, within } from "../../_within.ts";

declare const csp: typeof import("@pool/csp");

type Words = Int32Array<SharedArrayBuffer>;
const slow = { timeout: 60_000 };

function square(n: number): number {
  return n * n;
}

/** Ends its interpreter, as a program may by mistake. */
function quit(): void {
  (globalThis as unknown as { process: { exit(code: number): never } }).process.exit(3);
}

/** Says that it runs, and waits for a value. */
async function hold(started: Channel<number>, gate: Channel<number>): Promise<number> {
  await started.send(1);
  return await gate.receive();
}

async function withExecutor(
  options: ConstructorParameters<typeof InterpreterPoolExecutor>[0],
  use: (executor: InterpreterPoolExecutor) => Promise<void>,
): Promise<void> {
  const before = listAll();
  const executor = new InterpreterPoolExecutor(options);
  try {
    await use(executor);
  } finally {
    await within(executor.shutdown({ cancelFutures: true }), "the shutdown");
  }
  assert.deepEqual(listAll().map(({ name }) => name), before.map(({ name }) => name));
}

/** An executor whose interpreter has some short tasks before it: what is light from now on is sent ahead. */
async function warmUp(executor: InterpreterPoolExecutor): Promise<void> {
  await within(Promise.all(Array.from({ length: 200 }, (_, n) => executor.submit(square, n))));
}

/** Leaves `gate` to light tasks, which are not given channels. */
function keepGate(started: Channel<number>, gate: Channel<number>): void {
  Object.assign(globalThis, { started, gate });
}

async function holdLight(): Promise<number> {
  const { started, gate } = globalThis as unknown as { started: Channel<number>; gate: Channel<number> };
  await started.send(1);
  return await gate.receive();
}

test(
  "InterpreterPoolExecutor.submit() gives a future of the result or of what was thrown",
  slow,
  async () => {
    await withExecutor({ maxWorkers: 2 }, async (executor) => {
      assert.equal(await within(executor.submit(square, 12)), 144);
      assert.equal(await within(executor.submit(async (n: number) => await Promise.resolve(n + 1), 1)), 2);
      const error = await rejection(executor.submit(function fails() {
        throw Object.assign(new RangeError("too far", { cause: new TypeError("why") }), { code: 7 });
      }));
      assert(error instanceof RangeError && error.cause instanceof TypeError);
      assert.equal((error as RangeError & { code: number }).code, 7);
      assert.match(error.stack!, /task "fails" in interpreter \d+/);
    });
  },
);

test("InterpreterPoolExecutor.submit() copies arguments at once", slow, async () => {
  await withExecutor({ maxWorkers: 1 }, async (executor) => {
    const list = [1, 2];
    const sum = executor.submit((list: number[]) => list.reduce((a, b) => a + b), list);
    list.push(100);
    assert.equal(await within(sum), 3);
  });
});

test(
  "InterpreterPoolExecutor.submit() refuses what cannot cross, and the interpreter lives (W09)",
  slow,
  async () => {
    await withExecutor({ maxWorkers: 1 }, async (executor) => {
      const limit = Math.sqrt(2);
      assert.throws(() => executor.submit(() => limit), NotShareableError);
      assert.throws(() => executor.submit((x: unknown) => x, { deep: [() => 1] }), NotShareableError);
      const where = await within(executor.submit(() => csp.getCurrent().id));
      for (const options of [{}, { timeout: 10_000 }]) {
        const result = await rejection(executor.submitWith(options, () => ({ f: () => 1 })));
        assert(result instanceof NotShareableError);
        assert.equal(result.path, "result.f");
        for (const value of ["text", null, undefined, 5]) {
          assert.equal(
            await rejection(executor.submitWith(options, (value: unknown) => {
              throw value;
            }, value)),
            value,
          );
        }
      }
      assert.equal(await within(executor.submit(() => csp.getCurrent().id)), where);
    });
  },
);

test(
  "InterpreterPoolExecutor.map() gives results in order and stops at the shortest iterable",
  slow,
  async () => {
    await withExecutor({ maxWorkers: 2 }, async (executor) => {
      const seen: number[] = [];
      let closed = false;
      function* endless() {
        try {
          for (let n = 0;; n++) yield n;
        } finally {
          closed = true;
        }
      }
      for await (const n of executor.map((a: number, b: number) => a + b, endless(), [10, 20, 30])) {
        seen.push(n);
      }
      assert.deepEqual(seen, [10, 21, 32]);
      assert.equal(closed, true);
      for await (const _ of executor.map(square, [])) assert.fail("has no items");
    });
  },
);

test("InterpreterPoolExecutor.map() throws a failure in its place and takes off the rest", slow, async () => {
  const [started, gate, ran] = [chan<number>(), chan<number>(), chan<number>(1000)];
  await withExecutor({ maxWorkers: 1 }, async (executor) => {
    const results = executor.map(
      async (n: number, ran: Channel<number>) => {
        await ran.send(n);
        if (n === 2) throw new RangeError("two");
        return n;
      },
      Array.from({ length: 200 }, (_, n) => n),
      Array.from({ length: 200 }, () => ran),
    );
    assert.deepEqual(await within(results.next()), { done: false, value: 0 });
    assert.deepEqual(await within(results.next()), { done: false, value: 1 });
    assert(await rejection(results.next()) instanceof RangeError);
    assert.equal((await within(results.next())).done, true);
    const held = executor.submit(hold, started, gate);
    await within(started.receive());
    assert(ran.size < 50, `${ran.size} have run`);
    await within(gate.send(1));
    await within(held);
  });
});

test(
  "InterpreterPoolExecutor.map() takes off what has not begun when its iteration is left, begun or not",
  slow,
  async () => {
    for (const begin of [false, true]) {
      const [started, gate] = [chan<number>(), chan<number>()];
      await withExecutor(
        { maxWorkers: 1, initializer: keepGate, initargs: [started, gate] },
        async (executor) => {
          if (begin) await warmUp(executor);
          const results = executor.map(
            begin ? (n: number) => n : square,
            Array.from({ length: 100 }, (_, n) => n),
          );
          const held = begin ? undefined : executor.submit(holdLight);
          if (begin) await within(results.next());
          await within(results.return!());
          assert.equal(executor.metrics().queued, held === undefined ? 0 : 1);
          if (held === undefined) return;
          await within(started.receive());
          await within(gate.send(1));
          await within(held);
          assert.equal(executor.metrics().completed, 101);
          assert.equal(executor.metrics().runTime.count, 1);
        },
      );
    }
  },
);

test("InterpreterPoolExecutor.submitWith() runs higher priorities first, equals in order", slow, async () => {
  const [started, gate, order] = [chan<number>(), chan<number>(), chan<string>(100)];
  await withExecutor({ maxWorkers: 1 }, async (executor) => {
    const held = executor.submit(hold, started, gate);
    await within(started.receive());
    const say = (name: string, order: Sender<string>) => order.send(name);
    const futures = [["a", 0], ["b", 5], ["c", -1], ["d", 5], ["e", 0], ["f", 7], ["g", -1]].map((
      [name, priority],
    ) => executor.submitWith({ priority: priority as number }, say, name as string, order.sender()));
    await within(gate.send(1));
    await within(Promise.all([held, ...futures]));
    let names = "";
    while (order.size > 0) names += await order.receive();
    assert.equal(names, "fbdaecg");
  });
});

test(
  "InterpreterPoolExecutor.submitWith() with a priority overtakes tasks that were sent ahead",
  slow,
  async () => {
    await withExecutor({ maxWorkers: 1 }, async (executor) => {
      // Until it sends ahead.
      for (let i = 0; i < 4; i++) {
        await Promise.all(Array.from({ length: 20 }, () => executor.submit(square, 2)));
      }
      const words = flags(16);
      /** Waits for the second word if its name is 0, and writes the place at which it began. */
      const begin = (words: Words, name: number) => {
        words[10 + name] = Atomics.add(words, 5, 1) + 1;
        Atomics.store(words, 0, 1);
        if (name === 0) Atomics.wait(words, 1, 0);
      };
      const futures = [0, 1, 2].map((name) => executor.submit(begin, words, name));
      await reached(words, 0);
      futures.push(executor.submitWith({ priority: 10 }, begin, words, 3));
      futures.push(executor.submitWith({ priority: -1 }, begin, words, 4), executor.submit(begin, words, 5));
      Atomics.store(words, 1, 1);
      Atomics.notify(words, 1);
      await within(Promise.all(futures));
      assert.deepEqual([...words.slice(10, 16)], [1, 3, 4, 2, 6, 5]);
    });
  },
);

test(
  "InterpreterPoolExecutor gives the first of those that wait behind a long task to whoever is free",
  slow,
  async () => {
    await withExecutor({ maxWorkers: 2 }, async (executor) => {
      const words = flags(16);
      const hold = (words: Words) => {
        Atomics.store(words, 0, 1);
        Atomics.wait(words, 1, 0);
      };
      const note = (words: Words, name: number) => {
        words[10 + name] = Atomics.add(words, 5, 1) + 1;
      };
      await within(executor.submit(square, 2));
      const held = executor.submit(hold, words);
      const notes = [0, 1, 2, 3].map((name) => executor.submit(note, words, name));
      await within(Promise.all(notes));
      assert.deepEqual([...words.slice(10, 14)], [1, 2, 3, 4]);
      Atomics.store(words, 1, 1);
      Atomics.notify(words, 1);
      await within(held);
    });
  },
);

test(
  "InterpreterPoolExecutor.submitWith() with a signal gives up a task that is queued, and the next starts (W02)",
  slow,
  async () => {
    const [started, gate] = [chan<number>(), chan<number>()];
    await withExecutor({ maxWorkers: 1 }, async (executor) => {
      const already = executor.submitWith({ signal: AbortSignal.abort("never") }, square, 2);
      assert.equal(await rejection(already), "never");
      assert.equal(already.cancelled(), false);
      const held = executor.submit(hold, started, gate);
      await within(started.receive());
      const abort = new AbortController();
      const queued = executor.submitWith({ signal: abort.signal }, square, 2);
      const next = executor.submit(square, 3);
      abort.abort(new RangeError("enough"));
      assert.equal(await rejection(queued), abort.signal.reason);
      assert.equal(held.running(), true);
      await within(gate.send(4));
      assert.equal(await within(held), 4);
      assert.equal(await within(next), 9);
      assert.equal(executor.metrics().completed, 4);
    });
  },
);

test(
  "InterpreterPoolExecutor.submitWith() aborts the signal of a task that runs, and keeps its interpreter (W02)",
  slow,
  async () => {
    await withExecutor({ maxWorkers: 1, grace: 60_000 }, async (executor) => {
      const where = await within(executor.submit(() => csp.getCurrent().id));
      const words = flags();
      const abort = new AbortController();
      const running = executor.submitWith({ signal: abort.signal }, async (words: Words) => {
        const { signal } = csp.currentProcess();
        const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
        Atomics.store(words, 0, 1);
        await aborted;
        Atomics.store(words, 1, signal.reason === "stop" ? 1 : 2);
      }, words);
      await reached(words, 0);
      const next = executor.submit(() => csp.getCurrent().id);
      abort.abort("stop");
      assert.equal(await rejection(running), "stop");
      assert.equal(await within(next), where);
      assert.equal(Atomics.load(words, 1), 1);
      // What has ended is not touched by its signal any more.
      const late = new AbortController();
      assert.equal(await within(executor.submitWith({ signal: late.signal }, square, 3)), 9);
      const other = executor.submit(() => csp.currentProcess().signal.aborted);
      late.abort();
      assert.equal(await within(other), false);
    });
  },
);

test(
  "InterpreterPoolExecutor.submitWith() counts the timeout from the start of the task (W04)",
  slow,
  async () => {
    const [started, gate] = [chan<number>(), chan<number>()];
    await withExecutor({ maxWorkers: 1 }, async (executor) => {
      const held = executor.submit(hold, started, gate);
      await within(started.receive());
      const limited = executor.submitWith({ timeout: 2000 }, square, 5);
      // Longer in the queue than it may run.
      await new Promise((resolve) => setTimeout(resolve, 2100));
      assert.equal(limited.done(), false);
      await within(gate.send(1));
      assert.equal(await within(limited), 25);
      await within(held);
      const never = executor.submitWith({ timeout: 20 }, async function waits() {
        await csp.chan<number>().receive();
      });
      const error = await rejection(never);
      assert(error instanceof TimeoutError);
      assert.match(error.message, /"waits".*20 ms/);
      assert.equal(await within(executor.submitWith({ timeout: Infinity }, square, 2)), 4);
      assert.equal(await within(executor.submitWith({ timeout: 1e12 }, square, 2)), 4);
    });
  },
);

test(
  "InterpreterPoolExecutor replaces an interpreter whose task ignores its abort, not one that came back (W03)",
  slow,
  async () => {
    await withExecutor({ maxWorkers: 1, grace: 300 }, async (executor) => {
      const words = flags();
      const first = await within(executor.submit(() => csp.getCurrent().id));
      const returns = executor.submitWith({ timeout: 20 }, async () => {
        const { signal } = csp.currentProcess();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      });
      assert(await rejection(returns) instanceof TimeoutError);
      // Is running while the timer of the one before would end it.
      const [started, gate] = [chan<number>(), chan<number>()];
      const fresh = executor.submit(hold, started, gate);
      await within(started.receive());
      await new Promise((resolve) => setTimeout(resolve, 400));
      await within(gate.send(7));
      assert.equal(await within(fresh), 7);
      assert.equal(await within(executor.submit(() => csp.getCurrent().id)), first);
      const [begun, abort] = [chan<number>(1), new AbortController()];
      const deaf = executor.submitWith(
        { signal: abort.signal },
        (words: Words, begun: Channel<number>) => {
          begun.trySend(1);
          Atomics.wait(words, 1, 0, 20_000);
        },
        words,
        begun,
      );
      const next = executor.submit(() => csp.getCurrent().id);
      await within(begun.receive());
      abort.abort();
      assert.equal(await rejection(deaf), abort.signal.reason);
      assert.equal(deaf.running(), false);
      assert.notEqual(await within(next), first);
      Atomics.store(words, 1, 1);
      Atomics.notify(words, 1);
    });
  },
);

test(
  "InterpreterPoolExecutor loses the running task alone when an interpreter ends (W01)",
  slow,
  async () => {
    await withExecutor({ maxWorkers: 2 }, async (executor) => {
      await warmUp(executor);
      const dying = executor.submit(quit);
      const others = Array.from({ length: 100 }, (_, i) => executor.submit(square, i));
      const error = await rejection(dying);
      assert(error instanceof BrokenInterpreterPool);
      assert.match(error.message, /"quit"/);
      assert(error.cause instanceof Error);
      assert.deepEqual(await within(Promise.all(others)), Array.from({ length: 100 }, (_, i) => i * i));
      const thrown = await rejection(executor.submit(async () => {
        setTimeout(() => {
          throw new RangeError("uncaught");
        });
        await csp.chan<number>().receive();
      }));
      assert(thrown instanceof BrokenInterpreterPool);
      assert.equal(await within(executor.submit(square, 4)), 16);
    });
  },
);

test(
  "InterpreterPoolExecutor rejects every task when an initializer fails or exits (W06)",
  slow,
  async () => {
    const initializers = [
      quit,
      () => {
        throw new RangeError("not today");
      },
    ];
    for (const initializer of initializers) {
      await withExecutor({ maxWorkers: 2, initializer }, async (executor) => {
        const error = await rejection(executor.submit(square, 1));
        assert(error instanceof BrokenInterpreterPool);
        assert(initializer === quit ? error.cause instanceof Error : error.cause instanceof RangeError);
        const after = executor.submit(square, 1);
        assert.equal(after.cancel(), false);
        assert(await rejection(after) instanceof BrokenInterpreterPool);
        assert.equal(executor.metrics().queued, 0);
        assert.equal(executor.metrics().completed, 2);
        const aborted = executor.submitWith({ signal: AbortSignal.abort(1) }, square, 1);
        assert(await rejection(aborted) instanceof BrokenInterpreterPool);
      });
    }
  },
);

test(
  "InterpreterPoolExecutor.shutdown() ends at once, twice, while starting, and in an initializer that hangs (W07)",
  slow,
  async () => {
    const idle = new InterpreterPoolExecutor();
    await within(idle.shutdown());
    await within(idle.shutdown());
    assert.throws(() => idle.submit(square, 1), InterpreterError);
    assert.throws(() => idle.map(square, [1]), InterpreterError);

    const starting = new InterpreterPoolExecutor({ maxWorkers: 2 });
    const futures = [1, 2, 3].map((n) => starting.submit(square, n));
    await within(Promise.all([starting.shutdown(), starting.shutdown()]));
    assert(futures.every((future) => future.done()));
    assert.deepEqual(await Promise.all(futures), [1, 4, 9]);

    const [started, gate] = [chan<number>(1), chan<number>()];
    const hanging = new InterpreterPoolExecutor({
      maxWorkers: 1,
      initializer: hold,
      initargs: [started, gate],
    });
    const never = hanging.submit(square, 1);
    await within(started.receive());
    await within(hanging.shutdown({ cancelFutures: true }), "the shutdown");
    assert.equal(never.cancelled(), true);
    assert.equal(listAll().length, 1);
  },
);

test(
  "InterpreterPoolExecutor.shutdown() with wait: false returns at once, cancelFutures spares what runs",
  slow,
  async () => {
    const [started, gate] = [chan<number>(), chan<number>()];
    const executor = new InterpreterPoolExecutor({ maxWorkers: 1 });
    const held = executor.submit(hold, started, gate);
    await within(started.receive());
    const queued = Array.from({ length: 10 }, (_, n) => executor.submit(square, n));
    await within(executor.shutdown({ wait: false }));
    assert.equal(queued[0]!.done(), false);
    const all = executor.shutdown({ cancelFutures: true });
    for (const future of queued) {
      assert.equal(future.cancelled(), true);
      assert(await rejection(future) instanceof CancelledError);
    }
    await within(gate.send(3));
    assert.equal(await within(held), 3);
    await within(all);
    assert.equal(executor.metrics().completed, 11);
    assert.equal(executor.metrics().interpreters, 0);
    assert.equal(listAll().length, 1);
    await assert.rejects(executor.shutdown({ wait: 1 } as never), TypeError);
    await assert.rejects(executor.shutdown({ await: true } as never), TypeError);
  },
);

test(
  "InterpreterPoolExecutor starts another interpreter for what was sent behind a long task",
  slow,
  async () => {
    const [started, gate] = [chan<number>(), chan<number>()];
    await withExecutor(
      { maxWorkers: 2, initializer: keepGate, initargs: [started, gate] },
      async (executor) => {
        for (let n = 0; n < 50; n++) await within(executor.submit(square, n));
        const held = executor.submit(holdLight);
        await within(started.receive());
        // More than there are marks of an interpreter, with pauses in which they are shared out anew.
        for (let round = 0; round < 8; round++) {
          const short = Array.from({ length: 400 }, (_, n) => executor.submit(square, n));
          assert.deepEqual(await within(Promise.all(short)), Array.from({ length: 400 }, (_, n) => n * n));
        }
        assert.equal(held.running(), true);
        await within(gate.send(2));
        assert.equal(await within(held), 2);
      },
    );
  },
);

test("Future.cancel() takes back what was sent ahead of a task that hangs, however often", slow, async () => {
  const [started, gate] = [chan<number>(), chan<number>()];
  await withExecutor(
    { maxWorkers: 1, initializer: keepGate, initargs: [started, gate] },
    async (executor) => {
      await warmUp(executor);
      const held = executor.submit(holdLight);
      await within(started.receive());
      assert.equal(held.cancel(), false);
      for (let round = 0; round < 6; round++) {
        const futures = Array.from({ length: 400 }, () => executor.submit(square, 1));
        await null;
        await null;
        for (const future of futures) {
          assert.equal(future.running(), false);
          assert.equal(future.cancel(), true);
        }
      }
      const last = executor.submit(square, 9);
      await within(gate.send(2));
      assert.equal(await within(held), 2);
      assert.equal(await within(last), 81);
      assert.equal(executor.metrics().completed, 200 + 2402);
      assert.equal(executor.metrics().runTime.count, 202);
    },
  );
});

test("InterpreterPoolExecutor refuses options and limits that mean nothing", async () => {
  for (const maxWorkers of [0, -1, 1.5, NaN]) {
    assert.throws(() => new InterpreterPoolExecutor({ maxWorkers }), RangeError);
  }
  for (const grace of [-1, NaN]) assert.throws(() => new InterpreterPoolExecutor({ grace }), RangeError);
  assert.throws(() => new InterpreterPoolExecutor({ maxWorkers: "2" as never }), TypeError);
  assert.throws(() => new InterpreterPoolExecutor({ initializer: 1 as never }), TypeError);
  assert.throws(() => new InterpreterPoolExecutor({ workers: 1 } as never), TypeError);
  await withExecutor({ maxWorkers: 1 }, async (executor) => {
    assert.throws(() => executor.submitWith({ timeout: -1 }, square, 1), RangeError);
    assert.throws(() => executor.submitWith({ timeout: NaN }, square, 1), RangeError);
    assert.throws(() => executor.submitWith({ priority: NaN }, square, 1), RangeError);
    assert.throws(() => executor.submitWith({ priority: "1" as never }, square, 1), TypeError);
    assert.throws(() => executor.submitWith({ signal: {} as never }, square, 1), TypeError);
    assert.throws(() => executor.submitWith({ prio: 1 } as never, square, 1), TypeError);
    for (const [fn, kind] of [[undefined, "undefined"], ["x", "of type string"]] as const) {
      const refused = { name: "TypeError", message: `Cannot hand in a task: fn is ${kind}; pass a function` };
      assert.throws(() => executor.submit(fn as never), refused);
      assert.throws(() => executor.submitWith({ timeout: 5 }, fn as never), refused);
      assert.throws(() => executor.map(fn as never, [1] as never), {
        name: "TypeError",
        message: `Cannot map: fn is ${kind}; pass a function`,
      });
    }
    assert.throws(() => executor.map(square, 5 as never), {
      name: "TypeError",
      message: "Cannot map: iterables[0] is of type number; pass an iterable",
    });
    async function* none(): AsyncGenerator<number> {}
    assert.throws(() => executor.map((a: number, b: number) => a + b, [1], none() as never), {
      name: "TypeError",
      message: "Cannot map: iterables[1] is an async iterable; pass a synchronous one, or use Pool.imap",
    });
    await within(Promise.resolve());
    assert.equal(executor.metrics().interpreters, 0);
  });
});

test("InterpreterPoolExecutor.metrics() counts what has happened", slow, async () => {
  const [started, gate] = [chan<number>(), chan<number>()];
  await withExecutor({ maxWorkers: 1 }, async (executor) => {
    const held = executor.submit(hold, started, gate);
    await within(started.receive());
    const rest = [1, 2].map((n) => executor.submit(square, n));
    await null;
    const { queued, running, completed, interpreters } = executor.metrics();
    assert.deepEqual({ queued, running, completed, interpreters }, {
      queued: 2,
      running: 1,
      completed: 0,
      interpreters: 1,
    });
    await within(gate.send(1));
    await within(Promise.all([held, ...rest]));
    const after = executor.metrics();
    assert.deepEqual([after.queued, after.running, after.completed], [0, 0, 3]);
    assert.deepEqual([after.runTime.count, after.waitTime.count], [3, 3]);
    assert(after.utilization >= 0 && after.utilization <= 1);
  });
});

test(
  "InterpreterPoolExecutor works inside a task and inside a process; a CancelledError from there is a failure (W08)",
  slow,
  async () => {
    async function nested(): Promise<number> {
      const inner = new csp.InterpreterPoolExecutor({ maxWorkers: 2 });
      let sum = 0;
      for await (const n of inner.map((n: number) => n * n, [1, 2, 3])) sum += n;
      await inner.shutdown();
      return sum;
    }
    await withExecutor({ maxWorkers: 1 }, async (executor) => {
      assert.equal(await within(executor.submit(nested), "the sum", 30_000), 14);
      const thrown = executor.submit(async () => {
        const inner = new csp.InterpreterPoolExecutor({ maxWorkers: 1 });
        const future = inner.submit(() => 1);
        future.cancel();
        await inner.shutdown();
        return await future;
      });
      assert(await rejection(thrown) instanceof CancelledError);
      assert.equal(thrown.cancelled(), false);
      assert(await within(thrown.exception()) instanceof CancelledError);
    });
    assert.equal(await within(go(nested), "the process", 30_000), 14);
  },
);

test("A program with an executor ends by itself, however it leaves it", slow, async () => {
  const ends = [
    // Idle, never shut down.
    `console.log(await executor.submit((n) => n * n, 3));`,
    `executor.shutdown({ wait: false }); console.log(9);`,
    `const future = executor.submit((n) => n * n, 3); future.addDoneCallback(async (f) => console.log(await f));
     void executor.shutdown({ wait: false });`,
    // Its task is given up, its interpreter has died meanwhile: nothing waits for the end of the grace.
    `await executor.submitWith({ timeout: 20 }, async () => {
       csp.currentProcess().signal.addEventListener("abort", () => setTimeout(() => process.exit(), 10));
       await csp.chan().receive();
     }).catch(() => console.log(9));`,
  ];
  const results = await Promise.all(ends.map((body) =>
    runProgram(`
      import { InterpreterPoolExecutor } from "@pool/csp";
      const executor = new InterpreterPoolExecutor({ maxWorkers: 2, grace: 600_000 });
      ${body}
    `)
  ));
  for (const [i, { late, code, stdout, stderr }] of results.entries()) {
    assert.deepEqual(
      { late, code, stdout },
      { late: false, code: 0, stdout: "9\n" },
      `program ${i}: ${stderr}`,
    );
  }
});

test("A program that makes an executor at top level without a guard is told so", slow, async () => {
  const { late, stdout, stderr } = await runProgram(`
    import { InterpreterPoolExecutor, task } from "@pool/csp";
    const work = task(import.meta, function work() { return 7; });
    const executor = new InterpreterPoolExecutor({ maxWorkers: 1 });
    await executor.submit(work).then(console.log, (error) => console.log(error.name, error.message));
    await executor.shutdown();
  `);
  assert.equal(late, false);
  assert.match(stdout, /InterpreterError.*import\.meta\.main/s, stderr);
});

test(
  "InterpreterPoolExecutor settles every future of a random mix as its kind says",
  { timeout: 90_000 },
  async (t) => {
    for (let round = 0; round < 3; round++) {
      const seed = (Math.random() * 2 ** 31) | 0;
      t.diagnostic(`seed ${seed}`);
      const random = randomFrom(seed);
      const futures: { kind: string; n: number; future: Future<unknown>; cancelled?: boolean }[] = [];
      await withExecutor({ maxWorkers: 2, grace: 200 }, async (executor) => {
        for (let n = 0; n < 120; n++) {
          const draw = random();
          const options = random() < 0.2 ? { timeout: 60_000, priority: Math.floor(random() * 3) } : {};
          if (draw < 0.05) futures.push({ kind: "exit", n, future: executor.submitWith(options, quit) });
          else if (draw < 0.2) {
            futures.push({
              kind: "throw",
              n,
              future: executor.submitWith(options, (n: number) => {
                throw new RangeError(String(n));
              }, n),
            });
          } else if (draw < 0.25) {
            futures.push({
              kind: "timeout",
              n,
              future: executor.submitWith({ timeout: 5 }, async () => {
                const { signal } = csp.currentProcess();
                await new Promise((resolve) => signal.addEventListener("abort", resolve));
              }),
            });
          } else if (draw < 0.4) {
            futures.push({
              kind: "value",
              n,
              future: executor.submitWith(options, async (n: number) => {
                await new Promise((resolve) => setTimeout(resolve, n % 3));
                return n * n;
              }, n),
            });
          } else futures.push({ kind: "value", n, future: executor.submitWith(options, square, n) });
          if (random() < 0.2) {
            const one = futures[Math.floor(random() * futures.length)]!;
            if (one.future.cancel()) one.cancelled = true;
          }
          if (random() < 0.1) await new Promise((resolve) => setTimeout(resolve));
        }
        for (const { kind, n, future, cancelled } of futures) {
          const about = `seed ${seed}: task ${n}, ${kind}`;
          const outcome = await within(
            future.then((value) => ({ value }), (error) => ({ error })),
            about,
            40_000,
          );
          assert.equal(future.cancelled(), cancelled === true, about);
          if (cancelled) assert("error" in outcome && outcome.error instanceof CancelledError, about);
          else if (kind === "value") assert.deepEqual(outcome, { value: n * n }, about);
          else {
            assert("error" in outcome, about);
            const type = { exit: BrokenInterpreterPool, throw: RangeError, timeout: TimeoutError }[kind]!;
            assert(outcome.error instanceof type, `${about}: ${outcome.error}`);
            if (kind === "throw") assert.equal((outcome.error as Error).message, String(n));
          }
        }
        await within(executor.shutdown());
        const { queued, running, completed, interpreters } = executor.metrics();
        assert.deepEqual({ queued, running, completed, interpreters }, {
          queued: 0,
          running: 0,
          completed: futures.length,
          interpreters: 0,
        });
      });
    }
  },
);
