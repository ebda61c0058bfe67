/** What parties do with locks, in this thread or in another interpreter, awaiting or blocking. */
import {
  type AtomicCounter,
  type Barrier,
  type Guard,
  type Mutex,
  type Once,
  type RWMutex,
  type Semaphore,
  task,
  type WaitGroup,
  yieldNow,
} from "@pool/csp";

/** How long anybody may wait, in milliseconds: a party that does not do its part must not hold others for ever. */
export const LIMIT = { timeout: 10_000 };

/** Shared words. */
export type Words = Int32Array<SharedArrayBuffer>;

/** Who a party is. */
export interface Me {
  readonly id: number;
  readonly blocks: boolean;
  /** Set to 1 when it begins. */
  readonly started: Words;
}

function begin({ started }: Me): void {
  Atomics.store(started, 0, 1);
}

async function lock(mutex: Mutex | RWMutex, { blocks }: Me): Promise<Guard> {
  return blocks ? mutex.lockSync(LIMIT) : await mutex.lock(LIMIT);
}

async function rLock(mutex: RWMutex, { blocks }: Me): Promise<Guard> {
  return blocks ? mutex.rLockSync(LIMIT) : await mutex.rLock(LIMIT);
}

async function acquire(semaphore: Semaphore, k: number, { blocks }: Me): Promise<Guard> {
  return blocks ? semaphore.acquireSync(k, LIMIT) : await semaphore.acquire(k, LIMIT);
}

/** Gives others a chance to do wrong: other threads in any case, other processes if this party awaits. */
async function linger(n: number, { blocks }: Me): Promise<void> {
  for (let i = 0; i < 20; i++) Math.sqrt(n + i);
  if (!blocks && n % 8 === 0) await yieldNow();
}

/** Adds to word 0 what is no single step, `n` times, under the mutex. How often somebody else was inside: word 2. */
export const count: (mutex: Mutex | RWMutex, words: Words, n: number, me: Me) => Promise<void> = task(
  import.meta,
  async function count(mutex: Mutex | RWMutex, words: Words, n: number, me: Me): Promise<void> {
    begin(me);
    for (let i = 0; i < n; i++) {
      const guard = await lock(mutex, me);
      if (Atomics.add(words, 1, 1) !== 0) Atomics.add(words, 2, 1);
      const before = words[0]!;
      await linger(i, me);
      words[0] = before + 1;
      Atomics.sub(words, 1, 1);
      guard.release();
    }
  },
);

/** Reads words 0 and 3, which writers change together; word 2 counts what was wrong. */
export const read: (mutex: RWMutex, words: Words, n: number, me: Me) => Promise<void> = task(
  import.meta,
  async function read(mutex: RWMutex, words: Words, n: number, me: Me): Promise<void> {
    begin(me);
    for (let i = 0; i < n; i++) {
      const guard = await rLock(mutex, me);
      const before = words[0]!;
      await linger(i, me);
      if (words[3] !== before) Atomics.add(words, 2, 1);
      guard.release();
    }
  },
);

/** Changes words 0 and 3 together. */
export const write: (mutex: RWMutex, words: Words, n: number, me: Me) => Promise<void> = task(
  import.meta,
  async function write(mutex: RWMutex, words: Words, n: number, me: Me): Promise<void> {
    begin(me);
    for (let i = 0; i < n; i++) {
      const guard = await lock(mutex, me);
      words[0]!++;
      await linger(i, me);
      words[3]!++;
      guard.release();
    }
  },
);

/** Two readers are inside at once: each waits for the other there. */
export const readTogether: (mutex: RWMutex, barrier: Barrier, me: Me) => Promise<void> = task(
  import.meta,
  async function readTogether(mutex: RWMutex, barrier: Barrier, me: Me): Promise<void> {
    begin(me);
    const guard = await rLock(mutex, me);
    if (me.blocks) barrier.waitSync(LIMIT);
    else await barrier.wait(LIMIT);
    guard.release();
  },
);

/** Acquires from 1 to `most` permits; word 0 has how many are held, word 2 how often these were too many. */
export const borrow: (semaphore: Semaphore, most: number, words: Words, n: number, me: Me) => Promise<void> =
  task(
    import.meta,
    async function borrow(
      semaphore: Semaphore,
      most: number,
      words: Words,
      n: number,
      me: Me,
    ): Promise<void> {
      begin(me);
      for (let i = 0; i < n; i++) {
        const k = 1 + (i * 7 + me.id) % most;
        const guard = await acquire(semaphore, k, me);
        if (Atomics.add(words, 0, k) + k > semaphore.permits) Atomics.add(words, 2, 1);
        await linger(i, me);
        Atomics.sub(words, 0, k);
        guard.release();
      }
    },
  );

/** Meets the others `n` times. Word `id` is its round; gives the places that it got. */
export const meet: (barrier: Barrier, words: Words, n: number, me: Me) => Promise<number[]> = task(
  import.meta,
  async function meet(barrier: Barrier, words: Words, n: number, me: Me): Promise<number[]> {
    begin(me);
    const places: number[] = [];
    for (let round = 1; round <= n; round++) {
      Atomics.store(words, me.id, round);
      places.push(me.blocks ? barrier.waitSync(LIMIT) : await barrier.wait(LIMIT));
      for (let i = 0; i < barrier.parties; i++) {
        // Nobody is a round behind, and nobody can be two ahead.
        const other = Atomics.load(words, i);
        if (other < round || other > round + 1) {
          throw new Error(`party ${i} is in round ${other}, ${me.id} in ${round}`);
        }
      }
    }
    return places;
  },
);

