/**
 * Where senders and receivers of one interpreter meet: what is buffered, who waits, and who is served by whom. Knows
 * nothing of closing; see `local_form.ts`.
 *
 * *Invariants.* While senders wait there is no room; while receivers wait nothing is buffered. Whoever leaves a list has
 * been settled, is settled right after, or never will be by this channel. Between two steps no code of a user runs.
 */
import { Fifo } from "./fifo.ts";
import type { End, Overflow, Refuse } from "./form.ts";
import { stop } from "./gone_errors.ts";
import type { Shape } from "./local_state.ts";
import { discard, opened, unsent } from "./parcel.ts";
import { reserveBoth, type Settled, type Waiter } from "./port.ts";
import { type Entry, WaitList } from "./wait_list.ts";

/** There was nothing to take. */
export const NOTHING: unique symbol = Symbol("nothing");

/** A value was sent. */
export const SENT: Settled = Object.freeze({ is: "done", value: undefined });

/** See the file's description. */
export class LocalExchange extends Fifo {
  readonly capacity: number;
  readonly overflow: Overflow;
  readonly promise: boolean;
  protected readonly senders: WaitList = new WaitList();
  protected readonly receivers: WaitList = new WaitList();

  constructor(shape: Shape) {
    super();
    this.capacity = shape.capacity;
    this.overflow = shape.overflow;
    this.promise = shape.promise;
  }

  protected get isFull(): boolean {
    return this.length >= this.capacity;
  }

  /**
   * Hands `parcel` to the first receiver that waits, or buffers it, or drops what the overflow mode says; false, and nothing
   * has happened, if it has to wait. Throws, and nothing has happened, when something in it that is to be moved is gone.
   */
  protected offer(parcel: unknown): boolean {
    if (this.receivers.first !== undefined && this.#handOver(parcel)) return true;
    if (this.length < this.capacity) {
      this.push(opened(parcel));
      return true;
    }
    return this.#overflow(parcel);
  }

  /** Takes the next value, buffered or from a sender that waits; NOTHING if there is none. */
  take(): unknown {
    if (this.length > 0) {
      if (this.promise) return this.peek();
      const value = this.shift();
      if (this.senders.first !== undefined) this.#refill();
      return value;
    }
    return this.senders.first === undefined ? NOTHING : this.#takeOver();
  }

  /** What `take` would give, or the parcel that it is in; NOTHING if there is none. */
  next(): unknown {
    if (this.length > 0) return this.peek();
    return this.senders.first === undefined ? NOTHING : this.senders.first.value;
  }

  /**
   * Lets the party of `entry` send its value to somebody who waits, or into the buffer, or wait. It never meets itself: a
   * select that has both ends of a channel does not send to itself.
   */
  protected serveSender(entry: Entry): void {
    const { waiter, index } = entry;
    const receiver = reserveWith(waiter, this.receivers);
    if (receiver === SERVED) return;
    if (receiver !== undefined) {
      let value: unknown;
      try {
        value = opened(entry.value);
      } catch (error) {
        receiver.waiter.release();
        return waiter.settle(index, { is: "failed", error });
      }
      this.receivers.remove(receiver);
      receiver.waiter.settle(receiver.index, { is: "done", value });
      if (this.promise) {
        this.push(value);
        this.#handOver(value);
      }
      return waiter.settle(index, SENT);
    }
    if (this.isFull && this.overflow === "block" && !this.promise) return this.senders.add(entry);
    if (!waiter.reserve()) return;
    waiter.settle(index, this.#given(entry.value));
  }

  /** The same for a party that wants to receive. */
  protected serveReceiver(entry: Entry): void {
    const { waiter, index } = entry;
    if (this.length > 0) {
      if (waiter.reserve()) waiter.settle(index, { is: "done", value: this.take() });
      return;
    }
    for (;;) {
      const sender = reserveWith(waiter, this.senders);
      if (sender === SERVED) return;
      if (sender === undefined) return this.receivers.add(entry);
      this.senders.remove(sender);
      let value: unknown;
      try {
        value = opened(sender.value);
      } catch (error) {
        waiter.release();
        sender.waiter.settle(sender.index, { is: "failed", error });
        continue;
      }
      sender.waiter.settle(sender.index, SENT);
      return waiter.settle(index, { is: "done", value });
    }
  }

  /** See `Form.endWaits`. */
  endWaits(end: End, refuse: Refuse): void {
    const sends = end.side === "sender";
    for (const entry of (sends ? this.senders : this.receivers).toArray()) {
      if (entry.end !== end) continue;
      stop(entry.waiter, entry.index, sends ? refuse(unsent(entry.value)) : refuse());
    }
  }

  #given(parcel: unknown): Settled {
    try {
      this.offer(parcel);
      return SENT;
    } catch (error) {
      return { is: "failed", error };
    }
  }

  /** Nobody waits and there is no room: what becomes of one more value. False: it has to wait. */
  #overflow(parcel: unknown): boolean {
    if (this.overflow === "sliding") {
      const newest = opened(parcel);
      const oldest = this.shift();
      this.push(newest);
      discard(oldest);
      return true;
    }
    return this.promise || this.overflow === "dropping";
  }

  /** Gives `parcel` to the first receiver that takes it; of a promise channel, to all of them, and keeps it. */
  #handOver(parcel: unknown): boolean {
    const { promise } = this;
    let value: unknown;
    let isOpen = false;
    for (let entry = this.receivers.first; entry !== undefined; entry = this.receivers.first) {
      if (!entry.waiter.reserve()) {
        this.receivers.remove(entry);
        continue;
      }
      try {
        if (!isOpen) value = opened(parcel);
      } catch (error) {
        entry.waiter.release();
        throw error;
      }
      isOpen = true;
      if (promise && this.length === 0) this.push(value);
      this.receivers.remove(entry);
      entry.waiter.settle(entry.index, { is: "done", value });
      if (!promise) return true;
    }
    return isOpen;
  }

  /** Takes the value of the first sender that has it still. */
  #takeOver(): unknown {
    for (let entry = this.senders.first; entry !== undefined; entry = this.senders.first) {
      this.senders.remove(entry);
      if (!entry.waiter.reserve()) continue;
      let value: unknown;
      try {
        value = opened(entry.value);
      } catch (error) {
        entry.waiter.settle(entry.index, { is: "failed", error });
        continue;
      }
      entry.waiter.settle(entry.index, SENT);
      return value;
    }
    return NOTHING;
  }

  /** Lets the first sender that waits have the room that there is now. */
  #refill(): void {
    const value = this.#takeOver();
    if (value !== NOTHING) this.push(value);
  }
}

/** The waiter was served elsewhere. */
const SERVED: unique symbol = Symbol("served");

/**
 * The first entry of `list` that another party than `waiter` has, both reserved; undefined if there is none. Entries of
 * parties that have been served elsewhere leave the list.
 */
function reserveWith(waiter: Waiter, list: WaitList): Entry | typeof SERVED | undefined {
  for (let entry = list.first; entry !== undefined;) {
    const { next } = entry;
    if (entry.waiter !== waiter) {
      if (reserveBoth(waiter, entry.waiter)) return entry;
      if (!waiter.reserve()) return SERVED;
      waiter.release();
      list.remove(entry);
    }
    entry = next;
  }
  return undefined;
}
