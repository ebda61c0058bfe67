import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AtomicCounter,
  Barrier,
  chan,
  type Channel,
  create,
  Guard,
  InterpreterError,
  isShareable,
  LockError,
  Mutex,
  NotShareableError,
  Once,
  RWMutex,
  Semaphore,
  TimeoutError,
  WaitGroup,
  yieldNow,
} from "@pool/csp";
import { hops } from "../channels/conformance/timing.ts";
import { withInterpreter } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";
import { assertIdle, lined, waiting } from "./_lock_crowd.ts";

const HELD: readonly [
  title: string,
  make: () => { lock: Mutex | RWMutex | Semaphore; take(options?: object): Promise<Guard> },
][] = [
  ["Mutex.lock()", () => {
    const lock = new Mutex({ name: "x" });
    return { lock, take: (options) => lock.lock(options) };
  }],
  ["RWMutex.lock()", () => {
    const lock = new RWMutex({ name: "x" });
    return { lock, take: (options) => lock.lock(options) };
  }],
  ["RWMutex.rLock()", () => {
    const lock = new RWMutex({ name: "x" });
    return { lock, take: (options) => lock.rLock(options) };
  }],
  ["Semaphore.acquire()", () => {
    const lock = new Semaphore(2, { name: "x" });
    return { lock, take: (options) => lock.acquire(2, options) };
  }],
];

async function takeAll(lock: Mutex | RWMutex | Semaphore): Promise<Guard> {
  return lock instanceof Semaphore ? await lock.acquire(lock.permits) : await lock.lock();
}

for (const [title, make] of HELD) {
  test(`${title} rejects with the signal's reason and leaves no trace`, async () => {
    const { lock, take } = make();
    const guard = await takeAll(lock);
    const controller = new AbortController();
    const first = take({ signal: controller.signal });
    const second = take();
    assert.equal(waiting(lock), 2);
    const reason = new Error("enough");
    controller.abort(reason);
    assert.equal(await rejection(first), reason);
    assert.equal(waiting(lock), 1);
    assert.equal(await rejection(take({ signal: controller.signal })), reason);
    guard.release();
    (await within(second)).release();
    assertIdle(lock);
  });

  test(`${title} refuses options that are none`, async () => {
    const { lock, take } = make();
    const guard = await takeAll(lock);
    for (
      const [options, error] of [
        [{ timeout: -1 }, RangeError],
        [{ timeout: NaN }, RangeError],
        [{ timeout: "1" }, TypeError],
        [{ signal: {} }, TypeError],
        [{ timeOut: 1 }, TypeError],
      ] as const
    ) {
      await assert.rejects(take(options), error, JSON.stringify(options));
    }
    assert.equal(waiting(lock), 0);
    guard.release();
    assertIdle(lock);
  });

  test(`${title} says what it waited for when it is too late`, async () => {
    const { lock, take } = make();
    const guard = await takeAll(lock);
    const error = await rejection(take({ timeout: 2 }));
    assert.ok(error instanceof TimeoutError);
    assert.match(
      error.message,
      /^Cannot (lock|acquire 2 of) (mutex|RWMutex|semaphore) "x"( for reading)?: .* within 2 ms$/,
    );
    guard.release();
  });

  test(`${title} is granted or aborted, never both`, async () => {
    const { lock, take } = make();
    for (let i = 0; i < 50; i++) {
      const guard = await takeAll(lock);
      const controller = new AbortController();
      const waiter = take({ signal: controller.signal });
      if (i % 2 === 0) {
        guard.release();
        controller.abort();
      } else {
        controller.abort();
        guard.release();
      }
      const got = await within(waiter.catch(() => undefined));
      assert.equal(got !== undefined, i % 2 === 0);
      got?.release();
      assertIdle(lock);
    }
  });
}

test("Guard.release() releases once, and so does dispose", async () => {
  const semaphore = new Semaphore(3);
  const guard = await semaphore.acquire(2);
  const other = semaphore.tryAcquire()!;
  assert.equal(semaphore.available, 0);
  assert.equal(guard.released, false);
  guard.release();
  guard.release();
  guard[Symbol.dispose]();
  assert.equal(guard.released, true);
  assert.equal(semaphore.available, 2);
  other[Symbol.dispose]();
  assert.equal(semaphore.available, 3);
});

