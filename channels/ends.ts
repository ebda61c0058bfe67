/** One-way ends of a channel; facades like `channel.ts`, whose methods do the same. */
import { channels } from "#engines";
import type { BlockOptions, Fillable, TryReceived, WaitOptions } from "./form.ts";
import { FORM, GUARD, SENDING } from "./guard_symbols.ts";
import type { Guarded, Receivable, Sendable } from "./port.ts";
import type { Filled, ReceivePort, Sending, SendPort } from "./ports.ts";
import type { Seat } from "./seat.ts";

export type { Filled, ReceivePort, Sending, SendPort } from "./ports.ts";

/**
 * A sending end of a channel; made by `channel.sender()`. When the last one is retired the channel closes.
 *
 * It is moved when it is passed: as an argument of a call, as a value on a channel, or inside of one. The handle here is
 * spent then, and every operation throws or rejects with `OwnershipError`.
 *
 * @typeParam T What is sent.
 *
 * **Gotchas**: an end that is forgotten without `retire` keeps the channel open. What waits by an end ends with it, without effect:
 * when it is retired, by hand or with its process, it rejects with `ChannelClosedError`, when the end is passed on with
 * `OwnershipError`. Nobody need look at such a rejection.
 *
 * @example One for each producer
 * ```ts
 * import { chan } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const channel = chan<string>(2);
 * const first = channel.sender();
 * const second = first.clone();
 * await first.send("a");
 * first.retire();
 * assert.equal(channel.closed, false);
 * second.retire();
 * assert.equal(channel.closed, true);
 * ```
 */
export class Sender<in T> implements SendPort<T>, Disposable, AsyncDisposable {
  readonly #seat: Seat;

  /** Not for programs: use `channel.sender()`. */
  constructor(seat: never) {
    this.#seat = channels().checkSeat(seat, "Sender");
  }

  /** @internal What the end is, beside its handle. */
  static seatOf(sender: Sender<unknown>): Seat {
    return sender.#seat;
  }

  /** The channel's name. */
  get name(): string {
    return this.#seat.form.name;
  }

  /** See {@link Channel.capacity}. */
  get capacity(): number {
    return this.#seat.form.capacity;
  }

  /** See {@link Channel.size}. */
  get size(): number {
    return this.#seat.form.size;
  }

  /** See {@link Channel.closed}. */
  get closed(): boolean {
    return this.#seat.form.closed;
  }

  /** See {@link Channel.send}. */
  send(value: T, options?: WaitOptions): Promise<void> {
    const seat = this.#seat;
    return seat.form.send(value, options, seat);
  }

  /** See {@link Channel.trySend}. */
  trySend(value: T): boolean {
    return this.#seat.form.trySend(value);
  }

  /** See {@link Channel.sendSync}. */
  sendSync(value: T, options?: BlockOptions): void {
    this.#seat.form.sendSync(value, options);
  }

