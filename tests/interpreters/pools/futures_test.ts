/** The meaning of `Future`, `wait` and `asCompleted`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  asCompleted,
  CancelledError,
  chan,
  type Channel,
  type Future,
  InterpreterPoolExecutor,
  listAll,
  TimeoutError,
  wait,
} from "@pool/csp";
import { runProgram } from "../../_program.ts";
import { rejection, within } from "../../_within.ts";

const slow = { timeout: 60_000 };

interface Held {
  readonly executor: InterpreterPoolExecutor;
  /** Runs until {@link Held.letGo}. */
  readonly running: Future<number>;
  letGo(value: number): Promise<void>;
}

/** An executor with one interpreter, in which a task waits. */
async function whileHeld(use: (held: Held) => Promise<void>): Promise<void> {
  const [started, gate] = [chan<number>(), chan<number>()];
  const executor = new InterpreterPoolExecutor({ maxWorkers: 1 });
  try {
    const running = executor.submit(
      async (started: Channel<number>, gate: Channel<number>) => {
        await started.send(1);
        return await gate.receive();
      },
      started,
      gate,
    );
    await within(started.receive());
    await use({
      executor,
      running,
      async letGo(value) {
        await within(gate.send(value));
      },
    });
  } finally {
    gate.close();
    await within(executor.shutdown({ cancelFutures: true }), "the shutdown");
  }
  assert.deepEqual(listAll().map(({ id }) => id), [0]);
}

function square(n: number): number {
  return n * n;
}

function fail(): never {
  throw new RangeError("failed");
}

test("Future tells whether its task waits, runs or has ended", slow, async () => {
  await whileHeld(async ({ executor, running, letGo }) => {
    const queued = executor.submit(square, 3);
    assert.deepEqual([running.running(), running.done(), running.cancelled()], [true, false, false]);
    assert.deepEqual([queued.running(), queued.done(), queued.cancelled()], [false, false, false]);
    await letGo(5);
    assert.equal(await within(running), 5);
    assert.deepEqual([running.running(), running.done(), running.cancelled()], [false, true, false]);
    assert.equal(await within(queued), 9);
    assert.equal(Object.prototype.toString.call(queued), "[object Future]");
  });
});

test("Future can be awaited twice, and late, and is a promise", slow, async () => {
  await whileHeld(async ({ executor, running, letGo }) => {
    const both = Promise.all([running, running.result(), running.then((n) => n + 1)]);
    await letGo(5);
    assert.deepEqual(await within(both), [5, 5, 6]);
    assert.equal(await within(running), 5);
    const failed = executor.submit(fail);
    await within(wait([failed]));
    const error = await rejection(failed);
    assert.equal(await rejection(failed.result()), error);
    assert.equal(await within(failed.catch((error) => error)), error);
    let ended = 0;
    assert.equal(await rejection(failed.finally(() => void ended++)), error);
    assert.equal(await within(running.finally(() => void ended++)), 5);
    assert.equal(ended, 2);
  });
});

test(
  "Future.result() and exception() wait no longer than the timeout, and the task goes on",
  slow,
  async () => {
    await whileHeld(async ({ executor, running, letGo }) => {
      for (const timeout of [0, 5]) {
        assert(await rejection(running.result(timeout)) instanceof TimeoutError);
        assert(await rejection(running.exception(timeout)) instanceof TimeoutError);
      }
      for (const timeout of [-1, NaN, "1" as never]) {
        assert(await rejection(running.result(timeout)) instanceof RangeError);
        assert(await rejection(running.exception(timeout)) instanceof RangeError);
      }
      const cancelled = executor.submit(square, 2);
      const late = cancelled.exception(5);
      assert(await rejection(late) instanceof TimeoutError);
      cancelled.cancel();
      assert(await rejection(cancelled.result()) instanceof CancelledError);
      assert(await rejection(cancelled.exception()) instanceof CancelledError);
      await letGo(1);
      assert.equal(await within(running.result(10_000)), 1);
      assert.equal(await within(running.result(Infinity)), 1);
      assert.equal(await within(running.result(0)), 1);
      assert.equal(await within(running.exception()), undefined);
      const failed = executor.submit(fail);
      assert((await within(failed.exception(10_000))) instanceof RangeError);
      assert.equal(await within(failed.exception()), await rejection(failed.result()));
    });
  },
);

