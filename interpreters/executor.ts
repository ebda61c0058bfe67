/** An executor over interpreters; a facade, what it does is in `pools/`. Source: `concurrent.futures`. */
import { pools } from "#engines";
import type { Callable, CallResult } from "./callable.ts";
import type { Future } from "./future.ts";
import type { Histogram } from "./pools/histogram.ts";
import { staysHere } from "../sharing/errors.ts";

/** Options of {@link InterpreterPoolExecutor}. */
export interface ExecutorOptions {
  /** Most interpreters, at least 1. Default: the number of cores. They start as tasks need them. */
  readonly maxWorkers?: number | undefined;
  /** Called in each interpreter before its first task. If it fails, every task rejects with `BrokenInterpreterPool`. */
  readonly initializer?: Callable | undefined;
  /** Its arguments. */
  readonly initargs?: readonly unknown[] | undefined;
  /** Milliseconds that a task has to return after it was aborted, before its interpreter is replaced. Default: 1,000. */
  readonly grace?: number | undefined;
}

/** Limits of one task. */
export interface SubmitOptions {
  /** Aborting it takes the task off, or aborts its own signal while it runs; the future rejects at once with the reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from the start of the task; then its signal is aborted and the future rejects with `TimeoutError`. */
  readonly timeout?: number | undefined;
  /** Higher first; default 0. From the first task with a priority on the executor sends no task ahead of those that run. */
  readonly priority?: number | undefined;
  /** Milliseconds that it has to end once its time is over or its signal was aborted; default: the executor's `grace`. */
  readonly grace?: number | undefined;
}

/** How an executor or pool is doing. */
export interface PoolMetrics {
  /** Tasks that wait for an interpreter. */
  readonly queued: number;
  /** Tasks that an interpreter has got and not finished. */
  readonly running: number;
  /** Tasks that have ended, however they ended. */
  readonly completed: number;
  /** Interpreters that there are. */
  readonly interpreters: number;
  /** Milliseconds from handing a task in until it went to an interpreter. */
  readonly waitTime: Histogram;
  /** Milliseconds that tasks ran. */
  readonly runTime: Histogram;
  /** The part of the interpreters' time so far in which they ran tasks, 0 to 1. */
  readonly utilization: number;
}

/** The iterables from which `map` takes the arguments of a call. */
export type Iterables<A extends unknown[]> = { readonly [K in keyof A]: Iterable<A[K]> };

/** What does the work; not for programs. */
export interface ExecutorEngine {
  submit(options: SubmitOptions | undefined, fn: Callable, args: unknown[]): Future<unknown>;
  map(fn: Callable, iterables: readonly Iterable<unknown>[]): AsyncIterableIterator<unknown>;
  shutdown(options: unknown): Promise<void>;
  metrics(): PoolMetrics;
}

/**
 * Runs tasks on a set of interpreters of its own, one at a time in each, and gives futures of their results.
 *
 * An interpreter that dies costs the task that it was running, which rejects with `BrokenInterpreterPool`, and is replaced.
 * Tasks may block. Idle interpreters let the program end; tasks that are not over do not. All of them end with the
 * interpreter that made the executor.
 *
 * **Gotchas**: a task is called with copies of its arguments, those of the moment at which it was handed in. What it leaves
 * in globals, the next task in that interpreter finds.
 *
 * @example Two tasks at once
 * ```ts
 * import { InterpreterPoolExecutor } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const executor = new InterpreterPoolExecutor({ maxWorkers: 2 });
 * const sum = (from: number, to: number) => {
 *   let total = 0;
 *   for (let n = from; n < to; n++) total += n;
 *   return total;
 * };
 * const [low, high] = [executor.submit(sum, 0, 500), executor.submit(sum, 500, 1000)];
 * assert.equal(await low + await high, 499_500);
 *
 * const squares: number[] = [];
 * for await (const square of executor.map((n: number) => n * n, [1, 2, 3])) squares.push(square);
 * assert.deepEqual(squares, [1, 4, 9]);
 * await executor.shutdown();
 * ```
 */
export class InterpreterPoolExecutor implements AsyncDisposable {
  static {
    staysHere(
      this.prototype,
      "an InterpreterPoolExecutor belongs to the interpreter that made it; send a channel, or make one over there",
    );
  }

  readonly #engine: ExecutorEngine;

  /**
   * Makes an executor; its interpreters start as tasks need them.
   *
   * @param options `maxWorkers`, `initializer`, `initargs`, `grace`.
   * @throws {TypeError} When an option is unknown or of the wrong type.
   * @throws {RangeError} When `maxWorkers` is below 1, or `grace` negative.
   */
  constructor(options?: ExecutorOptions) {
    this.#engine = pools().openExecutor(options);
  }

  /**
   * Hands a task in.
   *
   * @typeParam A The arguments' types.
   * @typeParam R What the function returns.
   * @param fn A self-contained function, a task or a remote reference.
   * @param args Shareable values, copied as they are now.
   * @returns The future of its result; rejects with what the task threw itself.
   * @throws {TypeError} At once, when `fn` is no function.
   * @throws {NotShareableError} At once, when the function captures variables or an argument cannot cross.
   * @throws {InterpreterError} After `shutdown`.
   */
  submit<A extends unknown[], R>(fn: Callable<A, R>, ...args: A): Future<CallResult<R>> {
    return this.#engine.submit(undefined, fn as Callable, args) as Future<CallResult<R>>;
  }

  /**
   * Hands a task in with limits.
   *
   * @param options `signal`, `timeout`, `priority`.
   * @param fn See {@link InterpreterPoolExecutor.submit}.
   * @param args See {@link InterpreterPoolExecutor.submit}.
   * @returns See {@link InterpreterPoolExecutor.submit}.
   * @throws {TypeError} When an option is unknown or of the wrong type, or `fn` no function.
   * @throws {RangeError} When `timeout` is negative or not a number.
   */
  submitWith<A extends unknown[], R>(
    options: SubmitOptions,
    fn: Callable<A, R>,
    ...args: A
  ): Future<CallResult<R>> {
    return this.#engine.submit(options, fn as Callable, args) as Future<CallResult<R>>;
  }

  /**
   * Calls a function with the first of each iterable, the second of each, and so on until one of them ends. All tasks are
   * handed in at once.
   *
   * @param fn See {@link InterpreterPoolExecutor.submit}.
   * @param iterables One for each parameter, none of them async.
   * @returns The results in order; throws, where a task has failed, what it threw. Leaving the iteration takes off the tasks
   * that have not begun.
   * @throws {TypeError} At once, when `fn` is no function, or one of `iterables` cannot be iterated without awaiting.
   */
  map<A extends unknown[], R>(
    fn: Callable<A, R>,
    ...iterables: Iterables<A>
  ): AsyncIterableIterator<CallResult<R>> {
    return this.#engine.map(
      fn as Callable,
      iterables as readonly Iterable<unknown>[],
    ) as AsyncIterableIterator<
      CallResult<R>
    >;
  }

  /**
   * Takes no more tasks; interpreters are closed when what was handed in is done.
   *
   * @param options `wait` (default true): the promise settles when all is done and closed, otherwise at once.
   * `cancelFutures`: tasks that have not begun are cancelled.
   */
  async shutdown(options?: { readonly wait?: boolean; readonly cancelFutures?: boolean }): Promise<void> {
    await this.#engine.shutdown(options);
  }

  /** How it is doing. */
  metrics(): PoolMetrics {
    return this.#engine.metrics();
  }

  /** `shutdown()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine.shutdown(undefined);
  }
}
