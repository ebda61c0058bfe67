/** A handle to a queue; a facade, what it does is in `queues.ts`. Source: PEP 734. */
import { interpreters } from "#engines";
import type { BlockOptions, WaitOptions } from "../channels/form.ts";
import type { Channel } from "../channels/channel.ts";
import { HANDLE } from "./interpreter.ts";

/**
 * A queue that any number of interpreters put items into and get items from: first in, first out, each item for one of
 * them. Made by `createQueue`; passed to another interpreter it is the same queue there, one object for each interpreter.
 * Items outlive the interpreter that put them. What comes out is a copy, as with a call.
 *
 * **Gotchas**: a queue is never closed; who gets from an empty one waits until somebody puts, or the time is over. Use a
 * `Channel` where consumers must learn that nothing more comes.
 *
 * @typeParam T What it holds.
 *
 * @example Work for another interpreter
 * ```ts
 * import { create, createQueue, type Queue } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const [jobs, results] = [createQueue<number>(), createQueue<number>()];
 * const interp = create();
 * const done = interp.call(async (jobs: Queue<number>, results: Queue<number>) => {
 *   for (let job = await jobs.get(); job !== 0; job = await jobs.get()) await results.put(job * job);
 * }, jobs, results);
 * for (const job of [2, 3, 0]) await jobs.put(job);
 * await done;
 * assert.equal(await results.get() + await results.get(), 13);
 * await interp.close();
 * ```
 */
export class Queue<T> {
  /** Unique in the program. */
  readonly id: number;
  /** Most items it holds; unbounded when it is not above 0. */
  readonly maxsize: number;
  readonly #channel: Channel<unknown>;

  /** Not for programs: use `createQueue`. */
  constructor(proof: typeof HANDLE, id: number, maxsize: number, channel: Channel<T>) {
    if (proof !== HANDLE) throw new TypeError("Cannot construct a Queue: use createQueue()");
    this.id = id;
    this.maxsize = maxsize;
    this.#channel = channel as Channel<unknown>;
    Object.freeze(this);
  }

  /** @internal What carries it. */
  static channelOf<T>(queue: Queue<T>): Channel<T> {
    return queue.#channel as Channel<T>;
  }

  /**
   * Puts an item in as soon as there is room.
   *
   * @param options `timeout` in milliseconds, fractions count; `signal` to give up.
   * @throws {QueueFull} When there was no room within `timeout`; the item was not put in.
   * @throws {NotShareableError} When the item cannot cross.
   * @throws The signal's reason when it aborts; the item was not put in.
   */
  put(item: T, options?: WaitOptions): Promise<void> {
    return interpreters().queues.put(this, item, options);
  }

  /**
   * Puts an item in at once.
   *
   * @throws {QueueFull} When there is no room.
   */
  putNowait(item: T): void {
    interpreters().queues.putNowait(this, item);
  }

  /**
   * As `put`, blocking the thread.
   *
   * @throws {QueueFull} When there was no room within `timeout` milliseconds.
   * @throws {InterpreterError} Where blocking is not allowed.
   */
  putSync(item: T, options?: BlockOptions): void {
    interpreters().queues.putSync(this, item, options);
  }

  /**
   * Gets the oldest item as soon as there is one.
   *
   * @param options `timeout` in milliseconds, fractions count; `signal` to give up.
   * @throws {QueueEmpty} When there was none within `timeout`.
   * @throws The signal's reason when it aborts.
   */
  get(options?: WaitOptions): Promise<T> {
    return interpreters().queues.get(this, options);
  }

  /**
   * Gets the oldest item at once.
   *
   * @throws {QueueEmpty} When there is none.
   */
  getNowait(): T {
    return interpreters().queues.getNowait(this);
  }

  /**
   * As `get`, blocking the thread.
   *
   * @throws {QueueEmpty} When there was no item within `timeout` milliseconds.
   * @throws {InterpreterError} Where blocking is not allowed.
   */
  getSync(options?: BlockOptions): T {
    return interpreters().queues.getSync(this, options);
  }

  /** How many items it holds. */
  qsize(): number {
    return this.#channel.size;
  }

  /** Whether it holds nothing. */
  empty(): boolean {
    return this.qsize() === 0;
  }

  /** Whether it has no room; always false for one that is unbounded. */
  full(): boolean {
    return this.maxsize > 0 && this.qsize() >= this.maxsize;
  }
}

/**
 * Makes a queue.
 *
 * @typeParam T What it is to hold.
 * @param maxsize Most items it holds at once, an integer; unbounded when it is not above 0, as by default.
 * @throws {TypeError} When `maxsize` is no integer.
 *
 * @example A bound
 * ```ts
 * import { createQueue, QueueFull } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const queue = createQueue<string>(1);
 * queue.putNowait("first");
 * assert.throws(() => queue.putNowait("second"), QueueFull);
 * assert.equal(queue.getNowait(), "first");
 * ```
 */
export function createQueue<T>(maxsize = 0): Queue<T> {
  return interpreters().queues.createQueue(maxsize);
}
