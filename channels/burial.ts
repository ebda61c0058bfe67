/**
 * What an interpreter that has died leaves in the shared heap, put in order by the main interpreter.
 *
 * *When.* Its thread has ended, or stands outside of the kernel for good: it is cut off, which every entry of the kernel
 * checks. So nothing of it moves any more, and its words can be read like a book.
 *
 * *In order.* (1) The block on its way to or from a free list, and the page it was dividing. (2) The hand-over it was in
 * the midst of: finished if it was decided, else undone; see {@link settleJournal}. (3) Its tickets: given up, their nodes
 * do not count any more. (4) The locks it held: the lists are made again from the nodes that count, and whoever can go on
 * does. (5) The value it had under way. (6) Its ends, its data blocks, its handles.
 *
 * *Invariants.* Others may use the heap meanwhile; every step takes only what the dead one alone could have taken.
 */
import type { Heap } from "../kernel/heap.ts";
import {
  CHANNEL,
  CHANNEL_FIRST_RECEIVER,
  CHANNEL_FIRST_SENDER,
  CHANNEL_HEAD,
  CHANNEL_LAST_RECEIVER,
  CHANNEL_LAST_SENDER,
  CHANNEL_LIFE,
  CHANNEL_MASK,
  CHANNEL_RECEIVERS,
  CHANNEL_RING,
  CHANNEL_SENDERS,
  CHANNEL_TAIL,
  CLAIM_DONE,
  CLAIM_RESERVED,
  CLAIM_WAITING,
  DATA,
  DESK_ACTION,
  DESK_ANNOUNCE,
  DESK_BLOCK,
  DESK_CHANNEL,
  DESK_POSITION,
  DESK_RECEIVER,
  DESK_SENDER,
  DESK_SIZE,
  DESK_STAGE,
  DESK_VALUE,
  DESKS,
  END,
  END_CHANNEL,
  END_LIVE,
  END_SENDS,
  END_STATE,
  FIRST_PAGE,
  FREE,
  GATE_BITS,
  GATE_OWNER,
  HEAP_LOCK,
  HEAP_NEXT,
  IN_CHANNEL,
  J_FROM_RING,
  J_INTO_RING,
  J_PAIR,
  KIND_MASK,
  META,
  NODE,
  NODE_ARRIVAL,
  NODE_CHANNEL,
  NODE_ENLISTED,
  NODE_LINKED,
  NODE_SENDS,
  NODE_TICKET,
  NODE_VALUE,
  OWNER_SHIFT,
  PAGE_CLASS,
  PAGE_READY,
  PAGE_REST,
  PAGE_TABLE,
  READY,
  RING,
  STATUS_OK,
  TAG_BLOCK,
  TAG_CHANNEL,
  TICKET,
  TICKET_CLAIM,
  TICKET_NODE,
  TICKET_NUMBER,
  TICKET_RESULT,
  TICKET_STATUS,
} from "../kernel/heap_layout.ts";
import { SLOTS } from "../kernel/layout.ts";
import { dropBlock, dropValue, landed, letGo, tagOf } from "./references.ts";
import { retireEnd } from "./references.ts";

/** How often each kind of recovery has run; for tests. */
export const recoveries = {
  locks: 0,
  undone: 0,
  finished: 0,
  tickets: 0,
  values: 0,
  blocks: 0,
  pages: 0,
  ends: 0,
};

/** A block in use, or free. */
interface Block {
  readonly at: number;
  readonly kind: number;
  /** Slot + 1, IN_CHANNEL, or 0. */
  readonly owner: number;
}

