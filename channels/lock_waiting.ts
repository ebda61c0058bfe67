/** Waiting for a lock without blocking: one ticket in its list, as case 0. */
import { STATUS_WAIT, TICKET_RESULT, TICKET_STATUS } from "../kernel/heap_layout.ts";
import { TimeoutError } from "./errors.ts";
import type { WaitOptions } from "./form.ts";
import type { LockCore, LockUse } from "./lock_core.ts";
import { PlainWaiter, type WaitingPlace } from "./plain_waiter.ts";
import type { Settled, SharableWaiter, Waiter } from "./port.ts";
import { surroundings } from "./surroundings.ts";
import { finishOwn, openTicket, type Ticket, type TicketCase } from "./tickets.ts";
import type { WaitMonitor } from "./wait_monitor.ts";

/** Waits until it can take; the limits of `options` have been checked. */
export function waitFor(
  core: LockCore,
  use: LockUse,
  amount: number,
  options: WaitOptions | undefined,
): Promise<unknown> {
  const waiter = new LockWaiter(core, use, amount);
  const place = new LockPlace(core, use, amount);
  try {
    openTicket(waiter);
    waiter.begin(place, options);
    place.enlist(waiter);
    waiter.reportLock();
  } catch (error) {
    waiter.finish(0, { is: "failed", error });
  }
  return waiter.promise;
}

/** What a wait was too long for. */
export function tooLate(core: LockCore, use: LockUse, amount: number, timeout: number): TimeoutError {
  return new TimeoutError(`${use.action(core.subject, amount)}: ${use.late} within ${timeout} ms`);
}

/** Who waits for a lock. */
export class LockWaiter extends PlainWaiter {
  readonly core: LockCore;
  readonly #use: LockUse;
  readonly #amount: number;

  constructor(core: LockCore, use: LockUse, amount: number) {
    super("sender", core.name);
    this.core = core;
    this.#use = use;
    this.#amount = amount;
  }

  /** Called once it is enlisted: tells whoever watches the running process. */
  reportLock(): void {
    this.tell("lock", { lock: this.core.at });
  }

  protected override tooLate(timeout: number): Error {
    return tooLate(this.core, this.#use, this.#amount, timeout);
  }
}

/** The place of one waiter in a lock's list. It keeps the lock as long as somebody waits here. */
class LockPlace implements WaitingPlace, TicketCase {
  readonly #core: LockCore;
  readonly #use: LockUse;
  readonly #amount: number;
  /** Who watches the process that waits: the outcome is heard of outside of it. */
  readonly #holder: WaitMonitor | undefined = surroundings.monitor?.();

  constructor(core: LockCore, use: LockUse, amount: number) {
    this.#core = core;
    this.#use = use;
    this.#amount = amount;
  }

  enlist(waiter: LockWaiter): void {
    // Its limits may have ended it already.
    if (!waiter.isWaiting) return;
    const { heap, at } = this.#core;
    const ticket = waiter.arbiter as Ticket;
    const node = ticket.node(this, 0, at, true);
    heap.kernel.setNumber(node, this.#amount);
    if (heap.kernel.enlist(node) !== STATUS_WAIT && ticket.isDone) ticket.finish();
    finishOwn(heap);
  }

  withdraw(waiter: Waiter): void {
    // Who goes may have kept back those behind.
    if (((waiter as SharableWaiter).arbiter as Ticket | undefined)?.withdraw(0)) finishOwn(this.#core.heap);
  }

  outcome(ticket: number): Settled {
    const { heap } = this.#core;
    const status = heap.load(ticket + TICKET_STATUS);
    try {
      const index = heap.load(ticket + TICKET_RESULT);
      const value = this.#core.outcome(this.#use, this.#amount, status, index, this.#holder);
      return { is: "done", value };
    } catch (error) {
      return { is: "failed", error };
    }
  }
}
