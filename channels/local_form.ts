/**
 * The form of a channel that only one interpreter knows: values by reference, no shared memory. What it means is what
 * the shared form must mean too, and the tests compare the two.
 *
 * *Invariants.* `core.form` is this form until the channel crosses; then what it held is drained and it is used no more,
 * but by those who waited here. A closed channel has no waiters.
 *
 * *Who waits and who wakes.* Everything happens between two turns of the event loop; see `local_exchange.ts`.
 *
 * *Source.* Go's `chan.go`; the interface is that of `@std/async`'s Channel.
 */
import { haveMovables } from "../sharing/movable.ts";
import type {
  Batch,
  BlockOptions,
  Core,
  End,
  Fillable,
  Form,
  Side,
  TryReceived,
  WaitOptions,
} from "./form.ts";
import { checkWait } from "./limits.ts";
import { receiveMany, receiveManySync, sendMany, sendManySync } from "./local_batches.ts";
import { receiveBlocking, sendBlocking } from "./local_blocking.ts";
import { SEE_GUARD, UNREADY } from "./guard_symbols.ts";
import { LocalExchange, NOTHING, SENT } from "./local_exchange.ts";
import { LocalReceive, LocalSend } from "./local_guards.ts";
import type { LocalState, Shape } from "./local_state.ts";
import { discard, isParcel, packed, unsent } from "./parcel.ts";
import { oneSucceeded, oneSucceededWith, succeeded, succeededWith } from "./patience.ts";
import { PlainWaiter } from "./plain_waiter.ts";
import type { Guard, Settled, Waiter } from "./port.ts";
import type { Progress } from "./batches.ts";
import { actionOf, receiveOnClosed, sendOnClosed } from "./refusals.ts";
import { surroundings } from "./surroundings.ts";
import type { Entry } from "./wait_list.ts";

const EMPTY: TryReceived<never> = Object.freeze({ state: "empty" });
const CLOSED: TryReceived<never> = Object.freeze({ state: "closed" });

