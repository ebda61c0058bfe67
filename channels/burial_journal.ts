/** What a dead interpreter had begun to decide for others, finished or undone by what its desk says, and the values it had in hand. */
import type { Heap } from "../kernel/heap.ts";
import {
  CHANNEL_HEAD,
  CHANNEL_MODE,
  CHANNEL_TAIL,
  DATA,
  DESK_ACTION,
  DESK_ANNOUNCE,
  DESK_CASE,
  DESK_CHANNEL,
  DESK_HAND,
  DESK_HAND_BLOCK,
  DESK_HELD,
  DESK_OLDEST,
  DESK_POSITION,
  DESK_RECEIVER,
  DESK_SENDER,
  DESK_SIZE,
  DESK_STAGE,
  DESK_VALUE,
  DESK_VALUE_AT,
  DESK_WAKE,
  DESK_WAKES,
  DESK_WAY,
  DESKS,
  GATE_BITS,
  HAND_BODY,
  IN_CHANNEL,
  J_FROM_RING,
  J_GIVE,
  J_GRANT,
  J_INTO_RING,
  J_SLIDE,
  J_TAKE,
  KIND_MASK,
  META,
  MODE_PROMISE,
  NODE_CHANNEL,
  NODE_ENLISTED,
  NODE_SENDS,
  NODE_TICKET,
  NODE_VALUE,
  OWNER_SHIFT,
  PAGE_TABLE,
  STATUS_OK,
  TAG_BLOCK,
  TAG_CHANNEL,
  TICKET,
  TICKET_CLAIM,
  TICKET_NUMBER,
  TICKET_RESULT,
  WAY_HAND,
  WAY_INTO,
} from "../kernel/heap_layout.ts";
import { isReserved, longAt, lowOf, ownerOf, positionOf, recoveries } from "./burial_survey.ts";
import { settleLockJournal } from "./lock_burial.ts";
import { dropReference, tagOf } from "./references.ts";

/**
 * A hand-over under way; the values that nobody gets by it. Stage 1: nothing is decided, reservations are given back. Stage 2: what decides is one store, a
 * ticket or a position; whether that was done says whether the rest is to be done or undone.
 */
export function settleJournal(heap: Heap, desk: number, dead: number, nodes: readonly number[]): bigint[] {
  const stage = heap.load(desk + DESK_STAGE);
  if (stage === 0) return [];
  const action = heap.load(desk + DESK_ACTION);
  if (action >= J_GRANT) {
    recoveries[settleLockJournal(heap, desk, dead, nodes)]++;
    return [];
  }
  const channel = heap.load(desk + DESK_CHANNEL) >>> 0;
  const sender = heap.load(desk + DESK_SENDER) >>> 0;
  const receiver = heap.load(desk + DESK_RECEIVER) >>> 0;
  const position = longAt(heap, desk + DESK_POSITION);
  const open = isReserved(heap, sender, dead) || isReserved(heap, receiver, dead);
  let decided = false;
  if (stage === 2) {
    if (action === J_INTO_RING) decided = positionOf(heap, channel + CHANNEL_TAIL) !== position;
    else decided = !isReserved(heap, action === J_TAKE ? sender : receiver, dead);
  }
  if (decided) {
    recoveries.finished++;
    if (action === J_FROM_RING && positionOf(heap, channel + CHANNEL_HEAD) === position) {
      movePosition(heap, channel + CHANNEL_HEAD, position + 1n);
    }
    if (action === J_GIVE) clearValue(heap, desk);
  } else {
    if (open) recoveries.undone++;
    if (action === J_TAKE && isReserved(heap, sender, dead)) clearValue(heap, desk);
  }
  if (isReserved(heap, sender, dead)) {
    if (decided) heap.kernel.settle(sender, heap.load(desk + DESK_CASE), STATUS_OK);
    else {
      keepValues(heap, sender, channel, nodes);
      heap.kernel.release(sender);
    }
  }
  if (!isReserved(heap, receiver, dead)) return [];
  // A channel in a promise was counted once more for this receiver.
  const counted = stage === 2 && heap.load(channel + CHANNEL_MODE) === MODE_PROMISE;
  const value = longAt(heap, receiver + TICKET_RESULT);
  heap.kernel.release(receiver);
  return counted && tagOf(value) === TAG_CHANNEL ? [value] : [];
}

