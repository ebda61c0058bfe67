/** What pools do when an interpreter goes: none of what it was given, or is about to be given, is lost or done twice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  after,
  BrokenInterpreterPool,
  chan,
  type Channel,
  create,
  InterpreterError,
  InterpreterNotFoundError,
  InterpreterPoolExecutor,
  listAll,
  Pool,
  select,
  type Sender,
} from "@pool/csp";
import { runProgram, runtime, SMALL_HEAP } from "../../_program.ts";
import { randomBelow } from "../../_random.ts";
import { rejection, within } from "../../_within.ts";

declare const csp: typeof import("@pool/csp");

const slow = { timeout: 60_000 };

/** Says where it runs, and waits for a value. */
async function hold(started: Channel<number>, gate: Channel<number>): Promise<number> {
  await started.send(csp.getCurrent().id);
  return await gate.receive();
}

/** The ways of giving out tasks one by one, with an end. */
const POOLS = {
  ...Object.fromEntries((["channel", "call", "port"] as const).map((method) => [`Pool by ${method}`, () => {
    const pool = new Pool(2, { method });
    return {
      submit: <A extends unknown[], R>(fn: (...args: A) => R, ...args: A) => pool.apply(fn, args),
      end: () => pool.terminate(),
    };
  }])),
  InterpreterPoolExecutor() {
    const executor = new InterpreterPoolExecutor({ maxWorkers: 2 });
    return {
      submit: <A extends unknown[], R>(fn: (...args: A) => R, ...args: A) =>
        Promise.resolve(executor.submit(fn, ...args)),
      end: () => executor.shutdown({ cancelFutures: true }),
    };
  },
};

for (const [name, make] of Object.entries(POOLS)) {
  test(
    `${name} loses the running task alone when its interpreter is closed by force, and has another (W01)`,
    slow,
    async () => {
      const { submit, end } = make();
      const [started, gate] = [chan<number>(2), chan<number>()];
      const both = [submit(hold, started, gate), submit(hold, started, gate)];
      const ids = [await within(started.receive()), await within(started.receive())];
      const queued = Array.from({ length: 20 }, (_, i) => submit((n: number) => n * n, i));
      const settled = Promise.allSettled(both);
      const victim = listAll().find(({ id }) => id === ids[0]);
      await within(victim!.close({ force: true }));
      await within(gate.send(7));
      const outcomes = await within(settled);
      const [failed] = outcomes.filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
      assert(failed?.reason instanceof BrokenInterpreterPool);
      assert.deepEqual(outcomes.filter(({ status }) => status === "fulfilled"), [{
        status: "fulfilled",
        value: 7,
      }]);
      assert.deepEqual(await within(Promise.all(queued)), Array.from({ length: 20 }, (_, i) => i * i));
      // Both run at once again.
      const again = [submit(hold, started, gate), submit(hold, started, gate)];
      const now = [await within(started.receive()), await within(started.receive())];
      assert.notEqual(now[0], now[1]);
      assert(!now.includes(ids[0]!));
      await within(gate.send(1));
      await within(gate.send(1));
      await within(Promise.all(again));
      await within(end());
      assert.equal(listAll().length, 1);
    },
  );
}

// Deno ends the program, and Bun has no limit for one thread.
if (runtime === "node") {
  test("Pool loses the running task alone when its interpreter is out of memory (W01)", slow, async () => {
    const { code, stdout, stderr } = await runProgram(
      `
      import { Pool } from "@pool/csp";
      function fill() {
        const all = [];
        for (;;) all.push(Array.from({ length: 1000 }, (_, i) => ({ i })));
      }
      if (import.meta.main) {
        const pool = new Pool(2);
        const dying = pool.applyAsync(fill);
        const others = Array.from({ length: 50 }, (_, i) => pool.applyAsync((n) => n * n, [i]));
        await dying.catch((error) => console.log(error.name, error.cause.cause.code));
        console.log((await Promise.all(others)).length, await pool.apply((n) => n * n, [7]));
        await pool.terminate();
      }
    `,
      { flags: SMALL_HEAP, limit: 50_000 },
    );
    assert.deepEqual(
      [code, stdout.trim().split("\n")],
      [0, ["BrokenInterpreterPool ERR_WORKER_OUT_OF_MEMORY", "50 49"]],
      stderr,
    );
  });
}

for (const method of ["channel", "call", "port"] as const) {
  test(
    `Pool by ${method} that recycles drops no task, the last of an interpreter or one that comes then (W05, W10)`,
    slow,
    async () => {
      const seed = Date.now() | 0;
      console.log(`seed ${seed}`);
      const below = randomBelow(seed);
      const pool = new Pool(2, { method, maxTasksPerChild: 2 });
      const results: Promise<[number, number]>[] = [];
      while (results.length < 14) {
        results.push(
          pool.apply((i: number) => [i, csp.getCurrent().id] as [number, number], [results.length]),
        );
        // What follows comes at any moment of the end of the one before.
        for (let turns = below(4); turns > 0; turns--) await results[below(results.length)];
      }
      const all = await within(Promise.all(results), "the tasks", 50_000);
      assert.deepEqual(all.map(([i]) => i), Array.from({ length: 14 }, (_, i) => i));
      const counts = new Map<number, number>();
      for (const [, id] of all) counts.set(id, (counts.get(id) ?? 0) + 1);
      assert(Math.max(...counts.values()) <= 2, `tasks of an interpreter: ${[...counts.values()]}`);
      await within(pool.terminate());
    },
  );
}

