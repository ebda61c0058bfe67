/**
 * Select that blocks its thread.
 *
 * *Who wakes.* While the thread is blocked nothing of this interpreter runs. So only other threads can make a case ready,
 * in shared memory, or by aborting a signal of theirs, or the clock can; channels known in this interpreter alone, promises
 * and timeouts of signals cannot.
 */
import { ChannelError } from "../channels/errors.ts";
import type { Guard } from "../channels/port.ts";
import { surroundings } from "../channels/surroundings.ts";
import { blockFor } from "../runtime/mod.ts";
import { type AnySelected, attempt, attemptAtOnce, orderOf, resultOf } from "./attempt.ts";
import { begin, isResult } from "./begin.ts";
import { CaseSet } from "./case_set.ts";
import type { SelectMode, SelectSyncOptions } from "./cases.ts";
import { timedOut } from "./select.ts";
import { checkSelectOptions, DEFAULT_MODE } from "./select_options.ts";
import { type Outcome, SelectWaiter } from "./select_waiter.ts";

/** Longest sleep in one piece, in milliseconds: signals that other threads have raised are looked at in between. */
const SLICE_MS = 20;

/** See `selectSync` in api.ts. */
export function selectSync(cases: unknown, options?: SelectSyncOptions): AnySelected {
  if (options !== undefined) checkSelectOptions(options, ["mode", "timeout"]);
  const mode = options?.mode ?? DEFAULT_MODE;
  const begun = surroundings.mayBlock() ? begin(cases, mode) : CaseSet.of(cases);
  return isResult(begun) ? begun : proceed(begun, mode, options?.timeout ?? Infinity);
}

function proceed(set: CaseSet, mode: SelectMode, timeout: number): AnySelected {
  const refusal = surroundings.whyNotBlock("Cannot select");
  if (refusal !== undefined) throw refusal;
  const guards = set.guards();
  const order = orderOf(mode, guards.length);
  const outcome = timeout === 0
    ? attemptAtOnce(guards, order)
    : attempt(guards, order) ?? block(guards, order, timeout);
  if (outcome === undefined) throw timedOut(0);
  return resultOf(set.keys, outcome);
}

/** Blocks until a guard has taken effect. Throws when time is over, at once if nothing could ever end the wait. */
function block(guards: readonly Guard[], order: readonly number[], timeout: number): Outcome {
  const deadline = performance.now() + timeout;
  const signal = surroundings.processSignal();
  signal?.throwIfAborted();
  const shared = order.filter((index) => guards[index]!.shared?.block !== undefined);
  const here = order.filter((index) => guards[index]!.shared?.block === undefined);
  let due = dueOf(guards, here);
  const blocker = guards[shared[0] ?? -1]?.shared;
  if (
    blocker === undefined && due === Infinity && deadline === Infinity &&
    !here.some((index) => guards[index]!.distant)
  ) throw endless(guards.length);
  const seen = blocker?.look?.(shared.map((index) => guards[index]!));
  if (seen !== undefined) return { index: shared[seen.index]!, settled: seen.settled };
  const waiter = new SelectWaiter(guards, shared);
  waiter.enlist();
  try {
    while (waiter.outcome === undefined) {
      if (here.length > 0 && waiter.reserve()) {
        const outcome = attempt(guards, here);
        if (outcome === undefined) {
          waiter.release();
          // What was due may have been taken by another interpreter.
          due = dueOf(guards, here);
        } else {
          waiter.settle(outcome.index, outcome.settled);
          continue;
        }
      }
      const now = performance.now();
      const isOver = signal?.aborted || now >= deadline;
      if (isOver && waiter.giveUp()) throw signal?.aborted ? signal.reason : timedOut(timeout);
      // Not given up: another thread has settled it and is about to say how.
      const until = isOver ? Infinity : Math.min(deadline, due, now + SLICE_MS);
      if (blocker !== undefined) blocker.block!(waiter, until);
      else {
        surroundings.meanwhile();
        blockFor(until - now);
      }
    }
    return waiter.outcome;
  } catch (error) {
    waiter.giveUp();
    throw error;
  }
}

/** When the first of those will be ready by itself. */
function dueOf(guards: readonly Guard[], indices: readonly number[]): number {
  return Math.min(...indices.map((index) => guards[index]!.due ?? Infinity));
}

function endless(count: number): ChannelError {
  return new ChannelError(
    count === 0
      ? "Cannot select: there is no case that is on, a blocked thread would wait for ever; pass a timeout or use select"
      : "Cannot select: no case is ready, and none could become so while this thread is blocked; " +
        "pass a channel or a signal that another interpreter has, a timer or a timeout, or use select",
  );
}
