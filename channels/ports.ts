/**
 * What channels and their ends have in common, as types: {@link SendPort}, {@link ReceivePort}. All of them are cases of a
 * select as well, by the methods of `port.ts`, which are nobody else's business.
 */
import type { BlockOptions, Fillable, TryReceived, WaitOptions } from "./form.ts";

/** The promise of a `sendMany`, which tells how far that is. */
export interface Sending extends Promise<void> {
  /** How many values went through so far; once it is rejected, before that. */
  readonly sent: number;
}

/**
 * Something to send to: a `Channel` or a `Sender`.
 *
 * @typeParam T What is sent.
 */
export interface SendPort<in T> {
  /** The name it was made with, "" if none. */
  readonly name: string;
  /** How many values it can hold. */
  readonly capacity: number;
  /** How many values it holds now. */
  readonly size: number;
  /** Whether it was closed, or poisoned. */
  readonly closed: boolean;
  // As properties: TypeScript is lax about what methods take.
  /** See {@link Channel.send}. */
  send: (value: T, options?: WaitOptions) => Promise<void>;
  /** See {@link Channel.trySend}. */
  trySend: (value: T) => boolean;
  /** See {@link Channel.sendSync}. */
  sendSync: (value: T, options?: BlockOptions) => void;
  /** See {@link Channel.sendMany}. */
  sendMany: (values: Iterable<T> | ArrayLike<T>, options?: WaitOptions) => Sending;
  /** See {@link Channel.sendManySync}. */
  sendManySync: (values: Iterable<T> | ArrayLike<T>, options?: BlockOptions) => void;
  /** See {@link Channel.close}. */
  close(...reason: [reason: unknown] | []): void;
  /** See {@link Channel.poison}. */
  poison(reason: unknown): void;
}

/** A typed array that a channel of `T` can fill: any for numbers, and none for what is never a number. */
export type Filled<T, A extends Fillable> = number extends T ? A : [T] extends [number] ? A : never;

/**
 * Something to receive from: a `Channel`, a `Receiver` or a timer.
 *
 * @typeParam T What is received.
 */
export interface ReceivePort<out T> extends AsyncIterable<T, undefined> {
  /** The name it was made with, "" if none. */
  readonly name: string;
  /** How many values it can hold. */
  readonly capacity: number;
  /** How many values it holds now. */
  readonly size: number;
  /** Whether it was closed, or poisoned. */
  readonly closed: boolean;
  /** See {@link Channel.receive}. */
  receive(options?: WaitOptions): Promise<T>;
  /** See {@link Channel.tryReceive}. */
  tryReceive(): TryReceived<T>;
  /** See {@link Channel.receiveSync}. */
  receiveSync(options?: BlockOptions): T;
  /** See {@link Channel.receiveMany}. */
  receiveMany(max: number, options?: WaitOptions): Promise<T[]>;
  /** See {@link Channel.receiveMany}. */
  receiveMany<A extends Fillable>(into: Filled<T, A>, options?: WaitOptions): Promise<A>;
  /** See {@link Channel.receiveManySync}. */
  receiveManySync(max: number, options?: BlockOptions): T[];
  /** See {@link Channel.receiveManySync}. */
  receiveManySync<A extends Fillable>(into: Filled<T, A>, options?: BlockOptions): A;
  /** See {@link Channel.toReadableStream}. */
  toReadableStream(): ReadableStream<T>;
}
