/**
 * The form of a channel that several interpreters know: in shared memory, values copied.
 *
 * *Invariants.* Where the channel lives is counted by the holder bit that `handles.ts` keeps for as long as this form can be
 * reached. A value that was packed is either sent or taken back (`Packed`), whatever the kernel said.
 *
 * *Who waits and who wakes.* What can be done at once is one call of the kernel. What cannot enlists a ticket
 * (`tickets.ts`); a blocking operation looks some microseconds before it does (`shared_blocking.ts`).
 */
import type { Heap } from "../kernel/heap.ts";
import {
  ATTENTION_CLOSED,
  ATTENTION_POISONED,
  CHANNEL_CAPACITY,
  CHANNEL_MODE,
  CHANNEL_POISON,
  CHANNEL_REASON,
  MODE_DROPPING,
  MODE_PROMISE,
  MODE_SLIDING,
  STATUS_CLOSED,
  STATUS_CUT,
  STATUS_DROPPED,
  STATUS_FULL,
  STATUS_OK,
  STATUS_POISONED,
  STATUS_WAIT,
  TAG_NUMBER,
} from "../kernel/heap_layout.ts";
import type {
  Batch,
  BlockOptions,
  Core,
  End,
  Fillable,
  Form,
  Overflow,
  Refuse,
  Side,
  TryReceived,
  WaitOptions,
} from "./form.ts";
import { SEE_GUARD, UNREADY } from "./guard_symbols.ts";
import { isRoomSoon, isThereSoon } from "./first_look.ts";
import { checkWait } from "./limits.ts";
import { succeeded, succeededWith } from "./patience.ts";
import { PlainWaiter } from "./plain_waiter.ts";
import type { Guard, Settled } from "./port.ts";
import type { Progress } from "./batches.ts";
import { dropBlock, dropBuffered, retireEnd } from "./references.ts";
import { actionOf, sendOnClosed } from "./refusals.ts";
import { receiveBlocking, sendBlocking } from "./shared_blocking.ts";
import { receiveMany, receiveManySync, sendMany, sendManySync } from "./shared_batches.ts";
import { makeEnd, putEnd, takeEnd } from "./shared_ends.ts";
import { sendOutcome, SharedReceive, SharedSend } from "./shared_guards.ts";
import { surroundings } from "./surroundings.ts";
import { endWaits, openTicket } from "./tickets.ts";
import { Told } from "./told.ts";
import { handleMade } from "./weight.ts";
import { encodeReason, Packed, unpack, unpackKept, unpackNow } from "./values.ts";

const EMPTY: TryReceived<never> = Object.freeze({ state: "empty" });
const CLOSED: TryReceived<never> = Object.freeze({ state: "closed" });

/** See the file's description. Each has few fields: programs make many, and collectors copy them before they let them go. */
export class SharedForm implements Form {
  readonly weight: ArrayBuffer | undefined = handleMade();
  /** Byte offset of the channel. */
  readonly at: number;
  readonly heap: Heap;
  readonly capacity: number;
  /** MODE_BLOCK … */
  readonly #mode: number;
  /** Kept as long as its form: what waits knows the form alone, and the channel has to live until then. */
  readonly core: Core;
  #told: Told | undefined = undefined;

  constructor(core: Core, heap: Heap, at: number) {
    this.core = core;
    this.heap = heap;
    this.at = at;
    const capacity = heap.load(at + CHANNEL_CAPACITY);
    this.capacity = capacity < 0 ? Infinity : capacity;
    this.#mode = heap.load(at + CHANNEL_MODE);
  }

