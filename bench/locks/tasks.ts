/** What interpreters do in the benchmark of locks: meet at the gate, then lock, count and release `n` times. */

import { type Mutex, task } from "@pool/csp";
import type { Meeting, Task } from "../channels/_crew.ts";
import { type Outcome, passGate } from "../channels/_gate.ts";

/** How it is locked. */
export type LockForm = "tryLock" | "lockSync" | "await lock" | "bare futex";

/** What a task has to do. */
export interface LockJob {
  readonly form: LockForm;
  readonly mutex: Mutex;
  /** Word 0 is the bare futex, word 16 what is counted under the lock. */
  readonly words: Int32Array;
  readonly n: number;
}

/** Locks and releases. */
export const lockAndRelease: Task<LockJob> = task(
  import.meta,
  async function lockAndRelease(job: LockJob & Meeting): Promise<Outcome> {
    const from = passGate(job.gate, job.parties);
    await loop(job);
    return { ms: performance.now() - from, sum: job.n };
  },
);

/** The loop alone. */
export function loop({ form, mutex, words, n }: LockJob): void | Promise<void> {
  switch (form) {
    case "tryLock":
      for (let i = 0; i < n; i++) {
        const guard = mutex.tryLock()!;
        words[16]!++;
        guard.release();
      }
      return;
    case "lockSync":
      for (let i = 0; i < n; i++) {
        const guard = mutex.lockSync();
        words[16]!++;
        guard.release();
      }
      return;
    case "await lock":
      return awaited(mutex, words, n);
    case "bare futex":
      // Source: Drepper, "Futexes Are Tricky", mutex 3.
      for (let i = 0; i < n; i++) {
        if (Atomics.compareExchange(words, 0, 0, 1) !== 0) {
          while (Atomics.exchange(words, 0, 2) !== 0) Atomics.wait(words, 0, 2);
        }
        words[16]!++;
        if (Atomics.exchange(words, 0, 0) === 2) Atomics.notify(words, 0, 1);
      }
  }
}

async function awaited(mutex: Mutex, words: Int32Array, n: number): Promise<void> {
  for (let i = 0; i < n; i++) {
    const guard = await mutex.lock();
    words[16]!++;
    guard.release();
  }
}