test("Future.cancel() succeeds exactly while the task has not begun", slow, async () => {
  await whileHeld(async ({ executor, running, letGo }) => {
    const ran = chan<number>(10);
    const queued = executor.submit((ran: Channel<number>) => ran.send(1), ran);
    const light = executor.submit(square, 2);
    assert.equal(running.cancel(), false);
    for (const future of [queued, light]) {
      assert.equal(future.cancel(), true);
      assert.equal(future.cancel(), true);
      assert.deepEqual([future.cancelled(), future.done(), future.running()], [true, true, false]);
      assert(await rejection(future) instanceof CancelledError);
    }
    await letGo(4);
    assert.equal(await within(running), 4);
    assert.equal(running.cancel(), false);
    assert.equal(running.cancelled(), false);
    assert.equal(await within(executor.submit(square, 3)), 9);
    assert.equal(ran.size, 0);
  });
});

test("Future.addDoneCallback() calls in order of registration, late ones too", slow, async () => {
  await whileHeld(async ({ executor, running, letGo }) => {
    const calls: string[] = [];
    const taken = (): string[] => calls.splice(0);
    running.addDoneCallback((future) => {
      calls.push(`first ${future === running} ${future.done()}`);
      future.addDoneCallback(() => calls.push("from within"));
    });
    running.addDoneCallback(() => calls.push("second"));
    const cancelled = executor.submit(square, 1);
    cancelled.addDoneCallback((future) => calls.push(`cancelled ${future.cancelled()}`));
    cancelled.cancel();
    assert.deepEqual(taken(), []);
    await null;
    assert.deepEqual(taken(), ["cancelled true"]);
    await letGo(1);
    await within(running);
    await null;
    await null;
    assert.deepEqual(taken(), ["first true true", "second", "from within"]);
    running.addDoneCallback(() => calls.push("late"));
    assert.deepEqual(taken(), ["late"], "on a future that is done");
    const again = executor.submit(square, 1);
    again.addDoneCallback(() => calls.push("early"));
    again.cancel();
    again.addDoneCallback(() => calls.push("late"));
    assert.deepEqual(taken(), ["early", "late"], "before those that were added earlier had their turn");
    await null;
    assert.deepEqual(taken(), []);
    assert.throws(() => running.addDoneCallback(1 as never), TypeError);
  });
});

test(
  "Neither a failure that nobody asks for nor an error of a callback ends the program; that one is written",
  slow,
  async () => {
    const program = (body: string) => `
    import { InterpreterPoolExecutor, wait } from "@pool/csp";
    const executor = new InterpreterPoolExecutor({ maxWorkers: 1 });
    const future = executor.submit(() => { throw new Error("of the task"); });
    ${body}
    await executor.shutdown();
    await new Promise((resolve) => setTimeout(resolve, 50));
    console.log("end");
  `;
    const [silent, waited, thrown, late] = await Promise.all([
      runProgram(program("")),
      runProgram(program("await wait([future]);")),
      runProgram(program(`future.addDoneCallback(() => { throw new Error("of the callback"); });`)),
      runProgram(program(`
        await wait([future]);
        future.addDoneCallback(() => { throw new Error("of the callback"); });
      `)),
    ]);
    for (const { code, stdout, stderr } of [silent, waited, thrown, late]) {
      assert.deepEqual({ code, stdout }, { code: 0, stdout: "end\n" }, stderr);
    }
    for (const { stderr } of [thrown, late]) assert.match(stderr, /of the callback/);
  },
);

