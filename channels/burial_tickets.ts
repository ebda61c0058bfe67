/** The tickets of a dead interpreter. */
import type { Heap } from "../kernel/heap.ts";
import {
  CHANNEL_MODE,
  CLAIM_DONE,
  CLAIM_GONE,
  CLAIM_WAITING,
  META,
  MODE_PROMISE,
  NODE_CASE,
  NODE_CHANNEL,
  NODE_ENLISTED,
  NODE_LINKED,
  NODE_SENDS,
  NODE_TICKET,
  NODE_VALUE,
  OWNER_SHIFT,
  STATUS_OK,
  TAG_BLOCK,
  TICKET,
  TICKET_CLAIM,
  TICKET_RESULT,
  TICKET_STATUS,
} from "../kernel/heap_layout.ts";
import { isReserved, longAt, lowOf, recoveries, type Survey } from "./burial_survey.ts";
import { dropValue, tagOf } from "./references.ts";

/** Gives a ticket of the dead up, unless somebody else has reserved it: who has settles it or gives it back. */
export function leave(heap: Heap, ticket: number, dead: number): void {
  const words = heap.words(ticket + TICKET_CLAIM);
  const claim = (ticket + TICKET_CLAIM) >>> 2;
  if (isReserved(heap, ticket, dead)) Atomics.store(words, claim, CLAIM_GONE);
  else Atomics.compareExchange(words, claim, CLAIM_WAITING, CLAIM_GONE);
}

/**
 * Its own tickets: nobody will serve them any more; what served ones have received goes. Gives the nodes that are still
 * linked, which are to be withdrawn.
 */
export function giveUpTickets(heap: Heap, dead: number, { owned, nodes }: Survey): number[] {
  const linked: number[] = [];
  for (const { at, kind } of owned) {
    if (kind !== TICKET) continue;
    recoveries.tickets++;
    heap.kernel.giveUp(at);
  }
  for (const at of nodes) {
    if (heap.load(at + META) >>> OWNER_SHIFT !== dead || heap.load(at + NODE_ENLISTED) === 0) continue;
    const ticket = heap.load(at + NODE_TICKET) >>> 0;
    const channel = heap.load(at + NODE_CHANNEL) >>> 0;
    const claim = heap.load(ticket + TICKET_CLAIM);
    const served = claim === (CLAIM_DONE | heap.load(at + NODE_CASE) << 8) &&
      heap.load(ticket + TICKET_STATUS) === STATUS_OK;
    if (heap.load(at + NODE_LINKED) !== 0) linked.push(at);
    // A block that it has not sent is found by its owner; that of a promise stays the channel's.
    if (heap.load(at + NODE_SENDS) !== 0) {
      if (!served) dropReferred(heap, longAt(heap, at + NODE_VALUE));
    } else if (served) {
      const value = longAt(heap, ticket + TICKET_RESULT);
      if (heap.load(channel + CHANNEL_MODE) === MODE_PROMISE) dropReferred(heap, value);
      else dropSlotValue(heap, value);
    }
    heap.store(at + NODE_ENLISTED, 0);
  }
  return linked;
}

/** Drops what a slot's contents refer to, blocks with all that is in them. */
export function dropSlotValue(heap: Heap, value: bigint): void {
  const tag = tagOf(value);
  if (tag !== undefined) dropValue(heap, tag, lowOf(value));
}

/** The same but for blocks. */
function dropReferred(heap: Heap, value: bigint): void {
  if (tagOf(value) !== TAG_BLOCK) dropSlotValue(heap, value);
}
