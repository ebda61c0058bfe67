/**
 * What an interpreter that has died leaves in the shared heap, put in order by the main interpreter.
 *
 * *When.* Its thread has ended, or stands outside of the kernel for good: it is cut off, which every entry of the kernel
 * checks. So nothing of it moves any more, and its words can be read like a book.
 *
 * *In order.* (1) The block on its way to or from a free list, and the page it was dividing. (2) The hand-over it was in
 * the midst of: finished if it was decided, else undone; see {@link settleJournal}. (3) Its tickets: given up, their nodes
 * do not count any more. (4) The locks it held, which main takes over: the lists are made again from the nodes that count, and
 * whoever can go on does. (5) The value it had under way. (6) Its ends, its data blocks, its handles.
 *
 * *Invariants.* Others may use the heap meanwhile; every step takes only what the dead one alone could have taken.
 */
import type { Heap } from "../kernel/heap.ts";
import {
  CHANNEL,
  DATA,
  DESK_LEAVING,
  DESK_READY,
  DESK_SIZE,
  DESKS,
  END,
  END_CHANNEL,
  END_LIVE,
  END_SENDS,
  END_STATE,
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
import { announceAgain, inHand, settleJournal, valueInHand } from "./burial_journal.ts";
import { unlock } from "./burial_locks.ts";
import { isLockedBy, isReserved, recoveries, survey } from "./burial_survey.ts";
import { dropSlotValue, giveUpTickets } from "./burial_tickets.ts";
import { type Block, blocks } from "./heap_blocks.ts";
import { disposeAgain, dropBlock, dropReference, letGo, retireEnd } from "./references.ts";

/**
 * Lets an interpreter that was just cut off wait for nothing any more and retires its ends, before its thread has stopped.
 * `reason` makes the block with why it died. What it has locked or reserved, maybe for good, is left to {@link bury}.
 */
export function dismiss(heap: Heap, slot: number, reason: () => number): void {
  const dead = slot + 1;
  const owned = [...blocks(heap)].filter(({ owner }) => owner === dead);
  for (const { at, kind } of owned) {
    if (kind !== TICKET || isReserved(heap, at, dead)) continue;
    // From now on nothing is handed to it; its thread, if it sleeps on it, looks around.
    heap.kernel.giveUp(at);
    Atomics.notify(heap.words(at + TICKET_CLAIM), (at + TICKET_CLAIM) >>> 2);
  }
  // The thread may be about to send one: the blocks stay until it has ended.
  retireEnds(heap, dead, owned, reason, true);
}

function retireEnds(
  heap: Heap,
  dead: number,
  owned: readonly Block[],
  reason: () => number,
  keep: boolean,
): void {
  for (const { at, kind } of owned) {
    if (kind !== END || heap.load(at + META) !== (END | dead << OWNER_SHIFT)) continue;
    if (heap.load(at + END_STATE) !== END_LIVE || isLockedBy(heap, heap.load(at + END_CHANNEL) >>> 0, dead)) {
      continue;
    }
    recoveries.ends++;
    retireEnd(heap, at, heap.load(at + END_SENDS) !== 0 ? reason() : undefined, keep);
  }
}

/** Retires the ends of this interpreter, which is about to die. */
export function retireOwnEnds(heap: Heap, reason: () => number): void {
  if (heap.cut) return;
  const own = heap.slot + 1;
  retireEnds(heap, own, [...blocks(heap)].filter(({ owner }) => owner === own), reason, true);
}

/** See the file's description. `reason` makes the block with why it died. */
export function bury(heap: Heap, slot: number, reason: () => number): void {
  const desk = DESKS + slot * DESK_SIZE;
  const dead = slot + 1;
  finishPages(heap, dead);
  recoverBlock(heap, desk);
  settleJournal(heap, desk, dead, survey(heap, slot).nodes);
  const found = survey(heap, slot);
  announceAgain(heap, desk);
  const linked = giveUpTickets(heap, dead, found);
  const lost = valueInHand(heap, desk, dead);
  for (const at of found.locked) unlock(heap, at, dead, found);
  for (const node of linked) heap.kernel.withdraw(node);
  for (const value of lost) {
    recoveries.values++;
    dropSlotValue(heap, value);
  }
  for (const reference of inHand(heap, desk)) dropReference(heap, reference, 0, reason);
  // Values before ends: of an end that it had claimed, but not done with the value that brought it, the value knows no more.
  for (const { at, kind } of found.owned) {
    if (kind !== DATA || heap.load(at + META) !== (DATA | dead << OWNER_SHIFT)) continue;
    recoveries.blocks++;
    // An end in a letter that it has not read goes as those it had.
    dropBlock(heap, at, reason);
  }
  retireEnds(heap, dead, found.owned, reason, false);
  for (const { at, kind } of found.owned) {
    // Some were given back meanwhile, or are on their way.
    if (kind === DATA || heap.load(at + META) !== (kind | dead << OWNER_SHIFT)) continue;
    if (kind === TICKET || kind === NODE || kind === RING || kind === END) heap.kernel.free(at);
  }
  for (const at of found.held) letGo(heap, at, slot);
  for (const at of found.doomed) disposeAgain(heap, at);
  const leaving = heap.load(desk + DESK_LEAVING) >>> 0;
  if (leaving !== 0 && (heap.load(leaving + META) & KIND_MASK) === CHANNEL) letGo(heap, leaving, slot);
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
