/** Several futures: waiting for some or all, and taking them as they end. Source: `concurrent.futures`. */
import { checkOptions } from "../runtime/mod.ts";
import { Future, LONGEST_MS } from "./future.ts";

/** When {@link wait} is satisfied. */
export type ReturnWhen = "ALL_COMPLETED" | "FIRST_COMPLETED" | "FIRST_EXCEPTION";

/** What {@link wait} gives. */
export interface Waited<F> {
  /** Those that have ended. */
  readonly done: Set<F>;
  /** The others. */
  readonly notDone: Set<F>;
}

/**
 * Waits for futures.
 *
 * @typeParam F The futures' type.
 * @param futures Any number of them.
 * @param options `returnWhen`: "ALL_COMPLETED" (the default), "FIRST_COMPLETED", or "FIRST_EXCEPTION", which is when one has
 * failed or all have ended. `timeout`: milliseconds after which it gives what there is.
 * @returns Those that have ended, cancelled ones included, and those that have not.
 * @throws {TypeError} When something else is among them, or `returnWhen` is unknown.
 * @throws {RangeError} When `timeout` is negative or not a number.
 *
 * @example The first of two
 * ```ts
 * import { InterpreterPoolExecutor, wait } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const executor = new InterpreterPoolExecutor({ maxWorkers: 2 });
 * const futures = [1, 2].map((n) => executor.submit((n: number) => n, n));
 * const { done } = await wait(futures, { returnWhen: "FIRST_COMPLETED" });
 * assert(done.size >= 1);
 * await executor.shutdown();
 * ```
 */
export async function wait<F extends Future<unknown>>(
  futures: Iterable<F>,
  options: { readonly timeout?: number; readonly returnWhen?: ReturnWhen } = {},
): Promise<Waited<F>> {
  const all = checkFutures(futures, "Cannot wait for futures");
  checkOptions("Cannot wait for futures", options, ["timeout", "returnWhen"]);
  const { timeout, returnWhen = "ALL_COMPLETED" } = options;
  if (!["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"].includes(returnWhen)) {
    throw new TypeError(
      `Cannot wait for futures: returnWhen is ${
        String(returnWhen)
      }; use "ALL_COMPLETED", "FIRST_COMPLETED" or "FIRST_EXCEPTION"`,
    );
  }
  if (timeout !== undefined && !(typeof timeout === "number" && timeout >= 0)) {
    throw new RangeError(
      `Cannot wait for futures: timeout is ${String(timeout)}; pass milliseconds of at least 0`,
    );
  }
  const done = new Set<F>();
  const { promise, resolve } = Promise.withResolvers<void>();
  let over = all.length === 0;
  function ended(future: F, failed: boolean): void {
    if (over) return;
    done.add(future);
    const enough = done.size === all.length || returnWhen === "FIRST_COMPLETED" ||
      (returnWhen === "FIRST_EXCEPTION" && failed);
    if (!enough) return;
    over = true;
    resolve();
  }
  if (over) resolve();
  for (const future of all) {
    future.then(
      function fulfilled() {
        ended(future, false);
      },
      function rejected() {
        ended(future, !future.cancelled());
      },
    );
  }
  const timer = timeout === undefined || timeout > LONGEST_MS ? undefined : setTimeout(resolve, timeout);
  await promise;
  clearTimeout(timer);
  over = true;
  for (const future of all) if (future.done()) done.add(future);
  return { done, notDone: new Set(all.filter((future) => !done.has(future))) };
}

/** An async iterator of futures as such: a plain `AsyncIterable` would be one of their results, to the compiler. */
export interface CompletedFutures<F> {
  /** The next future that has ended. */
  next(): Promise<IteratorResult<F, undefined>>;
  /** Ends the iteration; the futures go on. */
  return(): Promise<IteratorResult<F, undefined>>;
  /** Itself. */
  [Symbol.asyncIterator](): this;
  /** As `return`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * The futures themselves, as they end: those that have ended first, each once.
 *
 * @typeParam F The futures' type.
 * @param futures Any number of them; one that is among them twice is given once.
 * @throws {TypeError} When something else is among them.
 *
 * @example Results as they come
 * ```ts
 * import { asCompleted, InterpreterPoolExecutor } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const executor = new InterpreterPoolExecutor();
 * const futures = [3, 1, 2].map((n) => executor.submit((n: number) => n * n, n));
 * let sum = 0;
 * for await (const future of asCompleted(futures)) sum += await future;
 * assert.equal(sum, 14);
 * await executor.shutdown();
 * ```
 */
export function asCompleted<F extends Future<unknown>>(futures: Iterable<F>): CompletedFutures<F> {
  return new Following(checkFutures(futures, "Cannot follow futures"));
}

/** No generator: its `yield` would await the future, and give or throw what the task did. */
class Following<F extends Future<unknown>> implements CompletedFutures<F> {
  /** Those that have ended and were not given. */
  readonly #ended: F[] = [];
  readonly #asking: ((result: IteratorResult<F, undefined>) => void)[] = [];
  /** How many have not been promised to a `next`. */
  #left: number;

  constructor(all: readonly F[]) {
    this.#left = all.length;
    for (const future of all) {
      const over = (): void => this.#give(future);
      future.then(over, over);
    }
  }

  next(): Promise<IteratorResult<F, undefined>> {
    if (this.#left === 0) return Promise.resolve({ done: true, value: undefined });
    this.#left--;
    const value = this.#ended.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    return new Promise((resolve) => this.#asking.push(resolve));
  }

  return(): Promise<IteratorResult<F, undefined>> {
    this.#left = 0;
    for (const ask of this.#asking.splice(0)) ask({ done: true, value: undefined });
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #give(future: F): void {
    const ask = this.#asking.shift();
    if (ask === undefined) this.#ended.push(future);
    else ask({ done: false, value: future });
  }
}

function checkFutures<F extends Future<unknown>>(futures: Iterable<F>, action: string): F[] {
  const all = [...new Set(futures)];
  for (const future of all) {
    if (!(future instanceof Future)) {
      throw new TypeError(`${action}: one of them is none; pass what submit() gives`);
    }
  }
  return all;
}
