/** Where an operator puts what it makes: a port that it was given, or a channel of its own. */
import { OwnershipError } from "../../sharing/errors.ts";
import { chan } from "../api.ts";
import type { Channel } from "../channel.ts";
import type { Receiver, Sender } from "../ends.ts";
import { ChannelClosedError } from "../errors.ts";
import type { Guarded } from "../port.ts";
import type { SendPort } from "../ports.ts";
import { surroundings } from "../surroundings.ts";

/** Why something was closed, in a box, if a reason was given. */
export type Reason = { readonly error: unknown } | undefined;

/** What an operator sends to. */
export interface Output<T> {
  /** False once nobody can receive from it any more. */
  readonly wanted: boolean;
  /**
   * Can be received from once the output is closed from outside, and for no other reason; undefined where that would
   * take values away.
   */
  readonly watch: Guarded | undefined;
  /** Sends; false if nothing more is wanted, be it that it was not sent. Rejects if this value cannot be sent. */
  send(value: T): Promise<boolean>;
  /** The operator is over: closes the output, as the input was closed if that is why. */
  end(reason?: Reason): void;
  /** The operator cannot go on: closes the output with the error as reason. */
  fail(error: unknown): void;
}

/** A port that was given to the operator. */
export class GivenOutput<T> implements Output<T> {
  readonly watch: undefined = undefined;
  readonly #to: SendPort<T>;
  readonly #closes: boolean;

  /** `closes`: whether the end of the operator closes it. */
  constructor(to: SendPort<T>, closes: boolean) {
    this.#to = to;
    this.#closes = closes;
  }

  get wanted(): boolean {
    return !this.#to.closed;
  }

  send(value: T): Promise<boolean> {
    return deliver(this.#to, value);
  }

  end(reason?: Reason): void {
    if (this.#closes) closeAs(this.#to, reason);
  }

  fail(error: unknown): void {
    if (this.#closes) closeAs(this.#to, { error });
    // Nobody holds a promise of the operator: what is thrown here is reported as an unhandled rejection.
    else if (surroundings.processSignal()?.aborted !== true) throw error;
  }
}

/** A channel that the operator makes, of which it gives away the receiving end. */
export class OwnOutput<T> implements Output<T> {
  readonly #channel: Channel<T>;
  /** Held so that receivers in other interpreters learn of the end of this one. */
  readonly #sender: Sender<T>;

  /** `capacity`: how many values are made ahead. */
  constructor(capacity = 0) {
    this.#channel = chan<T>(capacity);
    this.#sender = this.#channel.sender();
  }

  /** The end to give away; once. */
  receiver(): Receiver<T> {
    return this.#channel.receiver();
  }

  get wanted(): boolean {
    return !this.#channel.closed;
  }

  /** Nobody else sends to the channel: unless it buffers, a receive from it waits until it is closed. */
  get watch(): Guarded | undefined {
    return this.#channel.capacity === 0 ? this.#channel as unknown as Guarded : undefined;
  }

  send(value: T): Promise<boolean> {
    return deliver(this.#sender, value);
  }

  end(reason?: Reason): void {
    closeAs(this.#channel, reason);
    this.#sender.retire();
  }

  fail(error: unknown): void {
    this.end({ error });
  }
}

/**
 * Runs an operator until it is over, and then ends its outputs: with the reason that `body` gives, or with what it throws.
 */
export async function operate(outputs: readonly Output<never>[], body: () => Promise<Reason>): Promise<void> {
  try {
    const reason = await body();
    for (const output of outputs) output.end(reason);
  } catch (error) {
    for (const output of outputs) output.fail(error);
  }
}

/** Sends; false if `to` is closed, before or after, or an end that was retired. */
async function deliver<T>(to: SendPort<T>, value: T): Promise<boolean> {
  try {
    await to.send(value);
    return !to.closed;
  } catch (error) {
    if (to.closed || error instanceof ChannelClosedError) return false;
    throw error;
  }
}

/**
 * Closes `to`, with the reason if there is one: `close(undefined)` would be a reason too. No effect if `to` is an end that
 * was retired or passed on: the channel is then left to others.
 */
export function closeAs(to: SendPort<never>, reason: Reason): void {
  try {
    if (reason === undefined) to.close();
    else to.close(reason.error);
  } catch (error) {
    if (!(error instanceof ChannelClosedError || error instanceof OwnershipError)) throw error;
  }
}
