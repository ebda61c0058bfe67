/** What `wait` and `asCompleted` do. */
import { checkOptions } from "../../runtime/mod.ts";
import { Future, LONGEST_MS } from "../future.ts";
import type { CompletedFutures, ReturnWhen, Waited } from "../futures.ts";

/** See `wait`. */
export async function waitForFutures<F extends Future<unknown>>(
  futures: Iterable<F>,
  options: { readonly timeout?: number; readonly returnWhen?: ReturnWhen },
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

/** See `asCompleted`. */
export function followFutures<F extends Future<unknown>>(futures: Iterable<F>): CompletedFutures<F> {
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
