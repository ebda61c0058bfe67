/** A pool of interpreters; a facade, what it does is in `pools/`. Source: `multiprocessing.pool`. */
import { pools } from "#engines";
import type { AsyncResult } from "./async_result.ts";
import type { Callable, CallResult } from "./callable.ts";
import type { PoolMetrics } from "./executor.ts";
import { staysHere } from "../sharing/errors.ts";

/** Options of {@link Pool}. */
export interface PoolOptions {
  /** Called in each interpreter before its first task. If it fails, every task rejects with `BrokenInterpreterPool`. */
  readonly initializer?: Callable | undefined;
  /** Its arguments. */
  readonly initargs?: readonly unknown[] | undefined;
  /** An interpreter is replaced after so many tasks, at least 1. Default: never. */
  readonly maxTasksPerChild?: number | undefined;
  /**
   * How tasks go to interpreters: "channel", a loop inside each that a channel feeds (the default, and by far the fastest
   * for short tasks); "call", a call for each task; "port", the same with the result over a MessagePort.
   */
  readonly method?: "channel" | "call" | "port" | undefined;
}

/** Values that come one after another, or may have to be awaited. */
export type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

/** What does the work; not for programs. */
export interface PoolEngine {
  apply(fn: Callable, args: readonly unknown[]): Promise<unknown>;
  applyAsync(fn: Callable, args: readonly unknown[]): AsyncResult<unknown>;
  map(
    fn: Callable,
    calls: Iterable<unknown>,
    star: boolean,
    chunksize: number | undefined,
  ): Promise<unknown[]>;
  mapAsync(
    fn: Callable,
    calls: Iterable<unknown>,
    star: boolean,
    chunksize: number | undefined,
  ): AsyncResult<unknown[]>;
  imap(
    fn: Callable,
    items: AnyIterable<unknown>,
    chunksize: number | undefined,
    ordered: boolean,
  ): AsyncIterableIterator<unknown>;
  close(): void;
  terminate(): Promise<void>;
  join(): Promise<void>;
  metrics(): PoolMetrics;
}

/**
 * A fixed number of interpreters that run tasks, one at a time in each.
 *
 * An interpreter that dies costs the task that it was running, which rejects with `BrokenInterpreterPool`, and is replaced.
 * Tasks may block, and reject with what they threw itself. Idle interpreters let the program end, and all of them end with
 * the interpreter that made the pool.
 *
 * **Gotchas**: arguments are copied, as they are at the moment of the call. What a task leaves in globals, the next one in
 * that interpreter finds.
 *
 * @example Map, and results as they come
 * ```ts
 * import { Pool } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const pool = new Pool(2);
 * const square = (n: number) => n * n;
 * assert.deepEqual(await pool.map(square, [1, 2, 3]), [1, 4, 9]);
 *
 * let sum = 0;
 * for await (const one of pool.imapUnordered(square, [1, 2, 3])) sum += one;
 * assert.equal(sum, 14);
 *
 * assert.equal(await pool.apply(Math.max as (a: number, b: number) => number, [1, 2]).catch(() => "native"), "native");
 * pool.close();
 * await pool.join();
 * ```
 */
export class Pool implements AsyncDisposable {
  static {
    staysHere(
      this.prototype,
      "a Pool belongs to the interpreter that made it; send a channel, or make one over there",
    );
  }

  readonly #engine: PoolEngine;

  /**
   * Makes a pool; its interpreters start at once.
   *
   * @param processes How many interpreters, at least 1. Default: the number of cores.
   * @param options `initializer`, `initargs`, `maxTasksPerChild`, `method`.
   * @throws {TypeError} When an option is unknown or of the wrong type.
   * @throws {RangeError} When a number is below 1.
   */
  constructor(processes?: number, options?: PoolOptions) {
    this.#engine = pools().openPool(processes, options);
  }

  /**
   * Runs one task.
   *
   * @typeParam A The arguments' types.
   * @typeParam R What the function returns.
   * @param fn A self-contained function, a task or a remote reference.
   * @param args Its arguments, shareable.
   * @throws {TypeError} When `fn` is no function, or `args` no array.
   * @throws {NotShareableError} When the function captures variables or an argument cannot cross.
   * @throws {InterpreterError} After `close` or `terminate`.
   * @throws What the task threw.
   */
  async apply<A extends unknown[], R>(fn: Callable<A, R>, args?: A): Promise<CallResult<R>> {
    return await this.#engine.apply(fn as Callable, args ?? []) as CallResult<R>;
  }

