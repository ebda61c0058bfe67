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

/** What {@link asCompleted} gives. Not `AsyncIterableIterator`: of that, `for await` takes what it gives for awaited. */
export interface CompletedFutures<F> {
  /** The next one, when it has ended. */
  next(): Promise<IteratorResult<F, undefined>>;
  /** Leaves the iteration; the futures are not touched. */
  return(): Promise<IteratorResult<F, undefined>>;
  /** Itself. */
  [Symbol.asyncIterator](): CompletedFutures<F>;
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
  return follow(checkFutures(futures, "Cannot follow futures"));
}

/** No generator: that would await what it gives, and futures can be awaited. */
function follow<F extends Future<unknown>>(all: readonly F[]): CompletedFutures<F> {
  const ended: F[] = [];
  const waiting: ((result: IteratorResult<F, undefined>) => void)[] = [];
  let given = 0;
  /** How many will be given to `next`s that were called. */
  let asked = 0;
  let left = false;
  function serve(): void {
    while (waiting.length > 0 && given < ended.length) {
      waiting.shift()!({ done: false, value: ended[given++]! });
    }
  }
  for (const future of all) {
    const over = (): void => {
      if (left) return;
      ended.push(future);
      serve();
    };
    future.then(over, over);
  }
  return {
    next() {
      if (left || asked === all.length) return Promise.resolve({ done: true, value: undefined });
      asked++;
      return new Promise(function ask(resolve) {
        waiting.push(resolve);
        serve();
      });
    },
    return() {
      left = true;
      for (const resolve of waiting.splice(0)) resolve({ done: true, value: undefined });
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
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
