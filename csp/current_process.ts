/** The process that code runs in, found from the inside. */
import { processNow, trackProcesses } from "../interpreters/process_context.ts";

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

trackProcesses();

/**
 * The process that this code is part of, also after an `await` (on a browser page: before the first one).
 *
 * @example A loop that notices that nobody waits any more
 * ```ts
 * import { create, TimeoutError } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const interp = create();
 * const endless = interp.with({ timeout: 20 }).call(() => {
 *   const { signal } = csp.currentProcess();
 *   let turns = 0;
 *   while (!signal.aborted) turns++;
 *   return turns;
 * });
 * await assert.rejects(endless, TimeoutError);
 * await interp.call(() => "free again");
 * await interp.close();
 * ```
 */
export function currentProcess(): CurrentProcess {
  return processNow();
}
