/** What a task that was handed to an executor will give. Source: `concurrent.futures`. */
import { TimeoutError } from "../channels/errors.ts";
import { CancelledError } from "./errors.ts";
import { staysHere } from "../sharing/errors.ts";

/** The task behind a future; not for programs. */
export interface FutureTask {
  /** Takes it off; false if it has begun. */
  cancel(): boolean;
  isRunning(): boolean;
}

/**
 * A result to come. Await it, or ask it.
 *
 * **Gotchas**: a failure that nobody asks for is not reported; Python's futures do not either.
 *
 * @typeParam R What the task gives.
 *
 * @example Ask, wait, or cancel
 * ```ts
 * import { InterpreterPoolExecutor } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const executor = new InterpreterPoolExecutor({ maxWorkers: 1 });
 * const future = executor.submit((n: number) => n * n, 12);
 * assert.equal(await future, 144);
 * assert.equal(future.done(), true);
 * assert.equal(future.cancel(), false);
 * await executor.shutdown();
 * ```
 */
export class Future<R> implements Promise<R> {
  static {
    staysHere(
      this.prototype,
      "a Future belongs to the interpreter that made it; await it and send the result",
    );
  }

  #task: FutureTask | undefined;
  #state: "pending" | "fulfilled" | "rejected" | "cancelled" = "pending";
  #value: unknown;
  #promise:
    | { readonly promise: Promise<R>; resolve(value: unknown): void; reject(error: unknown): void }
    | undefined;
  #callbacks: ((future: never) => void)[] | undefined;

  /** Not for programs: use `InterpreterPoolExecutor.submit`. */
  constructor(start: (settle: FutureSettlers<R>) => FutureTask) {
    this.#task = start({
      fulfil: (value) => this.#settle("fulfilled", value),
      reject: (error) => this.#settle("rejected", error),
      cancel: () => this.#settle("cancelled", cancelledError()),
    });
    if (this.done()) this.#task = undefined;
  }

  /**
   * Its result, when it is there. A future can also be awaited.
   *
   * @param timeout Milliseconds; for ever by default. The task goes on when they have passed.
   * @throws {TimeoutError} When it was not there in time.
   * @throws {CancelledError} When it was cancelled.
   * @throws What the task threw.
   */
  result(timeout?: number): Promise<R> {
    return within(this, timeout, () => this.#whenDone());
  }

  /**
   * What the task threw, when it has ended; undefined if it has not failed.
   *
   * @param timeout Milliseconds; for ever by default.
   * @throws {TimeoutError} When it has not ended in time.
   * @throws {CancelledError} When it was cancelled.
   */
  exception(timeout?: number): Promise<unknown> {
    return within(this, timeout, () =>
      this.#whenDone().then(
        function none() {
          return undefined;
        },
        (error: unknown) => {
          if (this.#state === "cancelled") throw error;
          return error;
        },
      ));
  }

  /** Takes the task off if it has not begun; whether it is cancelled. */
  cancel(): boolean {
    if (this.#state !== "pending") return this.#state === "cancelled";
    if (this.#task?.cancel() !== true) return false;
    this.#settle("cancelled", cancelledError());
    return true;
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.#state === "cancelled";
  }

  /** Whether the task runs now. */
  running(): boolean {
    return this.#state === "pending" && this.#task?.isRunning() === true;
  }

  /** Whether it has ended, or was cancelled. */
  done(): boolean {
    return this.#state !== "pending";
  }

  /**
   * Calls `fn` with this future when it has ended, or at once, before this returns, if it has; in the order in which they
   * were added. What it throws is written to the console, and nothing else comes of it, as in `concurrent.futures`.
   *
   * @param fn Called once.
   * @throws {TypeError} When `fn` is no function.
   */
  addDoneCallback(fn: (future: this) => void): void {
    if (typeof fn !== "function") {
      throw new TypeError(`Cannot add a callback: it is of type ${typeof fn}; pass a function`);
    }
    (this.#callbacks ??= []).push(fn as (future: never) => void);
    if (this.done()) this.#callBack();
  }

  /** "Future". */
  get [Symbol.toStringTag](): string {
    return "Future";
  }

  /** See `Promise.then`. */
  then<A = R, B = never>(
    fulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#whenDone().then(fulfilled, rejected);
  }

  /** See `Promise.catch`. */
  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<R | B> {
    return this.#whenDone().catch(rejected);
  }

  /** See `Promise.finally`. */
  finally(ended?: (() => void) | null): Promise<R> {
    return this.#whenDone().finally(ended);
  }

  /** Made when first asked for: many futures are asked in other ways. */
  #whenDone(): Promise<R> {
    if (this.#promise === undefined) {
      this.#promise = Promise.withResolvers<unknown>() as
        & { promise: Promise<R> }
        & Pick<PromiseWithResolvers<unknown>, "resolve" | "reject">;
      if (this.done()) this.#pass();
    }
    return this.#promise.promise;
  }

  #pass(): void {
    if (this.#state === "fulfilled") this.#promise!.resolve(this.#value);
    else this.#promise!.reject(this.#value);
  }

  #settle(state: "fulfilled" | "rejected" | "cancelled", value: unknown): void {
    if (this.#state !== "pending") return;
    this.#state = state;
    this.#value = value;
    this.#task = undefined;
    if (this.#promise !== undefined) this.#pass();
    if (this.#callbacks !== undefined) queueMicrotask(() => this.#callBack());
  }

  /** Calls those that were not called yet; one that is added meanwhile calls those before it, so that the order stays. */
  #callBack(): void {
    for (let fn; (fn = this.#callbacks?.shift()) !== undefined;) callBack(fn, this as never);
  }
}

function callBack<F>(fn: (future: F) => void, future: F): void {
  try {
    fn(future);
  } catch (error) {
    console.error("A callback of a Future has failed:", error);
  }
}

/** How a future's task tells of its end. */
export interface FutureSettlers<R> {
  fulfil(value: R): void;
  reject(error: unknown): void;
  cancel(): void;
}

/** The class of errors of cancelled futures, with its only text. */
function cancelledError(): CancelledError {
  return new CancelledError("Cannot give the result: the future was cancelled");
}

/** What timers can wait for: 24 days. */
export const LONGEST_MS: number = 2 ** 31 - 1;

/** Waits for `wait`, `timeout` milliseconds at most. */
export async function within<T>(
  what: object,
  timeout: number | undefined,
  wait: () => Promise<T>,
): Promise<T> {
  if (timeout !== undefined && !(typeof timeout === "number" && timeout >= 0)) {
    throw new RangeError(
      `Cannot wait for the result: ${String(timeout)} is no duration; pass milliseconds of at least 0`,
    );
  }
  if (timeout === undefined || timeout > LONGEST_MS) return await wait();
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(function late() {
    reject(
      new TimeoutError(`Cannot wait any longer for the ${what.constructor.name}: ${timeout} ms have passed`),
    );
  }, timeout);
  try {
    return await Promise.race([wait(), promise]);
  } finally {
    clearTimeout(timer);
  }
}