test("Guard cannot be constructed or sent", async () => {
  assert.throws(() => new (Guard as unknown as new () => Guard)(), TypeError);
  const guard = await new Mutex().lock();
  assert.equal(isShareable(guard), false);
  await withInterpreter(async (interp) => {
    await assert.rejects(interp.call((x: unknown) => x, guard), NotShareableError);
  });
  guard.release();
});

test("Locks are shareable and cross within values and through channels", async () => {
  await withInterpreter(async (interp) => {
    const locks = chan<{ mutex: Mutex; all: unknown[] }>(1);
    const mutex = new Mutex({ name: "crossing" });
    const counter = new AtomicCounter();
    assert.ok(isShareable([mutex, counter]));
    const used = interp.call(async (locks: Channel<{ mutex: Mutex; all: unknown[] }>) => {
      const { mutex, all } = await locks.receive();
      const guard = await mutex.lock();
      (all[1] as AtomicCounter).add(5);
      guard.release();
      return [all[0] === mutex, mutex.name, mutex];
    }, locks);
    await locks.send({ mutex, all: [mutex, counter] });
    assert.deepEqual(await within(used), [true, "crossing", mutex]);
    assert.equal(counter.value, 5);
  });
});

test("Mutex.lock() ends with the reason of its process", async () => {
  const mutex = new Mutex();
  const guard = await mutex.lock();
  await withInterpreter(async (interp) => {
    const call = interp.with({ timeout: 50 }).call(async (mutex: Mutex) => {
      await mutex.lock();
    }, mutex);
    await assert.rejects(within(call), TimeoutError);
    // Its process has given up by itself, the interpreter is free again.
    await lined(mutex, 0);
    await within(interp.call(() => 1));
  });
  guard.release();
  assertIdle(mutex);
});

test("Mutex.lockSync() is refused where a thread may not block", async () => {
  await withInterpreter(async (interp) => {
    const error = await rejection(interp.call((mutex: Mutex) => void mutex.lockSync(), new Mutex()));
    assert.ok((error as Error).cause instanceof InterpreterError, String(error));
  }, { mode: "concurrent" });
});

test("Mutex.lockSync() does not wait for what this interpreter holds", () => {
  const mutex = new Mutex();
  const guard = mutex.lockSync();
  assert.throws(() => mutex.lockSync(), LockError);
  assert.throws(() => mutex.lockSync({ timeout: 5 }), TimeoutError);
  assert.throws(() => mutex.lockSync({ timeout: 0 }), TimeoutError);
  guard.release();
  mutex.lockSync().release();
  const shelf = new RWMutex();
  const reader = shelf.rLockSync();
  const again = shelf.rLockSync();
  assert.throws(() => shelf.lockSync(), LockError);
  reader.release();
  again.release();
  assertIdle(mutex);
  assertIdle(shelf);
});

test("Mutex.lock() serves waiters of one interpreter in order", async () => {
  const mutex = new Mutex();
  const guard = await mutex.lock();
  const log: number[] = [];
  const all = Array.from({ length: 100 }, async (_, i) => {
    const guard = await mutex.lock();
    log.push(i);
    if (i % 3 === 0) await yieldNow();
    guard.release();
  });
  assert.equal(waiting(mutex), 100);
  guard.release();
  await within(Promise.all(all));
  assert.deepEqual(log, Array.from({ length: 100 }, (_, i) => i));
});

test("Mutex.locked and Semaphore.available tell what is held", async () => {
  const mutex = new Mutex();
  assert.equal(mutex.locked, false);
  const guard = mutex.tryLock()!;
  assert.equal(mutex.locked, true);
  assert.equal(mutex.tryLock(), undefined);
  guard.release();
  const semaphore = new Semaphore(5, { name: "five" });
  const some = await semaphore.acquire(3);
  assert.deepEqual([semaphore.permits, semaphore.available, semaphore.name], [5, 2, "five"]);
  some.release();
});

