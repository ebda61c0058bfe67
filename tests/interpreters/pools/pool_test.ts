/** The meaning of `Pool`, for each of its methods. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AsyncResult,
  BrokenInterpreterPool,
  chan,
  type Channel,
  InterpreterError,
  listAll,
  move,
  NotShareableError,
  Pool,
  type Sender,
  sleep,
  TimeoutError,
} from "@pool/csp";
import { realm } from "../../../interpreters/realm.ts";
import { flags, reached } from "../../_interpreters.ts";
import { runProgram } from "../../_program.ts";
import { rejection, within } from "../../_within.ts";

declare const csp: typeof import("@pool/csp");

const METHODS = ["channel", "call", "port"] as const;

function square(n: number): number {
  return n * n;
}

/** Ends its interpreter, as a program may by mistake. */
function quit(): void {
  (globalThis as unknown as { process: { exit(code: number): never } }).process.exit(3);
}

async function withPool(
  size: number,
  options: ConstructorParameters<typeof Pool>[1],
  use: (pool: Pool) => Promise<void>,
): Promise<void> {
  const pool = new Pool(size, options);
  try {
    await use(pool);
  } finally {
    await within(pool.terminate());
  }
  assert.deepEqual(listAll().map(({ id }) => id), [0]);
}

for (const method of METHODS) {
  const as = `by ${method}`;

  test(`Pool.apply() gives the result ${as}`, { timeout: 30_000 }, async () => {
    await withPool(2, { method }, async (pool) => {
      assert.equal(await within(pool.apply(square, [12])), 144);
      const value = { list: [1, 2n], when: new Date(7), map: new Map([["a", new Set([1])]]) };
      assert.deepEqual(await within(pool.apply((x: typeof value) => x, [value])), value);
      assert.equal(await within(pool.apply(async (n: number) => await Promise.resolve(n + 1), [1])), 2);
      assert.equal(await within(pool.apply(() => undefined)), undefined);
    });
  });

  test(`Pool.apply() rejects with what the task threw, its class and fields kept ${as}`, {
    timeout: 30_000,
  }, async () => {
    await withPool(1, { method }, async (pool) => {
      const error = await rejection(pool.apply(function fails() {
        throw Object.assign(new RangeError("too far", { cause: new TypeError("why") }), { code: 7 });
      }));
      assert(error instanceof RangeError);
      assert.equal(error.message, "too far");
      assert(error.cause instanceof TypeError);
      assert.equal((error as RangeError & { code: number }).code, 7);
      assert.match(error.stack!, /fails/);
      assert.match(error.stack!, /task "fails" in interpreter \d+/);
      assert.equal(
        await rejection(pool.apply(() => {
          throw "text";
        })),
        "text",
      );
      assert.equal(await within(pool.apply(square, [3])), 9);
    });
  });

  test(`Pool.apply() refuses what cannot cross, with its path, and the interpreter lives ${as}`, {
    timeout: 30_000,
  }, async () => {
    await withPool(1, { method }, async (pool) => {
      const limit = Math.sqrt(2);
      const captured = await rejection(pool.apply(() => limit));
      assert(captured instanceof NotShareableError);
      assert.match(captured.message, /captures limit/);
      const argument = await rejection(pool.apply((x: unknown) => x, [{ deep: [() => 1] }]));
      assert(argument instanceof NotShareableError);
      assert.equal(argument.path, "args[0].deep[0]");
      const result = await rejection(pool.apply(() => ({ f: () => 1 })));
      assert(result instanceof NotShareableError);
      assert.equal(result.path, "result.f");
      const mapped = await rejection(pool.map((n: number) => n < 3 ? n : { f: () => n }, [1, 2, 3], 3));
      assert(mapped instanceof NotShareableError);
      assert.equal(mapped.path, "result.f");
      assert.match(mapped.message, /share result\.f:/);
      const generator = await rejection(pool.apply(function* () {
        yield 1;
      }));
      assert(generator instanceof InterpreterError);
      assert.equal(await within(pool.apply(square, [2])), 4);
    });
  });

  test(`Pool.applyAsync() gives an AsyncResult ${as}`, { timeout: 30_000 }, async () => {
    await withPool(1, { method }, async (pool) => {
      const gate = chan<number>();
      const waiting = pool.applyAsync(async (gate: Channel<number>) => await gate.receive(), [gate]);
      assert(waiting instanceof AsyncResult);
      assert.equal(waiting.ready(), false);
      assert.throws(() => waiting.successful(), InterpreterError);
      assert(await rejection(waiting.get(5)) instanceof TimeoutError);
      await waiting.wait(5);
      await within(gate.send(5));
      assert.equal(await within(waiting.get()), 5);
      assert.equal(waiting.ready(), true);
      assert.equal(waiting.successful(), true);
      const failed = pool.applyAsync(() => {
        throw new Error("no");
      });
      await within(failed.wait());
      assert.equal(failed.successful(), false);
      assert.equal((await rejection(failed) as Error).message, "no");
    });
  });

  test(`Pool.map() and starmap() give results in order, whatever the chunks ${as}`, {
    timeout: 30_000,
  }, async () => {
    await withPool(2, { method }, async (pool) => {
      const items = Array.from({ length: 500 }, (_, i) => i);
      for (const chunksize of [undefined, 1, 7, 1000]) {
        assert.deepEqual(await within(pool.map(square, items, chunksize)), items.map(square));
      }
      assert.deepEqual(await within(pool.map(square, [])), []);
      assert.deepEqual(await within(pool.map(square, new Set([3, 4]))), [9, 16]);
      const pairs: [number, number][] = [[1, 2], [3, 4]];
      const add = (a: number, b: number) => a + b;
      assert.deepEqual(await within(pool.starmap(add, pairs)), [3, 7]);
      assert.deepEqual(await within(pool.starmapAsync(add, pairs).get()), [3, 7]);
      assert.deepEqual(await within(pool.mapAsync(square, [2])), [4]);
    });
  });

  test(
    `Pool.map() rejects with the first failure and takes off the rest ${as}`,
    { timeout: 30_000 },
    async () => {
      await withPool(1, { method }, async (pool) => {
        const ran = chan<number>(10_000);
        const error = await rejection(pool.starmap(
          async (n: number, ran: Channel<number>) => {
            await ran.send(n);
            if (n === 3) throw new RangeError("third");
          },
          Array.from({ length: 200 }, (_, i) => [i, ran] as [number, Channel<number>]),
          1,
        ));
        assert(error instanceof RangeError);
        // What comes now runs behind all that was not taken off.
        await within(pool.apply(square, [1]));
        assert(ran.size >= 4 && ran.size < 50, `${ran.size} have run`);
      });
    },
  );

  test(
    `Pool.imap() gives results in order, imapUnordered() as they come ${as}`,
    { timeout: 30_000 },
    async () => {
      await withPool(2, { method }, async (pool) => {
        const seen: number[] = [];
        for await (const n of pool.imap(square, [1, 2, 3, 4, 5], 2)) seen.push(n);
        assert.deepEqual(seen, [1, 4, 9, 16, 25]);
        const gate = chan<number>();
        const order: string[] = [];
        const slow = async (name: string) => {
          const { gate } = globalThis as unknown as { gate: Channel<number> };
          if (name === "slow") await gate.receive();
          return name;
        };
        void slow;
        const items: [string, Channel<number>][] = [["slow", gate], ["quick", gate]];
        const results = pool.imapUnordered(async ([name, gate]: [string, Channel<number>]) => {
          if (name === "slow") await gate.receive();
          return name;
        }, items);
        order.push((await within(results.next())).value);
        await within(gate.send(1));
        order.push((await within(results.next())).value);
        assert.deepEqual(order, ["quick", "slow"]);
        assert.equal((await within(results.next())).done, true);
      });
    },
  );

  test(`Pool.imap() takes an endless or async input a bounded number ahead and ends it ${as}`, {
    timeout: 30_000,
  }, async () => {
    await withPool(2, { method }, async (pool) => {
      let taken = 0;
      let ended = false;
      function* endless() {
        try {
          for (;;) yield taken++;
        } finally {
          ended = true;
        }
      }
      const first: number[] = [];
      for await (const n of pool.imap(square, endless())) {
        first.push(n);
        if (first.length === 10) break;
      }
      assert.deepEqual(first, Array.from({ length: 10 }, (_, i) => i * i));
      assert(taken < 40, `${taken} were taken`);
      assert.equal(ended, true);
      async function* later() {
        for (let i = 0; i < 4; i++) {
          await null;
          yield i;
        }
      }
      const all: number[] = [];
      for await (const n of pool.imap(square, later())) all.push(n);
      assert.deepEqual(all, [0, 1, 4, 9]);
    });
  });

  test(`Pool.imap() is left at once, and ended by terminate(), while its input waits ${as}`, {
    timeout: 30_000,
  }, async () => {
    const pool = new Pool(1, { method });
    let left = 0;
    const waiting = Promise.withResolvers<void>();
    async function* input() {
      try {
        yield 3;
        await waiting.promise;
      } finally {
        left++;
      }
    }
    await within((async () => {
      for await (const n of pool.imap(square, input())) {
        assert.equal(n, 9);
        break;
      }
    })());
    const results = pool.imap(square, input());
    assert.equal((await within(results.next())).value, 9);
    const next = rejection(results.next());
    await within(pool.terminate());
    assert((await within(next)) instanceof InterpreterError);
    assert.equal((await within(results.next())).done, true);
    waiting.resolve();
    await null;
    while (left < 2) await new Promise((resolve) => setTimeout(resolve, 0));
    await within(pool.join());
  });

  test(`Pool.join() does not wait for who reads what imap() has taken from its input ${as}`, {
    timeout: 30_000,
  }, async () => {
    const pool = new Pool(1, { method });
    const returned: string[] = [];
    const input = {
      [Symbol.iterator]() {
        const items = [1, 2].values();
        return {
          next: () => items.next(),
          return(): IteratorResult<number> {
            returned.push("return");
            return { done: true, value: undefined };
          },
        };
      },
    };
    const results = pool.imap(square, input);
    const unread = pool.imapUnordered(square, [3]);
    const endless = pool.imap(
      square,
      (function* () {
        for (;;) yield 1;
      })(),
    );
    assert.equal((await within(results.next())).value, 1);
    pool.close();
    await within(endless.return!());
    await within(pool.join());
    assert.equal((await within(unread.next())).value, 9);
    assert.equal((await within(results.next())).value, 4);
    assert.equal((await within(results.next())).done, true);
    assert.deepEqual(returned, [], "an input that has ended is not ended once more");
  });

  test(
    `Pool.imap() throws a failure in its place, and what its input throws ${as}`,
    { timeout: 30_000 },
    async () => {
      await withPool(1, { method }, async (pool) => {
        const results = pool.imap((n: number) => {
          if (n === 1) throw new RangeError("one");
          return n;
        }, [0, 1, 2]);
        assert.equal((await within(results.next())).value, 0);
        assert(await rejection(results.next()) instanceof RangeError);
        assert.equal((await within(results.next())).done, true);
        function* broken() {
          yield 1;
          throw new TypeError("input");
        }
        const seen: number[] = [];
        const error = await rejection((async () => {
          for await (const n of pool.imap(square, broken())) seen.push(n);
        })());
        assert(error instanceof TypeError);
        assert.deepEqual(seen, [1]);
      });
    },
  );

  test(
    `Pool loses the running task alone when an interpreter ends ${as} (W01)`,
    { timeout: 60_000 },
    async () => {
      await withPool(2, { method }, async (pool) => {
        const dying = pool.applyAsync(quit);
        const others = Array.from({ length: 100 }, (_, i) => pool.applyAsync(square, [i]));
        const error = await rejection(dying);
        assert(error instanceof BrokenInterpreterPool);
        assert(error.cause instanceof Error);
        assert.deepEqual(await within(Promise.all(others)), Array.from({ length: 100 }, (_, i) => i * i));
        // The number of interpreters is restored.
        await within(Promise.all(Array.from({ length: 10 }, (_, i) => pool.apply(square, [i]))));
        assert.equal(listAll().length, 3);
      });
    },
  );

  test(`Pool goes on while every fifth of many short tasks ends its interpreter ${as}`, {
    timeout: 120_000,
  }, async () => {
    await withPool(2, { method }, async (pool) => {
      const tasks = Array.from({ length: 50 }, (_, i) =>
        pool.apply((i: number) => {
          const { process } = globalThis as unknown as { process: { exit(code: number): never } };
          if (i % 5 === 4) process.exit(1);
          return i;
        }, [i]));
      const outcomes = await within(Promise.allSettled(tasks), "the tasks", 100_000);
      for (const [i, outcome] of outcomes.entries()) {
        if (i % 5 === 4) {
          assert(
            outcome.status === "rejected" && outcome.reason instanceof BrokenInterpreterPool,
            `task ${i}`,
          );
        } else assert.deepEqual(outcome, { status: "fulfilled", value: i });
      }
    });
  });

  test(`Pool with maxTasksPerChild replaces interpreters ${as}`, { timeout: 60_000 }, async () => {
    await withPool(1, { method, maxTasksPerChild: 3 }, async (pool) => {
      const ids = await within(
        Promise.all(Array.from({ length: 7 }, () => pool.apply(() => csp.getCurrent().id))),
        "the tasks",
        50_000,
      );
      const counts = new Map<number, number>();
      for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
      assert.deepEqual([...counts.values()].sort(), [1, 3, 3]);
    });
  });

  test(`Pool runs the initializer in each interpreter first ${as}`, { timeout: 30_000 }, async () => {
    await withPool(2, {
      method,
      initializer: (base: number) => {
        (globalThis as unknown as { base: number }).base = base;
      },
      initargs: [40],
    }, async (pool) => {
      const sums = await within(
        pool.map((n: number) => (globalThis as unknown as { base: number }).base + n, [1, 2, 3]),
      );
      assert.deepEqual(sums, [41, 42, 43]);
    });
  });

  test(`Pool rejects every task with BrokenInterpreterPool when the initializer fails ${as}`, {
    timeout: 30_000,
  }, async () => {
    for (
      const initializer of [() => {
        throw new RangeError("not today");
      }, quit]
    ) {
      const pool = new Pool(2, { method, initializer });
      const early = pool.applyAsync(square, [1]);
      const error = await rejection(early);
      assert(error instanceof BrokenInterpreterPool);
      assert(initializer === quit ? error.cause instanceof Error : error.cause instanceof RangeError);
      assert(await rejection(pool.apply(square, [1])) instanceof BrokenInterpreterPool);
      assert(await rejection(pool.map(square, [1, 2])) instanceof BrokenInterpreterPool);
      await within(pool.terminate());
      await within(pool.join());
    }
    assert.equal(listAll().length, 1);
  });

  test(
    `Pool.close() lets tasks finish, join() waits for the interpreters ${as} (W07)`,
    { timeout: 30_000 },
    async () => {
      const pool = new Pool(2, { method });
      assert(await rejection(pool.join()) instanceof InterpreterError);
      const results = Array.from({ length: 20 }, (_, i) => pool.applyAsync(square, [i]));
      pool.close();
      pool.close();
      assert(await rejection(pool.apply(square, [1])) instanceof InterpreterError);
      assert.throws(() => pool.applyAsync(square, [1]), InterpreterError);
      assert.throws(() => pool.imap(square, [1]), InterpreterError);
      await within(pool.join());
      assert.deepEqual(await Promise.all(results), Array.from({ length: 20 }, (_, i) => i * i));
      assert.equal(listAll().length, 1);
      await within(pool.terminate());
    },
  );

  test(`Pool.close() lets what was begun hand in the rest ${as}`, { timeout: 30_000 }, async () => {
    const pool = new Pool(1, { method });
    const items = Array.from({ length: 40 }, (_, i) => i);
    const mapped = pool.map(square, items, 1);
    const result = pool.mapAsync(square, items, 3);
    const streams = [pool.imap(square, items, 1), pool.imapUnordered(square, items, 7)];
    pool.close();
    assert.throws(() => pool.applyAsync(square, [1]), /was closed/);
    const squares = items.map(square);
    for (const stream of streams) {
      const got: number[] = [];
      for await (const one of stream) got.push(one);
      assert.deepEqual(got, squares);
    }
    assert.deepEqual(await within(mapped), squares);
    assert.deepEqual(await within(result.get()), squares);
    await within(pool.join());
    await assert.rejects(async () => await pool.imap(square, items).next(), /was closed/);
    assert.deepEqual(listAll().map(({ id }) => id), [0]);
  });

  test(`Pool.terminate() rejects what is not over, at any moment ${as}`, { timeout: 60_000 }, async () => {
    for (const moment of ["at once", "running"]) {
      const pool = new Pool(2, { method });
      const started = chan<number>(2);
      const busy = pool.applyAsync(async (started: Channel<number>) => {
        await started.send(1);
        await csp.chan<number>().receive();
      }, [started]);
      const queued = Array.from({ length: 10 }, () => pool.applyAsync(square, [1]));
      if (moment === "running") await within(started.receive());
      const ended = pool.terminate();
      void pool.terminate();
      const errors = await within(
        Promise.all([rejection(busy), ...queued.map((one) => one.then(() => undefined, (e) => e))]),
      );
      assert(errors[0] instanceof InterpreterError);
      for (const error of errors.slice(1)) assert(error === undefined || error instanceof InterpreterError);
      await within(ended);
      await within(pool.join());
      assert.equal(listAll().length, 1);
    }
  });

  test(
    `Pool moves what is marked, and ends: they are the task's until it ends ${as}`,
    { timeout: 30_000 },
    async () => {
      await withPool(1, { method }, async (pool) => {
        const bytes = new Uint8Array(100_000).fill(1);
        const back = await within(pool.apply((b: Uint8Array) => csp.move(b), [move(bytes)]));
        assert.equal(bytes.length, 0);
        assert.equal(back.length, 100_000);
        const out = chan<number>();
        const sending = pool.applyAsync(async (out: Sender<number>) => {
          for (let i = 0; i < 3; i++) await out.send(i);
        }, [out.sender()]);
        const seen: number[] = [];
        await within((async () => {
          for await (const n of out) seen.push(n);
        })());
        assert.deepEqual(seen, [0, 1, 2]);
        await within(sending);
      });
    },
  );

  test(`Pool tasks may block, and each is a process ${as}`, { timeout: 30_000 }, async () => {
    await withPool(1, { method }, async (pool) => {
      const jobs = chan<number>(1);
      const got = pool.applyAsync((jobs: Channel<number>) => jobs.receiveSync(), [jobs]);
      await within(jobs.send(7));
      assert.equal(await within(got), 7);
      const [one, other] = [
        await within(pool.apply(function first() {
          const { id, name, signal } = csp.currentProcess();
          return [id, name, signal.aborted];
        })),
        await within(pool.apply(function second() {
          return [csp.currentProcess().id];
        })),
      ];
      assert.equal(one[1], "first");
      assert.equal(one[2], false);
      assert.notEqual(one[0], other[0]);
    });
  });
}

