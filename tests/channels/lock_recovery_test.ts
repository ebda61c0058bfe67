/**
 * What an interpreter leaves in the midst of each step that it can take with locks is put in order: it is stopped at chosen
 * points of the kernel and closed by force there. Afterwards what it held is free, whoever waited goes on or is told why
 * not, in order of arrival, and every block of the heap is accounted for.
 *
 * `CSP_THOROUGH`: all stops, in place of a sixth of them. `CSP_STOP`: those with this in their title.
 */
import { channels } from "#engines";
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { Barrier, create, type Guard, Mutex, Once, PeerLostError, Semaphore, WaitGroup } from "@pool/csp";
import { recover, settle } from "../../channels/burial.ts";
import { Heap } from "../../kernel/heap.ts";
import {
  CHANNEL_INLINE,
  CHANNEL_RING,
  DESK_OPEN,
  DESK_SIZE,
  DESK_STOP_AT,
  DESK_STOPPED,
  DESKS,
  LOCK_FREE,
  MODE_PERMITS,
  STATUS_OK,
} from "../../kernel/heap_layout.ts";
import { createMemory } from "../../kernel/switchboard.ts";
import { STOPPING_KERNEL_CODE } from "../kernel/_stopping_kernel_code.ts";
import { lined } from "../csp/_lock_crowd.ts";
import { flags, reached } from "../_interpreters.ts";
import { sample } from "../_sample.ts";
import { within } from "../_within.ts";
import { audit } from "./_heap_audit.ts";
import { type LockAct, type LocksGiven, prepareLocks, stopInLocks } from "./_lock_victims.ts";
import { useStops } from "./_victims.ts";

/** How long anybody may be held up, in milliseconds. */
const STALL_MS = 5000;

/** What became of those who waited in main: who was let go, in order, and why others were not. */
interface Told {
  readonly served: number[];
  readonly refused: unknown[];
}

interface Scene {
  /** In the test's name. */
  readonly name: string;
  readonly act: LockAct;
  /** Stop points to be reached, each with how often it is passed before. */
  readonly stops: readonly (number | [point: number, passed: number])[];
  /** What main holds meanwhile. */
  readonly holds?: (given: LocksGiven) => Guard;
  /** Waits of main. A guard that one gives is released at once. */
  readonly waits?: (given: LocksGiven) => Promise<Guard | void>[];
  /** Before the victim is stopped, or as soon as it waits. */
  readonly when?: "before" | "behind";
  /** Whether all or none of those who wait may be told that the victim is lost. */
  readonly breaks?: boolean;
}

const twice = ({ mutex }: LocksGiven): Promise<Guard>[] => [mutex.lock(), mutex.lock()];

const SCENES: readonly Scene[] = [
  { name: "takes", act: "take", stops: [20, 90, 22] },
  { name: "gives back", act: "giveBack", stops: [20, 93, 22] },
  {
    name: "gives back to who waits",
    act: "giveBack",
    waits: twice,
    stops: [20, 93, 94, 32, 95, 96, 11, 97, 22],
  },
  {
    name: "gives back to several",
    act: "giveBackMany",
    waits: ({ semaphore }) => [semaphore.acquire(1), semaphore.acquire(2), semaphore.acquire(3)],
    stops: [93, 94, 95, 96, 11, 97, [94, 1], [95, 1], [96, 1], [11, 1], [97, 1], 22],
  },
  {
    name: "waits",
    act: "wait",
    holds: ({ mutex }) => mutex.tryLock()!,
    stops: [20, [20, 1], 30, 31, 22, [22, 1]],
  },
  {
    name: "waits behind others",
    act: "wait",
    holds: ({ mutex }) => mutex.tryLock()!,
    waits: twice,
    stops: [[20, 1], 30, 31, [22, 1]],
  },
  {
    name: "gives up",
    act: "waitInVain",
    holds: ({ mutex }) => mutex.tryLock()!,
    waits: twice,
    stops: [[20, 2], 32, [22, 2]],
  },
  {
    name: "gives up and lets others by",
    act: "letBy",
    holds: ({ semaphore }) => semaphore.tryAcquire(1)!,
    waits: ({ semaphore }) => [semaphore.acquire(1), semaphore.acquire(1)],
    when: "behind",
    stops: [[20, 2], 32, 94, 95, 96, 11, 97, [94, 1], [96, 1], [11, 1], [22, 2]],
  },
  {
    name: "opens a barrier",
    act: "meet",
    waits: ({ barrier }) => [barrier.wait().then(() => {}), barrier.wait().then(() => {})],
    breaks: true,
    stops: [20, [20, 1], 30, 31, 98, 99, 11, [99, 1], [11, 1], [99, 2], [11, 2], [22, 1]],
  },
  {
    name: "has done its part",
    act: "done",
    waits: ({ group }) => [group.wait(), group.wait()],
    breaks: true,
    stops: [20, 100, 32, 11, [32, 1], [11, 1], 22],
  },
  {
    name: "has done it once",
    act: "doOnce",
    waits: ({ once }) => [once.do(() => {}).then(() => {}), once.do(() => {}).then(() => {})],
    when: "behind",
    stops: [20, 60, 61, 32, 11, [32, 1], [11, 1], 22, 93, [22, 1]],
  },
];

