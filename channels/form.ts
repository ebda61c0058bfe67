/**
 * What the two forms of a channel have in common: the interface between the facades (`channel.ts`, `ends.ts`) and
 * `local_form.ts` and `shared_form.ts`.
 *
 * A channel begins local. When it first crosses to another interpreter its {@link Core} gets the shared form in place of
 * the local one; handles hold the core, so they notice nothing.
 */
import type { Guard } from "./port.ts";
import type { Progress } from "./batches.ts";

/** What a full channel does with one more value. */
export type Overflow = "block" | "sliding" | "dropping";

/** Limits of one operation. */
export interface WaitOptions {
  /** Aborts it: rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Milliseconds, at least 0, fractions count: rejects with `TimeoutError`. */
  timeout?: number | undefined;
}

/** Limits of a blocking operation. */
export interface BlockOptions {
  /** Milliseconds, at least 0, fractions count: throws `TimeoutError`. */
  timeout?: number | undefined;
}

/** What {@link Form.tryReceive} found. */
export type TryReceived<T> =
  | { state: "ok"; value: T }
  | { state: "empty" }
  | { state: "closed" };

/** Which end of a channel. */
export type Side = "sender" | "receiver";

/** Makes the error of an operation by an end that is gone, of a send with the value that was not sent. */
export type Refuse = (...value: [unknown] | []) => Error;

/** An end of a channel, as operations know it that were begun by it: while they wait they can be ended with it. */
export interface End {
  readonly side: Side;
  /** What it does since it is gone. */
  readonly ended: { readonly refuse: Refuse } | undefined;
  /** How many operations by it wait in shared memory. */
  waits: number;
}

/** Numbers in bulk, or anything that can be indexed. */
export type Batch<T> = ArrayLike<T>;

/**
 * One channel, in one of its forms. Values are `unknown` here; the facades have the types. `end`: what an operation is begun
 * by, if that is an end.
 */
export interface Form {
  readonly shared: boolean;
  readonly name: string;
  readonly capacity: number;
  readonly overflow: Overflow;
  /** A promise channel: its first value is given to every receiver. */
  readonly promise: boolean;
  readonly size: number;
  readonly closed: boolean;

  send(value: unknown, options?: WaitOptions, end?: End): Promise<void>;
  receive(options?: WaitOptions, end?: End): Promise<unknown>;
  trySend(value: unknown): boolean;
  tryReceive(): TryReceived<unknown>;
  sendSync(value: unknown, options?: BlockOptions): void;
  receiveSync(options?: BlockOptions): unknown;
  /** `progress`: counts what went through. */
  sendMany(
    values: Batch<unknown>,
    options: WaitOptions | undefined,
    progress: Progress,
    end?: End,
  ): Promise<void>;
  /** `max`: a count, or a typed array to fill, of which the filled part is the result. */
  receiveMany(max: number | Fillable, options?: WaitOptions, end?: End): Promise<ArrayLike<unknown>>;
  sendManySync(values: Batch<unknown>, options?: BlockOptions): void;
  receiveManySync(max: number | Fillable, options?: BlockOptions): ArrayLike<unknown>;

  /** `reason`: in a box, when one was given, `undefined` included. */
  close(reason?: { readonly error: unknown }): void;
  poison(reason: unknown): void;

  /** One more end of that side. */
  addEnd(side: Side): void;
  /** One end less; the last one of its side closes the channel. `reason` (boxed): why, if its holder failed. */
  retireEnd(side: Side, reason?: { readonly error: unknown }): void;
  /** `end` is gone: what waits by it fails with what `refuse` makes, and takes and gives nothing any more. */
  endWaits(end: End, refuse: Refuse): void;

  /**
   * Receives at once: the value, or UNREADY or SEE_GUARD, and nothing has happened. Throws when the value that it has taken
   * cannot be decoded. The guard of a receive attempts the same.
   */
  takeNow(): unknown;

  /** The guard of a receive. */
  receiving(end?: End): Guard;
  /** The guard of a send of `value`; a value that cannot cross is refused here, with the path root "value". */
  sending(value: unknown, end?: End): Guard;
}

/** Typed arrays that `receiveMany` fills. */
export type Fillable =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** One channel in this interpreter: what all its handles here hold. One per channel and interpreter. */
export interface Core {
  form: Form;
  /** The Channel handle of this interpreter, if one was made. */
  handle: object | undefined;
}
