/** The errors of waiting, used by every layer above. */

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
