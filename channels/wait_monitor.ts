/**
 * The protocol between operations that wait and whoever watches the process that they belong to: channels, selects and
 * locks tell, networks listen.
 *
 * *Invariants.* `begins` is called after the waiter is enlisted wherever it waits, so that nothing is left to do that could
 * settle it; not at all if it is settled by then. `ended` is called before its party learns of the outcome. What is told of
 * permits is never more than the process holds: `holds` is called when they are its own, `gives` before they are given back.
 */
import type { Form } from "./form.ts";
import type { Guard } from "./port.ts";

/** What a process waits in. */
export type WaitingOperation = "send" | "receive" | "select" | "lock";

/** What one operation waits for. */
export interface WaitsFor {
  /** The channel of a send or receive. */
  readonly form?: Form;
  /** The cases of a select; of anything else, the one thing that it waits for. */
  readonly guards?: readonly Guard[];
  /** The lock: its byte offset in the shared memory. */
  readonly lock?: number;
  /** A signal or a timeout can end it. */
  readonly limited: boolean;
}

/** The party that waits; `ticket` is its offset in shared memory, 0 while it waits in this thread alone. */
export interface WatchedWaiter {
  readonly ticket: number;
}

/** Told what a process waits for, and what others may wait for because of it. */
export interface WaitMonitor {
  begins(operation: WaitingOperation, waitsFor: WaitsFor, waiter: WatchedWaiter): void;
  ended(waiter: WatchedWaiter): void;
  /** Throws why the process is to end, unless an operation of it has told so before: what it does then is its cleaning up. */
  checkGoesOn(): void;
  /** It has `amount` more permits of the lock at the byte offset `lock`. */
  holds(lock: number, amount: number): void;
  /** It is about to give them back. */
  gives(lock: number, amount: number): void;
}