async function reachedStop(heap: Heap, slot: number, point: number, ended: () => unknown): Promise<void> {
  const until = performance.now() + 4000;
  while (heap.load(DESKS + slot * DESK_SIZE + DESK_STOPPED) === 0) {
    assert.ok(
      ended() === undefined && performance.now() < until,
      `stop ${point} was not reached: ${ended()}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function play(scene: Scene, point: number, passed: number): Promise<void> {
  const given: LocksGiven = {
    mutex: new Mutex(),
    semaphore: new Semaphore(3),
    barrier: new Barrier(3),
    group: new WaitGroup(),
    once: new Once(),
    words: flags(1),
  };
  given.group.add(1);
  const victim = create({ name: "victim" });
  try {
    const slot = await within(victim.call(useStops));
    const heap = channels().heapHere();
    await within(victim.call(prepareLocks, scene.act, given));
    const held = scene.holds?.(given);
    const told: Told = { served: [], refused: [] };
    let waiting: Promise<unknown>[] = [];
    // Before, who releases would have to wait for a thread that stands still.
    const closed = Promise.withResolvers<void>();
    const wait = (): void => {
      waiting = (scene.waits?.(given) ?? []).map((wait, i) =>
        wait.then(async (guard) => {
          told.served.push(i);
          await closed.promise;
          guard?.release();
        }, (error) => void told.refused.push(error))
      );
    };
    if (scene.when !== "behind") wait();
    let ended: unknown;
    const call = victim.call(stopInLocks, scene.act, point, passed, given).then(
      (value) => ended = value,
      (error) => ended = error,
    );
    if (scene.when === "behind") {
      // As soon as the victim waits in front of them, or is at it.
      if (scene.act === "letBy") await lined(given.semaphore, 1);
      else await reached(given.words, 0);
      wait();
      Atomics.store(given.words, 0, 2);
      Atomics.notify(given.words, 0);
    }
    await reachedStop(heap, slot, point, () => ended);
    await within(victim.close({ force: true }), "the close", STALL_MS);
    closed.resolve();
    await call;
    const start = performance.now();
    while (heap.load(DESKS + slot * DESK_SIZE + DESK_OPEN) !== 0) {
      assert.ok(performance.now() - start < STALL_MS, "it was not buried");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (scene.when === "behind" && scene.act === "letBy") {
      await within(Promise.all(waiting), "who is behind", STALL_MS);
    }
    held?.release();
    await within(Promise.all(waiting), "who waits", STALL_MS);
    const all = waiting.map((_, i) => i);
    if (told.refused.length > 0) {
      assert.ok(scene.breaks, `refused: ${told.refused}`);
      assert.deepEqual(told.served, [], "some were served and some not");
      for (const error of told.refused) assert.ok(error instanceof PeerLostError, String(error));
    } else assert.deepEqual(told.served, all);
    // Everything is free, and can be used again.
    const { mutex, semaphore, once } = given;
    for (let i = 0; i < 2; i++) {
      mutex.tryLock()!.release();
      semaphore.tryAcquire(3)!.release();
    }
    await within(once.do(() => {}));
    assert.equal(once.isDone, true);
    assert.deepEqual(audit().problems, []);
  } finally {
    await victim.close({ force: true }).catch(() => {});
  }
}

const only = process.env["CSP_STOP"];
const cases: { readonly title: string; readonly run: () => Promise<void> }[] = [];

for (const scene of SCENES) {
  for (const stop of scene.stops) {
    const [point, passed] = typeof stop === "number" ? [stop, 0] : stop;
    const title = `An interpreter that ${scene.name} ends at stop ${point}${
      passed ? ` after ${passed}` : ""
    }`;
    cases.push({ title, run: () => play(scene, point, passed) });
  }
}

for (const { title, run } of only === undefined ? sample(cases, 6) : cases) {
  if (title.includes(only ?? "")) test(title, { timeout: 30_000 }, run);
}

for (const point of [2, 91, 92, 90, 22]) {
  test(`An interpreter that gives a lock a larger table ends at stop ${point}`, () => {
    const memory = createMemory();
    const main = new Heap(memory, 0, { pause() {} });
    const victim = new Heap(memory, 40, {
      pause() {},
      halt() {
        throw new Error("stopped");
      },
    }, STOPPING_KERNEL_CODE);
    const lock = main.kernel.createLock(MODE_PERMITS, 5) >>> 0;
    assert.equal(main.kernel.acquire(lock, 2), STATUS_OK);
    victim.kernel.setHolder(lock);
    main.store(victim.desk + DESK_STOP_AT, point);
    assert.throws(() => victim.kernel.acquire(lock, 3), /stopped/);
    const estate = recover(main, 40);
    assert(estate !== undefined);
    settle(main, 40, estate, () => assert.fail("nobody is to be told"), false);
    assert.equal(main.load(lock + LOCK_FREE), 3);
    assert.equal(main.kernel.heldBy(lock, 0), 2);
    assert.equal(main.kernel.heldBy(lock, 40), 0);
    // With the one table or the other, all goes on.
    const next = new Heap(memory, 41, { pause() {} });
    next.kernel.setHolder(lock);
    assert.equal(next.kernel.acquire(lock, 3), STATUS_OK);
    assert.deepEqual([main.kernel.heldBy(lock, 0), main.kernel.heldBy(lock, 41)], [2, 3]);
    assert.notEqual(main.load(lock + CHANNEL_RING), lock + CHANNEL_INLINE);
    main.kernel.dropHeld(lock, 41);
    main.kernel.releaseLock(lock, 2);
    assert.equal(main.load(lock + LOCK_FREE), 5);
  });
}
