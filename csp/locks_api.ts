/**
 * Locks that are held: `Mutex`, `RWMutex`, `Semaphore`, and the `Guard` they give; facades, what they do is in `locks.ts`.
 * Source: Go's sync and semaphore packages; guards are Rust's.
 */
import { locks } from "#engines";
import type { BlockOptions, WaitOptions } from "../channels/form.ts";
import type { LockCore } from "../channels/lock_core.ts";
import type { WaitMonitor } from "../channels/wait_monitor.ts";
import { staysHere } from "../sharing/errors.ts";

/** How a lock is to be. */
export interface LockOptions {
  /** Shown in messages. */
  name?: string | undefined;
}

/**
 * What was locked or acquired, until it is released. Made by the locks; `using` releases it at the end of its block.
 *
 * It belongs to the interpreter that it was given in and cannot be passed to another one. When that interpreter ends, however,
 * what it holds is released; not before.
 *
 * **Gotchas**: a guard that is forgotten, or held by a process that ends, is not released by that.
 *
 * @example As long as the block
 * ```ts
 * import { Mutex } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const mutex = new Mutex();
 * const guard = await mutex.lock();
 * try {
 *   assert.equal(mutex.tryLock(), undefined);
 * } finally {
 *   guard.release();
 * }
 * assert.equal(guard.released, true);
 * ```
 */
export class Guard implements Disposable {
  static {
    staysHere(this.prototype, "a Guard belongs to the interpreter that holds the lock; send the lock");
  }

  #core: LockCore | undefined;
  readonly #amount: number;
  readonly #holder: WaitMonitor | undefined;

  /** Not for programs: locks make them. */
  constructor(core: never, amount: number, holder?: never) {
    if (core === undefined) throw new TypeError("Cannot construct a Guard: lock or acquire something");
    this.#core = core;
    this.#amount = amount;
    this.#holder = holder;
  }

  /** Whether it was released. */
  get released(): boolean {
    return this.#core === undefined;
  }

