/**
 * What processes wait for together: `Barrier`, `WaitGroup`, `Once`, and `AtomicCounter`; facades, what they do is in
 * `locks.ts`. Source: Go's sync package; Python's threading.Barrier; C++'s call_once for an `Once` whose function fails.
 */
import { locks } from "#engines";
import type { BlockOptions, WaitOptions } from "../channels/form.ts";
import type { LockCore } from "../channels/lock_core.ts";
import type { LockOptions } from "./locks_api.ts";

/**
 * A point at which a number of processes wait for each other: when as many have come as there are parties, all go on, and it
 * is closed again for the next round.
 *
 * Passed to another interpreter it is the same barrier there. A wait that is aborted, times out, or whose interpreter ends, has
 * not come. If an interpreter that has the barrier dies while it runs something, nobody can tell whether its parties will come:
 * the barrier is broken, and everybody who waits at it, then or later, gets a `PeerLostError`.
 *
 * **Gotchas**: one party less, of a process that has ended or failed, and the others wait for ever: give them a signal or a
 * timeout.
 *
 * @example Two rounds
 * ```ts
 * import { Barrier } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const barrier = new Barrier(2);
 * const log: string[] = [];
 * async function run(name: string): Promise<void> {
 *   for (let round = 1; round <= 2; round++) {
 *     log.push(name + round);
 *     await barrier.wait();
 *   }
 * }
 * await Promise.all([run("a"), run("b")]);
 * assert.deepEqual(log.map((entry) => entry[1]), ["1", "1", "2", "2"]);
 * ```
 */
export class Barrier {
  readonly #core: LockCore;

  /**
   * Makes a barrier.
   *
   * @param n How many have to come, an integer of at least 1.
   * @param options `name`, shown in messages.
   * @throws {RangeError} When `n` is no such integer.
   * @throws {TypeError} When `n` is no number, or an option is unknown or of another kind.
   */
  constructor(n: number, options?: LockOptions) {
    this.#core = locks().openBarrier(n, options);
    this.#core.handle ??= this;
  }

  /** @internal What all its handles in this interpreter have in common. */
  static coreOf(barrier: Barrier): LockCore {
    return barrier.#core;
  }

  /** The name it was made with, "" if none. */
  get name(): string {
    return this.#core.name;
  }

  /** How many have to come. */
  get parties(): number {
    return this.#core.total;
  }

