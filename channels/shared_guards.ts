/** The guards of a shared channel: one receive, or the send of one value. */
import type { Heap } from "../kernel/heap.ts";
import {
  DATA,
  STATUS_CLOSED,
  STATUS_CUT,
  STATUS_DROPPED,
  STATUS_FULL,
  STATUS_OK,
  STATUS_POISONED,
  STATUS_SLID,
  STATUS_WAIT,
  TAG_NUMBER,
  TICKET_STATUS,
} from "../kernel/heap_layout.ts";
import { spinOnce } from "../runtime/mod.ts";
import { check } from "../sharing/encode.ts";
import type { End } from "./form.ts";
import { peersRun } from "./heap_here.ts";
import { SENT } from "./local_exchange.ts";
import type { Guard, Settled, SharableWaiter, SharedGuard, Waiter } from "./port.ts";
import { dropValue } from "./references.ts";
import type { SharedForm } from "./shared_form.ts";
import { openTicket, type Ticket, type TicketCase } from "./tickets.ts";
import { Packed, unpack, unpackKept, unpackNow } from "./values.ts";

/** The ticket of a waiter; opened when it has none. */
function ticketOf(waiter: Waiter): Ticket {
  const sharable = waiter as SharableWaiter;
  return (sharable.arbiter as Ticket | undefined) ?? openTicket(sharable);
}

/** What both have in common. */
abstract class SharedChannelGuard implements Guard, SharedGuard {
  readonly form: SharedForm;
  readonly end: End | undefined;
  abstract readonly sends: boolean;

  constructor(form: SharedForm, end: End | undefined) {
    this.form = form;
    this.end = end;
  }

  get shared(): SharedGuard {
    return this;
  }

  get channel(): number {
    return this.form.at;
  }

  abstract attempt(): Settled | undefined;
  abstract enlist(waiter: Waiter, index: number): void;
  abstract withdraw(waiter: Waiter, index: number): void;

  /** It is not enlisted, and will not be: what was made for that goes. */
  leave(): void {}

  together(guards: readonly Guard[]): { readonly index: number; readonly settled: Settled } | undefined {
    return attemptTogether(this.form.heap, guards as readonly SharedChannelGuard[]);
  }

  look(guards: readonly Guard[]): { readonly index: number; readonly settled: Settled } | undefined {
    return lookTogether(this.form.heap, guards as readonly SharedChannelGuard[]);
  }

  block(waiter: SharableWaiter, deadline: number): void {
    const ticket = waiter.arbiter as Ticket;
    ticket.block(deadline);
    if (ticket.isDone) ticket.finish(true);
  }
}

/** Enlists `node`, whose channel, side and value are set. */
function enlist(heap: Heap, ticket: Ticket, node: number): void {
  // Settled at once: the ready set has a bit for it too, which then means nothing.
  if (heap.kernel.enlist(node) !== STATUS_WAIT && ticket.isDone) ticket.finish();
}

/** One receive. */
export class SharedReceive extends SharedChannelGuard implements TicketCase {
  readonly sends = false;

  attempt(): Settled | undefined {
    return this.form.attemptReceive();
  }

  enlist(waiter: Waiter, index: number): void {
    const ticket = ticketOf(waiter);
    const { heap } = this.form;
    enlist(heap, ticket, ticket.node(this, index, this.form.at, false));
  }

  withdraw(waiter: Waiter, index: number): void {
    ((waiter as SharableWaiter).arbiter as Ticket | undefined)?.withdraw(index);
  }

  outcome(ticket: number, now: boolean): Settled | Promise<Settled> {
    const { form } = this;
    const { heap } = form;
    const status = heap.kernel.collect(ticket, form.promise ? 1 : 0);
    if (status !== STATUS_OK) return form.receiveRefused(status);
    return settledWith(function read() {
      return form.promise ? unpackKept(heap) : now ? unpackNow(heap) : unpack(heap);
    });
  }
}

/** A receive's outcome; a value that cannot be decoded fails it. */
export function settledWith(read: () => unknown): Settled | Promise<Settled> {
  try {
    const value = read();
    if (!(value instanceof Promise)) return { is: "done", value };
    return value.then(function fetched(value): Settled {
      return { is: "done", value };
    });
  } catch (error) {
    return { is: "failed", error };
  }
}

/** The send of one value. */
export class SharedSend extends SharedChannelGuard implements TicketCase {
  readonly sends = true;
  readonly value: unknown;
  /** While it is enlisted. */
  #packed: Packed | undefined;

