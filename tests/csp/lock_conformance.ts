/** What locks mean: a function of who works on them, run for each. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AtomicCounter,
  Barrier,
  type Guard,
  Mutex,
  Once,
  PeerLostError,
  RWMutex,
  Semaphore,
  WaitGroup,
} from "@pool/csp";
import { audit } from "../channels/_heap_audit.ts";
import { flags } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";
import { assertIdle, caseOf, type Crowd, lined, type Lock } from "./_lock_crowd.ts";
import {
  addUp,
  borrow,
  count,
  doForEver,
  doOnce,
  echo,
  keep,
  meet,
  neverComes,
  read,
  readTogether,
  turn,
  waitForWork,
  waitInVain,
  type Wanted,
  work,
  write,
} from "./_lock_party.ts";

const ROUNDS = 200;

/** Registers all cases. */
export function conform(crowd: Crowd): void {
  caseOf(crowd, "Mutex.lock() lets one in at a time", async () => {
    const [mutex, words] = [new Mutex(), flags()];
    await within(crowd.all(3, count, mutex, words, ROUNDS));
    assert.deepEqual([words[0], words[2]], [3 * ROUNDS, 0]);
    assertIdle(mutex);
  });

  caseOf(crowd, "RWMutex.lock() lets one in at a time", async () => {
    const [mutex, words] = [new RWMutex(), flags()];
    await within(crowd.all(3, count, mutex, words, ROUNDS));
    assert.deepEqual([words[0], words[2]], [3 * ROUNDS, 0]);
    assertIdle(mutex);
  });

  caseOf(crowd, "RWMutex.rLock() sees what no writer is at", async () => {
    const [mutex, words] = [new RWMutex(), flags()];
    const writer = await crowd.start(2, write, mutex, words, ROUNDS);
    await within(Promise.all([crowd.all(2, read, mutex, words, ROUNDS), writer.result]));
    assert.deepEqual([words[0], words[2], words[3]], [ROUNDS, 0, ROUNDS]);
    assertIdle(mutex);
  });

  caseOf(crowd, "RWMutex.rLock() lets readers in together", async () => {
    const mutex = new RWMutex();
    await within(crowd.all(3, readTogether, mutex, new Barrier(3)));
    assertIdle(mutex);
  });

  caseOf(crowd, "Semaphore.acquire() never gives more than there are", async () => {
    const [semaphore, words] = [new Semaphore(4), flags()];
    await within(crowd.all(4, borrow, semaphore, 4, words, ROUNDS));
    assert.deepEqual([words[0], words[2]], [0, 0]);
    assertIdle(semaphore);
  });

  caseOf(crowd, "Barrier.wait() lets all go on together, round after round", async () => {
    const [barrier, words] = [new Barrier(3), flags()];
    const places = await within(crowd.all(3, meet, barrier, words, ROUNDS));
    for (let round = 0; round < ROUNDS; round++) {
      assert.deepEqual(places.map((of) => of[round]).sort(), [0, 1, 2], `round ${round}`);
    }
    assert.equal(barrier.broken, false);
  });

  caseOf(crowd, "WaitGroup.wait() ends when all is done, and again", async () => {
    const [group, words] = [new WaitGroup(), flags()];
    for (let round = 1; round <= 20; round++) {
      group.add(3);
      const waiter = await crowd.start(3, waitForWork, group, words);
      await within(crowd.all(3, work, group, words));
      assert.equal(await within(waiter.result), 3 * round);
      assert.equal(group.count, 0);
      await within(group.wait());
    }
  });

  caseOf(crowd, "Once.do() is done by one, and by nobody again", async () => {
    for (let round = 0; round < 10; round++) {
      const [once, words] = [new Once(), flags()];
      const results = await within(crowd.all(3, doOnce, once, words));
      assert.equal(results.filter(([did]) => did).length, 1);
      for (const [, seen] of results) assert.equal(seen, 1);
      assert.equal(once.isDone, true);
      assert.equal(await once.do(() => assert.fail("done already")), false);
      assertIdle(once);
    }
  });

  caseOf(crowd, "AtomicCounter.add() loses nothing", async () => {
    const counter = new AtomicCounter(-5);
    await within(crowd.all(3, addUp, counter, 2 * ROUNDS));
    assert.equal(counter.value, -5 + 3 * 2 * ROUNDS);
  });

  for (
    const [title, lock, wanted] of [
      ["Mutex.lock()", new Mutex(), (mutex: Lock): Wanted => ({ mutex: mutex as Mutex })],
      ["RWMutex.lock()", new RWMutex(), (writes: Lock): Wanted => ({ writes: writes as RWMutex })],
      ["Semaphore.acquire()", new Semaphore(2), (of: Lock): Wanted => ({ semaphore: of as Semaphore, k: 2 })],
    ] as const
  ) {
    caseOf(crowd, `${title} serves in order of arrival`, async () => {
      const log = flags(8);
      const guard = await take(wanted(lock));
      const waiting: Promise<void>[] = [];
      for (const id of [2, 0, 1]) {
        const { result } = await crowd.start(id, turn, wanted(lock), log);
        waiting.push(result);
        await lined(lock, waiting.length);
      }
      assert.equal(log[0], 0);
      guard.release();
      await within(Promise.all(waiting));
      assert.deepEqual([...log].slice(0, 4), [3, 2, 0, 1]);
      assertIdle(lock);
    });
  }

  caseOf(crowd, "RWMutex.rLock() does not pass a writer who waits", async () => {
    const [mutex, log] = [new RWMutex(), flags(8)];
    const reader = await mutex.rLock();
    const writer = await crowd.start(0, turn, { writes: mutex }, log);
    await lined(mutex, 1);
    assert.equal(mutex.tryRLock(), undefined);
    const later = await crowd.start(1, turn, { reads: mutex }, log);
    await lined(mutex, 2);
    reader.release();
    await within(Promise.all([writer.result, later.result]));
    assert.deepEqual([...log].slice(0, 3), [2, 0, 1]);
    assertIdle(mutex);
  });

  caseOf(crowd, "Semaphore.acquire() of few does not pass one of many", async () => {
    const [semaphore, log] = [new Semaphore(3), flags(8)];
    const guard = await semaphore.acquire(1);
    const many = await crowd.start(0, turn, { semaphore, k: 3 }, log);
    await lined(semaphore, 1);
    const few = await crowd.start(1, turn, { semaphore, k: 1 }, log);
    await lined(semaphore, 2);
    assert.equal(semaphore.tryAcquire(1), undefined);
    guard.release();
    await within(Promise.all([many.result, few.result]));
    assert.deepEqual([...log].slice(0, 3), [2, 0, 1]);
    assertIdle(semaphore);
  });

  caseOf(crowd, "Semaphore.acquire() that times out lets those behind it go on", async () => {
    const [semaphore, log] = [new Semaphore(3), flags(8)];
    const guard = await semaphore.acquire(1);
    const many = await crowd.start(0, waitInVain, { semaphore, k: 3 }, 200);
    await lined(semaphore, 1);
    const few = await crowd.start(1, turn, { semaphore, k: 2 }, log);
    await within(Promise.all([many.result, few.result]));
    assert.equal(await many.result, "TimeoutError");
    assert.equal(log[1], 1);
    guard.release();
    assertIdle(semaphore);
  });

  for (
    const [title, lock, wanted] of [
      ["Mutex.lock()", new Mutex(), (mutex: Lock): Wanted => ({ mutex: mutex as Mutex })],
      ["RWMutex.lock()", new RWMutex(), (writes: Lock): Wanted => ({ writes: writes as RWMutex })],
      ["RWMutex.rLock()", new RWMutex(), (reads: Lock): Wanted => ({ reads: reads as RWMutex })],
      ["Semaphore.acquire()", new Semaphore(2), (of: Lock): Wanted => ({ semaphore: of as Semaphore, k: 1 })],
    ] as const
  ) {
    caseOf(crowd, `${title} that times out has had no effect`, async () => {
      const guard = lock instanceof Semaphore ? await lock.acquire(2) : await lock.lock();
      for (const ms of [0, 0.5, 5]) {
        const waiter = await crowd.start(0, waitInVain, wanted(lock), ms);
        assert.equal(await within(waiter.result), "TimeoutError");
      }
      await lined(lock, 0);
      guard.release();
      assertIdle(lock);
    });
  }

  caseOf(crowd, "Locks cross as handles to the same, one object for each", async () => {
    const all = [
      new Mutex(),
      new RWMutex(),
      new Semaphore(2),
      new Barrier(2),
      new WaitGroup(),
      new Once(),
      new AtomicCounter(),
    ];
    if (!crowd.isApart) return;
    const interp = await crowd.interpreter(0);
    const back = await interp.call(echo, [...all, ...all]) as unknown[];
    for (const [i, lock] of [...all, ...all].entries()) assert.equal(back[i], lock);
  });

  if (crowd.isApart) dying(crowd);

  test(`${crowd.name}: all is in order`, { timeout: 30_000 }, async () => {
    await crowd.end();
    const until = performance.now() + 5000;
    while (audit().problems.length > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.deepEqual(audit().problems, []);
  });
}

/** What becomes of locks when an interpreter ends. */
function dying(crowd: Crowd): void {
  for (
    const [title, lock, wanted] of [
      ["Mutex", new Mutex(), (mutex: Lock): Wanted => ({ mutex: mutex as Mutex })],
      ["RWMutex, written,", new RWMutex(), (writes: Lock): Wanted => ({ writes: writes as RWMutex })],
      ["RWMutex, read,", new RWMutex(), (reads: Lock): Wanted => ({ reads: reads as RWMutex })],
      ["Semaphore", new Semaphore(2), (of: Lock): Wanted => ({ semaphore: of as Semaphore, k: 2 })],
    ] as const
  ) {
    for (const stays of [true, false]) {
      const state = stays ? "runs" : "idles";
      caseOf(crowd, `${title} is free when who holds it ends while it ${state}`, async () => {
        const holder = await crowd.start(0, keep, wanted(lock), stays);
        if (!stays) await holder.result;
        assert.equal(lock instanceof Semaphore ? lock.tryAcquire(2) : lock.tryLock(), undefined);
        const waiter = lock instanceof Semaphore ? lock.acquire(2) : lock.lock();
        await crowd.kill(0);
        (await within(waiter)).release();
        assertIdle(lock);
      });
    }
    caseOf(crowd, `${title} is free once the close of its holder has resolved`, async () => {
      await crowd.start(0, keep, wanted(lock), true);
      await crowd.kill(0);
      const guard = lock instanceof Semaphore ? lock.tryAcquire(2) : lock.tryLock();
      assert.ok(guard !== undefined);
      guard.release();
      assertIdle(lock);
    });
    caseOf(crowd, `${title} is not kept by who ends while it waits`, async () => {
      const guard = lock instanceof Semaphore ? await lock.acquire(2) : await lock.lock();
      await crowd.start(0, turn, wanted(lock), flags(8));
      await lined(lock, 1);
      const log = flags(8);
      const next = await crowd.start(1, turn, wanted(lock), log);
      await lined(lock, 2);
      await crowd.kill(0);
      guard.release();
      await within(next.result);
      assert.equal(log[1], 1);
      assertIdle(lock);
    });
  }

  caseOf(crowd, "Once.do() is done by the next when who is at it ends", async () => {
    const once = new Once();
    await crowd.start(0, doForEver, once);
    const words = flags();
    const next = await crowd.start(1, doOnce, once, words);
    await lined(once, 1);
    await crowd.kill(0);
    assert.deepEqual(await within(next.result), [true, 1]);
    assertIdle(once);
  });

  caseOf(crowd, "Barrier.wait() rejects when who has the barrier ends while it runs", async () => {
    const barrier = new Barrier(3, { name: "gate" });
    const other = await crowd.start(1, meet, barrier, flags(), 1);
    const own = rejection(barrier.wait());
    await lined(barrier, 2);
    await crowd.start(0, neverComes, barrier);
    await crowd.kill(0);
    const error = await within(own);
    assert.ok(error instanceof PeerLostError, String(error));
    assert.match(error.message, /^Cannot wait at barrier "gate": an interpreter that knew of it has ended/);
    await assert.rejects(within(other.result), (error: Error) => error.cause instanceof PeerLostError);
    assert.equal(barrier.broken, true);
    await assert.rejects(barrier.wait(), PeerLostError);
  });

  caseOf(crowd, "Barrier.wait() goes on when who had the barrier ends while it idles", async () => {
    const barrier = new Barrier(2);
    await (await crowd.interpreter(0)).call(echo, barrier);
    await crowd.kill(0);
    assert.equal(barrier.broken, false);
    const other = await crowd.start(1, readTogether, new RWMutex(), barrier);
    await within(Promise.all([barrier.wait(), other.result]));
  });

  caseOf(crowd, "WaitGroup.wait() rejects when who may have had to do some of it ends", async () => {
    const group = new WaitGroup();
    group.add(2);
    await crowd.start(0, neverComes, group);
    const waiter = rejection(group.wait());
    await crowd.kill(0);
    assert.ok(await within(waiter) instanceof PeerLostError);
    await assert.rejects(group.wait(), PeerLostError);
    // All was done after all.
    group.add(-2);
    await within(group.wait());
  });

  caseOf(crowd, "WaitGroup.wait() goes on when who had done its part ends", async () => {
    const group = new WaitGroup();
    group.add(2);
    const one = await crowd.start(0, work, group, flags());
    await one.result;
    const waiter = group.wait();
    await crowd.kill(0);
    group.done();
    await within(waiter);
  });
}

async function take(wanted: Wanted): Promise<Guard> {
  if ("mutex" in wanted) return await wanted.mutex.lock();
  if ("writes" in wanted) return await wanted.writes.lock();
  if ("reads" in wanted) return await wanted.reads.rLock();
  return await wanted.semaphore.acquire(wanted.k);
}
