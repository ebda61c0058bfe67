/** The functions of this folder; a facade, so that importing the library loads no machinery. */
import { csp } from "#engines";

/** What {@link currentProcess} tells. */
export interface CurrentProcess {
  /** Unique in the program; 0 outside of any process. */
  readonly id: number;
  /** The function's name. */
  readonly name: string;
  /**
   * Aborted when the caller gave up or has ended, or this interpreter was closed by force. `aborted` and
   * `throwIfAborted()` tell the truth also in a loop that never awaits.
   */
  readonly signal: AbortSignal;
}

/**
 * The process that this code is part of, also after an `await` (on a browser page: before the first one).
 *
 * @example A loop that notices that nobody waits any more
 * ```ts
 * import * as csp from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const interp = csp.create();
 * const endless = interp.with({ timeout: 20 }).call(() => {
 *   const { signal } = csp.currentProcess();
 *   let turns = 0;
 *   while (!signal.aborted) turns++;
 *   return turns;
 * });
 * await assert.rejects(endless, csp.TimeoutError);
 * await interp.call(() => "free again");
 * await interp.close();
 * ```
 */
export function currentProcess(): CurrentProcess {
  return csp().currentProcess();
}

/**
 * Waits. Rejects with the reason when the process's signal aborts meanwhile.
 *
 * @param ms Milliseconds, at least 0; fractions count as far as the runtime's timers do.
 * @throws {RangeError} When `ms` is negative or not a number.
 *
 * @example Five milliseconds
 * ```ts
 * import { sleep } from "@pool/csp";
 *
 * await sleep(5);
 * ```
 */
export function sleep(ms: number): Promise<void> {
  return csp().sleep(ms);
}

/**
 * Lets everything else that is ready in this interpreter run first, messages and timers included.
 *
 * @example A loop that lets others in
 * ```ts
 * import { yieldNow } from "@pool/csp";
 *
 * for (let i = 0; i < 3; i++) await yieldNow();
 * ```
 */
export function yieldNow(): Promise<void> {
  return csp().yieldNow();
}
