/**
 * Tickets of this interpreter: operations that wait in shared memory, and who is told when another thread settles one.
 *
 * *Invariants.* A ticket belongs to one waiter until `close`; by then all its nodes are withdrawn, so no other thread
 * refers to it. A bit in the ready set is a hint: what counts is that CLAIM says DONE.
 *
 * *Who waits and who wakes.* While tickets are open, one watch looks at the ready set: first by hops through the event
 * loop for a while (`runtime/looking.ts`), then asleep on the bell of the desk, one untimed `waitAsync` for all. Whoever settles a ticket sets its bit and rings the bell if it is asleep.
 */
import type { Heap } from "../kernel/heap.ts";
import {
  CLAIM_DONE,
  CLAIM_GONE,
  CLAIM_WAITING,
  DESK_BELL,
  DESK_READY,
  NODE,
  NODE_ARRIVAL,
  NODE_CASE,
  NODE_CHANNEL,
  NODE_ENLISTED,
  NODE_LINKED,
  NODE_SENDS,
  NODE_SIZE,
  NODE_TICKET,
  READY_NUMBERS,
  READY_SUMMARY,
  READY_WORDS,
  TICKET_CLAIM,
  TICKET_NODE,
  TICKET_SIZE,
  TICKET_SLEEPS,
  TICKET_USES,
} from "../kernel/heap_layout.ts";
import { Watch, whenNotified } from "../runtime/mod.ts";
import { allocateTicket, isDoneAt, sleepOnTicket } from "./blocked.ts";
import type { End, Refuse } from "./form.ts";
import { stop } from "./gone_errors.ts";
import { heapHere } from "./heap_here.ts";
import type { Arbiter, Settled, SharableWaiter } from "./port.ts";
import { surroundings } from "./surroundings.ts";

/** One case of a ticket: the guard that knows what its outcome means. */
export interface TicketCase {
  /** What it was begun by, if that was an end. */
  readonly end?: End | undefined;
  /** What it sends. */
  readonly value?: unknown;
  /** Another thread let it take effect: collects the result. A promise if that has to be fetched, unless it is wanted `now`. */
  outcome(ticket: number, now: boolean): Settled | Promise<Settled>;
}

/** See the file's description. The arbiter of its waiter. */
export class Ticket implements Arbiter {
  /** Byte offset. */
  readonly at: number;
  /** Its number in the ready set. */
  readonly number: number;
  waiter: SharableWaiter | undefined = undefined;
  /** When it was opened, as a place in the order of all of this interpreter's. */
  opened = 0;
  readonly #heap: Heap;
  /** Its first case has the node that is part of the ticket; -1 if there is none. */
  #first = -1;
  #firstGuard: TicketCase | undefined = undefined;
  /** The others. */
  #more: Map<number, { guard: TicketCase; node: number }> | undefined = undefined;

  constructor(heap: Heap, at: number, number: number) {
    this.#heap = heap;
    this.at = at;
    this.number = number;
  }

