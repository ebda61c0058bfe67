/** What pools do when an interpreter goes: none of what it was given, or is about to be given, is lost or done twice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BrokenInterpreterPool, chan, type Channel, InterpreterPoolExecutor, listAll, Pool } from "@pool/csp";
import { runProgram, runtime } from "../../_program.ts";
import { randomBelow } from "../../_random.ts";
import { within } from "../../_within.ts";

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
      { flags: ["--max-old-space-size=60"], limit: 50_000 },
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
