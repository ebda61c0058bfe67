/** Waiting for a lock with the thread blocked: enlists at once, to keep the order, then looks for some microseconds and sleeps. */
import {
  CHANNEL_MODE,
  MODE_PERMITS,
  STATUS_OK,
  STATUS_SETTLED,
  STATUS_WAIT,
  TICKET_RESULT,
  TICKET_STATUS,
} from "../kernel/heap_layout.ts";
import { ticketHere, waitBlocked } from "./blocked.ts";
import { LockError } from "./errors.ts";
import type { BlockOptions } from "./form.ts";
import { checkBlock } from "./limits.ts";
import type { LockCore, LockUse } from "./lock_core.ts";
import { tooLate } from "./lock_waiting.ts";
import { surroundings } from "./surroundings.ts";
import { finishOwn } from "./tickets.ts";

/**
 * How often a thread looks before it sleeps: for longer than it takes to wake one. Of two that take turns, each would else sleep
 * because the other is still waking up.
 */
const LOOKS = 6000;

/** Takes, and blocks this thread until it can. */
export function takeBlocking(
  core: LockCore,
  use: LockUse,
  amount: number,
  options: BlockOptions | undefined,
): unknown {
  if (options !== undefined || !surroundings.mayBlock()) check(core, use, amount, options);
  const holder = surroundings.monitor?.();
  holder?.checkGoesOn();
  const { heap, at } = core;
  const { kernel } = heap;
  const now = kernel.acquire(at, amount);
  if (now !== STATUS_WAIT) return core.outcome(use, amount, now, 0, holder);
  const timeout = options?.timeout;
  if (timeout === 0) throw tooLate(core, use, amount, 0);
  if (timeout === undefined || timeout === Infinity) refuseInVain(core, use, amount);
  const ticket = ticketHere(heap);
  const status = kernel.startAcquire(at, ticket, amount);
  if (status === STATUS_OK) {
    kernel.giveUp(ticket);
    return use.granted(core, amount, 0, holder);
  }
  if (status !== STATUS_WAIT && status !== STATUS_SETTLED) {
    kernel.giveUp(ticket);
    return core.outcome(use, amount, status, 0, holder);
  }
  try {
    if (!waitBlocked(heap, ticket, timeout, LOOKS)) throw tooLate(core, use, amount, timeout!);
  } finally {
    finishOwn(heap);
  }
  const result = heap.load(ticket + TICKET_RESULT);
  return core.outcome(use, amount, heap.load(ticket + TICKET_STATUS), result, holder);
}

/** Throws when this thread may not block, or the options are none. */
function check(core: LockCore, use: LockUse, amount: number, options: BlockOptions | undefined): void {
  const action = use.action(core.subject, amount);
  const refusal = surroundings.whyNotBlock(action);
  if (refusal !== undefined) throw refusal;
  if (options !== undefined) checkBlock(action, options);
}

/** Throws when what is wanted is held by this interpreter, which could not give it back while its thread is blocked. */
function refuseInVain(core: LockCore, use: LockUse, amount: number): void {
  const { heap, at, total, held } = core;
  if (heap.load(at + CHANNEL_MODE) !== MODE_PERMITS || total - held >= amount) return;
  throw new LockError(
    `${use.action(core.subject, amount)}: this interpreter holds it, a blocked thread would wait for ever; ` +
      "release it first, or await the other form",
  );
}