  /** See {@link Channel.sendMany}. */
  sendMany(values: Iterable<T> | ArrayLike<T>, options?: WaitOptions): Sending {
    return channels().sendAll(this.#seat, values, options);
  }

  /** See {@link Channel.sendManySync}. */
  sendManySync(values: Iterable<T> | ArrayLike<T>, options?: BlockOptions): void {
    this.#seat.form.sendManySync(channels().batchOf(values), options);
  }

  /** Closes the channel, whoever else sends. See {@link Channel.close}. */
  close(...reason: [reason: unknown] | []): void {
    this.#seat.form.close(reason.length > 0 ? { error: reason[0] } : undefined);
  }

  /** See {@link Channel.poison}. */
  poison(reason: unknown): void {
    this.#seat.form.poison(reason);
  }

  /** One more sender of the channel. */
  clone(): Sender<T> {
    return channels().cloneEnd(this.#seat) as Sender<T>;
  }

  /**
   * Gives this end up; a second time without effect. From then on every operation is a `ChannelClosedError`, those that wait
   * included.
   */
  retire(): void {
    this.#seat.retire();
  }

  /** Retires it. */
  [Symbol.dispose](): void {
    this.#seat.retire();
  }

  /** Retires it. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#seat.retire();
    return Promise.resolve();
  }

  static {
    const prototype = this.prototype as unknown as Sendable;
    prototype[SENDING] = function sending(this: Sender<unknown>, value) {
      return this.#seat.form.sending(value, this.#seat);
    };
  }
}

/**
 * A receiving end of a channel; made by `channel.receiver()`. When the last one is retired the channel closes, and sends
 * reject with `ChannelClosedError`. It is moved when it is passed, as a {@link Sender} is.
 *
 * @typeParam T What is received.
 *
 * **Gotchas**: an end that is forgotten without `retire` keeps the channel open. What waits by an end ends with it, without effect:
 * when it is retired, by hand or with its process, it rejects with `ChannelClosedError`, but a `next` of an iteration is done;
 * when the end is passed on, with `OwnershipError`. Nobody need look at such a rejection.
 *
 * @example A consumer that has enough
 * ```ts
 * import { chan, ChannelClosedError } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const channel = chan<number>();
 * const sent = channel.sendMany([1, 2, 3]);
 * const receiver = channel.receiver();
 * assert.equal(await receiver.receive(), 1);
 * receiver.retire();
 * await assert.rejects(sent, ChannelClosedError);
 * ```
 */
export class Receiver<out T> implements ReceivePort<T>, Disposable, AsyncDisposable {
  readonly #seat: Seat;

  /** Not for programs: use `channel.receiver()`. */
  constructor(seat: never) {
    this.#seat = channels().checkSeat(seat, "Receiver");
  }

  /** @internal What the end is, beside its handle. */
  static seatOf(receiver: Receiver<unknown>): Seat {
    return receiver.#seat;
  }

  /** The channel's name. */
  get name(): string {
    return this.#seat.form.name;
  }

  /** See {@link Channel.capacity}. */
  get capacity(): number {
    return this.#seat.form.capacity;
  }

  /** See {@link Channel.size}. */
  get size(): number {
    return this.#seat.form.size;
  }

  /** See {@link Channel.closed}. */
  get closed(): boolean {
    return this.#seat.form.closed;
  }

  /** See {@link Channel.receive}. */
  receive(options?: WaitOptions): Promise<T> {
    const seat = this.#seat;
    return seat.form.receive(options, seat) as Promise<T>;
  }

  /** See {@link Channel.tryReceive}. */
  tryReceive(): TryReceived<T> {
    return this.#seat.form.tryReceive() as TryReceived<T>;
  }

  /** See {@link Channel.receiveSync}. */
  receiveSync(options?: BlockOptions): T {
    return this.#seat.form.receiveSync(options) as T;
  }

  /** See {@link Channel.receiveMany}. */
  receiveMany(max: number, options?: WaitOptions): Promise<T[]>;
  /** See {@link Channel.receiveMany}. */
  receiveMany<A extends Fillable>(into: Filled<T, A>, options?: WaitOptions): Promise<A>;
  receiveMany(max: number | Fillable, options?: WaitOptions): Promise<never> {
    return this.#seat.form.receiveMany(max, options, this.#seat) as Promise<never>;
  }

  /** See {@link Channel.receiveManySync}. */
  receiveManySync(max: number, options?: BlockOptions): T[];
  /** See {@link Channel.receiveManySync}. */
  receiveManySync<A extends Fillable>(into: Filled<T, A>, options?: BlockOptions): A;
  receiveManySync(max: number | Fillable, options?: BlockOptions): never {
    return this.#seat.form.receiveManySync(max, options) as never;
  }

  /** One more receiver of the channel. */
  clone(): Receiver<T> {
    return channels().cloneEnd(this.#seat) as Receiver<T>;
  }

  /**
   * Gives this end up; a second time without effect. From then on every operation is a `ChannelClosedError`, those that wait
   * included.
   */
  retire(): void {
    this.#seat.retire();
  }

  /** See `Channel[Symbol.asyncIterator]`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return channels().iterate(this.#seat) as AsyncIterableIterator<T, undefined>;
  }

  /** See {@link Channel.toReadableStream}; cancelling it retires this end, with the reason of the cancel if there is one. */
  toReadableStream(): ReadableStream<T> {
    return channels().streamOf(this.#seat, (reason) => this.#seat.retire(reason)) as ReadableStream<T>;
  }

  /** Retires it. */
  [Symbol.dispose](): void {
    this.#seat.retire();
  }

  /** Retires it. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#seat.retire();
    return Promise.resolve();
  }

  static {
    const prototype = this.prototype as unknown as Guarded & Receivable;
    prototype[GUARD] = function receiving(this: Receiver<unknown>) {
      return this.#seat.form.receiving(this.#seat);
    };
    prototype[FORM] = function form(this: Receiver<unknown>) {
      this.#seat.check();
      return this.#seat.form;
    };
  }
}
