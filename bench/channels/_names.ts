/** Names of cases and ways that both measurement and report use; those of patterns are made in `_plan.ts`. */

import type { Payload } from "./_payloads.ts";

/** Many integers from one interpreter to another. */
export const INTEGERS_BETWEEN = "10 M integers, capacity 1024";

/** Many integers from here to one interpreter that adds them up. */
export const ADDING = "10 M integers to one interpreter";

/** The way of adding up without a channel. */
export const BASELINE = "adding alone";

/** A receiver of two channels that another interpreter serves. */
export const SELECT_OF_2 = "two channels, capacity 128";

/** A receiver of two channels that are full. */
export const SELECT_READY = "two channels, full";

/** Ping-pong whose sides sleep. */
export const ASLEEP = "ping-pong 0, asleep";

/** Values of a kind, one way. */
export function payloadCase(payload: Payload): string {
  return `payload ${payload}`;
}

/** Capacities of channels within one interpreter, in the order of the table. */
export const LOCAL_CAPACITIES = [0, 1, 128, 1024] as const;

/** A channel within one interpreter. */
export function localCase(capacity: number): string {
  return `local ${capacity}`;
}

/** The control of channels within one interpreter. */
export const BARE_AWAITS = "bare awaits";

/** A select whose second channel stays empty. */
export const LOCAL_SELECT = "select of 2";

/** Ten thousand channels. */
export const AT_ONCE = "channels at once";

/** A million channels, one after another. */
export const REPLIES = "reply channels";
