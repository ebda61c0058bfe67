/** What a local channel is and holds, as types: how it is made, and what the shared form takes over. */
import type { Overflow, Side } from "./form.ts";
import type { Entry } from "./wait_list.ts";

/** What a new channel is to be; checked. */
export interface Shape {
  readonly name: string;
  /** Values it can hold; Infinity for any number. */
  readonly capacity: number;
  readonly overflow: Overflow;
  /** A promise channel: of capacity 1, and its value stays. */
  readonly promise: boolean;
}

/** What a channel holds and who waits at it. */
export interface LocalState {
  /** Buffered values, oldest first. */
  readonly values: readonly unknown[];
  /**
   * Who waits, in order of arrival. A sender's `value` may be a parcel: `opened` of parcel.ts gives what is received, once,
   * and `unsent` the value as it was given.
   */
  readonly senders: readonly Entry[];
  readonly receivers: readonly Entry[];
  readonly closed: boolean;
  /** Why it was closed or poisoned, in a box, if there was a reason. */
  readonly reason: { readonly error: unknown } | undefined;
  /** `reason` is that of a poison. */
  readonly poisoned: boolean;
  /** How many ends there are. */
  readonly ends: Readonly<Record<Side, number>>;
  /** Why the first end of each side failed that did. */
  readonly failures: Readonly<Record<Side, { readonly error: unknown } | undefined>>;
}