test("Semaphore() and acquire() refuse what cannot be", async () => {
  for (const n of [0, -1, 1.5, NaN, Infinity, 2 ** 31]) {
    assert.throws(() => new Semaphore(n), RangeError, `${n}`);
  }
  assert.throws(() => new Semaphore("2" as never), TypeError);
  assert.throws(() => new Semaphore(2, { nmae: "" } as never), TypeError);
  assert.throws(() => new Mutex({ name: 1 } as never), TypeError);
  const semaphore = new Semaphore(2, { name: "two" });
  for (const k of [0, -1, 1.5, 3, NaN]) {
    await assert.rejects(semaphore.acquire(k), RangeError, `${k}`);
    assert.throws(() => semaphore.acquireSync(k), RangeError);
    assert.throws(() => semaphore.tryAcquire(k), RangeError);
  }
  await assert.rejects(semaphore.acquire("1" as never), TypeError);
  await assert.rejects(semaphore.acquire(3), /^RangeError: Cannot acquire of semaphore "two": k is 3; /);
  assertIdle(semaphore);
});

test("Semaphore takes the most permits there can be", async () => {
  const most = 2 ** 31 - 1;
  const semaphore = new Semaphore(most);
  const guard = await semaphore.acquire(most);
  assert.equal(semaphore.available, 0);
  const waiter = semaphore.acquire(most);
  guard.release();
  (await within(waiter)).release();
  assert.equal(semaphore.available, most);
});

test("Barrier() refuses what cannot be, and one alone passes", async () => {
  for (const n of [0, -1, 1.5]) assert.throws(() => new Barrier(n), RangeError);
  assert.throws(() => new Barrier(undefined as never), TypeError);
  const barrier = new Barrier(1, { name: "alone" });
  assert.deepEqual([await barrier.wait(), barrier.waitSync(), barrier.parties, barrier.name], [
    0,
    0,
    1,
    "alone",
  ]);
});

test("Barrier.wait() that gives up has not come", async () => {
  const barrier = new Barrier(3);
  await assert.rejects(barrier.wait({ timeout: 2 }), TimeoutError);
  const controller = new AbortController();
  const aborted = rejection(barrier.wait({ signal: controller.signal }));
  const first = barrier.wait();
  controller.abort();
  await aborted;
  const second = barrier.wait();
  await hops();
  assert.equal(waiting(barrier), 2);
  assert.deepEqual(await within(Promise.all([first, second, barrier.wait()])), [0, 1, 2]);
});

test("Barrier.wait() opens for many, each with a place of its own", async () => {
  const barrier = new Barrier(200);
  const places = await within(Promise.all(Array.from({ length: 400 }, () => barrier.wait())));
  assert.deepEqual(places.sort((a, b) => a - b), Array.from({ length: 400 }, (_, i) => i >> 1));
});

test("WaitGroup counts, and not below 0", async () => {
  const group = new WaitGroup({ name: "jobs" });
  await within(group.wait());
  group.waitSync();
  assert.throws(() => group.done(), LockError);
  assert.throws(() => group.done(), /^LockError: Cannot count wait group "jobs" down by 1: it waits for 0; /);
  group.add(3);
  assert.throws(() => group.add(-4), LockError);
  assert.equal(group.count, 3);
  for (const k of [1.5, NaN, Infinity]) assert.throws(() => group.add(k), RangeError);
  assert.throws(() => group.add("1" as never), TypeError);
  assert.throws(() => group.add(Number.MAX_SAFE_INTEGER), RangeError);
  group.add(0);
  group.add(-2);
  await assert.rejects(group.wait({ timeout: 2 }), TimeoutError);
  assert.throws(() => group.waitSync({ timeout: 2 }), TimeoutError);
  const waits = [group.wait(), group.wait()];
  group.done();
  await within(Promise.all(waits));
  assert.equal(waiting(group), 0);
});