  /** A node for case `index`, with its channel and side; it is not enlisted yet. */
  node(guard: TicketCase, index: number, channel: number, sends: boolean): number {
    const heap = this.#heap;
    let node = this.at + TICKET_NODE;
    if (guard.end !== undefined) guard.end.waits++;
    if (this.#firstGuard === undefined) {
      this.#first = index;
      this.#firstGuard = guard;
    } else {
      node = spareNodes.pop() ?? allocateNode(heap);
      (this.#more ??= new Map()).set(index, { guard, node });
    }
    const words = heap.words(node + NODE_SIZE);
    const base = node >>> 2;
    words[base + NODE_CHANNEL / 4] = channel;
    words[base + NODE_SENDS / 4] = sends ? 1 : 0;
    words[base + NODE_TICKET / 4] = this.at;
    words[base + NODE_CASE / 4] = index;
    words[base + NODE_LINKED / 4] = 0;
    words[base + NODE_ARRIVAL / 4] = 0;
    words[base + NODE_ARRIVAL / 4 + 1] = 0;
    return node;
  }

  /** Takes case `index` back; no effect if there is none. */
  withdraw(index: number): boolean {
    if (index === this.#first) {
      // Its node stays taken until the ticket is closed.
      this.#first = -1;
      if (this.#firstGuard?.end !== undefined) this.#firstGuard.end.waits--;
      this.#heap.kernel.withdraw(this.at + TICKET_NODE);
      return true;
    }
    const entry = this.#more?.get(index);
    if (entry === undefined) return false;
    this.#more!.delete(index);
    if (entry.guard.end !== undefined) entry.guard.end.waits--;
    this.#heap.kernel.withdraw(entry.node);
    spareNodes.push(entry.node);
    return true;
  }

  /** Its waiter gives up if one of its cases was begun by `end`, which is gone. */
  endWait(end: End, refuse: Refuse): void {
    const { waiter } = this;
    if (waiter === undefined) return;
    const cases = [...this.#more ?? []].map(([index, { guard }]) => ({ index, guard }));
    if (this.#first >= 0) cases.push({ index: this.#first, guard: this.#firstGuard! });
    const gone = cases.find(({ guard }) => guard.end === end);
    if (gone !== undefined) {
      stop(waiter, gone.index, end.side === "sender" ? refuse(gone.guard.value) : refuse());
    }
  }

  reserve(): boolean {
    return this.#heap.kernel.reserve(this.at) !== 0;
  }

  release(): void {
    this.#heap.kernel.release(this.at);
  }

  settle(): void {
    this.#heap.store(this.at + TICKET_CLAIM, CLAIM_GONE);
  }

  giveUp(): boolean {
    return this.#heap.kernel.giveUp(this.at) !== 0;
  }

  close(): void {
    this.waiter = undefined;
    this.#first = -1;
    this.#firstGuard = undefined;
    this.#more = undefined;
    closeTicket(this);
  }

  /** Whether another thread has settled it. */
  get isDone(): boolean {
    return isDoneAt(this.#heap, this.at);
  }

  /** Tells the waiter what another thread has settled it with; before it returns if that is wanted `now`. */
  finish(now = false): void {
    const claim = this.#heap.load(this.at + TICKET_CLAIM);
    const index = claim >>> 8;
    const { waiter } = this;
    const guard = index === this.#first ? this.#firstGuard : this.#more?.get(index)?.guard;
    if (waiter === undefined || guard === undefined || (claim & 0xff) !== CLAIM_DONE) return;
    const settled = outcomeOf(guard, this.at, now);
    if (!(settled instanceof Promise)) return waiter.finish(index, settled);
    // Served for good, while its value is still being fetched.
    this.waiter = undefined;
    settled.then(
      function fetched(outcome) {
        waiter.finish(index, outcome);
      },
      function lost(error: unknown) {
        waiter.finish(index, { is: "failed", error });
      },
    );
  }

  /** Blocks this thread until it is settled or `deadline` has come, at least for a moment. */
  block(deadline: number): void {
    sleepOnTicket(this.#heap, this.at, deadline);
  }
}

/** Whatever fails here must not keep others from being told. */
function outcomeOf(guard: TicketCase, at: number, now: boolean): Settled | Promise<Settled> {
  try {
    return guard.outcome(at, now);
  } catch (error) {
    return { is: "failed", error };
  }
}

const tickets: Ticket[] = [];
const spare: Ticket[] = [];
const spareNodes: number[] = [];
let open = 0;
let openings = 0;
let watching = false;
let armed = false;
const watcher = new Watch({ isOver, take, word: readyWord, sleep });

/** Whether anything of this interpreter waits in shared memory. */
export function isAnyOpen(): boolean {
  return open > 0;
}

/** Something came before it was waited for: it is worth looking for more. */
export function cameSoon(): void {
  watcher.foundAtOnce();
}

/** A ticket for `waiter`, which waits from now on. */
export function openTicket(waiter: SharableWaiter): Ticket {
  const heap = heapHere();
  const ticket = spare.pop() ?? makeTicket(heap);
  const words = heap.words(ticket.at + TICKET_SIZE);
  const base = ticket.at >>> 2;
  words[base + TICKET_USES / 4]!++;
  words[base + TICKET_SLEEPS / 4] = 0;
  Atomics.store(words, base + TICKET_CLAIM / 4, CLAIM_WAITING);
  ticket.waiter = waiter;
  ticket.opened = ++openings;
  waiter.ticket = ticket.at;
  waiter.arbiter = ticket;
  if (open++ === 0) surroundings.waiting(true);
  if (!watching) watch();
  return ticket;
}

function makeTicket(heap: Heap): Ticket {
  if (tickets.length >= READY_NUMBERS) {
    throw new RangeError(
      `Cannot wait: ${READY_NUMBERS} operations of this interpreter wait on shared channels; await some first`,
    );
  }
  const ticket = new Ticket(heap, allocateTicket(heap, tickets.length), tickets.length);
  tickets.push(ticket);
  return ticket;
}

function allocateNode(heap: Heap): number {
  const node = heap.kernel.allocate(NODE_SIZE, NODE) >>> 0;
  if (node === 0) throw new RangeError("Cannot wait: the shared memory is full");
  heap.store(node + NODE_ENLISTED, 0);
  return node;
}

function closeTicket(ticket: Ticket): void {
  spare.push(ticket);
  if (--open === 0) surroundings.waiting(false);
}

/** Begins to look at the ready set, for as long as a ticket is open; asleep on the bell when nothing comes. */
function watch(): void {
  const heap = heapHere();
  watching = true;
  // Who settles a ticket need not ring: this loop looks. A `waitAsync` of an earlier sleep stays queued for the next.
  Atomics.store(heap.deskWords, DESK_BELL / 4, 0);
  watcher.begin();
}

function isOver(): boolean {
  if (open > 0) return false;
  watching = false;
  return true;
}

function take(): boolean {
  return finishReady(heapHere());
}

function readyWord(): { words: Int32Array; index: number } {
  const { words, summary } = readyWords(heapHere());
  return { words, index: summary };
}

/** Sleeps until the bell rings; false if something has come meanwhile. */
function sleep(): boolean {
  const heap = heapHere();
  const bell = DESK_BELL / 4;
  Atomics.store(heap.deskWords, bell, 1);
  if (isReady(heap) || heap.cut) {
    Atomics.store(heap.deskWords, bell, 0);
    if (heap.cut) failAll();
    return false;
  }
  watching = false;
  if (armed) return true;
  armed = true;
  whenNotified(heap.deskWords, bell, 1, function rung() {
    armed = false;
    Atomics.store(heap.deskWords, bell, 0);
    if (heap.cut) failAll();
    if (watching || open === 0) return;
    watching = true;
    watcher.look();
  });
  return true;
}

/** A ready set of this interpreter. */
function readyWords(heap: Heap): { words: Int32Array; summary: number; leaves: number } {
  const ready = heap.deskWords[DESK_READY / 4]! >>> 0;
  return {
    words: heap.words(ready + READY_WORDS),
    summary: (ready + READY_SUMMARY) >>> 2,
    leaves: (ready + READY_WORDS) >>> 2,
  };
}

const SUMMARY_WORDS = READY_NUMBERS / 1024;

function isReady(heap: Heap): boolean {
  const { words, summary } = readyWords(heap);
  for (let i = 0; i < summaryInUse(); i++) if (Atomics.load(words, summary + i) !== 0) return true;
  return false;
}

/** Summary words that tickets made so far can have set. */
function summaryInUse(): number {
  return Math.min(SUMMARY_WORDS, (tickets.length + 1023) >>> 10);
}

/**
 * Finishes what the ready set names; whether there was anything. In the order in which they began to wait, which is that
 * in which a channel serves them: so it looks again until nothing more has come, since a bit that was set earlier may
 * stand where it has looked already.
 */
export function finishReady(heap: Heap): boolean {
  const ready: Ticket[] = [];
  while (collectReady(heap, ready));
  if (ready.length === 0) return false;
  if (ready.length > 1) ready.sort((one, other) => one.opened - other.opened);
  for (const ticket of ready) ticket.finish();
  return true;
}

/**
 * This thread may have settled tickets of its own: their waiters are told soon. Nothing else might come that wakes the event
 * loop, and on Deno a `waitAsync` alone does not keep the program.
 */
export function finishOwn(heap: Heap): void {
  if (open === 0 || !isReady(heap)) return;
  queueMicrotask(function later() {
    finishReady(heap);
  });
}

/** Takes what the ready set names; false if that was nothing. */
function collectReady(heap: Heap, ready: Ticket[]): boolean {
  const { words, summary, leaves } = readyWords(heap);
  const before = ready.length;
  for (let i = 0; i < summaryInUse(); i++) {
    if (words[summary + i] === 0) continue;
    let groups = Atomics.exchange(words, summary + i, 0);
    while (groups !== 0) {
      const group = 31 - Math.clz32(groups & -groups);
      groups &= groups - 1;
      const word = i * 32 + group;
      let bits = Atomics.exchange(words, leaves + word, 0);
      while (bits !== 0) {
        const bit = 31 - Math.clz32(bits & -bits);
        bits &= bits - 1;
        const ticket = tickets[word * 32 + bit];
        if (ticket?.waiter !== undefined && ticket.isDone) ready.push(ticket);
      }
    }
  }
  return ready.length > before;
}

/** This interpreter was cut off: nothing it waits for will come. */
function failAll(): void {
  const error = surroundings.whyCutOff();
  for (const ticket of tickets) {
    const { waiter } = ticket;
    if (waiter === undefined) continue;
    ticket.waiter = undefined;
    waiter.finish(0, { is: "failed", error });
  }
}

/** See `Form.endWaits`. */
export function endWaits(end: End, refuse: Refuse): void {
  for (let i = 0; end.waits > 0 && i < tickets.length; i++) tickets[i]!.endWait(end, refuse);
}

/** Looks at every ticket, after an interpreter has died in the midst of announcing one. */
export function finishAll(): void {
  const done = tickets.filter((ticket) => ticket.waiter !== undefined && ticket.isDone);
  for (const ticket of done.sort((one, other) => one.opened - other.opened)) ticket.finish();
}
