/**
 * What channels must know of the code around them, which the floors above know: installed by them, harmless without.
 */

import type { WaitMonitor } from "./wait_monitor.ts";

/** See {@link surroundings}. */
export interface Surroundings {
  /** The signal of the process that runs now; what it waits in rejects when it aborts. Undefined outside of any. */
  processSignal(): AbortSignal | undefined;
  /** Who is told what the process waits for that runs now; not there as long as nobody in this interpreter asks. */
  monitor?: (() => WaitMonitor | undefined) | undefined;
  /** The program's shared memory and this interpreter's slot in its switchboard. Made at the first call. */
  place(): { readonly memory: WebAssembly.Memory; readonly slot: number };
  /**
   * Called now and then while this thread blocks or spins: may throw when it is to end, and does what cannot wait. `inside`:
   * of the kernel, where it may hold locks.
   */
  meanwhile(inside?: boolean): void;
  /** The first operation waits (`true`), or the last one has ended. */
  waiting(some: boolean): void;
  /** Why this interpreter's operations fail, when it was cut off. */
  whyCutOff(): Error;
  /** What only structured clone can carry, on its way beside a channel. */
  postOffice(): PostOffice;
  /** A channel that this interpreter holds no longer is referred to; maybe by what nobody can reach. */
  mayBeCycle(): void;
  /** Retires the ends that this interpreter has; replaced by the channels' engine once there can be any. */
  retireOwnEnds(reason: Error): void;
  /** Whether this thread may block: `whyNotBlock` gives nothing. */
  mayBlock(): boolean;
  /** Why a thread may not block here, as an error to throw; undefined if it may. */
  whyNotBlock(what: string): Error | undefined;
}

/**
 * Keeps what only structured clone can carry until the receiver of a channel's value asks for it. The ticket is sent in the
 * value; the deposit follows once the value is sent, so that a send which fails has moved nothing. Whoever asks earlier waits.
 */
export interface PostOffice {
  /** A new ticket, never 0. */
  ticket(): number;
  /** Takes `side` in for a ticket. */
  deposit(ticket: number, side: readonly unknown[], transfer: readonly Transferable[]): void;
  /** Fetches it, once. */
  collect(ticket: number): Promise<unknown[]>;
  /** The same, blocking this thread where that is needed; `keep`: others will fetch it as well. */
  collectNow(ticket: number, keep: boolean): unknown[];
  /** Nobody will fetch it. */
  discard(ticket: number): void;
}

/** What the floors above have installed. */
export const surroundings: Surroundings = {
  processSignal() {
    return undefined;
  },
  place() {
    throw new Error("Cannot share a channel: the interpreters' floor is not installed");
  },
  meanwhile() {},
  waiting() {},
  whyCutOff() {
    return new Error("Cannot use channels: this interpreter was closed");
  },
  postOffice() {
    throw new Error("Cannot send this value: the interpreters' floor is not installed");
  },
  mayBeCycle() {},
  retireOwnEnds() {},
  mayBlock() {
    return true;
  },
  whyNotBlock() {
    return undefined;
  },
};
