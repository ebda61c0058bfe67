/** What a party can be asked to do with channels; written once awaiting and once blocking. */
import type { Channel, ReceivePort, Receiver, Sender, SendPort } from "@pool/csp";

/** How a channel ended for who received from it. */
export interface Ending {
  /** What was received. */
  readonly values: unknown[];
  /** Name and message of the reason; undefined after a plain close. */
  readonly reason?: string;
}

/** A question with the channel that the answer is wanted on. */
export interface Question {
  readonly n: number;
  readonly reply: Channel<number>;
}

/** A message of known content: who sent it, and its number there. */
export interface Message {
  readonly from: number;
  readonly n: number;
}

/** All actions; each ends with a value. */
export interface Actions {
  /** Sends the values, one by one. */
  sendAll(to: SendPort<unknown>, values: readonly unknown[]): void;
  /** Sends `from`, `from + 1` … `until - 1`. */
  sendRange(to: SendPort<number> | SendPort<unknown>, from: number, until: number): void;
  /** The same, then closes the channel with the reason, if there is one. */
  sendRangeAndClose(
    to: Channel<number> | Channel<unknown>,
    from: number,
    until: number,
    ...reason: [unknown?]
  ): void;
  /** The same with an end, which then retires. */
  sendRangeAndRetire(to: Sender<unknown>, from: number, until: number): void;
  /** Sends `n` messages that say who they are from. */
  sendMessages(to: SendPort<Message>, from: number, n: number): void;
  /** Sends `count` numbers on each channel in turn, from 0, from 1000, from 2000, and closes each. */
  sendToEach(to: readonly Channel<unknown>[], count: number): void;
  /** Sends numbers from 0 in typed arrays of `size`, then closes. */
  sendBatches(to: Channel<number>, until: number, size: number): void;
  /** Sends with `trySend`, again and again until it succeeds. */
  trySendAll(to: SendPort<unknown>, values: readonly unknown[]): void;
  /** Receives `n` values. */
  receiveSome(from: ReceivePort<unknown>, n: number): unknown[];
  /** Receives until the channel ends. */
  receiveAll(from: ReceivePort<unknown>): Ending;
  /** Receives up to `max` at a time until the channel ends. */
  receiveBatches(from: ReceivePort<unknown>, max: number): unknown[];
  /** Receives into a typed array of `size` until the channel ends; the sum of what came. */
  sumBatches(from: ReceivePort<number>, size: number): number;
  /** Receives with `tryReceive`, again and again until the channel ends. */
  tryReceiveAll(from: ReceivePort<unknown>): unknown[];
  /** Receives a number `n` times and sends each back, plus one. */
  answer(from: ReceivePort<number>, to: SendPort<number>, n: number): void;
  /** Sends a number `n` times and receives it back; the last one. */
  ask(to: SendPort<number>, from: ReceivePort<number>, n: number): number;
  /** Answers questions with twice their number until the channel ends; how many. */
  serve(questions: ReceivePort<Question>): number;
  /** Asks `n` questions, each with a new channel for its reply, then closes; the answers. */
  inquire(questions: Channel<Question>, n: number): number[];
  /** Passes values on until the channel ends, then closes `to`; how many. */
  copy(from: ReceivePort<number>, to: Channel<number>): number;
  /** How a send ends: "sent", or the error's name. */
  attemptSend(to: SendPort<unknown>, value: unknown): string;
  /** How a receive ends: the value, or name and message of the error. */
  attemptReceive(from: ReceivePort<unknown>): unknown;
  /** Selects among receives until all channels have ended; index and value of each. */
  selectReceives(from: readonly ReceivePort<unknown>[]): [number, unknown][];
  /** Sends each value to whichever channel takes it, then closes them all; how many each took. */
  selectSends(to: readonly Channel<unknown>[], values: readonly unknown[]): number[];
  /** Sends 0 … n - 1 on one channel and receives `n` values from another, in whatever order they go; the values. */
  selectBoth(to: SendPort<number>, from: ReceivePort<number>, n: number): number[];
  /** Sends numbers, each again and again with next to no patience until it goes through. */
  sendImpatiently(to: SendPort<unknown>, from: number, until: number): void;
  /** Receives until the channel ends, with next to no patience each time. */
  receiveImpatiently(from: ReceivePort<unknown>): unknown[];
  /** Sends each number by a select with next to no patience to whichever channel takes it, then closes them all. */
  selectSendsImpatiently(to: readonly Channel<unknown>[], until: number): void;
  /** Receives by selects with next to no patience until all channels have ended. */
  selectReceivesImpatiently(from: readonly ReceivePort<unknown>[]): unknown[];
  /** Sends numbers until it is refused; how many went through. */
  sendUntilRefused(to: SendPort<unknown>): number;
  /** The same with batches of `size`. */
  sendBatchesUntilRefused(to: SendPort<unknown>, size: number): number;
  /** Receives `n` values, closes the channel, and receives what is left; all of it. */
  receiveThenClose(from: Channel<unknown>, n: number): unknown[];
  /** Receives `n` values, then gives the end up. */
  receiveThenRetire(from: Receiver<unknown>, n: number): unknown[];
  /** Receives a sender from `carrier`, sends numbers with it, and gives it up. */
  sendByCarried(carrier: ReceivePort<Sender<unknown>>, from: number, until: number): void;
  /** Gives the value back. */
  giveBack(value: unknown): unknown;
  /** Sends plain values and, in between, what is shared or moved; the lengths of what was moved, afterwards. */
  sendThings(to: SendPort<unknown>, probe: Int32Array<SharedArrayBuffer>): number[];
  /** Receives `n` of those, writes to what is shared, and says what each was. */
  receiveThings(from: ReceivePort<unknown>, n: number): string[];
  /** Tries to receive from either channel each time it is told to, and tells whether it did; how often it did. */
  tryEither(
    either: readonly ReceivePort<unknown>[],
    go: ReceivePort<unknown>,
    done: SendPort<boolean>,
    n: number,
  ): number;
}

/** The name of an action. */
export type ActionName = keyof Actions;

/** What an action takes. */
export type Arguments<N extends ActionName> = Parameters<Actions[N]>;

/** What an action gives. */
export type Outcome<N extends ActionName> = ReturnType<Actions[N]>;

/** The actions with awaiting operations. */
export type AwaitingActions = { [N in ActionName]: (...args: Arguments<N>) => Promise<Outcome<N>> };

/** Milliseconds of patience of the operation that is tried for the `n`th time. */
export function patience(n: number): { readonly timeout: number } {
  return { timeout: [0, 0.05, 0.3, 0, 1][n % 5]! };
}

/** Name and message of what a receive was rejected with. */
export function described(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