  /** `packed`: the value, if it is packed already, for the one `enlist` that follows. */
  constructor(form: SharedForm, value: unknown, end: End | undefined, packed?: Packed) {
    super(form, end);
    this.value = value;
    this.#packed = packed;
    if (packed === undefined && typeof value === "object") check(value, "value");
    else if (typeof value === "function" || typeof value === "symbol") check(value, "value");
  }

  attempt(): Settled | undefined {
    return this.form.attemptSend(this.value);
  }

  enlist(waiter: Waiter, index: number): void {
    const { heap, at } = this.form;
    const packed = this.#packed ?? new Packed();
    if (this.#packed === undefined) packed.pack(heap, this.value, "value");
    const ticket = ticketOf(waiter);
    const node = ticket.node(this, index, at, true);
    if (packed.tag === TAG_NUMBER) heap.kernel.setNumber(node, packed.number);
    else heap.kernel.setTag(node, packed.tag, packed.low);
    this.#packed = packed;
    enlist(heap, ticket, node);
  }

  withdraw(waiter: Waiter, index: number): void {
    // Served: the outcome has taken it.
    if (((waiter as SharableWaiter).arbiter as Ticket | undefined)?.withdraw(index)) this.leave();
  }

  override leave(): void {
    this.#packed?.unsent(this.form.heap);
    this.#packed = undefined;
  }

  outcome(ticket: number): Settled {
    const { heap } = this.form;
    const status = heap.load(ticket + TICKET_STATUS);
    if (status !== STATUS_OK) return this.form.sendRefused(status, this.value);
    this.#packed?.sent();
    this.#packed = undefined;
    return SENT;
  }
}

/**
 * Attempts them, again and again, until one takes effect or the kernel has seen an instant at which none could. Between two
 * rounds another thread must have taken what one of them could have had.
 */
function attemptTogether(
  heap: Heap,
  guards: readonly SharedChannelGuard[],
): { readonly index: number; readonly settled: Settled } | undefined {
  const sorted = [...guards].sort((one, other) => one.channel - other.channel);
  const cases = heap.kernel.allocate(8 * sorted.length + 16, DATA) >>> 0;
  if (cases === 0) throw new RangeError("Cannot select: the shared memory is full");
  try {
    for (const [i, guard] of sorted.entries()) {
      heap.store(cases + 16 + 8 * i, guard.channel);
      heap.store(cases + 20 + 8 * i, guard.sends ? 1 : 0);
    }
    while (heap.kernel.readyTogether(cases + 16, sorted.length) !== 0) {
      for (const [index, guard] of guards.entries()) {
        const settled = guard.attempt();
        if (settled !== undefined) return { index, settled };
      }
    }
    return undefined;
  } finally {
    heap.kernel.free(cases);
  }
}

/** Turns of spinning before a thread enlists. */
const PATIENCE = 1000;
/** Turns between two looks at most. */
const LONG_PAUSE = 32;

/**
 * Glances at all of them in turns, as a blocking receive does at one channel. Where there is no buffer a party that only
 * looks cannot be met, so there it does not.
 */
function lookTogether(
  heap: Heap,
  guards: readonly SharedChannelGuard[],
): { readonly index: number; readonly settled: Settled } | undefined {
  if (!peersRun || guards.some((guard) => guard.form.capacity === 0)) return undefined;
  let pause = 1;
  for (let turns = 0; turns < PATIENCE; turns += pause, pause = Math.min(2 * pause, LONG_PAUSE)) {
    for (let i = 0; i < pause; i++) spinOnce();
    for (let index = 0; index < guards.length; index++) {
      const guard = guards[index]!;
      if (heap.kernel.glance(guard.channel, guard.sends ? 1 : 0) === 0) continue;
      const settled = guard.attempt();
      if (settled !== undefined) return { index, settled };
    }
  }
  return undefined;
}

/** The status of a send attempt, as an outcome; undefined if it would have to wait. */
export function sendOutcome(
  form: SharedForm,
  packed: Packed,
  status: number,
  value: unknown,
): Settled | undefined {
  const { heap } = form;
  switch (status) {
    case STATUS_OK:
      packed.sent();
      return SENT;
    case STATUS_SLID:
      dropValue(heap, heap.tag, heap.low);
      packed.sent();
      return SENT;
    case STATUS_DROPPED:
      packed.unsent(heap);
      return SENT;
    case STATUS_WAIT:
      packed.unsent(heap);
      return undefined;
    case STATUS_CLOSED:
    case STATUS_POISONED:
    case STATUS_CUT:
    case STATUS_FULL:
    default:
      packed.unsent(heap);
      return form.sendRefused(status, value);
  }
}