/** Does its part of the work. */
export const work: (group: WaitGroup, words: Words, me: Me) => Promise<void> = task(
  import.meta,
  async function work(group: WaitGroup, words: Words, me: Me): Promise<void> {
    begin(me);
    await linger(8, me);
    Atomics.add(words, 0, 1);
    group.done();
  },
);

/** Waits for the work; what was done by then. */
export const waitForWork: (group: WaitGroup, words: Words, me: Me) => Promise<number> = task(
  import.meta,
  async function waitForWork(group: WaitGroup, words: Words, me: Me): Promise<number> {
    begin(me);
    if (me.blocks) group.waitSync(LIMIT);
    else await group.wait(LIMIT);
    return Atomics.load(words, 0);
  },
);

/** Does it once, by adding 1 to word 0 slowly; whether it was this one, and what stood there afterwards. */
export const doOnce: (once: Once, words: Words, me: Me) => Promise<[boolean, number]> = task(
  import.meta,
  async function doOnce(once: Once, words: Words, me: Me): Promise<[boolean, number]> {
    begin(me);
    const did = me.blocks
      ? once.doSync(() => void Atomics.add(words, 0, 1), LIMIT)
      : await once.do(async () => {
        await yieldNow();
        Atomics.add(words, 0, 1);
      }, LIMIT);
    return [did, Atomics.load(words, 0)];
  },
);

/** Adds to the counter. */
export const addUp: (counter: AtomicCounter, n: number, me: Me) => Promise<number> = task(
  import.meta,
  async function addUp(counter: AtomicCounter, n: number, me: Me): Promise<number> {
    begin(me);
    let last = counter.value;
    for (let i = 0; i < n; i++) {
      const value = counter.add(i % 2 === 0 ? 3 : -1);
      await linger(i, me);
      last = value;
    }
    return last;
  },
);

/** What {@link turn} waits for. */
export type Wanted =
  | { readonly mutex: Mutex }
  | { readonly writes: RWMutex }
  | { readonly reads: RWMutex }
  | { readonly semaphore: Semaphore; readonly k: number };

/** Waits for its turn and writes its id down: word 0 is how many have, they follow. */
export const turn: (wanted: Wanted, log: Words, me: Me) => Promise<void> = task(
  import.meta,
  async function turn(wanted: Wanted, log: Words, me: Me): Promise<void> {
    begin(me);
    const guard = "mutex" in wanted
      ? await lock(wanted.mutex, me)
      : "writes" in wanted
      ? await lock(wanted.writes, me)
      : "reads" in wanted
      ? await rLock(wanted.reads, me)
      : await acquire(wanted.semaphore, wanted.k, me);
    log[1 + Atomics.add(log, 0, 1)] = me.id;
    guard.release();
  },
);

/** Waits in vain for `ms`; the name of the error. */
export const waitInVain: (wanted: Wanted, ms: number, me: Me) => Promise<string> = task(
  import.meta,
  async function waitInVain(wanted: Wanted, ms: number, me: Me): Promise<string> {
    begin(me);
    const limit = { timeout: ms };
    try {
      if ("mutex" in wanted) me.blocks ? wanted.mutex.lockSync(limit) : await wanted.mutex.lock(limit);
      else if ("writes" in wanted) {
        me.blocks ? wanted.writes.lockSync(limit) : await wanted.writes.lock(limit);
      } else if ("reads" in wanted) {
        me.blocks ? wanted.reads.rLockSync(limit) : await wanted.reads.rLock(limit);
      } else if (me.blocks) wanted.semaphore.acquireSync(wanted.k, limit);
      else await wanted.semaphore.acquire(wanted.k, limit);
      return "granted";
    } catch (error) {
      return (error as Error).name;
    }
  },
);

const kept: unknown[] = [];

/** Takes what is wanted and keeps it; never returns if `stays`. */
export const keep: (wanted: Wanted, stays: boolean, me: Me) => Promise<void> = task(
  import.meta,
  async function keep(wanted: Wanted, stays: boolean, me: Me): Promise<void> {
    kept.push(
      "mutex" in wanted
        ? await lock(wanted.mutex, me)
        : "writes" in wanted
        ? await lock(wanted.writes, me)
        : "reads" in wanted
        ? await rLock(wanted.reads, me)
        : await acquire(wanted.semaphore, wanted.k, me),
    );
    begin(me);
    if (stays) await new Promise(() => {});
  },
);

/** Keeps a value, and gives it back. */
export const echo: <T>(value: T) => T = task(import.meta, function echo<T>(value: T): T {
  kept.push(value);
  return value;
});

/** Begins to do something once, and never ends. */
export const doForEver: (once: Once, me: Me) => Promise<void> = task(
  import.meta,
  async function doForEver(once: Once, me: Me): Promise<void> {
    await once.do(() => {
      begin(me);
      return new Promise(() => {});
    });
  },
);

/** Runs and never comes to the barrier, nor is done. */
export const neverComes: (of: Barrier | WaitGroup, me: Me) => Promise<void> = task(
  import.meta,
  async function neverComes(of: Barrier | WaitGroup, me: Me): Promise<void> {
    kept.push(of);
    begin(me);
    await new Promise(() => {});
  },
);
