import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  createQueue,
  getMain,
  NotShareableError,
  Queue,
  QueueEmpty,
  QueueError,
  QueueFull,
  TimeoutError,
} from "@pool/csp";
import { flags, reached, withInterpreter, withInterpreters } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";
import { assertPending, countedSignal } from "../channels/conformance/timing.ts";

declare const csp: typeof import("@pool/csp");

test("createQueue() makes queues of any integer size, and tells it", () => {
  assert.equal(createQueue().maxsize, 0);
  for (const maxsize of [1, 3, 100, 0, -10]) {
    const queue = createQueue(maxsize);
    assert(queue instanceof Queue);
    assert.equal(queue.maxsize, maxsize);
  }
});

test("createQueue() throws TypeError when maxsize is no integer", () => {
  for (const maxsize of ["1", 1.5, NaN, Infinity, null, 2n, {}]) {
    assert.throws(() => createQueue(maxsize as number), TypeError, String(maxsize));
  }
});

test("Queue has an id of its own; id and maxsize are read-only", () => {
  const [one, two] = [createQueue(10), createQueue(10)];
  assert(Number.isSafeInteger(one.id));
  assert.notEqual(one.id, two.id);
  assert.throws(() => (one as { id: number }).id = 1_000_000, TypeError);
  assert.throws(() => (one as { maxsize: number }).maxsize = 1_000_000, TypeError);
});

test("Queue cannot be constructed", () => {
  assert.throws(
    () => new Queue(...([undefined, 1, 0] as unknown as ConstructorParameters<typeof Queue>)),
    TypeError,
  );
});

test("Queue.empty() tells whether it holds nothing", async () => {
  const queue = createQueue<null>();
  const before = queue.empty();
  await queue.put(null);
  const during = queue.empty();
  await queue.get();
  assert.deepEqual([before, during, queue.empty()], [true, false, true]);
});

test("Queue.full() tells whether it has no room", async () => {
  const queue = createQueue<null>(3);
  const actual: boolean[] = [];
  for (let i = 0; i < 3; i++) {
    actual.push(queue.full());
    await queue.put(null);
  }
  actual.push(queue.full());
  for (let i = 0; i < 3; i++) {
    await queue.get();
    actual.push(queue.full());
  }
  assert.deepEqual(actual, [false, false, false, true, false, false, false]);
  const unbounded = createQueue<null>(-1);
  for (let i = 0; i < 1000; i++) unbounded.putNowait(null);
  assert.equal(unbounded.full(), false);
});

test("Queue.qsize() counts exactly, for every size", async () => {
  for (const maxsize of [0, 3, 11]) {
    const queue = createQueue<null>(maxsize);
    const actual: number[] = [];
    for (const step of ["put", "put", "put", "get", "put", "get", "get", "get", "put", "get"]) {
      actual.push(queue.qsize());
      if (step === "put") await queue.put(null);
      else await queue.get();
    }
    actual.push(queue.qsize());
    assert.deepEqual(actual, [0, 1, 2, 3, 2, 3, 2, 1, 0, 1, 0]);
  }
});

test("Queue gives items in the order in which they were put", async () => {
  const queue = createQueue<number>();
  const expected = Array.from({ length: 20 }, (_, i) => i);
  for (const i of expected) await queue.put(i);
  const actual: number[] = [];
  for (const _ of expected) actual.push(await queue.get());
  assert.deepEqual(actual, expected);
});

test("Queue gives copies, also inside one interpreter", async () => {
  const queue = createQueue<unknown>();
  for (
    const item of [
      undefined,
      null,
      true,
      -0,
      10n,
      "spam",
      new Uint8Array([1, 2]),
      [1, [2, 3]],
      { a: 13, b: { c: 17 } },
      new Map([[1, new Set([2])]]),
      new Date(0),
    ]
  ) {
    await queue.put(item);
    const got = await queue.get();
    assert.deepStrictEqual(got, item);
    if (typeof item === "object" && item !== null) assert.notEqual(got, item);
    queue.putNowait(item);
    assert.deepStrictEqual(queue.getNowait(), item);
  }
  const item = { changes: 0 };
  await queue.put(item);
  item.changes++;
  assert.deepEqual(await queue.get(), { changes: 0 }, "as it was when it was put");
});

test("Queue.put() refuses what cannot cross, also inside one interpreter", async () => {
  const queue = createQueue<unknown>();
  const error = await rejection(queue.put({ a: [() => 1] }));
  assert(error instanceof NotShareableError);
  assert.equal(error.path, "value.a[0]");
  assert.throws(() => queue.putNowait(Symbol("own")), NotShareableError);
  assert.equal(queue.qsize(), 0);
});

