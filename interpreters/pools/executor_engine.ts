/** What `InterpreterPoolExecutor` does. */
import { availableCores, checkOptions } from "../../runtime/mod.ts";
import type { AnyFunction } from "../callable.ts";
import { CancelledError } from "../errors.ts";
import type { ExecutorEngine, ExecutorOptions, PoolMetrics, SubmitOptions } from "../executor.ts";
import { Future } from "../future.ts";
import { checkCount, checkInitializer } from "./pool_options.ts";
import { Workforce } from "./workforce.ts";

/** Milliseconds that a task has to return after it was aborted. */
const GRACE_MS = 1000;

/** See `InterpreterPoolExecutor`. */
export function openExecutor(options?: ExecutorOptions): ExecutorEngine {
  const action = "Cannot make an InterpreterPoolExecutor";
  checkOptions(action, options, ["maxWorkers", "initializer", "initargs", "grace"]);
  const { maxWorkers, grace = GRACE_MS } = options ?? {};
  if (typeof grace !== "number" || !(grace >= 0)) {
    throw new RangeError(`${action}: grace is ${String(grace)}; pass milliseconds of at least 0`);
  }
  return new Executor(
    new Workforce({
      name: "InterpreterPoolExecutor",
      size: maxWorkers === undefined ? availableCores() : checkCount(action, "maxWorkers", maxWorkers),
      method: "channel",
      ...checkInitializer(action, options),
      maxTasks: Infinity,
      grace,
      eager: false,
    }),
  );
}

class Executor implements ExecutorEngine {
  readonly #force: Workforce;

  constructor(force: Workforce) {
    this.#force = force;
  }

  submit(options: SubmitOptions | undefined, fn: AnyFunction, args: unknown[]): Future<unknown> {
    if (options !== undefined) checkSubmit(options);
    return new Future((settle) => {
      const work = this.#force.submit(fn, args, {
        began() {},
        fulfilled: settle.fulfil,
        rejected(error) {
          if (error instanceof CancelledError) settle.cancel();
          else settle.reject(error);
        },
      }, options);
      return {
        cancel: () => this.#force.cancel(work),
        isRunning: () => this.#force.isRunning(work),
      };
    });
  }

  map(fn: AnyFunction, iterables: readonly Iterable<unknown>[]): AsyncIterableIterator<unknown> {
    const iterators = iterables.map((iterable) => iterable[Symbol.iterator]());
    const futures: Future<unknown>[] = [];
    try {
      for (;;) {
        const args: unknown[] = [];
        for (const iterator of iterators) {
          const next = iterator.next();
          if (next.done) break;
          args.push(next.value);
        }
        if (args.length < iterators.length || iterators.length === 0) break;
        futures.push(this.submit(undefined, fn, args));
      }
    } catch (error) {
      for (const future of futures) future.cancel();
      throw error;
    }
    return inOrder(futures);
  }

  async shutdown(options: unknown): Promise<void> {
    checkOptions("Cannot shut down", options, ["wait", "cancelFutures"]);
    const { wait = true, cancelFutures = false } = (options ?? {}) as {
      wait?: boolean;
      cancelFutures?: boolean;
    };
    for (const [key, value] of Object.entries({ wait, cancelFutures })) {
      if (typeof value !== "boolean") {
        throw new TypeError(`Cannot shut down: ${key} is of type ${typeof value}; pass true or false`);
      }
    }
    this.#force.close();
    if (cancelFutures) {
      this.#force.cancelQueued(new CancelledError("Cannot give the result: the future was cancelled"));
    }
    if (wait) await this.#force.whenGone();
  }

  metrics(): PoolMetrics {
    return this.#force.metrics();
  }
}

async function* inOrder(futures: Future<unknown>[]): AsyncGenerator<unknown, undefined> {
  let next = 0;
  try {
    // Those given are let go of: results may be large.
    for (; next < futures.length; next++) {
      const future = futures[next]!;
      futures[next] = undefined!;
      yield await future;
    }
    return undefined;
  } finally {
    for (const future of futures.slice(next + 1)) future.cancel();
  }
}

function checkSubmit(options: SubmitOptions): void {
  const action = "Cannot hand in a task";
  checkOptions(action, options, ["signal", "timeout", "priority"]);
  const { signal, timeout, priority } = options ?? {};
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`${action}: signal is not an AbortSignal; pass controller.signal`);
  }
  for (const [key, value] of Object.entries({ timeout, priority })) {
    if (value !== undefined && typeof value !== "number") {
      throw new TypeError(`${action}: ${key} is of type ${typeof value}; pass a number`);
    }
  }
  if (timeout !== undefined && !(timeout >= 0)) {
    throw new RangeError(`${action}: timeout is ${timeout}; pass milliseconds of at least 0`);
  }
  if (priority !== undefined && Number.isNaN(priority)) {
    throw new RangeError(`${action}: priority is NaN; pass a number`);
  }
}
