/**
 * The values of a generator that runs in another interpreter, asked for a few at a time.
 *
 * *Who waits.* A `next()` waits in `#takers` until a value, the end or an error comes. The other side may be at most
 * {@link LOOK_AHEAD} values ahead of what was taken.
 */
import { holdAlive, releaseAlive } from "../runtime/mod.ts";
import { realm } from "./realm.ts";

/** Values that the generator may produce before they are asked for. */
const LOOK_AHEAD = 16;

type Taker = PromiseWithResolvers<IteratorResult<unknown>>;

/** See the file's head. Itself its only iterator, as a generator object is. */
export class RemoteStream implements AsyncIterableIterator<unknown> {
  /** The interpreter that produces the values. */
  readonly from: number;
  /** Whether errors come as themselves, see `Limits`. */
  readonly original: boolean;
  readonly #key: number;
  readonly #values: unknown[] = [];
  readonly #takers: Taker[] = [];
  /** Credit that the other side still has. */
  #granted = 0;
  #state: "open" | "ending" | "over" = "open";
  #error: { error: unknown } | undefined;
  #ended: PromiseWithResolvers<void> | undefined;

  constructor(from: number, key: number, original: boolean) {
    this.from = from;
    this.original = original;
    this.#key = key;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<unknown>> {
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
      if (realm.id === 0) holdAlive();
      try {
        realm.post({ from: realm.id, to: this.from, key: this.#key, t: "end" });
        await this.#ended.promise;
      } finally {
        if (realm.id === 0) releaseAlive();
      }
    }
    return { done: true, value };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
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
    if (this.#takers.length === 0 && realm.id === 0) releaseAlive();
    taker.resolve({ done: false, value });
    if (this.#takers.length > 0) this.#grant();
  }

  /** The generator has returned. */
  finish(): void {
    this.#state = "over";
    this.#release();
    this.#ended?.resolve();
  }

  /** The generator has thrown, or its interpreter has ended. Values that came before are still given. */
  fail(error: unknown): void {
    this.#state = "over";
    const taker = this.#takers.shift();
    if (taker === undefined) this.#error = { error };
    else {
      if (this.#takers.length === 0 && realm.id === 0) releaseAlive();
      taker.reject(error);
    }
    this.#release();
    this.#ended?.reject(error);
  }

  /** Tells all who wait that nothing comes any more. */
  #release(): void {
    if (this.#takers.length > 0 && realm.id === 0) releaseAlive();
    for (const taker of this.#takers.splice(0)) taker.resolve({ done: true, value: undefined });
  }
}