test("Queue.put() rejects QueueFull when its time is over, and the queue goes on", async () => {
  const queue = createQueue<number>(2);
  await queue.put(1);
  await queue.put(2);
  for (const timeout of [0, 0.5, 5.5]) {
    const start = performance.now();
    const error = await rejection(queue.put(3, { timeout }));
    assert(error instanceof QueueFull && error instanceof QueueError && error.name === "QueueFull");
    assert(performance.now() - start >= timeout);
  }
  assert.equal(await queue.get(), 1);
  await queue.put(3);
  assert.deepEqual([await queue.get(), await queue.get()], [2, 3]);
});

test("Queue.get() rejects QueueEmpty when its time is over, and the queue goes on", async () => {
  const queue = createQueue<number>();
  for (const timeout of [0, 0.5, 5.5]) {
    const start = performance.now();
    const error = await rejection(queue.get({ timeout }));
    assert(error instanceof QueueEmpty && error instanceof QueueError && error.name === "QueueEmpty");
    assert(performance.now() - start >= timeout);
  }
  await queue.put(1);
  assert.equal(await queue.get({ timeout: 0 }), 1);
});

test("Queue.putNowait() and Queue.getNowait() are synchronous", () => {
  const queue = createQueue<number>(2);
  assert.throws(() => queue.getNowait(), QueueEmpty);
  assert.equal(queue.putNowait(1), undefined);
  queue.putNowait(2);
  assert.throws(() => queue.putNowait(3), QueueFull);
  assert.equal(queue.getNowait(), 1);
  queue.putNowait(3);
  assert.deepEqual([queue.getNowait(), queue.getNowait()], [2, 3]);
});

test("Queue.putSync() and Queue.getSync() block, up to their timeout", () => {
  const queue = createQueue<number>(1);
  queue.putSync(1);
  let start = performance.now();
  assert.throws(() => queue.putSync(2, { timeout: 2.5 }), QueueFull);
  assert(performance.now() - start >= 2.5);
  assert.equal(queue.getSync(), 1);
  start = performance.now();
  assert.throws(() => queue.getSync({ timeout: 2.5 }), QueueEmpty);
  assert(performance.now() - start >= 2.5);
});

test("Queue.put() and Queue.get() wait for each other, in order of arrival", async () => {
  const queue = createQueue<number>(1);
  const gets = [queue.get(), queue.get()];
  await assertPending(...gets);
  await queue.put(1);
  await queue.put(2);
  assert.deepEqual(await within(Promise.all(gets)), [1, 2]);
  queue.putNowait(3);
  const puts = [queue.put(4), queue.put(5)];
  await assertPending(...puts);
  assert.deepEqual([await queue.get(), await queue.get(), await queue.get()], [3, 4, 5]);
  await within(Promise.all(puts));
});

test("Queue.put() and Queue.get() reject with the signal's reason, also when that is a TimeoutError", async () => {
  const queue = createQueue<number>(1);
  for (const reason of [new Error("enough"), new TimeoutError("somebody else's"), "text"]) {
    const { controller, signal, listeners } = countedSignal();
    const get = queue.get({ signal, timeout: 10_000 });
    queue.putNowait(0);
    assert.equal(await within(get), 0);
    assert.equal(listeners(), 0, "nothing is left on the signal");
    const waiting = queue.get({ signal, timeout: 10_000 });
    controller.abort(reason);
    assert.equal(await rejection(waiting), reason);
    queue.putNowait(1);
    assert.equal(await rejection(queue.put(2, { signal })), reason, "aborted before");
    assert.equal(queue.getNowait(), 1);
    assert.equal(queue.qsize(), 0);
  }
});

test("Queue.get() rejects options that are none", async () => {
  const queue = createQueue<number>(1);
  await assert.rejects(queue.get({ timeout: -1 }), RangeError);
  await assert.rejects(queue.get({ timeout: NaN }), RangeError);
  await assert.rejects(queue.get({ time: 1 } as never), TypeError);
  await assert.rejects(queue.put(1, { timeout: "1" } as never), TypeError);
  assert.equal(queue.qsize(), 0);
});

test("a queue through a queue is the same object in the same interpreter", async () => {
  const [outer, inner] = [createQueue<Queue<number>>(), createQueue<number>()];
  await outer.put(inner);
  assert.equal(await outer.get(), inner);
});

test("a queue has the same id and items in another interpreter, both ways", async () => {
  await withInterpreter(async (interp) => {
    const queue = createQueue<Queue<string>>(3);
    const id = await within(interp.call(async (queue: Queue<Queue<string>>) => {
      const mine = csp.createQueue<string>(7);
      await mine.put("from there");
      await queue.put(mine);
      return mine.id;
    }, queue));
    const theirs = await within(queue.get());
    assert.equal(theirs.id, id);
    assert.equal(theirs.maxsize, 7);
    assert.equal(await within(theirs.get()), "from there");
    const same = await within(
      interp.call((theirs: Queue<string>, again: Queue<string>) => theirs === again, theirs, theirs),
    );
    assert.equal(same, true);
    assert.equal(await within(interp.call((queue: Queue<unknown>) => queue, theirs)), theirs);
  });
});