  get #known(): Told {
    return this.#told ??= new Told(this.heap, this.at);
  }

  get shared(): boolean {
    return true;
  }

  get overflow(): Overflow {
    return this.#mode === MODE_SLIDING ? "sliding" : this.#mode === MODE_DROPPING ? "dropping" : "block";
  }

  get promise(): boolean {
    return this.#mode === MODE_PROMISE;
  }

  get name(): string {
    return this.#known.name;
  }

  get size(): number {
    // Poisoned, it holds nothing any more, though others may still be reading the value of a promise.
    if ((this.heap.attention(this.at) & ATTENTION_POISONED) !== 0) return 0;
    return this.heap.kernel.size(this.at);
  }

  get closed(): boolean {
    return (this.heap.attention(this.at) & ATTENTION_CLOSED) !== 0;
  }

  // At once

  send(value: unknown, options?: WaitOptions, end?: End): Promise<void> {
    if (typeof value === "number" && options === undefined) {
      const status = this.heap.kernel.sendNumber(this.at, value);
      if (status === STATUS_OK) return succeeded();
      if (status !== STATUS_WAIT) return this.#sent(new Packed(), status, value);
    }
    return this.#send(value, options, end);
  }

  receive(options?: WaitOptions, end?: End): Promise<unknown> {
    if (options === undefined) {
      const number = this.heap.kernel.receive(this.at);
      if (number === number) return succeededWith(number);
      if (this.heap.status === STATUS_OK) return this.#unpacked();
      if (this.heap.status !== STATUS_WAIT) return this.#rejected(this.heap.status);
      if (!this.isThereSoon()) return this.#wait("receiver", new SharedReceive(this, end), undefined);
    }
    return this.#receive(options, end);
  }

  trySend(value: unknown): boolean {
    const packed = new Packed();
    packed.pack(this.heap, value, "value", this.promise);
    const status = this.#offer(packed);
    if (status === STATUS_CLOSED || status === STATUS_DROPPED || status === STATUS_WAIT) {
      packed.unsent(this.heap);
      return false;
    }
    const settled = sendOutcome(this, packed, status, value)!;
    if (settled.is === "failed") throw settled.error;
    return true;
  }

  /** After an attempt to receive in vain: whether another one is worth it, after a look. Without a buffer a look meets nobody. */
  isThereSoon(): boolean {
    return this.capacity > 0 && isThereSoon(this.heap, this.at);
  }

  #isRoomSoon(): boolean {
    return this.capacity > 0 && isRoomSoon(this.heap, this.at, this.capacity);
  }

  tryReceive(): TryReceived<unknown> {
    const number = this.heap.kernel.receive(this.at);
    if (number === number) return { state: "ok", value: number };
    const { status } = this.heap;
    if (status === STATUS_OK) return { state: "ok", value: this.unpacked() };
    if (status === STATUS_WAIT) return EMPTY;
    if (status === STATUS_CLOSED) return CLOSED;
    throw this.whyNotReceive(status);
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

  /** `Guard.attempt` of a receive. */
  attemptReceive(): Settled | undefined {
    const number = this.heap.kernel.receive(this.at);
    if (number === number) return { is: "done", value: number };
    const { status } = this.heap;
    if (status === STATUS_WAIT) return undefined;
    if (status !== STATUS_OK) return this.receiveRefused(status);
    try {
      return { is: "done", value: this.unpacked() };
    } catch (error) {
      return { is: "failed", error };
    }
  }

  /** `Guard.attempt` of a send. */
  attemptSend(value: unknown): Settled | undefined {
    if (typeof value === "number") {
      const status = this.heap.kernel.sendNumber(this.at, value);
      return sendOutcome(this, new Packed(), status, value);
    }
    const packed = new Packed();
    packed.pack(this.heap, value, "value", this.promise);
    return sendOutcome(this, packed, this.#offer(packed), value);
  }

  // What can not be done at once

  /** How the send of a number ended that came to `status`. */
  sentAs(status: number, value: number): Settled {
    return sendOutcome(this, new Packed(), status, value)!;
  }

  #send(value: unknown, options: WaitOptions | undefined, end: End | undefined): Promise<void> {
    const { heap } = this;
    const packed = new Packed();
    try {
      if (options !== undefined) checkWait(actionOf("sender", this.name), options);
      packed.pack(heap, value, "value", this.promise);
    } catch (error) {
      return Promise.reject(error);
    }
    let status = this.#offer(packed);
    if (status === STATUS_WAIT && options === undefined && this.#isRoomSoon()) status = this.#offer(packed);
    if (status !== STATUS_WAIT) return this.#sent(packed, status, value);
    return this.#wait("sender", new SharedSend(this, value, end, packed), options) as Promise<void>;
  }

  /** How a send ended that did not have to wait. */
  #sent(packed: Packed, status: number, value: unknown): Promise<void> {
    const settled = sendOutcome(this, packed, status, value)!;
    return settled.is === "failed" ? Promise.reject(settled.error) : succeeded();
  }

  #receive(options: WaitOptions | undefined, end: End | undefined): Promise<unknown> {
    if (options !== undefined) {
      try {
        checkWait(actionOf("receiver", this.name), options);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    const number = this.heap.kernel.receive(this.at);
    if (number === number) return succeededWith(number);
    if (this.heap.status === STATUS_OK) return this.#unpacked();
    if (this.heap.status !== STATUS_WAIT) return this.#rejected(this.heap.status);
    return this.#wait("receiver", new SharedReceive(this, end), options);
  }

  #wait(side: Side, guard: SharedSend | SharedReceive, options: WaitOptions | undefined): Promise<unknown> {
    const waiter = new PlainWaiter(side, this.name);
    try {
      openTicket(waiter);
      waiter.begin(guard, options);
      // Its limits may have ended it already.
      if (!waiter.isWaiting) guard.leave();
      else {
        guard.enlist(waiter, 0);
        waiter.report(this);
      }
    } catch (error) {
      waiter.finish(0, { is: "failed", error });
    }
    return waiter.promise;
  }

  #offer(packed: Packed): number {
    return packed.tag === TAG_NUMBER
      ? this.heap.kernel.sendNumber(this.at, packed.number)
      : this.heap.kernel.sendTag(this.at, packed.tag, packed.low);
  }

  /** The value on the desk, now. */
  unpacked(): unknown {
    return this.promise ? unpackKept(this.heap) : unpackNow(this.heap);
  }

  #unpacked(): Promise<unknown> {
    try {
      const value = this.promise ? unpackKept(this.heap) : unpack(this.heap);
      // `value` may be a promise of ours, for what is still in the post office: no value of a user ever is one.
      return succeededWith(value);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #rejected(status: number): Promise<never> {
    return Promise.reject(this.whyNotReceive(status));
  }

  // Refusals

  /** Why a send came to `status`. */
  sendRefused(status: number, value: unknown): Settled {
    return { is: "failed", error: this.#whyNotSend(status, value) };
  }

  #whyNotSend(status: number, value: unknown): unknown {
    if (status === STATUS_CLOSED) return sendOnClosed(this.name, value);
    if (status === STATUS_POISONED) return this.#known.reasonIn(CHANNEL_POISON)!.error;
    if (status === STATUS_FULL) {
      return new RangeError(
        `${actionOf("sender", this.name)}: the shared memory is full; receive what it holds`,
      );
    }
    return surroundings.whyCutOff();
  }

  /** Why a receive came to `status`, as an outcome. */
  receiveRefused(status: number): Settled {
    if (status === STATUS_CLOSED) {
      const reason = this.#known.reasonIn(CHANNEL_REASON);
      return reason === undefined ? { is: "closed" } : { is: "closed", reason };
    }
    return { is: "failed", error: this.whyNotReceive(status) };
  }

  /** The same as the error that a receive rejects with. */
  whyNotReceive(status: number): unknown {
    if (status === STATUS_CUT) return surroundings.whyCutOff();
    if (status === STATUS_POISONED) return this.#known.reasonIn(CHANNEL_POISON)!.error;
    const reason = this.#known.reasonIn(CHANNEL_REASON);
    return reason === undefined ? this.#known.drained : reason.error;
  }

  // Its end

  close(reason?: { readonly error: unknown }): void {
    if (this.closed) return;
    const block = reason === undefined ? 0 : encodeReason(this.heap, reason.error);
    if (this.heap.kernel.close(this.at, 0, block) === 0) {
      if (block !== 0) dropBlock(this.heap, block);
    } else if (reason !== undefined) this.#known.keepReason(reason, false);
  }

  poison(reason: unknown): void {
    if ((this.heap.attention(this.at) & ATTENTION_POISONED) !== 0) return;
    const block = encodeReason(this.heap, reason);
    if (this.heap.kernel.close(this.at, 1, block) === 0) return dropBlock(this.heap, block);
    this.#known.keepReason({ error: reason }, true);
    dropBuffered(this.heap, this.at);
  }

  addEnd(side: Side): void {
    putEnd(this.at, side, makeEnd(this.heap, this.at, side === "sender"));
  }

  retireEnd(side: Side, reason?: { readonly error: unknown }): void {
    const end = takeEnd(this.at, side);
    if (end === undefined) return;
    retireEnd(this.heap, end, reason === undefined ? undefined : encodeReason(this.heap, reason.error));
  }

  endWaits(end: End, refuse: Refuse): void {
    endWaits(end, refuse);
  }

  takeNow(): unknown {
    const number = this.heap.kernel.receive(this.at);
    if (number === number) return number;
    const { status } = this.heap;
    if (status === STATUS_WAIT) return UNREADY;
    return status === STATUS_OK ? this.unpacked() : SEE_GUARD;
  }

  receiving(end?: End): Guard {
    return new SharedReceive(this, end);
  }

  sending(value: unknown, end?: End): Guard {
    return new SharedSend(this, value, end);
  }
}