test("wait() waits for all, for the first, or for the first failure", slow, async () => {
  await whileHeld(async ({ executor, running, letGo }) => {
    const cancelled = executor.submit(square, 1);
    cancelled.cancel();
    const first = await within(wait([running, cancelled], { returnWhen: "FIRST_COMPLETED" }));
    assert.deepEqual([[...first.done], [...first.notDone]], [[cancelled], [running]]);
    // A cancelled one is no failure.
    const none = await within(wait([cancelled, running], { returnWhen: "FIRST_EXCEPTION", timeout: 20 }));
    assert.deepEqual([[...none.done], [...none.notDone]], [[cancelled], [running]]);
    const [failing, behind] = [executor.submit(fail), executor.submit(square, 3)];
    const failed = wait([behind, failing, running], { returnWhen: "FIRST_EXCEPTION" });
    const all = wait(new Set([running, failing, behind, cancelled]));
    await letGo(7);
    const { done } = await within(failed);
    assert(done.has(running) && done.has(failing));
    const ended = await within(all);
    assert.equal(ended.done.size, 4);
    assert.equal(ended.notDone.size, 0);
    for (const returnWhen of ["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"] as const) {
      const over = await within(wait([running, running, behind], { returnWhen }));
      assert.deepEqual(over.done, new Set([running, behind]));
      const empty = await within(wait([], { returnWhen }));
      assert.deepEqual([empty.done.size, empty.notDone.size], [0, 0]);
    }
  });
});

test("wait() gives what there is after the timeout, 0 included", slow, async () => {
  await whileHeld(async ({ executor, running, letGo }) => {
    const queued = executor.submit(square, 2);
    for (const timeout of [0, 5]) {
      const { done, notDone } = await within(wait([running, queued], { timeout }));
      assert.deepEqual([[...done], [...notDone]], [[], [running, queued]]);
    }
    await letGo(1);
    await within(Promise.all([running, queued]));
    for (const timeout of [0, Infinity, 1e12]) {
      const { done, notDone } = await within(wait([running, queued], { timeout }));
      assert.deepEqual([done.size, notDone.size], [2, 0]);
    }
  });
});

test("wait() and asCompleted() refuse what means nothing", slow, async () => {
  await whileHeld(async ({ running }) => {
    assert(await rejection(wait([running, 1 as never])) instanceof TypeError);
    assert(await rejection(wait([Promise.resolve() as never])) instanceof TypeError);
    assert(await rejection(wait([running], { returnWhen: "FIRST" as never })) instanceof TypeError);
    assert(await rejection(wait([running], { when: 1 } as never)) instanceof TypeError);
    for (const timeout of [-1, NaN, "1" as never]) {
      assert(await rejection(wait([running], { timeout })) instanceof RangeError);
    }
    assert.throws(() => asCompleted([running, undefined as never]), TypeError);
  });
});

test("asCompleted() gives futures as they end, failed and cancelled ones, each once", slow, async () => {
  await whileHeld(async ({ executor, running, letGo }) => {
    const cancelled = executor.submit(square, 1);
    const failing = executor.submit(fail);
    const behind = executor.submit(square, 3);
    cancelled.cancel();
    const order: Future<unknown>[] = [];
    const all = asCompleted<Future<unknown>>([behind, running, failing, cancelled, running, behind]);
    order.push((await within(all.next())).value!);
    const next = all.next();
    await letGo(1);
    order.push((await within(next)).value!);
    for await (const future of all) order.push(future);
    assert.equal((await within(all.next())).done, true);
    assert.deepEqual(order.map((one) => [running, failing, behind, cancelled].indexOf(one as never)), [
      3,
      0,
      1,
      2,
    ]);
    for await (const _ of asCompleted([])) assert.fail("there is none");
    const left: Future<unknown>[] = [];
    for await (const future of asCompleted([running, behind])) {
      // TypeScript 6 takes it for awaited, or not, by what it has read before.
      left.push(future as unknown as Future<unknown>);
      break;
    }
    assert.deepEqual(left, [running]);
  });
});
