/** What `InterpreterPoolExecutor` does. */
import { availableCores, checkOptions } from "../../runtime/mod.ts";
import type { AnyFunction } from "../callable.ts";
import { CancelledError } from "../errors.ts";
import type { ExecutorEngine, ExecutorOptions, PoolMetrics, SubmitOptions } from "../executor.ts";
import { Future } from "../future.ts";
import { checkCount, checkInitializer, checkItems, checkTask } from "./pool_options.ts";
import { Workforce } from "./workforce.ts";

/** What fails when a task is refused. */
const HAND_IN = "Cannot hand in a task";

/** Milliseconds that a task has to return after it was aborted. */
const GRACE_MS = 1000;

/** Tells those who wait for a task that it was taken off. */
const CANCELLED = new CancelledError("Cannot give the result: the future was cancelled");

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
    checkTask(HAND_IN, fn);
    if (options !== undefined) checkSubmit(options);
    return new Future((settle) => {
      const work = this.#force.submit(fn, args, {
        began() {},
        fulfilled: settle.fulfil,
        rejected(error) {
          // Not its class: a task may throw what a future of its own gave it.
          if (error === CANCELLED) settle.cancel();
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
    const action = "Cannot map";
    checkTask(action, fn);
    for (const [i, iterable] of iterables.entries()) checkItems(action, `iterables[${i}]`, iterable, "sync");
    const futures: Future<unknown>[] = [];
    try {
      for (const args of together(iterables)) futures.push(this.submit(undefined, fn, args));
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
      this.#force.cancelQueued(CANCELLED);
    }
    if (wait) await this.#force.whenGone();
  }

  metrics(): PoolMetrics {
    return this.#force.metrics();
  }
}

/** The first of each, the second of each, until one of them ends; then, or when it is left, the others are closed. */
function* together(iterables: readonly Iterable<unknown>[]): Generator<unknown[], undefined> {
  const open = new Set<Iterator<unknown>>();
  try {
    const iterators = iterables.map((iterable) => {
      const iterator = iterable[Symbol.iterator]();
      open.add(iterator);
      return iterator;
    });
    while (iterators.length > 0) {
      const args: unknown[] = [];
      for (const iterator of iterators) {
        // One that throws has ended, too.
        open.delete(iterator);
        const next = iterator.next();
        if (next.done) return undefined;
        open.add(iterator);
        args.push(next.value);
      }
      yield args;
    }
    return undefined;
  } finally {
    for (const iterator of open) iterator.return?.();
  }
}

/** Results in order; what is left of `futures` is cancelled by a failure, and when the iteration is left, begun or not. */
function inOrder(futures: Future<unknown>[]): AsyncIterableIterator<unknown> {
  let next = 0;
  function cancelRest(): void {
    for (const future of futures.slice(next)) future.cancel();
  }
  async function* results(): AsyncGenerator<unknown, undefined> {
    try {
      while (next < futures.length) {
        const future = futures[next]!;
        // Those given are let go of: results may be large.
        futures[next++] = undefined!;
        yield await future;
      }
      return undefined;
    } finally {
      cancelRest();
    }
  }
  const generator = results();
  return {
    next: () => generator.next(),
    return(value) {
      // A generator that has not begun just ends.
      cancelRest();
      return generator.return(value);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function checkSubmit(options: SubmitOptions): void {
  const action = HAND_IN;
  checkOptions(action, options, ["signal", "timeout", "priority", "grace"]);
  const { signal, timeout, priority, grace } = options ?? {};
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`${action}: signal is not an AbortSignal; pass controller.signal`);
  }
  for (const [key, value] of Object.entries({ timeout, priority, grace })) {
    if (value !== undefined && typeof value !== "number") {
      throw new TypeError(`${action}: ${key} is of type ${typeof value}; pass a number`);
    }
  }
  for (const [key, value] of Object.entries({ timeout, grace })) {
    if (value !== undefined && !(value >= 0)) {
      throw new RangeError(`${action}: ${key} is ${value}; pass milliseconds of at least 0`);
    }
  }
  if (priority !== undefined && Number.isNaN(priority)) {
    throw new RangeError(`${action}: priority is NaN; pass a number`);
  }
}