/** See the file's description. */
export class LocalForm extends LocalExchange implements Form {
  readonly shared = false;
  readonly name: string;
  /** The channel whose form this is, or was. */
  readonly core: Core;
  readonly #ends: Record<Side, number> = { sender: 0, receiver: 0 };
  readonly #failures: Record<Side, { readonly error: unknown } | undefined> = {
    sender: undefined,
    receiver: undefined,
  };
  /** Who finds it full waits. */
  readonly #blocks: boolean;
  #closed = false;
  #poisoned = false;
  #reason: { readonly error: unknown } | undefined = undefined;
  /** What a receive on the closed channel rejects with, the same one each time. */
  #drained: Error | undefined = undefined;

  constructor(core: Core, shape: Shape) {
    super(shape);
    this.core = core;
    this.name = shape.name;
    this.#blocks = shape.overflow === "block" && !shape.promise;
  }

  get size(): number {
    return this.length;
  }

  get closed(): boolean {
    return this.#closed;
  }

  // The most common first, and few calls: engines compile so much of them into a loop and no more, and what they must
  // follow from object to object takes as long as all else. So the ring's code stands here as well.

  send(value: unknown, options?: WaitOptions, end?: End): Promise<void> {
    if (options === undefined && this.#closed === false && (typeof value !== "object" || !haveMovables())) {
      const { first } = this.receivers;
      if (first !== undefined) return this.#passTo(first, value, end);
      const { count, slots } = this;
      if (count < this.capacity) {
        if (count < slots.length) {
          const at = (this.head + count) & (slots.length - 1);
          slots[at] = value;
          this.count = count + 1;
          return oneSucceeded(at);
        }
      } else if (this.#blocks) return this.#wait("sender", value, undefined, end) as Promise<void>;
    }
    return this.#send(value, options, end);
  }

  receive(options?: WaitOptions, end?: End): Promise<unknown> {
    if (options === undefined) {
      const { count, slots, head } = this;
      if (count === 0) return this.#receiveFrom(this.senders.first, end);
      if (
        this.promise === false && slots.length <= 1024 &&
        (count < this.capacity || this.senders.first === undefined)
      ) {
        const value = slots[head];
        slots[head] = undefined;
        this.head = (head + 1) & (slots.length - 1);
        this.count = count - 1;
        return oneSucceededWith(value, head);
      }
    }
    return this.#receive(options, end);
  }

  /** Sends a value in which nothing is moved while `first` waits for one. */
  #passTo(first: Entry, value: unknown, end: End | undefined): Promise<void> {
    if (first instanceof PlainWaiter && !this.promise) {
      this.receivers.remove(first);
      if (first.serve(value)) return succeeded();
    }
    return this.#send(value, undefined, end);
  }

  /** Receives while nothing is buffered and `first` waits, if anybody does, for somebody who receives. */
  #receiveFrom(first: Entry | undefined, end: End | undefined): Promise<unknown> {
    if (first instanceof PlainWaiter && !isParcel(first.value)) {
      this.senders.remove(first);
      if (first.serve(undefined)) return succeededWith(first.value);
    }
    return this.#receive(undefined, end);
  }

  #send(value: unknown, options: WaitOptions | undefined, end: End | undefined): Promise<void> {
    try {
      if (options !== undefined) this.#check("sender", options);
      if (this.#closed) throw this.#whyNotSend(value);
      const parcel = packed(value);
      if (this.offer(parcel)) return succeeded();
      return this.#wait("sender", parcel, options, end) as Promise<void>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #receive(options: WaitOptions | undefined, end: End | undefined): Promise<unknown> {
    try {
      if (options !== undefined) this.#check("receiver", options);
      const value = this.take();
      if (value !== NOTHING) return succeededWith(value);
      if (this.#closed) throw this.whyNotReceive();
      return this.#wait("receiver", undefined, options, end);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  trySend(value: unknown): boolean {
    if (this.#closed) {
      if (this.#poisoned) throw this.#reason!.error;
      return false;
    }
    // What is dropped counts as sent by `send` alone.
    if ((this.promise || this.overflow === "dropping") && this.isFull) return false;
    return this.offer(packed(value));
  }

  tryReceive(): TryReceived<unknown> {
    const value = this.take();
    if (value !== NOTHING) return { state: "ok", value };
    if (this.#poisoned) throw this.#reason!.error;
    return this.#closed ? CLOSED : EMPTY;
  }

  sendSync(value: unknown, options?: BlockOptions): void {
    sendBlocking(this, value, options);
  }

  receiveSync(options?: BlockOptions): unknown {
    return receiveBlocking(this, options);
  }

  sendMany(
    values: Batch<unknown>,
    options: WaitOptions | undefined,
    progress: Progress,
    end?: End,
  ): Promise<void> {
    return sendMany(this, values, options, progress, end);
  }

  receiveMany(max: number | Fillable, options?: WaitOptions, end?: End): Promise<ArrayLike<unknown>> {
    return receiveMany(this, max, options, end);
  }

  sendManySync(values: Batch<unknown>, options?: BlockOptions): void {
    sendManySync(this, values, options);
  }

  receiveManySync(max: number | Fillable, options?: BlockOptions): ArrayLike<unknown> {
    return receiveManySync(this, max, options);
  }

  /** Sends `value` if that can be done at once. Throws when it cannot be sent at all. */
  give(value: unknown): boolean {
    if (this.#closed) throw this.#whyNotSend(value);
    return this.offer(packed(value));
  }

  /** What a receive rejects with; the channel is closed and drained. */
  whyNotReceive(): unknown {
    return this.#reason === undefined ? this.#drained ??= receiveOnClosed(this.name) : this.#reason.error;
  }

  close(reason?: { readonly error: unknown }): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reason = reason;
    this.#dismiss();
  }

  poison(reason: unknown): void {
    if (this.#poisoned) return;
    this.#closed = this.#poisoned = true;
    this.#reason = { error: reason };
    const values = this.toArray();
    this.clear();
    this.#dismiss();
    for (const value of values) discard(value);
  }

  addEnd(side: Side): void {
    this.#ends[side]++;
  }

  retireEnd(side: Side, reason?: { readonly error: unknown }): void {
    this.#failures[side] ??= reason;
    if (--this.#ends[side] === 0) this.close(this.#failures[side]);
  }

  takeNow(): unknown {
    const value = this.take();
    if (value !== NOTHING) return value;
    return this.#closed ? SEE_GUARD : UNREADY;
  }

  receiving(end?: End): Guard {
    return new LocalReceive(this, end);
  }

  sending(value: unknown, end?: End): Guard {
    return new LocalSend(this, packed(value), end);
  }

  /** `Guard.attempt` of a receive. */
  attemptReceive(): Settled | undefined {
    const value = this.take();
    if (value !== NOTHING) return { is: "done", value };
    return this.#closed ? this.#noMore() : undefined;
  }

  /** `Guard.attempt` of the send of `parcel`. */
  attemptSend(parcel: unknown): Settled | undefined {
    if (this.#closed) return { is: "failed", error: this.#whyNotSend(unsent(parcel)) };
    try {
      return this.offer(parcel) ? SENT : undefined;
    } catch (error) {
      return { is: "failed", error };
    }
  }

  /** `Guard.enlist` of a receive: settles the waiter of `entry` or lets it wait. */
  enlistReceiver(entry: Entry): void {
    if (!this.#closed) return this.serveReceiver(entry);
    if (entry.waiter.reserve()) entry.waiter.settle(entry.index, this.attemptReceive()!);
  }

  /** `Guard.enlist` of a send: settles the waiter of `entry` or lets it wait. */
  enlistSender(entry: Entry): void {
    if (!this.#closed) return this.serveSender(entry);
    if (entry.waiter.reserve()) entry.waiter.settle(entry.index, this.attemptSend(entry.value)!);
  }

  /** Whether nobody has done anything with it that is left: there is nothing to take over. */
  get isUnused(): boolean {
    return this.length === 0 && this.senders.first === undefined &&
      this.receivers.first === undefined &&
      !this.#closed && this.#ends.sender === 0 && this.#ends.receiver === 0;
  }

  /** What it holds and who waits, for whoever is to take over: nothing changes. */
  state(): LocalState {
    return {
      values: this.toArray(),
      senders: this.senders.toArray(),
      receivers: this.receivers.toArray(),
      closed: this.#closed,
      reason: this.#reason,
      poisoned: this.#poisoned,
      ends: { ...this.#ends },
      failures: { ...this.#failures },
    };
  }

  /**
   * Gives up what `state` gives: from now on this form is used only by who waited here, and `core.form` must be another one.
   * When somebody who waited gives up, or is over, `withdraw` is called; it has no effect for who is not enlisted any more.
   */
  drain(withdraw: (side: Side, waiter: Waiter, index: number) => void): LocalState {
    const state = this.state();
    const { senders, receivers } = this;
    this.clear();
    for (const side of ["sender", "receiver"] as const) {
      const successor = {
        remove(entry: Entry): void {
          entry.list = undefined;
          withdraw(side, entry.waiter, entry.index);
        },
      };
      for (const entry of (side === "sender" ? senders : receivers).clear()) entry.list = successor;
    }
    return state;
  }

  #check(side: Side, options: WaitOptions): void {
    checkWait(actionOf(side, this.name), options);
  }

  #wait(
    side: Side,
    parcel: unknown,
    options: WaitOptions | undefined,
    end: End | undefined,
  ): Promise<unknown> {
    const waiter = new PlainWaiter(side, this.name, parcel, end);
    (side === "sender" ? this.senders : this.receivers).add(waiter);
    if (options !== undefined || surroundings.processSignal() !== undefined) waiter.begin(undefined, options);
    if (surroundings.monitor !== undefined) waiter.report(this);
    return waiter.promise;
  }

  /** Lets `waiter` receive; there is nothing now, and it is not closed. */
  receiveBy(waiter: PlainWaiter): Promise<unknown> {
    this.receivers.add(waiter);
    if (surroundings.processSignal() !== undefined) waiter.begin(undefined);
    if (surroundings.monitor !== undefined) waiter.report(this);
    return waiter.promise;
  }

  #whyNotSend(value: unknown): unknown {
    return this.#poisoned ? this.#reason!.error : sendOnClosed(this.name, value);
  }

  /** How a receive ends on the channel, which is closed and drained. */
  #noMore(): Settled {
    if (this.#reason === undefined) return { is: "closed" };
    return this.#poisoned
      ? { is: "failed", error: this.#reason.error }
      : { is: "closed", reason: this.#reason };
  }

  /** It has been closed: who waits is told. */
  #dismiss(): void {
    const { senders, receivers } = this;
    for (const { waiter, index, value } of senders.clear()) {
      if (waiter.reserve()) waiter.settle(index, { is: "failed", error: this.#whyNotSend(unsent(value)) });
    }
    for (const { waiter, index } of receivers.clear()) {
      if (waiter.reserve()) waiter.settle(index, this.#noMore());
    }
  }
}