/** All blocks of the heap, page by page. */
function* blocks(heap: Heap): Generator<Block> {
  const next = heap.load(HEAP_NEXT);
  for (let page = FIRST_PAGE; page < next; page++) {
    const entry = heap.load(PAGE_TABLE + page * 4);
    if ((entry & PAGE_READY) === 0 || (entry & PAGE_REST) !== 0) continue;
    const size = 2 ** (entry & PAGE_CLASS);
    const from = page * 65536;
    for (let at = from; at < from + 65536; at += size) {
      const meta = heap.load(at + META);
      if ((meta & KIND_MASK) !== FREE) yield { at, kind: meta & KIND_MASK, owner: meta >>> OWNER_SHIFT };
    }
  }
}

function owned(heap: Heap, owner: number, kind: number): Block[] {
  return [...blocks(heap)].filter((block) => block.kind === kind && block.owner === owner);
}

/**
 * Lets an interpreter that was just cut off wait for nothing any more and retires its ends, before its thread has stopped.
 * `reason` makes the block with why it died.
 */
export function dismiss(heap: Heap, slot: number, reason: () => number): void {
  for (const { at } of owned(heap, slot + 1, TICKET)) {
    // From now on nothing is handed to it; its thread, if it sleeps on it, looks around.
    heap.kernel.giveUp(at);
    Atomics.notify(heap.words(at + TICKET_CLAIM), (at + TICKET_CLAIM) >>> 2);
  }
  for (const { at } of owned(heap, slot + 1, END)) {
    if (heap.load(at + END_STATE) !== END_LIVE) continue;
    recoveries.ends++;
    retireEnd(heap, at, heap.load(at + END_SENDS) !== 0 ? reason() : undefined);
  }
}

/** See the file's description. */
export function bury(heap: Heap, slot: number): void {
  const desk = DESKS + slot * DESK_SIZE;
  const dead = slot + 1;
  finishPages(heap, dead);
  recoverBlock(heap, desk);
  settleJournal(heap, desk, dead);
  announceAgain(heap, desk);
  giveUpTickets(heap, dead);
  unlockAll(heap, dead);
  recoverValue(heap, desk);
  for (const { at } of owned(heap, dead, END)) {
    if (heap.load(at + END_STATE) === END_LIVE) retireEnd(heap, at, undefined);
    else heap.kernel.free(at);
  }
  for (const { at, kind } of [...blocks(heap)].filter((block) => block.owner === dead)) {
    if (kind === DATA) {
      recoveries.blocks++;
      dropBlock(heap, at);
    } else if (kind === TICKET || kind === NODE || kind === READY || kind === RING) heap.kernel.free(at);
  }
  for (const { at, kind } of [...blocks(heap)]) {
    if (kind !== CHANNEL || (heap.load(at + CHANNEL_LIFE) & 1) !== 0) continue;
    if (heap.kernel.holds(at, slot) !== 0) letGo(heap, at, slot);
  }
  heap.bytes(desk + DESK_SIZE).fill(0, desk, desk + DESK_SIZE);
}

/** The heap lock, and pages that it took and has not divided. */
function finishPages(heap: Heap, dead: number): void {
  const next = heap.load(HEAP_NEXT);
  if (heap.load(HEAP_LOCK) === dead) {
    recoveries.locks++;
    heap.store(HEAP_LOCK, 0);
  }
  for (let page = FIRST_PAGE; page < next; page++) {
    const entry = heap.load(PAGE_TABLE + page * 4);
    if ((entry & (PAGE_READY | PAGE_REST)) !== 0 || entry >>> 16 !== dead) continue;
    recoveries.pages++;
    const size = entry & PAGE_CLASS;
    // Its blocks went to the free list all at once: one of them is there, or in use, or none is.
    const step = 2 ** size;
    let divided = false;
    for (let at = page * 65536; at < (page + 1) * 65536 && !divided; at += step) {
      heap.store(PAGE_TABLE + page * 4, size | PAGE_READY);
      divided = heap.load(at + META) !== FREE || heap.kernel.isFree(at) !== 0;
    }
    if (!divided) heap.kernel.fill(page, size);
  }
}