  /**
   * As `apply`, with an `AsyncResult` to ask.
   *
   * @throws {TypeError} At once, when `fn` is no function, or `args` no array.
   * @throws {NotShareableError} At once.
   * @throws {InterpreterError} At once, after `close` or `terminate`.
   */
  applyAsync<A extends unknown[], R>(fn: Callable<A, R>, args?: A): AsyncResult<CallResult<R>> {
    return this.#engine.applyAsync(fn as Callable, args ?? []) as AsyncResult<CallResult<R>>;
  }

  /**
   * Calls a function with each item; the results in order. The first failure rejects it, at once; what has not begun is
   * taken off.
   *
   * @param fn See {@link Pool.apply}.
   * @param items Read to its end before the first call.
   * @param chunksize Items that go to an interpreter together, at least 1. Chosen by how long they take when it is not given.
   * @throws {TypeError} When `fn` is no function, or `items` no iterable; async ones are for `imap`.
   * @throws {RangeError} When `chunksize` is below 1.
   */
  async map<T, R>(fn: Callable<[T], R>, items: Iterable<T>, chunksize?: number): Promise<CallResult<R>[]> {
    return await this.#engine.map(fn as Callable, items, false, chunksize) as CallResult<R>[];
  }

  /** As `map`, with an `AsyncResult` to ask. */
  mapAsync<T, R>(fn: Callable<[T], R>, items: Iterable<T>, chunksize?: number): AsyncResult<CallResult<R>[]> {
    return this.#engine.mapAsync(fn as Callable, items, false, chunksize) as AsyncResult<CallResult<R>[]>;
  }

  /**
   * As `map` for a function with several parameters: each item is the array of its arguments.
   *
   * @throws {TypeError} When one is no array.
   */
  async starmap<A extends unknown[], R>(
    fn: Callable<A, R>,
    calls: Iterable<A>,
    chunksize?: number,
  ): Promise<CallResult<R>[]> {
    return await this.#engine.map(fn as Callable, calls, true, chunksize) as CallResult<R>[];
  }

  /** As `starmap`, with an `AsyncResult` to ask. */
  starmapAsync<A extends unknown[], R>(
    fn: Callable<A, R>,
    calls: Iterable<A>,
    chunksize?: number,
  ): AsyncResult<CallResult<R>[]> {
    return this.#engine.mapAsync(fn as Callable, calls, true, chunksize) as AsyncResult<CallResult<R>[]>;
  }

  /**
   * As `map`, lazily: results in order, as they are asked for. Items are taken a bounded number ahead of who iterates, from
   * the call on, so they may be endless. A failure is thrown in its place and ends the iteration.
   *
   * @param fn See {@link Pool.apply}.
   * @param items Iterable, or async iterable.
   * @param chunksize Items that go to an interpreter together, at least 1; default 1.
   * @throws {TypeError} At once, when `fn` is no function, or `items` no iterable.
   */
  imap<T, R>(
    fn: Callable<[T], R>,
    items: AnyIterable<T>,
    chunksize?: number,
  ): AsyncIterableIterator<CallResult<R>> {
    return this.#engine.imap(fn as Callable, items, chunksize, true) as AsyncIterableIterator<CallResult<R>>;
  }

  /** As `imap`; results as they come. */
  imapUnordered<T, R>(
    fn: Callable<[T], R>,
    items: AnyIterable<T>,
    chunksize?: number,
  ): AsyncIterableIterator<CallResult<R>> {
    return this.#engine.imap(fn as Callable, items, chunksize, false) as AsyncIterableIterator<CallResult<R>>;
  }

  /** Takes no more tasks; interpreters are closed when what was handed in is done. Idempotent. */
  close(): void {
    this.#engine.close();
  }

  /** Ends all interpreters at once; what is not over rejects with `InterpreterError`. Idempotent. */
  async terminate(): Promise<void> {
    await this.#engine.terminate();
  }

  /**
   * Waits until all is done and the interpreters are closed. An `imap` hands in the rest of a long input as its results are
   * read: read them first, or leave the iteration.
   *
   * @throws {InterpreterError} When the pool was neither closed nor terminated.
   */
  async join(): Promise<void> {
    await this.#engine.join();
  }

  /** How it is doing. */
  metrics(): PoolMetrics {
    return this.#engine.metrics();
  }

  /** `terminate()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine.terminate();
  }
}
