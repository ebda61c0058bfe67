/** Errors of networks. */
import { registerErrorClass } from "../sharing/errors.ts";

/** What a process of a deadlocked network waits in. */
export interface WaitingProcess {
  /** Its name. */
  readonly process: string;
  /** What it waits to do. */
  readonly operation: "send" | "receive" | "select" | "lock";
  /** The channel, as "a.out -> b.in"; of a select, all of them, separated by commas; "never" if none could become ready. */
  readonly channel: string;
}

/**
 * A network that cannot be started as it stands, or cannot do what was asked of it now.
 *
 * @example A port that leads nowhere
 * ```ts
 * import { network, NetworkError } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const lonely = network().process("a", () => {}, { out: ["out"] });
 * assert.throws(() => lonely.start(), NetworkError);
 * ```
 */
export class NetworkError extends Error {
  /**
   * Makes the error.
   *
   * @param message The failed action and what to do.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "NetworkError";
  }
}

/**
 * Every process of a network waits for what only its processes could do: none of them will ever go on.
 *
 * @example Two processes that wait for each other
 * ```ts
 * import { DeadlockError, network, type Receiver, type Sender } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * async function pass({ left, right }: { left: Receiver<number>; right: Sender<number> }) {
 *   for await (const n of left) await right.send(n);
 * }
 *
 * const ring = network("ring")
 *   .process("a", pass, { in: ["left"], out: ["right"] })
 *   .process("b", pass, { in: ["left"], out: ["right"] })
 *   .channel("a.right", "b.left")
 *   .channel("b.right", "a.left");
 * await assert.rejects(ring.start().done, (error: DeadlockError) => {
 *   assert.deepEqual(error.waiting.map(({ process, operation }) => [process, operation]), [
 *     ["a", "receive"],
 *     ["b", "receive"],
 *   ]);
 *   return error instanceof DeadlockError;
 * });
 * ```
 */
export class DeadlockError extends NetworkError {
  /** Who waits for what. */
  readonly waiting: readonly WaitingProcess[];

  /**
   * Makes the error.
   *
   * @param message Which network, and who waits for what.
   * @param waiting The same as data.
   */
  constructor(message: string, waiting: readonly WaitingProcess[] = []) {
    super(message);
    this.name = "DeadlockError";
    this.waiting = waiting;
  }
}

registerErrorClass("NetworkError", NetworkError);
registerErrorClass("DeadlockError", DeadlockError);