test("Pool refuses sizes and options that mean nothing", () => {
  for (const size of [0, -1, 1.5, NaN]) assert.throws(() => new Pool(size), RangeError);
  assert.throws(() => new Pool("2" as never), TypeError);
  assert.throws(() => new Pool(1, { method: "pipe" as never }), TypeError);
  assert.throws(() => new Pool(1, { maxTasksPerChild: 0 }), RangeError);
  assert.throws(() => new Pool(1, { initializer: 1 as never }), TypeError);
  assert.throws(() => new Pool(1, { initargs: 1 as never }), TypeError);
  assert.throws(() => new Pool(1, { sise: 1 } as never), TypeError);
  assert.equal(listAll().length, 1);
});

test(
  "Pool ends a generator that it refuses, before the next task and terminate()",
  { timeout: 60_000 },
  async () => {
    await withPool(1, { method: "call" }, async (pool) => {
      const words = flags();
      const error = await rejection(pool.apply((words: Int32Array<SharedArrayBuffer>) => {
        const begun = (async function* () {
          try {
            yield 1;
          } finally {
            await csp.sleep(5);
            Atomics.store(words, 0, 1);
            // deno-lint-ignore no-unsafe-finally
            throw new Error("nobody's");
          }
        })();
        void begun.next();
        return begun;
      }, [words]));
      assert(error instanceof InterpreterError, String(error));
      assert.equal(words[0], 1, "its interpreter was given to others before finally had run");
      assert.equal(await within(pool.apply(square, [2])), 4);
    });
    const { code, stdout, stderr } = await runProgram(`
    import { Pool } from "@pool/csp";
    for (const method of ["channel", "call", "port"]) {
      const pool = new Pool(1, { method });
      console.log(await pool.apply(function* () { yield 1; }).catch((error) => error.name));
      await pool.terminate();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  `);
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "InterpreterError\n".repeat(3) }, stderr);
  },
);