test("queues of several interpreters have different ids", async () => {
  await withInterpreters(2, async (a, b) => {
    const make = () => csp.createQueue().id;
    const ids = await within(Promise.all([a.call(make), b.call(make), a.call(make), getMain().call(make)]));
    assert.equal(new Set(ids).size, 4);
  });
});

test("a queue hands values over between interpreters that wait for each other", async () => {
  await withInterpreter(async (interp) => {
    const [there, back] = [createQueue<number>(1), createQueue<number>(1)];
    const done = interp.call(
      async (there: Queue<number>, back: Queue<number>) => {
        for (let n = await there.get(); n >= 0; n = await there.get()) await back.put(n * 2);
      },
      there,
      back,
    );
    for (let n = 0; n < 50; n++) {
      await within(there.put(n));
      assert.equal(await within(back.get()), n * 2);
    }
    await there.put(-1);
    await within(done);
  });
});

test("a queue blocks the threads of interpreters that wait for each other", async () => {
  await withInterpreter(async (interp) => {
    const [there, back] = [createQueue<number>(1), createQueue<number>(1)];
    const done = interp.call(
      (there: Queue<number>, back: Queue<number>) => {
        for (let n = there.getSync(); n >= 0; n = there.getSync()) back.putSync(n * 2);
      },
      there,
      back,
    );
    await within(there.put(1));
    assert.equal(await within(back.get()), 2);
    for (let n = 0; n < 50; n++) {
      there.putSync(n, { timeout: 10_000 });
      assert.equal(back.getSync({ timeout: 10_000 }), n * 2);
    }
    await there.put(-1);
    await within(done);
  });
});

test("items outlive the interpreter that put them", async () => {
  const queue = createQueue<{ text: string }>();
  await withInterpreter(async (interp) => {
    await within(interp.call(async (queue: Queue<unknown>) => {
      for (const text of ["a", "b"]) await queue.put({ text });
    }, queue));
  });
  assert.equal(queue.qsize(), 2);
  assert.deepEqual([await queue.get(), await queue.get()], [{ text: "a" }, { text: "b" }]);
});

test("Queue.get() in a cancelled call rejects with its reason, not QueueEmpty", async () => {
  await withInterpreter(async (interp) => {
    const [words, seen, controller] = [flags(), createQueue<string>(), new AbortController()];
    const waiting = interp.with({ signal: controller.signal }).call(
      async (words: Int32Array<SharedArrayBuffer>, seen: Queue<string>) => {
        const queue = csp.createQueue<number>();
        const item = queue.get({ timeout: 60_000 });
        Atomics.store(words, 0, 1);
        const error: unknown = await item.catch((error: unknown) => error);
        seen.putNowait((error as Error).message);
      },
      words,
      seen,
    );
    await reached(words, 0);
    controller.abort(new TimeoutError("the caller's"));
    await assert.rejects(waiting, TimeoutError);
    assert.equal(await within(seen.get()), "the caller's");
  });
});

test("errors of queues cross as themselves", async () => {
  await withInterpreter(async (interp) => {
    const error = await rejection(interp.call(() => csp.createQueue().getNowait()));
    assert((error as Error).cause instanceof QueueEmpty);
    const full = await rejection(interp.call(() => {
      const queue = csp.createQueue(1);
      queue.putNowait(1);
      queue.putNowait(2);
    }));
    assert((full as Error).cause instanceof QueueFull);
  });
});

test("each item is for one of several interpreters", async () => {
  await withInterpreters(2, async (...interps) => {
    const [jobs, results] = [createQueue<number>(4), createQueue<number>()];
    const workers = interps.map((interp) =>
      interp.call(
        async (jobs: Queue<number>, results: Queue<number>) => {
          for (let job = await jobs.get(); job >= 0; job = await jobs.get()) await results.put(job);
        },
        jobs,
        results,
      )
    );
    for (let job = 0; job < 200; job++) await within(jobs.put(job));
    for (const _ of interps) await within(jobs.put(-1));
    await within(Promise.all(workers));
    const got: number[] = [];
    while (!results.empty()) got.push(results.getNowait());
    assert.deepEqual(got.sort((a, b) => a - b), Array.from({ length: 200 }, (_, i) => i));
  });
});

test("Queue.putSync() throws where blocking is not allowed", async () => {
  const interp = create({ mode: "concurrent" });
  const queue = createQueue<number>();
  const error = await rejection(interp.call((queue: Queue<number>) => queue.putSync(1), queue));
  assert.match(String(error), /InterpreterError/);
  await interp.close();
});
