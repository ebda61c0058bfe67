/** A channel's handle; a facade, what it does is in its form: `local_form.ts`, `shared_form.ts`. */
import { channels } from "#engines";
import type { Receiver, Sender } from "./ends.ts";
import type { BlockOptions, Core, Fillable, Overflow, TryReceived, WaitOptions } from "./form.ts";
import { FORM, GUARD, SENDING } from "./guard_symbols.ts";
import type { Guarded, Receivable, Sendable } from "./port.ts";
import type { Filled, ReceivePort, Sending, SendPort } from "./ports.ts";

/** How a channel is to be. */
export interface ChannelOptions {
  /** How many values it can hold: an integer of at least 0, the default. At 0 a send waits until its value is taken. */
  capacity?: number | undefined;
  /**
   * What becomes of one more value when it is full: "block", the default: the sender waits; "sliding": the oldest value is
   * dropped; "dropping": the new one is.
   */
  overflow?: Overflow | undefined;
  /** Shown in messages. */
  name?: string | undefined;
}

/**
 * A queue between processes: values come out in the order in which they went in, each at exactly one receiver. Who cannot
 * go on waits, and is served in order of arrival.
 *
 * It passes values by reference until it crosses to another interpreter, as an argument or a value; from then on all
 * interpreters that have it share it, and values are copied. Any value can be sent, `undefined` and `null` included.
 *
 * A waiting operation rejects with the signal's reason, with `TimeoutError`, or when the process that it is part of is
 * cancelled; then it has had no effect. What can be done at once is done, however many do so: timers and messages get
 * their turn between.
 *
 * @typeParam T What it carries.
 *
 * **Gotchas**: a `receive` nobody ever sends to waits for ever, and does not keep the program alive. The blocking forms
 * (`…Sync`) stop all of this interpreter; they are refused where that is not allowed.
 *
 * @example A producer and a consumer
 * ```ts
 * import { chan } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const numbers = chan<number>();
 * async function produce(): Promise<void> {
 *   for (let i = 1; i <= 3; i++) await numbers.send(i);
 *   numbers.close();
 * }
 * void produce();
 * let sum = 0;
 * for await (const n of numbers) sum += n;
 * assert.equal(sum, 6);
 * ```
 */
export class Channel<in out T> implements SendPort<T>, ReceivePort<T>, Disposable, AsyncDisposable {
  readonly #core: Core;

  /**
   * Makes a channel; `chan` is the same.
   *
   * @param options Capacity, overflow mode, name.
   * @throws {RangeError} When the capacity is no integer of at least 0, or 0 for "sliding" or "dropping".
   * @throws {TypeError} When an option is of another kind.
   */
  constructor(options?: ChannelOptions) {
    this.#core = channels().openCore(options);
    this.#core.handle ??= this;
  }

  /** @internal What the handles of a channel have in common. */
  static coreOf(channel: Channel<unknown>): Core {
    return channel.#core;
  }

  /** The name it was made with, "" if none. */
  get name(): string {
    return this.#core.form.name;
  }

  /** How many values it can hold. */
  get capacity(): number {
    return this.#core.form.capacity;
  }

  /** How many values it holds now; with other interpreters at it, how many it did a moment ago. */
  get size(): number {
    return this.#core.form.size;
  }

  /** Whether it was closed or poisoned; there may still be values to receive. */
  get closed(): boolean {
    return this.#core.form.closed;
  }

  /**
   * Sends a value: waits until there is room for it, or, at capacity 0, until it is taken.
   *
   * @param value What to send; a copy arrives in another interpreter. A value marked by `move`, and an end, is gone from here
   * as soon as it is sent.
   * @param options `signal`; `timeout` in milliseconds.
   * @throws {ChannelClosedError} When the channel is closed; its `value` is the one that was not sent.
   * @throws {TimeoutError} When `timeout` has passed.
   * @throws {NotShareableError} When the channel is shared and the value cannot cross.
   */
  send(value: T, options?: WaitOptions): Promise<void> {
    return this.#core.form.send(value, options);
  }

  /**
   * Receives the next value, or waits for it.
   *
   * @param options `signal`; `timeout` in milliseconds.
   * @throws {ChannelClosedError} When the channel is closed and holds nothing more; what it was closed with instead, if it
   * was closed with a reason.
   * @throws {TimeoutError} When `timeout` has passed.
   */
  receive(options?: WaitOptions): Promise<T> {
    return this.#core.form.receive(options) as Promise<T>;
  }

  /**
   * Sends a value if that can be done at once.
   *
   * @returns False if it cannot, or the channel is closed, or drops the value. "sliding" always has room.
   */
  trySend(value: T): boolean {
    return this.#core.form.trySend(value);
  }

  /** Receives a value if there is one; "closed" if there never will be. Throws the reason of a poison. */
  tryReceive(): TryReceived<T> {
    return this.#core.form.tryReceive() as TryReceived<T>;
  }

  /**
   * Sends a value and blocks the thread meanwhile.
   *
   * @param options `timeout` in milliseconds.
   * @throws {InterpreterError} When this thread may not block.
   * @throws {ChannelError} When no other interpreter knows the channel, so that nobody could take the value.
   */
  sendSync(value: T, options?: BlockOptions): void {
    this.#core.form.sendSync(value, options);
  }

  /** Receives a value and blocks the thread meanwhile. See {@link Channel.sendSync}. */
  receiveSync(options?: BlockOptions): T {
    return this.#core.form.receiveSync(options) as T;
  }

