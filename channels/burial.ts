/**
 * What an interpreter that has died leaves in the shared heap, put in order by the main interpreter.
 *
 * *When.* Its thread has ended, or stands outside of the kernel for good: it is cut off, which every entry of the kernel
 * checks. So nothing of it moves any more, and its words can be read like a book.
 *
 * *In two parts.* {@link recover}: (1) The block on its way to or from a free list, and the page it was dividing. (2) The
 * hand-over it was in the midst of: finished if it was decided, else undone; see `settleJournal`. (3) Its tickets: given up,
 * their nodes do not count any more. (4) The locks it held, which main takes over: lists and counts are made again from the
 * nodes and ends there are, and the locks are given back. {@link settle}: (5) Whoever can go on does;
 * permits that it held are given back (`lock_burial.ts`). (6) Its ends, the
 * value it had under way, its hand, its data blocks, its handles.
 *
 * *Who waits.* Main may be waiting in the kernel for what the dead one holds, with locks and reservations of its own; so the
 * first part waits for nothing but a receiver that lives to be through with its short way, and lets nobody go on, which would
 * take reservations: ATTENTION_UNMATCHED leaves that to the second part, and to whoever needs it earlier. The second part
 * waits for locks as any operation does. It is done when main is outside of the kernel and no dead one that was not recovered
 * is inside.
 *
 * *Invariants.* Others may use the heap meanwhile; every step takes only what the dead one alone could have taken.
 */
import type { Heap } from "../kernel/heap.ts";
import {
  CHANNEL,
  CLAIM_GONE,
  CLAIM_WAITING,
  DATA,
  DESK_INSIDE,
  DESK_LEAVING,
  DESK_READY,
  DESK_SIZE,
  DESKS,
  END,
  END_CHANNEL,
  END_LIVE,
  END_SENDS,
  END_STATE,
  HAND,
  IN_CHANNEL,
  KIND_MASK,
  META,
  NODE,
  OWNER_SHIFT,
  READY,
  READY_SIZE,
  READY_SUMMARY,
  RING,
  TICKET,
  TICKET_CLAIM,
} from "../kernel/heap_layout.ts";
import { finishPages, recoverBlock } from "./burial_blocks.ts";
import { announceAgain, endHand, settleJournal, valueInHand } from "./burial_journal.ts";
import { catchUp, isLockedByDead, isShared, unlock } from "./burial_locks.ts";
import { recoveries, survey } from "./burial_survey.ts";
import { dropSlotValue, giveUpTickets, leave } from "./burial_tickets.ts";
import { endIsCertain } from "../runtime/mod.ts";
import { type Block, blocks } from "./heap_blocks.ts";
import { loseLocks } from "./lock_burial.ts";
import { disposeAgain, dropBlock, letGo, retireEnd } from "./references.ts";

/**
 * Lets an interpreter that was just cut off wait for nothing any more and retires its ends, before its thread has stopped.
 * `reason` makes the block with why it died; `ran`: it was running something. What it has locked or reserved, maybe for good, is
 * left to {@link recover}.
 */
export function dismiss(heap: Heap, slot: number, reason: () => number, ran: boolean): void {
  const dead = slot + 1;
  const owned = [...blocks(heap)].filter(({ owner }) => owner === dead);
  for (const { at, kind } of owned) {
    if (kind !== TICKET) continue;
    // From now on nothing is handed to it; its thread, if it sleeps on it, looks around.
    Atomics.compareExchange(
      heap.words(at + TICKET_CLAIM),
      (at + TICKET_CLAIM) >>> 2,
      CLAIM_WAITING,
      CLAIM_GONE,
    );
    heap.notify(at + TICKET_CLAIM);
  }
  // The thread may be about to send one: the blocks stay until it has ended.
  retireEnds(heap, dead, owned, reason);
  // Where nobody can tell when a thread has ended, its permits are given back at once.
  loseLocks(heap, slot, !endIsCertain, ran ? reason : undefined);
}

/** Retires the ends among `owned`; their blocks stay. */
function retireEnds(heap: Heap, dead: number, owned: readonly Block[], reason: () => number): void {
  for (const { at, kind } of owned) {
    if (kind !== END || heap.load(at + META) !== (END | dead << OWNER_SHIFT)) continue;
    if (heap.load(at + END_STATE) !== END_LIVE || isLockedByDead(heap, heap.load(at + END_CHANNEL) >>> 0)) {
      continue;
    }
    recoveries.ends++;
    retireEnd(heap, at, heap.load(at + END_SENDS) !== 0 ? reason() : undefined, true);
  }
}

