/** What a pool's task will give. Source: `multiprocessing.pool.AsyncResult`. */
import { TimeoutError } from "../channels/errors.ts";
import { InterpreterError } from "./errors.ts";
import { within } from "./future.ts";
import { staysHere } from "../sharing/errors.ts";

/** A promise that tells how far it is, and whose failure counts as heard of. */
export interface Tracked<R> {
  readonly promise: Promise<R>;
  readonly state: "pending" | "fulfilled" | "rejected";
}

/** Of a promise that does not tell. */
export function track<R>(promise: Promise<R>): Tracked<R> {
  const tracked: { promise: Promise<R>; state: Tracked<R>["state"] } = { promise, state: "pending" };
  promise.then(
    function fulfilled() {
      tracked.state = "fulfilled";
    },
    function rejected() {
      tracked.state = "rejected";
    },
  );
  return tracked;
}

/**
 * A result to come, of `Pool.applyAsync` and its like. Await it, or ask it.
 *
 * **Gotchas**: a failure that nobody asks for is not reported; Python's pools do not either.
 *
 * @typeParam R What the task gives.
 */
export class AsyncResult<R> implements Promise<R> {
  static {
    staysHere(
      this.prototype,
      "an AsyncResult belongs to the interpreter that made it; await it and send the result",
    );
  }

  readonly #tracked: Tracked<R>;

  /** Not for programs: use `Pool.applyAsync`. */
  constructor(tracked: Tracked<R>) {
    this.#tracked = tracked;
  }

  /**
   * Its result, when it is there.
   *
   * @param timeout Milliseconds; for ever by default. The task goes on when they have passed.
   * @throws {TimeoutError} When it was not there in time.
   * @throws What the task threw.
   */
  get(timeout?: number): Promise<R> {
    return within(this, timeout, () => this.#tracked.promise);
  }

  /**
   * Waits until it has ended, however it ended, or the time is over.
   *
   * @param timeout Milliseconds; for ever by default.
   */
  async wait(timeout?: number): Promise<void> {
    const late: unknown[] = [];
    await within(this, timeout, async () => {
      await this.#tracked.promise.catch(function failed() {});
    }).catch(function over(error: unknown) {
      if (!(error instanceof TimeoutError)) throw error;
      late.push(error);
    });
  }

  /** Whether it has ended. */
  ready(): boolean {
    return this.#tracked.state !== "pending";
  }

  /**
   * Whether it has ended without an error.
   *
   * @throws {InterpreterError} When it has not ended.
   */
  successful(): boolean {
    if (this.#tracked.state === "pending") {
      throw new InterpreterError(
        "Cannot tell whether the task has succeeded: it has not ended; wait() for it",
      );
    }
    return this.#tracked.state === "fulfilled";
  }

  /** "AsyncResult". */
  get [Symbol.toStringTag](): string {
    return "AsyncResult";
  }

  /** See `Promise.then`. */
  then<A = R, B = never>(
    fulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#tracked.promise.then(fulfilled, rejected);
  }

  /** See `Promise.catch`. */
  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<R | B> {
    return this.#tracked.promise.catch(rejected);
  }

  /** See `Promise.finally`. */
  finally(ended?: (() => void) | null): Promise<R> {
    return this.#tracked.promise.finally(ended);
  }
}
