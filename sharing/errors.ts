/**
 * The errors of values that cannot cross to another interpreter, or have gone there.
 *
 * @module
 */

/**
 * Thrown at the sender, before anything is sent, when a value or function cannot cross to another interpreter.
 *
 * @example A function inside a value is refused by its path
 * ```ts
 * import { isShareable, NotShareableError } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const error = new NotShareableError("Cannot share value.onDone: a function", { path: "value.onDone" });
 * assert.equal(error.path, "value.onDone");
 * assert.equal(isShareable({ onDone() {} }), false);
 * ```
 */
export class NotShareableError extends TypeError {
  /** Where the value sits: a root (`args[0]`, `value`, `result`, `bindings.x`, `fn`), then `.key`, `[3]`, `.get(key)`. */
  readonly path: string;
  /** For a function: the names it captures from its surroundings. */
  declare readonly captured?: readonly string[];

  /**
   * Makes the error.
   *
   * @param message What failed, with the path, the value found there and what to do
   * @param options Where it was found, what a function captured, and the cause
   */
  constructor(message: string, options: { path: string; captured?: readonly string[]; cause?: unknown }) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "NotShareableError";
    this.path = options.path;
    if (options.captured !== undefined) this.captured = options.captured;
  }
}

/**
 * Something was used here after it had been passed on: an end of a channel that was sent, a value that is owned elsewhere.
 *
 * @example An end that was passed on
 * ```ts
 * import { chan, OwnershipError, type Sender } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const results = chan<number>();
 * const post = chan<Sender<number>>(1);
 * const sender = results.sender();
 * await post.send(sender);
 * await assert.rejects(sender.send(1), OwnershipError);
 * ```
 */
export class OwnershipError extends Error {
  /**
   * Makes the error.
   *
   * @param message What was used, and what to do.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "OwnershipError";
  }
}
