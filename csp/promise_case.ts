/**
 * A promise as a case of selects: one subscription for each promise, however many selects wait for it or ever did.
 *
 * *Invariant.* A promise counts as settled from the moment its callback has run here, not before: its state cannot be
 * asked for. One that was settled when it was first seen is known to be so one microtask later.
 */
import { GUARD, type Guard, type Guarded, type Settled, type Waiter } from "../channels/port.ts";

/** What is known of one promise, and who waits for it. Held by the promise, and by those who wait. */
interface Watch {
  /** Undefined as long as it is not known to be settled. */
  settled: Settled | undefined;
  /** First seen within this microtask. */
  isNew: boolean;
  /** In order of arrival. */
  readonly waiting: Set<PromiseGuard>;
}

const watches = new WeakMap<object, Watch>();

/** Subscribes to `promise`, once. */
function watchPromise(promise: PromiseLike<unknown>): Watch {
  const known = watches.get(promise);
  if (known !== undefined) return known;
  const watch: Watch = { settled: undefined, isNew: true, waiting: new Set() };
  watches.set(promise, watch);
  function settle(settled: Settled): void {
    // A thenable may call back twice.
    if (watch.settled !== undefined) return;
    watch.settled = settled;
    for (const guard of watch.waiting) guard.serve(settled);
  }
  function failed(error: unknown): void {
    settle({ is: "failed", error });
  }
  try {
    promise.then(function resolved(value) {
      settle({ is: "done", value });
    }, failed);
  } catch (error) {
    failed(error);
  }
  queueMicrotask(function seen() {
    watch.isNew = false;
  });
  return watch;
}

/** A promise among the cases of selects. */
export interface PromiseCase extends Guarded {
  /** Whether it may be settled unnoticed; that is known one microtask later. */
  readonly isNew: boolean;
}

/** A promise as a case. */
export function promiseCase(promise: PromiseLike<unknown>): PromiseCase {
  return new WatchedPromise(watchPromise(promise));
}

class WatchedPromise implements PromiseCase {
  readonly #watch: Watch;

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  get isNew(): boolean {
    return this.#watch.isNew && this.#watch.settled === undefined;
  }

  [GUARD](): Guard {
    return new PromiseGuard(this.#watch);
  }
}

/** A promise as one case of one select, its only waiter. */
class PromiseGuard implements Guard {
  readonly #watch: Watch;
  #waiter: Waiter | undefined;
  #index = 0;

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  attempt(): Settled | undefined {
    return this.#watch.settled;
  }

  enlist(waiter: Waiter, index: number): void {
    this.#waiter = waiter;
    this.#index = index;
    const { settled, waiting } = this.#watch;
    if (settled === undefined) waiting.add(this);
    else this.serve(settled);
  }

  withdraw(): void {
    this.#watch.waiting.delete(this);
  }

  /** The promise is settled. */
  serve(settled: Settled): void {
    this.#watch.waiting.delete(this);
    if (this.#waiter!.reserve()) this.#waiter!.settle(this.#index, settled);
  }
}