/** Begins three tasks that say so, wait and say what they have got, on interpreters of its own. */
function leave(by: string, said: Sender<number>, gate: Channel<number>): void {
  async function work(said: Sender<number>, gate: Channel<number>): Promise<void> {
    await said.send(-1);
    await said.send(await gate.receive());
  }
  const calls: [Sender<number>, Channel<number>][] = [1, 2, 3].map(() => [said.clone(), gate]);
  said.retire();
  if (by === "parallel") return void csp.parallel(...calls.map((args) => [work, ...args] as const));
  if (by === "executor") {
    const executor = new csp.InterpreterPoolExecutor({ maxWorkers: 2 });
    for (const args of calls) executor.submit(work, ...args);
  } else {
    const pool = new csp.Pool(2, { method: by as "channel" | "call" | "port" });
    for (const args of calls) pool.applyAsync(work, args);
  }
}

/** An interpreter in which {@link leave} has run and two tasks have begun. */
async function withTasks(by: string) {
  const owner = create();
  const [all, gate] = [chan<number>(8), chan<number>()];
  const said = all.receiver();
  await within(owner.call(leave, by, all.sender(), gate), "leave", 30_000);
  for (let n = 0; n < 2; n++) assert.equal(await within(said.receive()), -1);
  assert(listAll().length > 3);
  return { owner, said, gate };
}

function onlyMainLives(): void {
  assert.deepEqual(listAll().map(({ id }) => id), [0]);
}

const WAYS = ["channel", "call", "port", "executor"];

for (const by of [...WAYS, "parallel"]) {
  test(
    `What ${by} has made in an interpreter ends with it, when it is forced and when it dies`,
    slow,
    async () => {
      for (const end of ["force", "death"]) {
        const { owner, said } = await withTasks(by);
        if (end === "force") await within(owner.close({ force: true }));
        else await rejection(owner.exec("process.exit(3)"));
        onlyMainLives();
        // Nobody is left who could say anything.
        await rejection((async () => {
          for (;;) await said.receive();
        })());
      }
    },
  );
}

for (const by of WAYS) {
  test(`What ${by} has made in an interpreter does what it was given before that closes`, slow, async () => {
    const { owner, said, gate } = await withTasks(by);
    const closing = owner.close();
    for (const n of [1, 2, 3]) await within(gate.send(n));
    await within(closing);
    onlyMainLives();
    const rest = await within(said.receiveMany(8));
    assert.deepEqual(rest.toSorted(), [-1, 1, 2, 3]);
  });
}

test(
  "Interpreter.close() waits for long tasks of a pool made in it, and can be forced meanwhile",
  slow,
  async () => {
    const { owner, said, gate } = await withTasks("channel");
    const closing = owner.close();
    // Longer than an interpreter without a pool may take to end.
    assert.equal((await select({ closing, late: after(1200) })).case, "late");
    await within(gate.send(1));
    assert.equal(await within(said.receive()), 1);
    await assert.rejects(owner.call(() => 1), InterpreterNotFoundError);
    await within(owner.close({ force: true }));
    await within(closing);
    onlyMainLives();
  },
);

test("A pool made in a task of a pool ends with the interpreter of that", slow, async () => {
  const pool = new Pool(1);
  const begun = chan<number>();
  const result = pool.applyAsync(async (begun: Channel<number>) => {
    await new csp.Pool(2).apply(async (begun: Channel<number>) => {
      await begun.send(1);
      await csp.never.receive();
    }, [begun]);
  }, [begun]);
  await within(begun.receive(), "the inner task", 30_000);
  assert.equal(listAll().length, 4);
  const failure = rejection(result);
  await within(pool.terminate());
  onlyMainLives();
  assert((await failure) instanceof InterpreterError);
});

test("A program ends by itself when an interpreter with a pool at work is gone", slow, async () => {
  const { code, late, stdout, stderr } = await runProgram(`
    import { create, listAll } from "@pool/csp";
    for (const end of ["force", "death"]) {
      const owner = create();
      await owner.call(async () => {
        const [pool, begun] = [new csp.Pool(2), csp.chan()];
        for (let n = 0; n < 2; n++) {
          pool.applyAsync(async (begun) => {
            await begun.send(1);
            for (;;) await csp.sleep(1);
          }, [begun]);
          await begun.receive();
        }
      });
      if (end === "force") await owner.close({ force: true });
      else await owner.exec("process.exit(3)").catch(() => {});
      console.log(listAll().length);
    }
  `);
  assert.deepEqual([code, late, stdout], [0, false, "1\n1\n"], stderr);
});
