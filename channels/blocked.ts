/**
 * A thread that is blocked on a ticket of its own: one for all operations, since it waits in one at a time. Used by channels
 * (`shared_blocking.ts`) and locks (`lock_blocking.ts`).
 */
import type { Heap } from "../kernel/heap.ts";
import {
  CLAIM_DONE,
  CLAIM_GONE,
  CLAIM_WAITING,
  META,
  NODE,
  NODE_ENLISTED,
  OWNER_SHIFT,
  STATUS_OK,
  TICKET,
  TICKET_CLAIM,
  TICKET_NODE,
  TICKET_NUMBER,
  TICKET_SIZE,
  TICKET_SLEEPS,
  TICKET_STATUS,
  TICKET_USES,
} from "../kernel/heap_layout.ts";
import { sleepOn, spinOnce } from "../runtime/mod.ts";
import { peersRun } from "./heap_here.ts";
import { surroundings } from "./surroundings.ts";

/** How often a blocked thread looks without a pause, and then with one of about 30 ns, before it sleeps. */
const EAGER_LOOKS = 500;
const LOOKS = 1000;
/** Longest sleep in one piece, in milliseconds: whether the process was cancelled is looked at in between. */
const SLICE_MS = 20;

let own = 0;

/** A new ticket of this interpreter, on which nobody waits yet. `number`: its place in the ready set, -1 if it has none. */
export function allocateTicket(heap: Heap, number: number): number {
  const ticket = heap.kernel.allocate(TICKET_SIZE, TICKET) >>> 0;
  if (ticket === 0) throw new RangeError("Cannot wait: the shared memory is full");
  const node = ticket + TICKET_NODE;
  heap.store(ticket + TICKET_CLAIM, CLAIM_GONE);
  heap.store(ticket + TICKET_NUMBER, number);
  heap.store(ticket + TICKET_USES, 0);
  heap.store(node + NODE_ENLISTED, 0);
  heap.store(node + META, NODE | (heap.slot + 1) << OWNER_SHIFT);
  return ticket;
}

/** The ticket with which this thread waits when it is blocked: for one operation at a time. */
export function ticketHere(heap: Heap): number {
  if (own === 0) own = allocateTicket(heap, -1);
  return own;
}

/**
 * Blocks this thread until `ticket`, which waits, is settled; false when `timeout` milliseconds have passed and it has given up.
 * Throws, and has given up, when the running process was cancelled or this interpreter was cut off. `looks`: as `most` of
 * {@link sleepOnTicket}, the first time. `keep`: of a receive, as for `kernel.collect`, which puts what has come on the desk.
 */
export function waitBlocked(
  heap: Heap,
  ticket: number,
  timeout: number | undefined,
  looks: number = LOOKS,
  keep?: 0 | 1,
): boolean {
  const deadline = timeout === undefined ? Infinity : performance.now() + timeout;
  let most = looks;
  try {
    while (!sleepOnTicket(heap, ticket, Math.min(deadline, performance.now() + SLICE_MS), most)) {
      most = 0;
      const signal = surroundings.processSignal();
      const isOver = signal?.aborted || performance.now() >= deadline;
      // Not given up: another thread is serving it.
      if (!isOver || heap.kernel.giveUp(ticket) === 0) continue;
      if (signal?.aborted) throw signal.reason;
      return false;
    }
    // Before the node is withdrawn, by which main finds the value if this thread is terminated here.
    if (keep !== undefined && heap.load(ticket + TICKET_STATUS) === STATUS_OK) {
      heap.kernel.collect(ticket, keep);
    }
    return true;
  } catch (error) {
    // Cut off, or told to end: nobody is to serve it any more.
    heap.kernel.giveUp(ticket);
    throw error;
  } finally {
    heap.kernel.withdraw(ticket + TICKET_NODE);
  }
}

/**
 * Blocks this thread until the ticket at `at` is settled, `deadline` has come, or some time has passed; whether it is settled.
 * It looks before it sleeps: at first without a pause, since a peer that is running hands over within a microsecond. `most`: how
 * often, with a pause of about 30 ns.
 */
export function sleepOnTicket(heap: Heap, at: number, deadline: number, most: number = LOOKS): boolean {
  const words = heap.words(at + TICKET_SIZE);
  const claim = (at + TICKET_CLAIM) >>> 2;
  if (peersRun) {
    for (let looks = 0; looks < EAGER_LOOKS; looks++) {
      if ((words[claim]! & 0xff) === CLAIM_DONE) return isDoneAt(heap, at);
    }
    for (let looks = 0; looks < most; looks++) {
      if ((words[claim]! & 0xff) === CLAIM_DONE) return isDoneAt(heap, at);
      spinOnce();
    }
  }
  const sleeps = (at + TICKET_SLEEPS) >>> 2;
  Atomics.store(words, sleeps, 1);
  try {
    while (!isDoneAt(heap, at)) {
      // Before the deadline: a ticket of one that was cut off is settled by nobody, and cannot be given up.
      if (heap.cut) throw surroundings.whyCutOff();
      const left = deadline - performance.now();
      if (!(left > 0)) return false;
      surroundings.meanwhile();
      sleepOn(words, claim, CLAIM_WAITING, left);
    }
    return true;
  } finally {
    Atomics.store(words, sleeps, 0);
  }
}

/** Whether the ticket at `at` is settled. */
export function isDoneAt(heap: Heap, at: number): boolean {
  return (heap.load(at + TICKET_CLAIM) & 0xff) === CLAIM_DONE;
}