  /** Whether an interpreter that had it died while it ran something. */
  get broken(): boolean {
    return locks().isBroken(this.#core);
  }

  /**
   * Comes to the barrier and waits until all have come.
   *
   * @param options `signal`; `timeout` in milliseconds.
   * @returns Which one it was in this round, from 0: a different number for each.
   * @throws {TimeoutError} When `timeout` has passed; then it has not come.
   * @throws {PeerLostError} When the barrier is broken.
   * @throws The reason of `signal`, or that of the process's own signal, when it aborts meanwhile.
   */
  wait(options?: WaitOptions): Promise<number> {
    return locks().meet(this.#core, options);
  }

  /**
   * Comes to the barrier and blocks the thread until all have come.
   *
   * @param options `timeout` in milliseconds.
   * @returns Which one it was in this round, from 0.
   * @throws {InterpreterError} When this thread may not block.
   * @throws {TimeoutError} When `timeout` has passed; then it has not come.
   * @throws {PeerLostError} When the barrier is broken.
   */
  waitSync(options?: BlockOptions): number {
    return locks().meetSync(this.#core, options);
  }
}

/**
 * Counts what is still to be done, and lets processes wait until it is nothing.
 *
 * Passed to another interpreter it is the same group there. If an interpreter that has the group dies while it runs something
 * and there is something to wait for, nobody can tell whether that will still be done: everybody who waits, then or later, gets
 * a `PeerLostError`, unless the count comes to 0 all the same.
 *
 * **Gotchas**: call `add` before the work begins, not in it: `wait` may come first. A process that fails must call `done` too:
 * use `finally`.
 *
 * @example All of them
 * ```ts
 * import { create, WaitGroup } from "@pool/csp";
 *
 * const group = new WaitGroup();
 * const interps = [create(), create()];
 * group.add(interps.length);
 * const calls = interps.map((interp) => interp.call((group: WaitGroup) => group.done(), group));
 * await group.wait();
 * await Promise.all(calls);
 * await Promise.all(interps.map((interp) => interp.close()));
 * ```
 */
export class WaitGroup {
  readonly #core: LockCore;

  /**
   * Makes a group that has nothing to wait for.
   *
   * @param options `name`, shown in messages.
   * @throws {TypeError} When an option is unknown or of another kind.
   */
  constructor(options?: LockOptions) {
    this.#core = locks().openWaitGroup(options);
    this.#core.handle ??= this;
  }

  /** @internal What all its handles in this interpreter have in common. */
  static coreOf(group: WaitGroup): LockCore {
    return group.#core;
  }

  /** The name it was made with, "" if none. */
  get name(): string {
    return this.#core.name;
  }

  /** How much there is to be done. */
  get count(): number {
    return this.#core.count;
  }

  /**
   * There is more to be done.
   *
   * @param k How much, an integer; negative: so much was done.
   * @throws {RangeError} When `k` is no safe integer, or the count would be none.
   * @throws {LockError} When the count would be below 0; then it has not changed.
   */
  add(k: number = 1): void {
    locks().addToGroup(this.#core, k);
  }

  /**
   * One was done.
   *
   * @throws {LockError} When there is nothing to be done.
   */
  done(): void {
    locks().addToGroup(this.#core, -1);
  }

  /**
   * Waits until there is nothing to be done.
   *
   * @param options `signal`; `timeout` in milliseconds.
   * @throws {TimeoutError} When `timeout` has passed.
   * @throws {PeerLostError} When an interpreter has died that may have had to do some of it.
   * @throws The reason of `signal`, or that of the process's own signal, when it aborts meanwhile.
   */
  wait(options?: WaitOptions): Promise<void> {
    return locks().waitForAll(this.#core, options);
  }

  /**
   * Blocks the thread until there is nothing to be done.
   *
   * @param options `timeout` in milliseconds.
   * @throws {InterpreterError} When this thread may not block.
   * @throws {TimeoutError} When `timeout` has passed.
   * @throws {PeerLostError} When an interpreter has died that may have had to do some of it.
   */
  waitSync(options?: BlockOptions): void {
    locks().waitForAllSync(this.#core, options);
  }
}

/**
 * Something that is done once, by whoever comes first, in whichever interpreter; the others wait until it was done.
 *
 * Passed to another interpreter it is the same once there; each call brings its own function. A function that throws or rejects
 * has not done it: its caller gets the error, and the next in order of arrival runs its own. The same if the interpreter in
 * which it runs ends.
 *
 * **Gotchas**: a function that calls `do` of the same once waits for itself.
 *
 * @example Set up by the first
 * ```ts
 * import { Once } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const once = new Once();
 * const log: string[] = [];
 * const ran = await Promise.all(["a", "b"].map((name) => once.do(() => void log.push(name))));
 * assert.deepEqual(log, ["a"]);
 * assert.deepEqual(ran, [true, false]);
 * ```
 */
export class Once {
  readonly #core: LockCore;

  /**
   * Makes one that was not done.
   *
   * @param options `name`, shown in messages.
   * @throws {TypeError} When an option is unknown or of another kind.
   */
  constructor(options?: LockOptions) {
    this.#core = locks().openOnce(options);
    this.#core.handle ??= this;
  }

  /** @internal What all its handles in this interpreter have in common. */
  static coreOf(once: Once): LockCore {
    return once.#core;
  }

  /** The name it was made with, "" if none. */
  get name(): string {
    return this.#core.name;
  }

  /** Whether it was done. */
  get isDone(): boolean {
    return locks().isDone(this.#core);
  }

  /**
   * Runs `fn` if nobody has done it, or waits until somebody has.
   *
   * @param fn Does it; may be asynchronous.
   * @param options `signal`, `timeout` in milliseconds: of the wait, not of `fn`.
   * @returns Whether this call has done it.
   * @throws What `fn` throws or rejects with, if this call has run it.
   * @throws {TimeoutError} When another one was still at it after `timeout`.
   * @throws The reason of `signal`, or that of the process's own signal, when it aborts while this waits.
   */
  do(fn: () => unknown, options?: WaitOptions): Promise<boolean> {
    return locks().runOnce(this.#core, fn, options);
  }

  /**
   * The same, blocking the thread while another one is at it.
   *
   * @param fn Does it, synchronously.
   * @param options `timeout` in milliseconds.
   * @returns Whether this call has done it.
   * @throws {InterpreterError} When this thread may not block.
   * @throws {LockError} When there is no timeout and this interpreter itself is at it.
   * @throws {TypeError} When `fn` returns a promise; then it was not done.
   */
  doSync(fn: () => unknown, options?: BlockOptions): boolean {
    return locks().runOnceSync(this.#core, fn, options);
  }
}

/**
 * An integer that any number of interpreters add to, and no addition is lost.
 *
 * Passed to another interpreter it is the same counter there.
 *
 * @example From two interpreters
 * ```ts
 * import { AtomicCounter, create } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const counter = new AtomicCounter(5);
 * const interps = [create(), create()];
 * await Promise.all(interps.map((interp) =>
 *   interp.call((counter: AtomicCounter) => {
 *     for (let i = 0; i < 1000; i++) counter.add(1);
 *   }, counter)
 * ));
 * assert.equal(counter.value, 2005);
 * await Promise.all(interps.map((interp) => interp.close()));
 * ```
 */
export class AtomicCounter {
  readonly #core: LockCore;

  /**
   * Makes a counter.
   *
   * @param start Its first value, a safe integer.
   * @throws {RangeError} When `start` is no safe integer.
   * @throws {TypeError} When `start` is no number.
   */
  constructor(start: number = 0) {
    this.#core = locks().openCounter(start);
    this.#core.handle ??= this;
  }

  /** @internal What all its handles in this interpreter have in common. */
  static coreOf(counter: AtomicCounter): LockCore {
    return counter.#core;
  }

  /** What it is now. */
  get value(): number {
    return this.#core.count;
  }

  /**
   * Adds to it.
   *
   * @param k A safe integer; negative to subtract.
   * @returns The new value.
   * @throws {RangeError} When `k` or the sum is no safe integer; then nothing was added.
   */
  add(k: number = 1): number {
    return locks().addToCounter(this.#core, k);
  }
}
