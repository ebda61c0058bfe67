/**
 * The protocol between operations that wait and whoever watches the process that they belong to: channels, selects and
 * locks tell, networks listen.
 *
 * *Invariants.* `begins` is called after the waiter is enlisted wherever it waits, so that nothing is left to do that could
 * settle it; not at all if it is settled by then. `ended` is called before its party learns of the outcome.
 */
import type { Form } from "./form.ts";
import type { Guard } from "./port.ts";

/** What a process waits in. */
export type WaitingOperation = "send" | "receive" | "select" | "lock";

/** What one operation waits for. */
export interface WaitsFor {
  /** The channel of a send or receive. */
  readonly form?: Form;
  /** The cases of a select. */
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

/** Told what a process waits for. */
export interface WaitMonitor {
  begins(operation: WaitingOperation, waitsFor: WaitsFor, waiter: WatchedWaiter): void;
  ended(waiter: WatchedWaiter): void;
}