  /** Gives back what was taken; who waits longest for it has it then. A second call has no effect. */
  release(): void {
    const core = this.#core;
    if (core === undefined) return;
    this.#core = undefined;
    core.release(this.#amount, this.#holder);
  }

  /** Releases it. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * A lock that one process holds at a time, of all interpreters that have it. Who waits for it gets it in order of arrival.
 *
 * Passed to another interpreter, as an argument or a value, it is the same mutex there. An interpreter that ends, also by
 * force or by a crash, releases what it held: what the lock protects may then be left half done, look at it if that matters.
 * Between processes of one interpreter it works as well; it cannot be locked twice by one that holds it already.
 *
 * **Gotchas**: a process that waits for a mutex that it holds itself waits for ever. `lockSync` stops all of this interpreter,
 * so also a process of it that was to release the mutex.
 *
 * @example A read and a write that belong together
 * ```ts
 * import { create, Mutex, sharedArray } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * async function deposit(mutex: Mutex, balance: Float64Array) {
 *   for (let i = 0; i < 100; i++) {
 *     const guard = await mutex.lock();
 *     balance[0]! += 1;
 *     guard.release();
 *   }
 * }
 *
 * const [mutex, balance] = [new Mutex(), sharedArray(Float64Array, 1)];
 * const interps = [create(), create()];
 * await Promise.all(interps.map((interp) => interp.call(deposit, mutex, balance)));
 * assert.equal(balance[0], 200);
 * await Promise.all(interps.map((interp) => interp.close()));
 * ```
 */
export class Mutex {
  readonly #core: LockCore;

  /**
   * Makes a mutex that nobody holds.
   *
   * @param options `name`, shown in messages.
   * @throws {TypeError} When an option is unknown or of another kind.
   */
  constructor(options?: LockOptions) {
    this.#core = locks().openMutex(options);
    this.#core.handle ??= this;
  }

  /** @internal What all its handles and guards in this interpreter have in common. */
  static coreOf(mutex: Mutex): LockCore {
    return mutex.#core;
  }

  /** The name it was made with, "" if none. */
  get name(): string {
    return this.#core.name;
  }

  /** Whether somebody holds it now. */
  get locked(): boolean {
    return this.#core.free === 0;
  }

  /**
   * Locks it, or waits until it can.
   *
   * @param options `signal`; `timeout` in milliseconds.
   * @returns The guard that releases it.
   * @throws {TimeoutError} When `timeout` has passed; then it was not locked.
   * @throws The reason of `signal`, or that of the process's own signal, when it aborts meanwhile.
   */
  lock(options?: WaitOptions): Promise<Guard> {
    return locks().lock(this.#core, options);
  }

  /**
   * Locks it, and blocks the thread until it can.
   *
   * @param options `timeout` in milliseconds.
   * @throws {TimeoutError} When `timeout` has passed.
   * @throws {InterpreterError} When this thread may not block.
   * @throws {LockError} When there is no timeout and this interpreter itself holds it.
   */
  lockSync(options?: BlockOptions): Guard {
    return locks().lockSync(this.#core, options);
  }

  /** Locks it if that can be done at once; `undefined` if somebody holds it, or waits for it. */
  tryLock(): Guard | undefined {
    return locks().tryLock(this.#core);
  }
}

/**
 * A lock that any number of readers hold at a time, or one writer. Both wait in one order of arrival: readers that come after
 * a writer who waits are served after it, so that nobody starves.
 *
 * It is shared, released and waited for as a `Mutex` is.
 *
 * **Gotchas**: a reader that locks again while it reads waits for ever if a writer has come in between. There is no way from
 * reading to writing but to release and to lock.
 *
 * @example Readers together, a writer alone
 * ```ts
 * import { RWMutex } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const mutex = new RWMutex();
 * const readers = [await mutex.rLock(), await mutex.rLock()];
 * assert.equal(mutex.tryLock(), undefined);
 * for (const reader of readers) reader.release();
 * const writer = await mutex.lock();
 * assert.equal(mutex.tryRLock(), undefined);
 * writer.release();
 * ```
 */
export class RWMutex {
  readonly #core: LockCore;

  /**
   * Makes one that nobody holds.
   *
   * @param options `name`, shown in messages.
   * @throws {TypeError} When an option is unknown or of another kind.
   */
  constructor(options?: LockOptions) {
    this.#core = locks().openRWMutex(options);
    this.#core.handle ??= this;
  }

  /** @internal What all its handles and guards in this interpreter have in common. */
  static coreOf(mutex: RWMutex): LockCore {
    return mutex.#core;
  }

  /** The name it was made with, "" if none. */
  get name(): string {
    return this.#core.name;
  }

  /** Locks it for writing, or waits until it can. See {@link Mutex.lock}. */
  lock(options?: WaitOptions): Promise<Guard> {
    return locks().lock(this.#core, options);
  }

  /** Locks it for writing, and blocks the thread until it can. See {@link Mutex.lockSync}. */
  lockSync(options?: BlockOptions): Guard {
    return locks().lockSync(this.#core, options);
  }

  /** Locks it for writing if that can be done at once; else `undefined`. */
  tryLock(): Guard | undefined {
    return locks().tryLock(this.#core);
  }

  /** Locks it for reading, or waits until it can. See {@link Mutex.lock}. */
  rLock(options?: WaitOptions): Promise<Guard> {
    return locks().readLock(this.#core, options);
  }

  /** Locks it for reading, and blocks the thread until it can. See {@link Mutex.lockSync}. */
  rLockSync(options?: BlockOptions): Guard {
    return locks().readLockSync(this.#core, options);
  }

  /** Locks it for reading if that can be done at once; `undefined` if a writer holds it, or somebody waits. */
  tryRLock(): Guard | undefined {
    return locks().tryReadLock(this.#core);
  }
}

/**
 * A number of permits, of which each process takes as many as it needs. Who waits is served in order of arrival, whatever
 * the amounts: who wants few does not pass who wants many.
 *
 * It is shared, released and waited for as a `Mutex` is.
 *
 * **Gotchas**: two processes that each acquire again while they hold permits can wait for each other for ever; acquire all
 * that is needed at once.
 *
 * @example At most two at a time
 * ```ts
 * import { Semaphore, yieldNow } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const permits = new Semaphore(2);
 * let [running, most] = [0, 0];
 * async function work(): Promise<void> {
 *   const guard = await permits.acquire();
 *   most = Math.max(most, ++running);
 *   await yieldNow();
 *   running--;
 *   guard.release();
 * }
 * await Promise.all(Array.from({ length: 10 }, work));
 * assert.equal(most, 2);
 * ```
 */
export class Semaphore {
  readonly #core: LockCore;

  /**
   * Makes one of which all permits are free.
   *
   * @param n How many permits there are, an integer from 1 to 2,147,483,647.
   * @param options `name`, shown in messages.
   * @throws {RangeError} When `n` is no such integer.
   * @throws {TypeError} When `n` is no number, or an option is unknown or of another kind.
   */
  constructor(n: number, options?: LockOptions) {
    this.#core = locks().openSemaphore(n, options);
    this.#core.handle ??= this;
  }

  /** @internal What all its handles and guards in this interpreter have in common. */
  static coreOf(semaphore: Semaphore): LockCore {
    return semaphore.#core;
  }

  /** The name it was made with, "" if none. */
  get name(): string {
    return this.#core.name;
  }

  /** How many permits there are. */
  get permits(): number {
    return this.#core.total;
  }

  /** How many nobody holds now. */
  get available(): number {
    return this.#core.free;
  }

  /**
   * Takes permits, all of them at once, or waits until it can.
   *
   * @param k How many, an integer of at least 1.
   * @param options `signal`; `timeout` in milliseconds.
   * @returns The guard that gives all of them back.
   * @throws {RangeError} When `k` is no such integer, or more than there are.
   * @throws {TimeoutError} When `timeout` has passed; then none was taken.
   * @throws The reason of `signal`, or that of the process's own signal, when it aborts meanwhile.
   */
  acquire(k: number = 1, options?: WaitOptions): Promise<Guard> {
    return locks().acquire(this.#core, k, options);
  }

  /**
   * Takes permits, and blocks the thread until it can. See {@link Mutex.lockSync}.
   *
   * @param k How many, an integer of at least 1.
   * @param options `timeout` in milliseconds.
   * @throws {RangeError} When `k` is no such integer, or more than there are.
   */
  acquireSync(k: number = 1, options?: BlockOptions): Guard {
    return locks().acquireSync(this.#core, k, options);
  }

  /**
   * Takes permits if that can be done at once; `undefined` if there are not enough, or somebody waits.
   *
   * @param k How many, an integer of at least 1.
   * @throws {RangeError} When `k` is no such integer, or more than there are.
   */
  tryAcquire(k: number = 1): Guard | undefined {
    return locks().tryAcquire(this.#core, k);
  }
}