test("Pool.map() refuses a chunksize below 1", async () => {
  await withPool(1, {}, async (pool) => {
    for (const chunksize of [0, -1, 1.5]) {
      assert(await rejection(pool.map(square, [1], chunksize)) instanceof RangeError);
      assert.throws(() => pool.imap(square, [1], chunksize), RangeError);
    }
  });
});

test("Pool refuses what is no function, no iterable, no array of arguments", async () => {
  await withPool(1, {}, async (pool) => {
    const refused = (of: RegExp) => ({ name: "TypeError", message: of });
    async function* none(): AsyncGenerator<number> {}
    for (
      const [fn, kind] of [[undefined, "undefined"], ["x", "of type string"], [{}, "an object"]] as const
    ) {
      const of = (action: string) => refused(RegExp(`^Cannot ${action}: fn is ${kind}; pass a function$`));
      await assert.rejects(pool.apply(fn as never, []), of("hand in a task"));
      assert.throws(() => pool.applyAsync(fn as never, []), of("hand in a task"));
      await assert.rejects(pool.map(fn as never, [1]), of("map"));
      await assert.rejects(pool.mapAsync(fn as never, [1]).get(), of("map"));
      assert.throws(() => pool.imap(fn as never, [1]), of("map"));
      assert.throws(() => pool.imapUnordered(fn as never, [1]), of("map"));
    }
    const five = refused(/^Cannot map: items is of type number; pass an iterable$/);
    await assert.rejects(pool.map(square, 5 as never), five);
    assert.throws(() => pool.mapAsync(square, 5 as never), five);
    assert.throws(() => pool.imap(square, 5 as never), five);
    assert.throws(() => pool.imapUnordered(square, 5 as never), five);
    await assert.rejects(
      pool.map(square, null as never),
      refused(/^Cannot map: items is null; pass an iterable$/),
    );
    await assert.rejects(
      pool.map(square, none() as never),
      refused(/items is an async iterable; .* use Pool\.imap$/),
    );
    await assert.rejects(pool.starmap(square, 5 as never), refused(/^Cannot map: calls is of type number;/));
    const args = refused(/^Cannot hand in a task: args is of type number; pass an array of arguments$/);
    await assert.rejects(pool.apply(square, 5 as never), args);
    assert.throws(() => pool.applyAsync(square, 5 as never), args);
    const second = refused(/^Cannot map: calls\[1\] is of type number; pass an array of arguments$/);
    await assert.rejects(pool.starmap(square, [[1], 1 as never]), second);
    assert.throws(() => pool.starmapAsync(square, [[1], 1 as never]), second);
    assert.equal(pool.metrics().completed, 0);
    const letters = pool.imap((letter: string) => letter, "ab");
    assert.deepEqual(await within(Array.fromAsync(letters)), ["a", "b"]);
  });
});

