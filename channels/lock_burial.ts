/**
 * What a dead interpreter leaves of locks, put in order by main as part of `burial.ts`: permits that it held are given back,
 * what it was serving is finished or undone, and who waits for something that it may have been about to do is told.
 *
 * *Invariants.* An interpreter that holds permits has the lock's holder bit (`lock_handles.ts`), so that the lock is there.
 * All of this may be done twice: when it is cut off, and when it is buried.
 */
import type { Heap } from "../kernel/heap.ts";
import {
  ATTENTION_POISONED,
  CHANNEL,
  CHANNEL_MODE,
  CHANNEL_RING,
  CLAIM_RESERVED,
  DATA,
  DATA_BODY,
  DATA_REFS,
  DESK_ACTION,
  DESK_CHANNEL,
  DESK_POSITION,
  DESK_SENDER,
  DESK_STAGE,
  J_GRANT,
  KIND_MASK,
  LOCK_TOTAL,
  META,
  MODE_BARRIER,
  MODE_GROUP,
  MODE_PERMITS,
  NODE_ARRIVAL,
  NODE_CHANNEL,
  NODE_ENLISTED,
  NODE_TICKET,
  OWNER_SHIFT,
  STATUS_OK,
  TICKET_CLAIM,
  TICKET_RESULT,
} from "../kernel/heap_layout.ts";
import { isLockedByDead } from "./burial_locks.ts";
import { blocks } from "./heap_blocks.ts";
import { finishOwn } from "./tickets.ts";
import { dropBlock, isEnd, targetOf } from "./references.ts";

/**
 * The interpreter in `slot` is dead: gives back what it holds if `gives`, and ends, with the block that `lost` makes, what it
 * may have taken part in. A lock whose gate a dead one has is left alone.
 */
export function loseLocks(heap: Heap, slot: number, gives: boolean, lost: (() => number) | undefined): void {
  if (!gives && lost === undefined) return;
  for (const { at, kind, owner } of [...blocks(heap)]) {
    if (kind === CHANNEL) {
      if (heap.load(at + CHANNEL_MODE) < MODE_PERMITS || heap.kernel.holds(at, slot) === 0) continue;
      if (isLockedByDead(heap, at)) continue;
      if (gives && heap.load(at + CHANNEL_MODE) === MODE_PERMITS && heap.kernel.heldBy(at, slot) !== 0) {
        heap.kernel.dropHeld(at, slot);
      }
      if (lost !== undefined) breakUp(heap, at, lost);
    } else if (kind === DATA && owner === slot + 1 && lost !== undefined) {
      // It was told of these and has not read it.
      for (const reference of referencesIn(heap, at)) {
        const target = targetOf(reference);
        if (target === 0 || isEnd(reference) || (heap.load(target + META) & KIND_MASK) !== CHANNEL) continue;
        if (!isLockedByDead(heap, target)) breakUp(heap, target, lost);
      }
    }
  }
  finishOwn(heap);
}

/** References that the data block carries. */
function referencesIn(heap: Heap, block: number): number[] {
  const count = heap.load(block + DATA_REFS);
  const references: number[] = [];
  for (let i = 0; i < count; i++) references.push(heap.load(block + DATA_BODY + 4 * i) >>> 0);
  return references;
}

/** Nobody can tell whether what is waited for will still come: all who wait, now or later, are told so. */
function breakUp(heap: Heap, lock: number, lost: () => number): void {
  const mode = heap.load(lock + CHANNEL_MODE);
  if (mode !== MODE_BARRIER && (mode !== MODE_GROUP || heap.kernel.countOf(lock) === 0)) return;
  if ((heap.attention(lock) & ATTENTION_POISONED) !== 0) return;
  const reason = lost();
  if (heap.kernel.close(lock, 1, reason) === 0) dropBlock(heap, reason);
}

/**
 * It was serving those who wait. Stage 1: nothing is decided, reservations are given back. Stage 2: all that were to be
 * served are reserved or served, and those who are not yet are.
 */
export function settleLockJournal(
  heap: Heap,
  desk: number,
  dead: number,
  nodes: readonly number[],
): "finished" | "undone" {
  const decided = heap.load(desk + DESK_STAGE) === 2;
  const lock = heap.load(desk + DESK_CHANNEL) >>> 0;
  if (heap.load(desk + DESK_ACTION) === J_GRANT) {
    const ticket = heap.load(desk + DESK_SENDER) >>> 0;
    if (isReserved(heap, ticket, dead)) {
      if (decided) finishGrant(heap, lock, ticket, heap.load(desk + DESK_POSITION));
      else heap.kernel.release(ticket);
    }
  } else {
    const reserved = reservedIn(heap, lock, dead, nodes);
    const told = heap.load(lock + LOCK_TOTAL) - reserved.length;
    for (const [i, ticket] of reserved.entries()) {
      if (decided) settle(heap, ticket, told + i);
      else heap.kernel.release(ticket);
    }
  }
  return decided ? "finished" : "undone";
}

/** The interpreter that waits by `ticket` holds `held` now. */
function finishGrant(heap: Heap, lock: number, ticket: number, held: number): void {
  const slot = (heap.load(ticket + META) >>> OWNER_SHIFT) - 1;
  heap.store((heap.load(lock + CHANNEL_RING) >>> 0) + 4 * slot, held);
  settle(heap, ticket, 0);
}

/** Locks are waited for as case 0. */
function settle(heap: Heap, ticket: number, result: number): void {
  heap.store(ticket + TICKET_RESULT, result);
  heap.store(ticket + TICKET_RESULT + 4, 0);
  heap.kernel.settle(ticket, 0, STATUS_OK);
}

function isReserved(heap: Heap, ticket: number, dead: number): boolean {
  return ticket !== 0 && heap.load(ticket + TICKET_CLAIM) === (CLAIM_RESERVED | dead << 8);
}

/** Tickets that wait at a lock and that the dead one has reserved, in order of arrival. */
function reservedIn(heap: Heap, lock: number, dead: number, nodes: readonly number[]): number[] {
  const found: { ticket: number; arrival: bigint }[] = [];
  for (const at of nodes) {
    if (heap.load(at + NODE_CHANNEL) >>> 0 !== lock || heap.load(at + NODE_ENLISTED) === 0) continue;
    const ticket = heap.load(at + NODE_TICKET) >>> 0;
    const arrival = Atomics.load(heap.longs(at + NODE_ARRIVAL), (at + NODE_ARRIVAL) / 8);
    if (isReserved(heap, ticket, dead)) found.push({ ticket, arrival });
  }
  return found.sort((one, other) => (one.arrival < other.arrival ? -1 : 1)).map(({ ticket }) => ticket);
}
