/**
 * Several futures: waiting for some or all, and taking them as they end; a facade, what it does is in `pools/completion.ts`.
 * Source: `concurrent.futures`.
 */
import { pools } from "#engines";
import type { Future } from "./future.ts";

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
  return await pools().waitForFutures(futures, options);
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
  return pools().followFutures(futures);
}