test("Pool notes that its interpreters compute, and not while a task blocks or when it is over", {
  timeout: 30_000,
}, async () => {
  const [words, gate] = [flags(), chan<number>()];
  function initializer(words: Int32Array, gate: Channel<number>): void {
    Object.assign(globalThis, { words, gate });
  }
  function blockAndSpin(): void {
    const { words, gate } = globalThis as unknown as { words: Int32Array; gate: Channel<number> };
    Atomics.store(words, 0, 1);
    gate.receiveSync();
    Atomics.store(words, 0, 2);
    while (Atomics.load(words, 1) === 0);
  }
  async function becomes(computes: boolean): Promise<void> {
    while (realm.board!.areComputing(1) !== computes) await sleep(1);
  }
  await withPool(1, { initializer: initializer as () => void, initargs: [words, gate] }, async (pool) => {
    // The first one tells that tasks are long enough to matter.
    await within(pool.apply(() => {
      for (const end = performance.now() + 1; performance.now() < end;);
    }));
    for (const run of ["apply", "map"] as const) {
      words.fill(0);
      const task: Promise<unknown> = run === "apply"
        ? pool.apply(blockAndSpin)
        : pool.map(blockAndSpin, [0], 1);
      await reached(words, 0);
      await within(becomes(false), "its wait");
      await within(gate.send(1));
      await reached(words, 0, 2);
      assert.equal(realm.board!.areComputing(1), true, run);
      Atomics.store(words, 1, 1);
      await within(task);
      await within(becomes(false), "its end");
    }
  });
});