function clearValue(heap: Heap, desk: number): void {
  heap.longs(desk + DESK_VALUE)[(desk + DESK_VALUE) / 8] = 0n;
}

/** A ticket goes on waiting to send: the blocks it offers are its owner's again. */
function keepValues(heap: Heap, ticket: number, channel: number, nodes: readonly number[]): void {
  const owner = heap.load(ticket + META) >>> OWNER_SHIFT;
  for (const at of nodes) {
    if (heap.load(at + NODE_TICKET) >>> 0 !== ticket || heap.load(at + NODE_SENDS) === 0) continue;
    if (heap.load(at + NODE_ENLISTED) === 0 || heap.load(at + NODE_CHANNEL) >>> 0 !== channel) continue;
    const value = longAt(heap, at + NODE_VALUE);
    if (tagOf(value) === TAG_BLOCK) heap.store(lowOf(value) + META, DATA | owner << OWNER_SHIFT);
  }
}

function movePosition(heap: Heap, gate: number, position: bigint): void {
  const longs = heap.longs(gate);
  const bits = Atomics.load(longs, gate / 8) & BigInt(GATE_BITS);
  Atomics.store(longs, gate / 8, position << 16n | bits);
}

/** Those whom it has served and may not have told or woken; to be told twice does no harm. */
export function announceAgain(heap: Heap, desk: number): void {
  const noted = heap.load(desk + DESK_WAKES);
  for (let i = 0; i < noted; i++) wakeNoted(heap, heap.load(desk + DESK_WAKE + 4 * i) >>> 0);
  const ticket = heap.load(desk + DESK_ANNOUNCE) >>> 0;
  if (ticket === 0 || (heap.load(ticket + META) & KIND_MASK) !== TICKET) return;
  const owner = (heap.load(ticket + META) >>> OWNER_SHIFT) - 1;
  heap.kernel.announce(ticket, heap.load(ticket + TICKET_NUMBER), owner);
  heap.wakeSleepers(owner);
}

/** A bell that it has taken down already wakes nobody any more: whoever sleeps looks once more. */
function wakeNoted(heap: Heap, whom: number): void {
  if (whom < PAGE_TABLE) heap.wakeSleepers((whom - DESKS) / DESK_SIZE);
  else heap.notify(whom + TICKET_CLAIM);
}

/**
 * The values it had in hand in the kernel and that are nobody's now; while it has its locks. A value on its way into a ring
 * is there if the tail has passed it, one on its way out was taken if the head has; the dead one alone could move them on.
 */
export function valueInHand(heap: Heap, desk: number, dead: number): bigint[] {
  const channel = heap.load(desk + DESK_CHANNEL) >>> 0;
  const values: bigint[] = [];
  const value = longAt(heap, desk + DESK_VALUE);
  const oldest = longAt(heap, desk + DESK_OLDEST);
  const slides = heap.load(desk + DESK_STAGE) !== 0 && heap.load(desk + DESK_ACTION) === J_SLIDE;
  if (slides && positionOf(heap, channel + CHANNEL_HEAD) !== longAt(heap, desk + DESK_POSITION)) {
    values.push(oldest);
  }
  if (value !== 0n && !(slides && value === oldest)) {
    const way = heap.load(desk + DESK_WAY);
    const gate = channel + (way === WAY_INTO ? CHANNEL_TAIL : CHANNEL_HEAD);
    const stands = way !== WAY_HAND && ownerOf(heap, gate) === dead &&
      positionOf(heap, gate) === longAt(heap, desk + DESK_VALUE_AT);
    if (way === WAY_HAND || stands === (way === WAY_INTO)) values.push(value);
  }
  return values.filter((value) =>
    tagOf(value) !== TAG_BLOCK || heap.load(lowOf(value) + META) === (DATA | IN_CHANNEL << OWNER_SHIFT)
  );
}

/** Ends the references that were leaving and stood nowhere else yet. */
export function endHand(heap: Heap, desk: number, reason: () => number): void {
  const block = heap.load(desk + DESK_HAND_BLOCK) >>> 0;
  const hand = block === 0 ? desk + DESK_HAND : block + HAND_BODY;
  const held = heap.load(desk + DESK_HELD);
  if (held > 0) recoveries.values++;
  for (let i = 0; i < held; i++) {
    dropReference(heap, heap.load(hand + 4 * i) >>> 0, hand + 4 * i, reason);
  }
}