/** A block that was on its way to or from a free list, and is in none, and nobody else is taking it. */
function recoverBlock(heap: Heap, desk: number): void {
  const block = heap.load(desk + DESK_BLOCK) >>> 0;
  if (block === 0 || heap.load(block + META) !== FREE || heap.kernel.isFree(block) !== 0) return;
  for (let slot = 0; slot < SLOTS; slot++) {
    const other = DESKS + slot * DESK_SIZE;
    if (other !== desk && heap.load(other + DESK_BLOCK) >>> 0 === block) return;
  }
  recoveries.blocks++;
  heap.kernel.free(block);
}

function isReserved(heap: Heap, ticket: number, dead: number): boolean {
  return ticket !== 0 && heap.load(ticket + TICKET_CLAIM) === (CLAIM_RESERVED | dead << 8);
}

/**
 * A hand-over under way. Stage 1: nothing is decided, reservations are given back. Stage 2: what decides is one store, a
 * receiver's ticket or the ring's tail; whether that was done says whether the rest is to be done or undone.
 */
function settleJournal(heap: Heap, desk: number, dead: number): void {
  const stage = heap.load(desk + DESK_STAGE);
  if (stage === 0) return;
  const action = heap.load(desk + DESK_ACTION);
  const channel = heap.load(desk + DESK_CHANNEL) >>> 0;
  const sender = heap.load(desk + DESK_SENDER) >>> 0;
  const receiver = heap.load(desk + DESK_RECEIVER) >>> 0;
  const position = heap.longs(desk + DESK_POSITION)[(desk + DESK_POSITION) / 8]!;
  let decided = false;
  if (stage === 2 && action === J_PAIR) decided = receiver !== 0 && !isReserved(heap, receiver, dead);
  else if (stage === 2 && action === J_FROM_RING) {
    decided = !isReserved(heap, receiver, dead);
    if (decided && positionOf(heap, channel + CHANNEL_HEAD) === position) {
      movePosition(heap, channel + CHANNEL_HEAD, position + 1n);
    }
  } else if (stage === 2 && action === J_INTO_RING) {
    decided = positionOf(heap, channel + CHANNEL_TAIL) !== position;
  }
  if (decided) recoveries.finished++;
  else recoveries.undone++;
  if (isReserved(heap, sender, dead)) {
    if (decided) heap.kernel.settle(sender, caseOf(heap, sender, channel), STATUS_OK);
    else heap.kernel.release(sender);
  }
  if (isReserved(heap, receiver, dead)) heap.kernel.release(receiver);
}

/** The case of the ticket that sends on a channel; a ticket that has several of them does not tell them apart here. */
function caseOf(heap: Heap, ticket: number, channel: number): number {
  for (const { at } of nodes(heap)) {
    if (heap.load(at + NODE_TICKET) >>> 0 !== ticket || heap.load(at + NODE_SENDS) === 0) continue;
    if (heap.load(at + NODE_CHANNEL) >>> 0 === channel) return heap.load(at + 36);
  }
  return 0;
}

/** All nodes: those of their own, and those in tickets. */
function* nodes(heap: Heap): Generator<{ at: number }> {
  for (const { at, kind } of blocks(heap)) {
    if (kind === NODE) yield { at };
    else if (kind === TICKET) yield { at: at + TICKET_NODE };
  }
}

function positionOf(heap: Heap, gate: number): bigint {
  return BigInt.asUintN(64, Atomics.load(heap.longs(gate), gate / 8)) >> 16n;
}

function movePosition(heap: Heap, gate: number, position: bigint): void {
  const longs = heap.longs(gate);
  const bits = Atomics.load(longs, gate / 8) & BigInt(GATE_BITS);
  Atomics.store(longs, gate / 8, position << 16n | bits);
}