test("Pool works inside an interpreter (W08)", { timeout: 60_000 }, async () => {
  await withPool(1, {}, async (pool) => {
    const sum = await within(
      pool.apply(async () => {
        const inner = new csp.Pool(2);
        try {
          const squares = await inner.map((n: number) => n * n, [1, 2, 3]);
          return squares.reduce((a, b) => a + b);
        } finally {
          await inner.terminate();
        }
      }),
      "the sum",
      50_000,
    );
    assert.equal(sum, 14);
  });
});

test("Pool.metrics() counts what has happened", { timeout: 30_000 }, async () => {
  await withPool(2, {}, async (pool) => {
    await within(pool.map(square, [1, 2, 3, 4], 1));
    const metrics = pool.metrics();
    assert.equal(metrics.queued, 0);
    assert.equal(metrics.running, 0);
    assert.equal(metrics.completed, 4);
    assert.equal(metrics.interpreters, 2);
    assert.equal(metrics.runTime.count, 4);
    assert(metrics.waitTime.max >= metrics.waitTime.quantile(0.5));
    assert(metrics.utilization >= 0 && metrics.utilization <= 1);
    assert.throws(() => metrics.runTime.quantile(2), RangeError);
  });
});

test("A program that makes a Pool at top level without a guard is told so", { timeout: 60_000 }, async () => {
  const results = await Promise.all(METHODS.map((method) =>
    runProgram(`
      import { Pool, task } from "@pool/csp";
      const work = task(import.meta, function work() { return 7; });
      const pool = new Pool(1, { method: "${method}" });
      await pool.apply(work).then(console.log, (error) => console.log(error.name, error.message));
      await pool.terminate();
    `)
  ));
  for (const [i, { late, stdout, stderr }] of results.entries()) {
    assert.equal(late, false, METHODS[i]!);
    assert.match(stdout, /InterpreterError.*import\.meta\.main/s, `${METHODS[i]}: ${stderr}`);
  }
});
