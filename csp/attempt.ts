/** The first pass of every select: the order in which cases are attempted, the attempts, and what comes of them. */
import type { Guard } from "../channels/port.ts";
import type { SelectMode } from "./cases.ts";
import type { Outcome } from "./select_waiter.ts";

/** What a select gives, whatever its cases. */
export interface AnySelected {
  readonly case: string | number;
  readonly value: unknown;
  readonly closed: boolean;
  readonly reason?: unknown;
}

/** What selects in turns remember: the place of the case that took effect last, -1 before the first. */
export interface Turn {
  last: number;
}

/** The order for `count` cases: every one equally likely, that of the cases, or that of turns. */
export function orderOf(mode: SelectMode | Turn, count: number): number[] {
  const order: number[] = [];
  const first = typeof mode === "object" ? mode.last + 1 : 0;
  for (let i = 0; i < count; i++) order.push((first + i) % count);
  if (mode === "random") shuffle(order);
  return order;
}

/** Fisher and Yates. */
function shuffle(order: number[]): void {
  for (let left = order.length; left > 1; left--) {
    const chosen = Math.floor(Math.random() * left);
    const index = order[chosen]!;
    order[chosen] = order[left - 1]!;
    order[left - 1] = index;
  }
}

/** Lets the next turn begin behind the case that has taken effect. */
export function noteTurn(mode: SelectMode | Turn, { index }: Outcome): void {
  if (typeof mode === "object") mode.last = index;
}

/** Attempts the guards one after the other until one takes effect. */
export function attempt(guards: readonly Guard[], order: readonly number[]): Outcome | undefined {
  for (const index of order) {
    const settled = guards[index]!.attempt();
    if (settled !== undefined) return { index, settled };
  }
  return undefined;
}

/**
 * As {@link attempt}, but undefined only if there was one instant at which none of the guards could take effect. What
 * other threads cannot touch has not changed since it was attempted, so the rest needs a second look, all of it at once.
 */
export function attemptAtOnce(guards: readonly Guard[], order: readonly number[]): Outcome | undefined {
  const outcome = attempt(guards, order);
  if (outcome !== undefined) return outcome;
  const indices = order.filter((index) => guards[index]!.shared !== undefined);
  if (indices.length < 2) return undefined;
  const shared = indices.map((index) => guards[index]!);
  const found = shared[0]!.shared!.together?.(shared);
  return found && { index: indices[found.index]!, settled: found.settled };
}

/** The result that users see; throws what an operation failed with. */
export function resultOf(keys: readonly (string | number)[], { index, settled }: Outcome): AnySelected {
  const key = keys[index]!;
  if (settled.is === "done") return { case: key, value: settled.value, closed: false };
  if (settled.is === "failed") throw settled.error;
  return settled.reason === undefined
    ? { case: key, value: undefined, closed: true }
    : { case: key, value: undefined, closed: true, reason: settled.reason.error };
}