/** A ticket that it settled and may not have told of; to be told twice does no harm. */
function announceAgain(heap: Heap, desk: number): void {
  const ticket = heap.load(desk + DESK_ANNOUNCE) >>> 0;
  if (ticket === 0 || (heap.load(ticket + META) & KIND_MASK) !== TICKET) return;
  const owner = (heap.load(ticket + META) >>> OWNER_SHIFT) - 1;
  heap.kernel.announce(ticket, heap.load(ticket + TICKET_NUMBER), owner);
}

/** Its own tickets: nobody will serve them any more; what served ones have received goes. */
function giveUpTickets(heap: Heap, dead: number): void {
  for (const { at } of owned(heap, dead, TICKET)) {
    recoveries.tickets++;
    const done = heap.kernel.giveUp(at) === 0 && (heap.load(at + TICKET_CLAIM) & 0xff) === CLAIM_DONE;
    if (done && heap.load(at + TICKET_STATUS) === STATUS_OK) dropSlot(heap, at + TICKET_RESULT);
  }
  for (const { at } of [...nodes(heap)]) {
    const ticket = heap.load(at + NODE_TICKET) >>> 0;
    if (heap.load(at + META) >>> OWNER_SHIFT !== dead || heap.load(at + NODE_ENLISTED) === 0) continue;
    const channel = heap.load(at + NODE_CHANNEL) >>> 0;
    const gone = (heap.load(ticket + TICKET_CLAIM) & 0xff) !== CLAIM_DONE;
    if (heap.load(at + NODE_LINKED) !== 0 && !isLockedBy(heap, channel, dead)) heap.kernel.withdraw(at);
    if (gone && heap.load(at + NODE_SENDS) !== 0) dropReferences(heap, at + NODE_VALUE);
    heap.store(at + NODE_ENLISTED, 0);
  }
}

/** What a slot or cell refers to, blocks with all that is in them. */
function dropSlot(heap: Heap, at: number): void {
  const longs = heap.longs(at);
  const value = longs[at / 8]!;
  const tag = tagOf(value);
  longs[at / 8] = 0n;
  if (tag !== undefined) dropValue(heap, tag, Number(value & 0xffffffffn));
}

/** The same for what its owner had not sent: its blocks are found by their owner. */
function dropReferences(heap: Heap, at: number): void {
  const value = heap.longs(at)[at / 8]!;
  const tag = tagOf(value);
  if (tag === undefined || tag === TAG_BLOCK) return;
  dropValue(heap, tag, Number(value & 0xffffffffn));
}

function ownerOf(heap: Heap, gate: number): number {
  return Number(Atomics.load(heap.longs(gate), gate / 8) & BigInt(GATE_OWNER));
}

function isLockedBy(heap: Heap, channel: number, dead: number): boolean {
  return ownerOf(heap, channel + CHANNEL_TAIL) === dead || ownerOf(heap, channel + CHANNEL_HEAD) === dead;
}

/** The locks it held. */
function unlockAll(heap: Heap, dead: number): void {
  const held = [...blocks(heap)].filter(({ at, kind }) => kind === CHANNEL && isLockedBy(heap, at, dead));
  for (const { at } of held) {
    recoveries.locks++;
    const tail = ownerOf(heap, at + CHANNEL_TAIL) === dead;
    const head = ownerOf(heap, at + CHANNEL_HEAD) === dead;
    // One lock alone: a short way, which publishes all or nothing; or the way from one lock to both, or back.
    if (tail) free(heap, at + CHANNEL_TAIL, dead);
    if (head) free(heap, at + CHANNEL_HEAD, dead);
    heap.kernel.lock(at);
    rebuild(heap, at);
    heap.kernel.seal(at);
    heap.kernel.match(at);
    heap.kernel.unlock(at);
  }
}

function free(heap: Heap, gate: number, dead: number): void {
  const longs = heap.longs(gate);
  Atomics.and(longs, gate / 8, ~BigInt(GATE_OWNER));
  void dead;
}

