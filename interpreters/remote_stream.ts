/**
 * The values of a generator that runs in another interpreter, asked for a few at a time.
 *
 * *Who waits.* A `next()` waits in `#takers` until a value, the end or an error comes; a `return()` until the generator's
 * `finally` blocks have run. The other side may be at most {@link LOOK_AHEAD} values ahead of what was taken.
 *
 * *Lifetime.* What receives letters is held until the generator has ended; the iterator that a program holds is another
 * object, and when that is collected the generator is ended.
 */
import { holdAlive, releaseAlive } from "../runtime/mod.ts";
import type { ProcessLink } from "./calls.ts";
import { realm } from "./realm.ts";

/** Values that the generator may produce before they are asked for. */
const LOOK_AHEAD = 16;

type Taker = PromiseWithResolvers<IteratorResult<unknown>>;

/** What a program gets for a generator: its only iterator, as a generator object is. */
export type StreamIterator = AsyncIterableIterator<unknown> & AsyncDisposable;

/** Where the values of an iterator come from. */
interface Source {
  next(iterator: StreamIterator): Promise<IteratorResult<unknown>>;
  return(value?: unknown): Promise<IteratorResult<unknown>>;
}

const abandoned = new FinalizationRegistry<Source>(function end(source) {
  source.return().catch(function nobodyWaits() {});
});

/** An iterator for the program: `source` is ended when it was collected. */
export function streamIterator(source: Source): StreamIterator {
  const end = (value?: unknown): Promise<IteratorResult<unknown>> => source.return(value);
  const iterator: StreamIterator = {
    next: () => source.next(iterator),
    return: end,
    async [Symbol.asyncDispose]() {
      await end();
    },
    [Symbol.asyncIterator]() {
      return iterator;
    },
  };
  abandoned.register(iterator, source);
  return iterator;
}

/** The receiving end of a stream. */
export class StreamReceiver {
  /** The interpreter that produces the values. */
  readonly from: number;
  /** Whether errors come as themselves, see `Limits`. */
  readonly original: boolean;
  /** The process that it is. */
  readonly process: ProcessLink | undefined;
  readonly #key: number;
  readonly #over: () => void;
  readonly #values: unknown[] = [];
  readonly #takers: Taker[] = [];
  /** Credit that the other side still has. */
  #granted = 0;
  #state: "open" | "ending" | "over" = "open";
  #error: { error: unknown } | undefined;
  #ended: PromiseWithResolvers<void> | undefined;
  /** While somebody waits for a value the iterator is held, even if the program has dropped it. */
  #waiting: StreamIterator | undefined;

  /** `over` is called once, when nothing comes any more. */
  constructor(
    from: number,
    key: number,
    original: boolean,
    over: () => void,
    process: ProcessLink | undefined,
  ) {
    this.from = from;
    this.original = original;
    this.process = process;
    this.#key = key;
    this.#over = over;
  }

  /** The iterator for the program. */
  iterator(): StreamIterator {
    return streamIterator(this);
  }

  next(iterator: StreamIterator): Promise<IteratorResult<unknown>> {
    if (this.#values.length > 0) {
      const value = this.#values.shift();
      this.#grant();
      return Promise.resolve({ done: false, value });
    }
    if (this.#error !== undefined) {
      const { error } = this.#error;
      this.#error = undefined;
      return Promise.reject(error);
    }
    if (this.#state !== "open") return Promise.resolve({ done: true, value: undefined });
    const taker: Taker = Promise.withResolvers();
    this.#waiting = iterator;
    if (this.#takers.push(taker) === 1 && realm.id === 0) holdAlive();
    try {
      this.#grant();
    } catch (error) {
      this.fail(error);
    }
    return taker.promise;
  }

  /** Ends the generator there; settles when its `finally` blocks have run. */
  async return(value?: unknown): Promise<IteratorResult<unknown>> {
    this.#values.length = 0;
    this.#error = undefined;
    if (this.#state === "open") {
      this.#state = "ending";
      this.#release();
      this.#ended = Promise.withResolvers();
      // Others that ask may wait for it as well; this one reports its failure.
      this.#ended.promise.catch(function seen() {});
      realm.post({ from: realm.id, to: this.from, key: this.#key, t: "end" });
    }
    if (this.#state === "ending") {
      if (realm.id === 0) holdAlive();
      try {
        await this.#ended!.promise;
      } finally {
        if (realm.id === 0) releaseAlive();
      }
    }
    return { done: true, value };
  }

  /** Asks for more once half of the look-ahead was taken. */
  #grant(): void {
    if (this.#state !== "open" || this.#granted > LOOK_AHEAD / 2) return;
    const credit = LOOK_AHEAD - this.#granted - this.#values.length;
    if (credit <= 0) return;
    this.#granted += credit;
    realm.post({ from: realm.id, to: this.from, key: this.#key, t: "pull", credit });
  }

  /** A value has come. */
  push(value: unknown): void {
    this.#granted--;
    if (this.#state !== "open") return;
    const taker = this.#takers.shift();
    if (taker === undefined) {
      this.#values.push(value);
      return;
    }
    if (this.#takers.length === 0) this.#settled();
    taker.resolve({ done: false, value });
    if (this.#takers.length > 0) this.#grant();
  }

  /** The generator has returned. */
  finish(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#over();
    this.process?.ended(true);
    this.#release();
    this.#ended?.resolve();
  }

  /** The generator has thrown, its interpreter has ended, or the caller gave up. Values that came before are still given. */
  fail(error: unknown): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#over();
    this.process?.ended(false);
    const taker = this.#takers.shift();
    if (taker === undefined) this.#error = { error };
    else {
      if (this.#takers.length === 0) this.#settled();
      taker.reject(error);
    }
    this.#release();
    this.#ended?.reject(error);
  }

  /** Nobody waits any more. */
  #settled(): void {
    this.#waiting = undefined;
    if (realm.id === 0) releaseAlive();
  }

  /** Tells all who wait that nothing comes any more. */
  #release(): void {
    if (this.#takers.length > 0) this.#settled();
    for (const taker of this.#takers.splice(0)) taker.resolve({ done: true, value: undefined });
  }
}