  /**
   * Sends many values, in order; faster than one by one. Others' values may come between.
   *
   * @param values An array, a typed array or an iterable. Not to be changed before they are sent.
   * @returns A promise whose `sent` tells at any time how many values went through.
   * @throws What {@link Channel.send} does; the error's `sent` tells how many values went through before. The reason of a
   * signal or of a poison has it if it is an error that can be written to; where it is the reason of several, ask the promise.
   * @throws {NotShareableError} When the channel is shared and one of the values cannot cross: nothing was sent.
   *
   * @example Cut short
   * ```ts
   * import { chan } from "@pool/csp";
   * import assert from "node:assert/strict";
   *
   * const log = chan<string>(2);
   * const enough = new AbortController();
   * const sending = log.sendMany(["a", "b", "c"], { signal: enough.signal });
   * enough.abort("enough");
   * assert.equal(await sending.catch((reason) => reason), "enough");
   * assert.equal(sending.sent, 2);
   * ```
   */
  sendMany(values: Iterable<T> | ArrayLike<T>, options?: WaitOptions): Sending {
    return channels().sendAll(this.#core, values, options);
  }

  /**
   * Receives what is there, or waits for one value.
   *
   * @param max How many at most, at least 1; or a typed array to be filled with numbers, of which the filled part is the result.
   * @returns At least one value.
   *
   * **Gotchas**: when a value cannot be had here, as an instance of a class that is not registered, it rejects with why; the
   * values before it are the error's `.received`.
   *
   * @example Into a typed array
   * ```ts
   * import { chan } from "@pool/csp";
   * import assert from "node:assert/strict";
   *
   * const samples = chan<number>(8);
   * await samples.sendMany([0.5, 1, 1.5]);
   * assert.deepEqual(await samples.receiveMany(new Float64Array(1024)), Float64Array.of(0.5, 1, 1.5));
   * ```
   */
  receiveMany(max: number, options?: WaitOptions): Promise<T[]>;
  /** The same into a typed array. */
  receiveMany<A extends Fillable>(into: Filled<T, A>, options?: WaitOptions): Promise<A>;
  receiveMany(max: number | Fillable, options?: WaitOptions): Promise<never> {
    return this.#core.form.receiveMany(max, options) as Promise<never>;
  }

  /** Sends many values and blocks the thread meanwhile. See {@link Channel.sendSync}, {@link Channel.sendMany}. */
  sendManySync(values: Iterable<T> | ArrayLike<T>, options?: BlockOptions): void {
    this.#core.form.sendManySync(channels().batchOf(values), options);
  }

  /** Receives what is there, or blocks the thread until there is a value. See {@link Channel.receiveMany}. */
  receiveManySync(max: number, options?: BlockOptions): T[];
  /** The same into a typed array. */
  receiveManySync<A extends Fillable>(into: Filled<T, A>, options?: BlockOptions): A;
  receiveManySync(max: number | Fillable, options?: BlockOptions): never {
    return this.#core.form.receiveManySync(max, options) as never;
  }

  /**
   * Closes the channel: nothing can be sent any more, senders that wait are rejected with `ChannelClosedError`, and what it
   * holds can still be received. A second close has no effect.
   *
   * @param reason What receivers are rejected with after the last value; `undefined` counts too, if it is passed.
   */
  close(...reason: [reason: unknown] | []): void {
    this.#core.form.close(reason.length > 0 ? { error: reason[0] } : undefined);
  }

  /**
   * Ends the channel at once, also after a close: what it holds is dropped, and all pending and later operations reject with
   * `reason`.
   */
  poison(reason: unknown): void {
    this.#core.form.poison(reason);
  }

  /**
   * A new sending end. When all senders that were made have been retired the channel closes.
   *
   * @example Several producers, one end
   * ```ts
   * import { chan, type Sender } from "@pool/csp";
   * import assert from "node:assert/strict";
   *
   * const results = chan<number>(4);
   * async function produce(from: number, out: Sender<number>): Promise<void> {
   *   await out.sendMany([from, from + 1]);
   *   out.retire();
   * }
   * await Promise.all([produce(10, results.sender()), produce(20, results.sender())]);
   * let count = 0;
   * for await (const _ of results) count++;
   * assert.equal(count, 4);
   * ```
   */
  sender(): Sender<T> {
    return channels().newSender(this.#core) as Sender<T>;
  }

  /** A new receiving end. When all receivers that were made have been retired the channel closes. */
  receiver(): Receiver<T> {
    return channels().newReceiver(this.#core) as Receiver<T>;
  }

  /** The values as they come, each taken from the channel; ends when it is closed, and throws the reason if there is one. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return channels().iterate(this.#core) as AsyncIterableIterator<T, undefined>;
  }

  /**
   * The values as a stream, which takes one only when it is read. It closes and errs as iteration does; cancelling it closes
   * the channel, with the reason of the cancel if there is one.
   */
  toReadableStream(): ReadableStream<T> {
    return channels().streamOf(this.#core, (reason) => this.#core.form.close(reason)) as ReadableStream<T>;
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#core.form.close();
  }

  /** Closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#core.form.close();
    return Promise.resolve();
  }

  // What makes it a case of a select.
  static {
    const prototype = this.prototype as unknown as Guarded & Sendable & Receivable;
    prototype[GUARD] = function receiving(this: Channel<unknown>) {
      return this.#core.form.receiving();
    };
    prototype[FORM] = function form(this: Channel<unknown>) {
      return this.#core.form;
    };
    prototype[SENDING] = function sending(this: Channel<unknown>, value) {
      return this.#core.form.sending(value);
    };
  }
}
