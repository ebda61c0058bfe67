/** What interpreters do with locks in the kill test until they are told to end, and how they notice that two hold what one may. */
import {
  type AtomicCounter,
  type Guard,
  type Mutex,
  type RWMutex,
  type Semaphore,
  task,
  TimeoutError,
} from "@pool/csp";
import { randomBelow } from "../_random.ts";

/** Most workers there can ever be. */
export const WORKERS = 2000;

/** Words that all share. */
export const STOP = 0;
/** Who holds the mutex; who writes. */
export const OWNER = 1;
export const WRITER = 2;
/** The first wrong thing that was seen, see `WRONG`. */
export const WRONG_AT = 3;
/** What is wrong, by what stands there. */
export const WRONG: readonly string[] = [
  "",
  "two held the mutex",
  "the mutex was taken from who held it",
  "two wrote",
  "somebody wrote while others read",
  "somebody read while another wrote",
  "more was acquired than there is",
];
/** Words of each worker, from here on: whether it is about to be killed, whether it reads, what it has acquired. */
export const FIRST = 16;
export const WIDTH = 4;
export const KILLED = 0;
export const READS = 1;
export const HAS = 2;
export const WORDS: number = FIRST + WORKERS * WIDTH;

/** Words of a worker's record. */
export const BEATS = 0;
export const ADDED = 1;
export const ADDING = 2;
export const ENDED = 3;
export const WAS_AT = 4;

/** What a worker is given. */
export interface LockJob {
  readonly id: number;
  readonly seed: number;
  readonly blocks: boolean;
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly record: Int32Array<SharedArrayBuffer>;
  readonly mutex: Mutex;
  readonly shelf: RWMutex;
  readonly semaphore: Semaphore;
  readonly counter: AtomicCounter;
}

/** Does one thing after the other. */
export class LockWorker {
  readonly #job: LockJob;
  readonly #next: (n: number) => number;

  constructor(job: LockJob) {
    this.#job = job;
    this.#next = randomBelow(job.seed);
  }

  #word(id: number, word: number): number {
    return FIRST + id * WIDTH + word;
  }

  /** Whether `id` is nobody, or is being killed: what it has left does not count. */
  #isGone(id: number): boolean {
    return id === 0 || Atomics.load(this.#job.words, this.#word(id, KILLED)) !== 0;
  }

  /** Something is wrong, unless this worker itself is being killed. */
  #wrong(what: number): void {
    const { id, words } = this.#job;
    if (!this.#isGone(id)) Atomics.compareExchange(words, WRONG_AT, 0, what);
  }

  #enter(word: number, wrong: number): void {
    const { id, words } = this.#job;
    const before = Atomics.exchange(words, word, id);
    if (!this.#isGone(before)) this.#wrong(wrong);
  }

  #leave(word: number, wrong: number): void {
    const { id, words } = this.#job;
    const there = Atomics.compareExchange(words, word, id, 0);
    if (there === id) return;
    // One that is being killed may have written late.
    if (this.#isGone(there)) Atomics.compareExchange(words, word, there, 0);
    else this.#wrong(wrong);
  }

  #linger(): void {
    for (let i = this.#next(200); i > 0; i--) Atomics.load(this.#job.words, STOP);
  }

  async #held(blocks: () => Guard, awaits: () => Promise<Guard>, inside: () => void): Promise<void> {
    let guard: Guard;
    try {
      guard = this.#job.blocks ? blocks() : await awaits();
    } catch (error) {
      if (error instanceof TimeoutError) return;
      throw error;
    }
    inside();
    guard.release();
  }

  /** One of the things that can be done. */
  async step(): Promise<void> {
    const { id, words, record, mutex, shelf, semaphore, counter } = this.#job;
    const kind = this.#next(8);
    Atomics.store(record, WAS_AT, kind);
    const limit = this.#next(3) === 0 ? { timeout: this.#next(4) / 2 } : undefined;
    switch (kind) {
      case 0:
      case 1:
        return await this.#held(() => mutex.lockSync(limit), () => mutex.lock(limit), () => {
          this.#enter(OWNER, 1);
          this.#linger();
          this.#leave(OWNER, 2);
        });
      case 2:
        return await this.#held(() => shelf.lockSync(limit), () => shelf.lock(limit), () => {
          this.#enter(WRITER, 3);
          for (let other = 1; other < WORKERS; other++) {
            if (Atomics.load(words, this.#word(other, READS)) !== 0 && !this.#isGone(other)) this.#wrong(4);
          }
          this.#leave(WRITER, 3);
        });
      case 3:
      case 4:
        return await this.#held(() => shelf.rLockSync(limit), () => shelf.rLock(limit), () => {
          Atomics.store(words, this.#word(id, READS), 1);
          if (!this.#isGone(Atomics.load(words, WRITER))) this.#wrong(5);
          this.#linger();
          if (!this.#isGone(Atomics.load(words, WRITER))) this.#wrong(5);
          Atomics.store(words, this.#word(id, READS), 0);
        });
      case 5: {
        const k = 1 + this.#next(semaphore.permits);
        const inside = () => {
          Atomics.store(words, this.#word(id, HAS), k);
          for (let other = 1; other < WORKERS; other++) {
            const has = other === id ? 0 : Atomics.load(words, this.#word(other, HAS));
            if (has + k > semaphore.permits && !this.#isGone(other)) this.#wrong(6);
          }
          Atomics.store(words, this.#word(id, HAS), 0);
        };
        return await this.#held(
          () => semaphore.acquireSync(k, limit),
          () => semaphore.acquire(k, limit),
          inside,
        );
      }
      case 6: {
        const guard = mutex.tryLock();
        if (guard === undefined) return;
        this.#enter(OWNER, 1);
        this.#leave(OWNER, 2);
        guard.release();
        guard.release();
        return;
      }
      default:
        Atomics.add(record, ADDING, 1);
        counter.add(1);
        Atomics.add(record, ADDED, 1);
    }
  }
}

/** Works until it is told to end. */
export const useLocks: (job: LockJob) => Promise<void> = task(
  import.meta,
  async function useLocks(job: LockJob): Promise<void> {
    const worker = new LockWorker(job);
    while (Atomics.load(job.words, STOP) === 0) {
      Atomics.add(job.record, BEATS, 1);
      await worker.step();
    }
    Atomics.store(job.record, ENDED, 1);
  },
);
