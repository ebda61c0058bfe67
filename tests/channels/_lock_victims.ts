/** What interpreters do with locks that are to be closed by force in the midst of it. */
import { channels } from "#engines";
import {
  type Barrier,
  type Guard,
  type Mutex,
  type Once,
  type Semaphore,
  task,
  TimeoutError,
  type WaitGroup,
} from "@pool/csp";
import { sleepOn } from "../../runtime/mod.ts";
import { DESK_STOP_AFTER, DESK_STOP_AT } from "../../kernel/heap_layout.ts";

/** What a victim is given. */
export interface LocksGiven {
  readonly mutex: Mutex;
  readonly semaphore: Semaphore;
  readonly barrier: Barrier;
  readonly group: WaitGroup;
  readonly once: Once;
  /** Set to 1 once it waits for the others to wait, and to 2 when they do. */
  readonly words: Int32Array<SharedArrayBuffer>;
}

/** Names of all that a victim can do. */
export type LockAct =
  | "take"
  | "giveBack"
  | "giveBackMany"
  | "wait"
  | "waitInVain"
  | "letBy"
  | "meet"
  | "done"
  | "doOnce";

const held: Guard[] = [];

/** What a victim can do, each in two parts: what goes before, and that in which it is stopped. */
const ACTS: Record<LockAct, readonly [(given: LocksGiven) => void, (given: LocksGiven) => void]> = {
  take: [() => {}, ({ mutex }: LocksGiven) => void held.push(mutex.tryLock()!)],
  giveBack: [({ mutex }: LocksGiven) => void held.push(mutex.tryLock()!), () => held.pop()!.release()],
  giveBackMany: [
    ({ semaphore }: LocksGiven) => void held.push(semaphore.tryAcquire(3)!),
    () => held.pop()!.release(),
  ],
  wait: [() => {}, ({ mutex }: LocksGiven) => void held.push(mutex.lockSync())],
  waitInVain: [() => {}, ({ mutex }: LocksGiven) => inVain(() => mutex.lockSync({ timeout: 1 }))],
  /** Those behind it can go on when it goes. */
  letBy: [() => {}, ({ semaphore }: LocksGiven) => inVain(() => semaphore.acquireSync(3, { timeout: 300 }))],
  meet: [() => {}, ({ barrier }: LocksGiven) => void barrier.waitSync()],
  done: [() => {}, ({ group }: LocksGiven) => group.done()],
  doOnce: [() => {}, ({ once, words }: LocksGiven) => {
    // It stops in what comes after its function.
    const stop = disarm();
    once.doSync(() => {
      Atomics.store(words, 0, 1);
      while (Atomics.load(words, 0) !== 2) sleepOn(words, 0, 1, 10);
      arm(...stop);
    });
  }],
};

function arm(point: number, after: number): void {
  const { deskWords } = channels().heapHere();
  Atomics.store(deskWords, DESK_STOP_AFTER / 4, after);
  Atomics.store(deskWords, DESK_STOP_AT / 4, point);
}

/** What was armed. */
function disarm(): [point: number, after: number] {
  const { deskWords } = channels().heapHere();
  const armed: [number, number] = [
    Atomics.exchange(deskWords, DESK_STOP_AT / 4, 0),
    Atomics.load(deskWords, DESK_STOP_AFTER / 4),
  ];
  return armed;
}

function inVain(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
  }
}

/** The first part of an act. */
export const prepareLocks: (act: LockAct, given: LocksGiven) => void = task(
  import.meta,
  function prepareLocks(act: LockAct, given: LocksGiven): void {
    ACTS[act][0](given);
  },
);

/** Stops for good in the second part, at the stop point `point` after it was passed `after` times. */
export const stopInLocks: (act: LockAct, point: number, after: number, given: LocksGiven) => string = task(
  import.meta,
  function stopInLocks(act: LockAct, point: number, after: number, given: LocksGiven): string {
    arm(point, after);
    try {
      ACTS[act][1](given);
    } finally {
      disarm();
    }
    return "not stopped";
  },
);