/** Retires the ends of this interpreter, which is about to die of an error, and gives back what it holds of locks. */
export function retireOwnEnds(heap: Heap, reason: () => number): void {
  if (heap.cut) return;
  const own = heap.slot + 1;
  retireEnds(heap, own, [...blocks(heap)].filter(({ owner }) => owner === own), reason);
  loseLocks(heap, heap.slot, true, reason);
}

/** What is left to do once a dead interpreter holds nothing up any more. */
export interface Estate {
  /** Values that were under way, as in slots. */
  readonly values: readonly bigint[];
  /** Channels that it had locked, where who can go on is to be let. */
  readonly unmatched: readonly number[];
  /** Blocks that nothing refers to any more. */
  readonly unused: readonly number[];
}

/**
 * The first part: whatever others may be waiting for is put in order and given back. Undefined, and nothing has happened,
 * while one of its channels is locked by another dead interpreter, which must come first.
 */
export function recover(heap: Heap, slot: number): Estate | undefined {
  const desk = DESKS + slot * DESK_SIZE;
  const dead = slot + 1;
  const before = survey(heap, slot);
  if (before.locked.some((at) => isShared(heap, at, dead))) return undefined;
  finishPages(heap, dead);
  recoverBlock(heap, desk);
  const values = settleJournal(heap, desk, dead, before.nodes);
  const found = survey(heap, slot);
  announceAgain(heap, desk);
  for (const { at, kind } of found.owned) if (kind === TICKET) leave(heap, at, dead);
  values.push(...valueInHand(heap, desk, dead));
  const unused: number[] = [];
  for (const at of found.locked) unused.push(...unlock(heap, at, dead, found));
  return { values, unmatched: found.locked, unused };
}

/** The second part, in which main may wait for locks; `reason` and `ran` as for {@link dismiss}. */
export function settle(heap: Heap, slot: number, estate: Estate, reason: () => number, ran: boolean): void {
  const desk = DESKS + slot * DESK_SIZE;
  const dead = slot + 1;
  for (const at of estate.unmatched) catchUp(heap, at);
  for (const block of estate.unused) {
    if ((heap.load(block + META) & KIND_MASK) === RING) heap.kernel.free(block);
    else dropBlock(heap, block);
  }
  const found = survey(heap, slot);
  for (const node of giveUpTickets(heap, dead, found)) heap.kernel.withdraw(node);
  loseLocks(heap, slot, true, ran ? reason : undefined);
  // Before the value that brought an end which it had claimed: that may be all that keeps the channel. After it the block goes.
  retireEnds(heap, dead, found.owned, reason);
  for (const value of estate.values) {
    recoveries.values++;
    dropSlotValue(heap, value);
  }
  endHand(heap, desk, reason);
  for (const { at, kind } of found.owned) {
    if (kind !== DATA || heap.load(at + META) !== (DATA | dead << OWNER_SHIFT)) continue;
    recoveries.blocks++;
    // An end in a letter that it has not read goes as those it had.
    dropBlock(heap, at, reason);
  }
  for (const { at, kind } of found.owned) {
    // Some were given back meanwhile, or are on their way.
    if (kind === DATA || heap.load(at + META) !== (kind | dead << OWNER_SHIFT)) continue;
    if (kind === TICKET || kind === NODE || kind === RING || kind === END || kind === HAND) {
      heap.kernel.free(at);
    }
  }
  for (const at of found.held) letGo(heap, at, slot);
  for (const at of found.doomed) disposeAgain(heap, at);
  const leaving = heap.load(desk + DESK_LEAVING) >>> 0;
  if (leaving !== 0 && (heap.load(leaving + META) & KIND_MASK) === CHANNEL) letGo(heap, leaving, slot);
}

/** Whether an interpreter that is cut off and was not recovered yet is inside of the kernel, where it may hold what others need. */
export function isInside(heap: Heap, slot: number): boolean {
  return heap.load(DESKS + slot * DESK_SIZE + DESK_INSIDE) !== 0;
}

/** Makes the desk one for a new interpreter, which takes over the ready set: who settles a ticket late may still write there. */
export function clearDesk(heap: Heap, slot: number): void {
  const desk = DESKS + slot * DESK_SIZE;
  const ready = heap.load(desk + DESK_READY) >>> 0;
  // It may never have opened the heap, and be buried for what was on its way to it.
  if (ready === 0) return void heap.bytes(desk + DESK_SIZE).fill(0, desk, desk + DESK_SIZE);
  heap.bytes(ready + READY_SIZE).fill(0, ready + READY_SUMMARY, ready + READY_SIZE);
  heap.store(ready + META, READY | IN_CHANNEL << OWNER_SHIFT);
  heap.bytes(desk + DESK_SIZE).fill(0, desk, desk + DESK_SIZE);
  heap.store(desk + DESK_READY, ready);
}
