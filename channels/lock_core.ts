/**
 * A lock as one interpreter sees it: what its handle and its guards here share, and its operations as calls of the kernel
 * (`kernel/wasm/locks.ts`). A lock lives in the shared heap from the beginning. What locks mean is said above, in `csp/`, for
 * which this file is the protocol.
 *
 * *Invariants.* Where the lock lives is counted by the holder bit that `lock_handles.ts` keeps for as long as this can be
 * reached. An operation that rejects or throws has taken nothing.
 *
 * *Who waits and who wakes.* What can be done at once is one call of the kernel. What cannot enlists a ticket, an awaiting
 * one (`lock_waiting.ts`) or that of the blocked thread (`lock_blocking.ts`).
 */
import type { Heap } from "../kernel/heap.ts";
import {
  CHANNEL_NAME,
  CHANNEL_POISON,
  LOCK_FREE,
  LOCK_TOTAL,
  STATUS_CLOSED,
  STATUS_FULL,
  STATUS_OK,
  STATUS_POISONED,
  STATUS_WAIT,
} from "../kernel/heap_layout.ts";
import { peerLost, type PeerLostError } from "./errors.ts";
import type { BlockOptions, WaitOptions } from "./form.ts";
import { checkWait } from "./limits.ts";
import { takeBlocking } from "./lock_blocking.ts";
import { waitFor } from "./lock_waiting.ts";
import { succeededWith } from "./patience.ts";
import { surroundings } from "./surroundings.ts";
import { finishOwn } from "./tickets.ts";
import { readBlock } from "./values.ts";
import type { WaitMonitor } from "./wait_monitor.ts";

/** Something that can be waited for at a lock: what it gives, and how messages speak of it. */
export interface LockUse {
  /** What was to be done, as messages begin: `Cannot lock mutex "jobs"`. `subject`: the lock. */
  action(subject: string, amount: number): string;
  /** What there was to wait for, as in "it was not free". */
  readonly late: string;
  /**
   * What its caller gets. `index`: which of those it was that a barrier let go; {@link OVER} if the lock is over. `holder`:
   * who is to be told that the process holds it, if anybody is.
   */
  granted(core: LockCore, amount: number, index: number, holder: WaitMonitor | undefined): unknown;
}

/** Nobody needs this lock any more: what it was for has been done. */
export const OVER = -1;

/** See the file's description. */
export class LockCore {
  readonly heap: Heap;
  /** Byte offset of the lock. */
  readonly at: number;
  /** What it is, in messages: "mutex". */
  readonly kind: string;
  /** The handle of this interpreter, if one was made. */
  handle: object | undefined = undefined;
  #name: string | undefined;

  constructor(heap: Heap, at: number, kind: string) {
    this.heap = heap;
    this.at = at;
    this.kind = kind;
  }

  /** The name it was made with, "" if none. */
  get name(): string {
    if (this.#name !== undefined) return this.#name;
    const block = this.heap.load(this.at + CHANNEL_NAME) >>> 0;
    return this.#name = block === 0 ? "" : String(readBlock(this.heap, block));
  }

  /** How messages name it. */
  get subject(): string {
    return this.name === "" ? `the ${this.kind}` : `${this.kind} "${this.name}"`;
  }

  /** All permits there are; parties of a barrier. */
  get total(): number {
    return this.heap.load(this.at + LOCK_TOTAL);
  }

  /** Permits that nobody holds. */
  get free(): number {
    return this.heap.load(this.at + LOCK_FREE);
  }

  /** Permits that this interpreter holds. */
  get held(): number {
    return this.heap.kernel.heldBy(this.at, this.heap.slot);
  }

  /** What a group waits for; a counter's value. */
  get count(): number {
    return this.heap.kernel.countOf(this.at);
  }

  /** Takes, or waits until it can. */
  take(use: LockUse, amount: number, options: WaitOptions | undefined): Promise<unknown> {
    if (options !== undefined) {
      try {
        checkWait(use.action(this.subject, amount), options);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    try {
      const monitor = surroundings.monitor?.();
      monitor?.checkGoesOn();
      const status = this.heap.kernel.acquire(this.at, amount);
      if (status === STATUS_OK) return succeededWith(use.granted(this, amount, 0, monitor));
      if (status === STATUS_WAIT) return waitFor(this, use, amount, options);
      return succeededWith(this.outcome(use, amount, status, 0, undefined));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Takes, and blocks the thread until it can. */
  takeSync(use: LockUse, amount: number, options: BlockOptions | undefined): unknown {
    return takeBlocking(this, use, amount, options);
  }

  /** Takes if that can be done at once; else undefined. */
  tryTake(use: LockUse, amount: number): unknown {
    const status = this.heap.kernel.acquire(this.at, amount);
    if (status === STATUS_OK) return use.granted(this, amount, 0, surroundings.monitor?.());
    return status === STATUS_WAIT ? undefined : this.outcome(use, amount, status, 0, undefined);
  }

  /** Gives back what was taken; `holder` was told of it. */
  release(amount: number, holder: WaitMonitor | undefined): void {
    holder?.gives(this.at, amount);
    if (this.heap.kernel.releaseLock(this.at, amount) !== STATUS_OK) throw surroundings.whyCutOff();
    finishOwn(this.heap);
  }

  /** Changes what a group waits for; the status. */
  addToGroup(k: number): number {
    const status = this.heap.kernel.addToGroup(this.at, k);
    finishOwn(this.heap);
    return status;
  }

  /** Nobody is to wait for it any more. */
  finish(): void {
    this.heap.kernel.close(this.at, 0, 0);
    finishOwn(this.heap);
  }

  /** What an operation gives that came to `status`, which is not WAIT; or throws why it failed. */
  outcome(
    use: LockUse,
    amount: number,
    status: number,
    index: number,
    holder: WaitMonitor | undefined,
  ): unknown {
    if (status === STATUS_OK) return use.granted(this, amount, index, holder);
    if (status === STATUS_CLOSED) return use.granted(this, 0, OVER, undefined);
    const action = use.action(this.subject, amount);
    if (status === STATUS_FULL) throw new RangeError(`${action}: the shared memory is full`);
    if (status !== STATUS_POISONED) throw surroundings.whyCutOff();
    const why = readBlock(this.heap, this.heap.load(this.at + CHANNEL_POISON) >>> 0) as PeerLostError;
    const text = `${action}: an interpreter that knew of it has ended; make a new one`;
    throw peerLost(text, why.interpreterId, why.cause);
  }
}
