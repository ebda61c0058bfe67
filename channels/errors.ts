/** The errors of channels and of waiting, used by every layer above. */

/** An operation on a channel failed; the base of this folder's errors. */
export class ChannelError extends Error {
  /**
   * Makes the error.
   *
   * @param message The failed action and what to do.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ChannelError";
  }
}

/**
 * The channel is closed: nothing can be sent to it any more, or it is drained too. Also thrown by an end that was retired.
 *
 * @example The value that was not sent
 * ```ts
 * import { chan, ChannelClosedError } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const jobs = chan<string>(1);
 * jobs.close();
 * const error = await jobs.send("late").catch((error) => error);
 * assert(error instanceof ChannelClosedError);
 * assert.equal(error.value, "late");
 * ```
 */
export class ChannelClosedError extends ChannelError {
  /** The value that was not sent; there is no such property when a receive failed. */
  declare readonly value?: unknown;
  /** How many values a `sendMany` had sent before. */
  declare readonly sent?: number;

  /**
   * Makes the error.
   *
   * @param message The failed action.
   * @param rest The value that was not sent, if there was one.
   */
  constructor(message: string, ...rest: [value: unknown] | []) {
    super(message);
    this.name = "ChannelClosedError";
    if (rest.length > 0) this.value = rest[0];
  }
}

/** Who was to send or receive is gone: an interpreter died that held the channel's last end. `cause` says why it died. */
export class PeerLostError extends ChannelError {
  /** @internal The id of the interpreter that is gone, where it is known; it crosses as all fields of errors do. */
  declare readonly interpreterId?: number;

  /**
   * Makes the error.
   *
   * @param message Who was lost.
   * @param options `cause`: why.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PeerLostError";
  }
}

/** The error of who was waiting for something of the interpreter `interpreterId`, which is gone. */
export function peerLost(message: string, interpreterId: number | undefined, cause: unknown): PeerLostError {
  const error = new PeerLostError(message, { cause });
  return interpreterId === undefined ? error : Object.assign(error, { interpreterId });
}

/**
 * A lock was used in a way that cannot work: `done()` more often than `add()`, or a thread that would block for what this
 * interpreter holds itself.
 *
 * @example More done than there was to do
 * ```ts
 * import { LockError, WaitGroup } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const group = new WaitGroup();
 * group.add();
 * group.done();
 * assert.throws(() => group.done(), LockError);
 * ```
 */
export class LockError extends Error {
  /**
   * Makes the error.
   *
   * @param message The failed action and what to do.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "LockError";
  }
}

/**
 * An operation did not finish within its `timeout` and has had no effect, or none that its caller still sees.
 *
 * @example A call that takes too long
 * ```ts
 * import { create, TimeoutError } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const interp = create();
 * const slow = interp.with({ timeout: 20 }).call(() => new Promise((resolve) => setTimeout(resolve, 60_000)));
 * await assert.rejects(slow, TimeoutError);
 * await interp.close({ force: true });
 * ```
 */
export class TimeoutError extends Error {
  /** How many values a `sendMany` had sent before. */
  declare readonly sent?: number;

  /**
   * Makes the error.
   *
   * @param message What timed out, after how many milliseconds.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TimeoutError";
  }
}