/** Under both locks: makes lists and counts again. */
function rebuild(heap: Heap, channel: number): void {
  for (
    const word of [
      CHANNEL_FIRST_SENDER,
      CHANNEL_LAST_SENDER,
      CHANNEL_FIRST_RECEIVER,
      CHANNEL_LAST_RECEIVER,
    ]
  ) heap.store(channel + word, 0);
  const waiting: { at: number; arrival: bigint }[] = [];
  for (const { at } of [...nodes(heap)]) {
    if (heap.load(at + NODE_CHANNEL) >>> 0 !== channel) continue;
    const ticket = heap.load(at + NODE_TICKET) >>> 0;
    const claim = heap.load(ticket + TICKET_CLAIM);
    if (heap.load(at + NODE_ENLISTED) === 0) continue;
    heap.store(at + NODE_LINKED, 0);
    if (claim !== CLAIM_WAITING && (claim & 0xff) !== CLAIM_RESERVED) continue;
    if (heap.load(at + NODE_CHANNEL) >>> 0 !== channel) continue;
    waiting.push({ at, arrival: heap.longs(at + NODE_ARRIVAL)[(at + NODE_ARRIVAL) / 8]! });
  }
  waiting.sort((one, other) => (one.arrival < other.arrival ? -1 : 1));
  for (const { at } of waiting) heap.kernel.link(channel, at);
  let senders = 0;
  let receivers = 0;
  for (const { at, kind } of blocks(heap)) {
    if (kind !== END || heap.load(at + END_CHANNEL) >>> 0 !== channel) continue;
    if (heap.load(at + END_STATE) !== END_LIVE) continue;
    if (heap.load(at + END_SENDS) !== 0) senders++;
    else receivers++;
  }
  heap.store(channel + CHANNEL_SENDERS, senders);
  heap.store(channel + CHANNEL_RECEIVERS, receivers);
}

/** The value it had in hand in the kernel: in the channel, or nobody's. */
function recoverValue(heap: Heap, desk: number): void {
  const value = heap.longs(desk + DESK_VALUE)[(desk + DESK_VALUE) / 8]!;
  const tag = tagOf(value);
  if (tag === undefined) return;
  const low = Number(value & 0xffffffffn);
  const channel = heap.load(desk + DESK_CHANNEL) >>> 0;
  if (tag === TAG_BLOCK && heap.load(low + META) !== (DATA | IN_CHANNEL << OWNER_SHIFT)) return;
  if (channel !== 0 && isIn(heap, channel, value)) return;
  if (isInTicket(heap, value)) return;
  recoveries.values++;
  if (tag === TAG_CHANNEL) landed(heap, low);
  else dropValue(heap, tag, low);
}

function isIn(heap: Heap, channel: number, value: bigint): boolean {
  heap.kernel.lock(channel);
  try {
    const ring = heap.load(channel + CHANNEL_RING) >>> 0;
    const mask = BigInt(heap.load(channel + CHANNEL_MASK));
    const to = positionOf(heap, channel + CHANNEL_TAIL);
    for (let at = positionOf(heap, channel + CHANNEL_HEAD); at < to; at++) {
      const slot = ring + 8 * Number(at & mask);
      if (heap.longs(slot)[slot / 8] === value) return true;
    }
    return false;
  } finally {
    heap.kernel.unlock(channel);
  }
}

function isInTicket(heap: Heap, value: bigint): boolean {
  for (const { at, kind } of blocks(heap)) {
    if (kind !== TICKET) continue;
    const claim = heap.load(at + TICKET_CLAIM) & 0xff;
    if (claim === CLAIM_DONE && heap.longs(at + TICKET_RESULT)[(at + TICKET_RESULT) / 8] === value) {
      return true;
    }
  }
  for (const { at } of nodes(heap)) {
    if (heap.load(at + NODE_ENLISTED) === 0 || heap.load(at + NODE_SENDS) === 0) continue;
    if (heap.longs(at + NODE_VALUE)[(at + NODE_VALUE) / 8] === value) return true;
  }
  return false;
}