test("Once.do() that fails is done by the next", async () => {
  const once = new Once();
  const log: string[] = [];
  const error = new Error("not today");
  const results = await within(Promise.allSettled([
    once.do(async () => {
      log.push("first");
      await yieldNow();
      throw error;
    }),
    once.do(() => {
      log.push("second");
      throw error;
    }),
    once.do(() => void log.push("third")),
    once.do(() => void log.push("fourth")),
  ]));
  assert.deepEqual(log, ["first", "second", "third"]);
  assert.deepEqual(results.map(({ status }) => status), ["rejected", "rejected", "fulfilled", "fulfilled"]);
  assert.equal((results[0] as PromiseRejectedResult).reason, error);
  assert.equal(once.isDone, true);
  assert.equal(once.doSync(() => assert.fail("done already")), false);
});

test("Once.doSync() refuses a promise, and what is no function", async () => {
  const once = new Once({ name: "setup" });
  assert.throws(() => once.doSync(() => Promise.resolve()), TypeError);
  assert.equal(once.isDone, false);
  assert.throws(
    () => once.doSync(1 as never),
    /^TypeError: Cannot use once "setup": fn is of type number; pass a function/,
  );
  await assert.rejects(once.do(undefined as never), TypeError);
  assert.equal(once.doSync(() => {}), true);
  assert.equal(once.name, "setup");
});

test("Once.do() waits as long as it is told to", async () => {
  const once = new Once();
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = once.do(() => promise);
  await assert.rejects(once.do(() => {}, { timeout: 2 }), TimeoutError);
  assert.throws(() => once.doSync(() => {}), LockError);
  resolve();
  assert.equal(await within(first), true);
});

test("AtomicCounter adds safe integers", () => {
  const counter = new AtomicCounter(7);
  assert.deepEqual([counter.value, counter.add(3), counter.add(-20), counter.add(), counter.value], [
    7,
    10,
    -10,
    -9,
    -9,
  ]);
  for (const k of [0.5, NaN, Infinity, 2 ** 53]) assert.throws(() => counter.add(k), RangeError, `${k}`);
  assert.throws(() => counter.add("1" as never), TypeError);
  assert.throws(() => new AtomicCounter(0.1), RangeError);
  assert.throws(() => new AtomicCounter(null as never), TypeError);
  const full = new AtomicCounter(Number.MAX_SAFE_INTEGER);
  assert.throws(() => full.add(1), RangeError);
  assert.equal(full.value, Number.MAX_SAFE_INTEGER);
  assert.equal(full.add(-Number.MAX_SAFE_INTEGER), 0);
  assert.equal(new AtomicCounter(Number.MIN_SAFE_INTEGER).value, Number.MIN_SAFE_INTEGER);
  assert.equal(Object.is(new AtomicCounter(-0).value, 0), true);
});

test("Locks of an interpreter that dies of an error are free, also for who is blocked", async () => {
  const [mutex, ready] = [new Mutex(), chan<number>(1)];
  const interp = create();
  await interp.ready;
  const dead = rejection(interp.call(
    async (mutex: Mutex, ready: Channel<number>) => {
      await mutex.lock();
      await ready.send(1);
      setTimeout(() => {
        throw new Error("uncaught");
      }, 20);
      await new Promise(() => {});
    },
    mutex,
    ready,
  ));
  await within(ready.receive());
  await withInterpreter(async (other) => {
    const blocked = other.call((mutex: Mutex) => mutex.lockSync().release(), mutex);
    const awaits = mutex.lock();
    (await within(awaits)).release();
    await within(blocked);
  });
  await dead;
  assertIdle(mutex);
});

test("Locks of an interpreter that is cut off throw there", async () => {
  const [mutex, semaphore] = [new Mutex(), new Semaphore(1)];
  const interp = create();
  const call = rejection(interp.call(
    (mutex: Mutex, semaphore: Semaphore) => {
      const guard = mutex.lockSync();
      // Blocked, for good, on what main holds.
      semaphore.acquireSync();
      guard.release();
    },
    mutex,
    semaphore,
  ));
  const held = semaphore.tryAcquire()!;
  await lined(semaphore, 1).catch(() => {});
  await interp.close({ force: true });
  await call;
  (await within(mutex.lock())).release();
  held.release();
  assertIdle(semaphore);
});
