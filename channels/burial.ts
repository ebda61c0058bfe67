/**
 * What an interpreter that has died leaves in the shared heap, put in order by the main interpreter.
 *
 * *When.* Its thread has ended, or stands outside of the kernel for good: it is cut off, which every entry of the kernel
 * checks. So nothing of it moves any more, and its words can be read like a book.
 *
 * *In order.* (1) The block on its way to or from a free list, and the page it was dividing. (2) The hand-over it was in
 * the midst of: finished if it was decided, else undone; see {@link settleJournal}. (3) Its tickets: given up, their nodes
 * do not count any more. (4) The locks it held, which main takes over: the lists are made again from the nodes that count, and
 * whoever can go on does; permits that it held are given back (`lock_burial.ts`). (5) The value it had under way. (6) Its ends, its data blocks, its handles.
 *
 * *Invariants.* Others may use the heap meanwhile; every step takes only what the dead one alone could have taken.
 */
import type { Heap } from "../kernel/heap.ts";
import {
  ATTENTION_CLOSED,
  ATTENTION_POISONED,
  ATTENTION_REBUILT,
  CHANNEL,
  CHANNEL_ATTENTION,
  CHANNEL_FIRST_RECEIVER,
  CHANNEL_FIRST_SENDER,
  CHANNEL_HEAD,
  CHANNEL_LAST_RECEIVER,
  CHANNEL_LAST_SENDER,
  CHANNEL_LIFE,
  CHANNEL_MODE,
  CHANNEL_POISON,
  CHANNEL_REASON,
  CHANNEL_RECEIVERS,
  CHANNEL_RING,
  CHANNEL_SENDERS,
  CHANNEL_TAIL,
  CLAIM_DONE,
  CLAIM_GONE,
  CLAIM_RESERVED,
  CLAIM_WAITING,
  CLASSES,
  DATA,
  DESK_ACTION,
  DESK_ANNOUNCE,
  DESK_BLOCK,
  DESK_CASE,
  DESK_CHANNEL,
  DESK_HAND,
  DESK_HANDS,
  DESK_LEAVING,
  DESK_OLDEST,
  DESK_POSITION,
  DESK_READY,
  DESK_RECEIVER,
  DESK_SENDER,
  DESK_SIZE,
  DESK_STAGE,
  DESK_VALUE,
  DESK_VALUE_AT,
  DESK_WAY,
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
  J_GIVE,
  J_GRANT,
  J_INTO_RING,
  J_SLIDE,
  J_TAKE,
  KIND_MASK,
  LINK,
  META,
  MODE_PROMISE,
  NODE,
  NODE_ARRIVAL,
  NODE_CASE,
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
  READY_SIZE,
  READY_SUMMARY,
  RING,
  STATUS_OK,
  TAG_BLOCK,
  TICKET,
  TICKET_CLAIM,
  TICKET_NODE,
  TICKET_NUMBER,
  TICKET_RESULT,
  TICKET_STATUS,
  WAY_HAND,
  WAY_INTO,
} from "../kernel/heap_layout.ts";
import { SLOTS } from "../kernel/layout.ts";
import { endIsCertain } from "../runtime/mod.ts";
import { type Block, blocks } from "./heap_blocks.ts";
import { loseLocks, settleLockJournal } from "./lock_burial.ts";
import { disposeAgain, dropBlock, dropReference, dropValue, letGo, retireEnd, tagOf } from "./references.ts";

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

/** What matters of the heap after a death. Others go on using it: only what the dead one owned or locked stands still. */
interface Survey {
  /** Blocks of the dead one. */
  readonly owned: readonly Block[];
  /** Channels that it holds. */
  readonly held: readonly number[];
  /** Channels that it has locked, in part or as a whole. */
  readonly locked: readonly number[];
  /** Channels that it was disposing of. */
  readonly doomed: readonly number[];
  /** All nodes: those of their own, and those in tickets. */
  readonly nodes: readonly number[];
  readonly ends: readonly number[];
  readonly rings: readonly number[];
}

function survey(heap: Heap, slot: number): Survey {
  const dead = slot + 1;
  const owned: Block[] = [];
  const held: number[] = [];
  const locked: number[] = [];
  const doomed: number[] = [];
  const nodes: number[] = [];
  const ends: number[] = [];
  const rings: number[] = [];
  for (const block of blocks(heap)) {
    const { at, kind } = block;
    if (block.owner === dead) owned.push(block);
    if (kind === NODE) nodes.push(at);
    else if (kind === TICKET) nodes.push(at + TICKET_NODE);
    else if (kind === END) ends.push(at);
    else if (kind === RING) rings.push(at);
    else if (kind === CHANNEL) {
      if (isLockedBy(heap, at, dead)) locked.push(at);
      if (heap.load(at + CHANNEL_LIFE) === (dead << 1 | 1)) doomed.push(at);
      else if (heap.kernel.holds(at, slot) !== 0 && (heap.load(at + META) & KIND_MASK) === CHANNEL) {
        held.push(at);
      }
    }
  }
  return { owned, held, locked, doomed, nodes, ends, rings };
}

/**
 * Lets an interpreter that was just cut off wait for nothing any more and retires its ends, before its thread has stopped.
 * `reason` makes the block with why it died; `ran`: it was running something. What it has locked or reserved, maybe for good, is left to {@link bury}.
 */
export function dismiss(heap: Heap, slot: number, reason: () => number, ran: boolean): void {
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
  // Where nobody can tell when a thread has ended, its permits are given back at once.
  loseLocks(heap, slot, !endIsCertain, ran ? reason : undefined);
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

/** Retires the ends of this interpreter, which is about to die of an error, and gives back what it holds of locks. */
export function retireOwnEnds(heap: Heap, reason: () => number): void {
  if (heap.cut) return;
  const own = heap.slot + 1;
  retireEnds(heap, own, [...blocks(heap)].filter(({ owner }) => owner === own), reason, true);
  loseLocks(heap, heap.slot, true, reason);
}

/** See the file's description. `reason` and `ran` as for {@link dismiss}. */
export function bury(heap: Heap, slot: number, reason: () => number, ran: boolean): void {
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
  loseLocks(heap, slot, true, ran ? reason : undefined);
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

/** The heap lock, and pages that it took and has not divided. */
function finishPages(heap: Heap, dead: number): void {
  if (heap.load(HEAP_LOCK) === dead) {
    recoveries.locks++;
    heap.store(HEAP_LOCK, 0);
  }
  const next = heap.load(HEAP_NEXT);
  for (let page = FIRST_PAGE; page < next; page++) {
    const entry = heap.load(PAGE_TABLE + page * 4);
    if ((entry & (PAGE_READY | PAGE_REST)) !== 0 || entry >>> 16 !== dead) continue;
    recoveries.pages++;
    const size = entry & PAGE_CLASS;
    const from = page * 65536;
    // Its blocks went to the free list all at once: one of them is there, in use, or on its way; or none is.
    const step = 2 ** size;
    let divided = heap.kernel.isFree(from, from + 65536) !== 0 || isOnItsWay(heap, from, from + 65536);
    for (let at = from; at < from + 65536 && !divided; at += step) divided = heap.load(at + META) !== FREE;
    if (divided) heap.store(PAGE_TABLE + page * 4, size | PAGE_READY);
    else heap.kernel.fill(page, size);
  }
}

/** Whether somebody else is taking a block of these addresses from its free list, or giving it back. */
function isOnItsWay(heap: Heap, from: number, to: number): boolean {
  for (let slot = 0; slot < SLOTS; slot++) {
    const desk = DESKS + slot * DESK_SIZE;
    const block = heap.load(desk + DESK_BLOCK) >>> 0;
    if (block >= from && block < to) return true;
  }
  return false;
}

/**
 * A block that was on its way to or from a free list, and is in none, and nobody else is taking it. What others do meanwhile
 * is seen: a list that they change has another count, and who takes or frees the block has it on the desk until META says so.
 */
function recoverBlock(heap: Heap, desk: number): void {
  const noted = heap.load(desk + DESK_BLOCK) >>> 0;
  const block = (noted & ~1) >>> 0;
  if (block === 0) return;
  heap.store(desk + DESK_BLOCK, 0);
  if (noted !== block) {
    recoveries.blocks++;
    return heap.kernel.free(block);
  }
  for (let tries = 0; tries < 100; tries++) {
    if (heap.load(block + META) !== FREE || heap.kernel.isFree(block, block + 1) !== 0) return;
    const count = countOf(heap, block);
    if (isOnItsWay(heap, block, block + 1) || heap.kernel.isFree(block, block + 1) !== 0) continue;
    if (heap.load(block + META) !== FREE || isOnItsWay(heap, block, block + 1)) continue;
    if (countOf(heap, block) - count > 2n) continue;
    recoveries.blocks++;
    heap.kernel.free(block);
    return;
  }
}

/** How often the free list of a block's class has changed. */
function countOf(heap: Heap, block: number): bigint {
  const head = CLASSES + heap.kernel.classAt(block) * 64;
  return Atomics.load(heap.longs(head), head / 8) >> 32n;
}

function isReserved(heap: Heap, ticket: number, dead: number): boolean {
  return ticket !== 0 && heap.load(ticket + TICKET_CLAIM) === (CLAIM_RESERVED | dead << 8);
}

/**
 * A hand-over under way. Stage 1: nothing is decided, reservations are given back. Stage 2: what decides is one store, a
 * ticket or a position; whether that was done says whether the rest is to be done or undone.
 */
function settleJournal(heap: Heap, desk: number, dead: number, nodes: readonly number[]): void {
  const stage = heap.load(desk + DESK_STAGE);
  if (stage === 0) return;
  const action = heap.load(desk + DESK_ACTION);
  if (action >= J_GRANT) {
    recoveries[settleLockJournal(heap, desk, dead, nodes)]++;
    return;
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
  if (isReserved(heap, receiver, dead)) heap.kernel.release(receiver);
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

function longAt(heap: Heap, at: number): bigint {
  return Atomics.load(heap.longs(at), at / 8);
}

function lowOf(value: bigint): number {
  return Number(value & 0xffffffffn);
}

function positionOf(heap: Heap, gate: number): bigint {
  return BigInt.asUintN(64, longAt(heap, gate)) >> 16n;
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
  // It may have taken the bell down already and not have notified: whoever sleeps looks once more.
  heap.wakeSleepers(owner);
}

/**
 * Its own tickets: nobody will serve them any more; what served ones have received goes. Gives the nodes that are still
 * linked: to take them out takes locks, for which somebody may make main wait who waits for one that the dead one holds.
 */
function giveUpTickets(heap: Heap, dead: number, { owned, nodes }: Survey): number[] {
  const linked: number[] = [];
  for (const { at, kind } of owned) {
    if (kind !== TICKET) continue;
    recoveries.tickets++;
    if (isReserved(heap, at, dead)) heap.store(at + TICKET_CLAIM, CLAIM_GONE);
    else heap.kernel.giveUp(at);
  }
  for (const at of nodes) {
    if (heap.load(at + META) >>> OWNER_SHIFT !== dead || heap.load(at + NODE_ENLISTED) === 0) continue;
    const ticket = heap.load(at + NODE_TICKET) >>> 0;
    const channel = heap.load(at + NODE_CHANNEL) >>> 0;
    const claim = heap.load(ticket + TICKET_CLAIM);
    const served = claim === (CLAIM_DONE | heap.load(at + NODE_CASE) << 8) &&
      heap.load(ticket + TICKET_STATUS) === STATUS_OK;
    if (heap.load(at + NODE_LINKED) !== 0 && !isLockedBy(heap, channel, dead)) linked.push(at);
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
function dropSlotValue(heap: Heap, value: bigint): void {
  const tag = tagOf(value);
  if (tag !== undefined) dropValue(heap, tag, lowOf(value));
}

/** The same but for blocks. */
function dropReferred(heap: Heap, value: bigint): void {
  if (tagOf(value) !== TAG_BLOCK) dropSlotValue(heap, value);
}

function ownerOf(heap: Heap, gate: number): number {
  return Number(longAt(heap, gate) & BigInt(GATE_OWNER));
}

function isLockedBy(heap: Heap, channel: number, dead: number): boolean {
  return ownerOf(heap, channel + CHANNEL_TAIL) === dead || ownerOf(heap, channel + CHANNEL_HEAD) === dead;
}

/**
 * The values it had in hand in the kernel and that are nobody's now; while it has its locks. A value on its way into a ring
 * is there if the tail has passed it, one on its way out was taken if the head has; the dead one alone could move them on.
 */
function valueInHand(heap: Heap, desk: number, dead: number): bigint[] {
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

/** References that were leaving and stood nowhere else yet. */
function inHand(heap: Heap, desk: number): number[] {
  const references: number[] = [];
  for (let i = 0; i < DESK_HANDS; i++) {
    const reference = heap.load(desk + DESK_HAND + 4 * i) >>> 0;
    if (reference !== 0) references.push(reference);
  }
  if (references.length > 0) recoveries.values++;
  return references;
}

/** Takes over a lock that it held, puts the channel in order, and gives the lock back. */
function unlock(heap: Heap, channel: number, dead: number, found: Survey): void {
  const { kernel } = heap;
  recoveries.locks++;
  // A receiver's lock alone: a short way, which publishes all or nothing.
  if (kernel.inherit(channel, dead) === 0) return;
  const unused = rebuild(heap, channel, found);
  kernel.seal(channel);
  kernel.mendLock(channel, dead - 1);
  kernel.match(channel);
  kernel.unlock(channel);
  for (const block of unused) {
    if ((heap.load(block + META) & KIND_MASK) === RING) kernel.free(block);
    else dropBlock(heap, block);
  }
}

/**
 * Under both locks: makes lists and counts again; the blocks that nothing refers to any more.
 *
 * An owner withdraws a node without the lock when it is in no list, unless ATTENTION_REBUILT says otherwise. One that had
 * looked at that bit before had a ticket that was settled, or gave it up, before; if it has used the ticket again since, to
 * wait elsewhere, the node was not enlisted, or of another channel, before CLAIM said so. So CLAIM is read first.
 */
function rebuild(heap: Heap, channel: number, { nodes, ends, rings }: Survey): number[] {
  const words = heap.words(channel + CHANNEL_ATTENTION);
  Atomics.or(words, (channel + CHANNEL_ATTENTION) >>> 2, ATTENTION_REBUILT);
  for (
    const word of [CHANNEL_FIRST_SENDER, CHANNEL_LAST_SENDER, CHANNEL_FIRST_RECEIVER, CHANNEL_LAST_RECEIVER]
  ) heap.store(channel + word, 0);
  const waiting: { at: number; arrival: bigint }[] = [];
  for (const at of nodes) {
    const linked = heap.load(at + NODE_LINKED) !== 0;
    if (heap.load(at + NODE_CHANNEL) >>> 0 !== channel) continue;
    if (linked) heap.store(at + NODE_LINKED, 0);
    const claim = heap.load((heap.load(at + NODE_TICKET) >>> 0) + TICKET_CLAIM);
    if (claim !== CLAIM_WAITING && (claim & 0xff) !== CLAIM_RESERVED) continue;
    if (heap.load(at + NODE_ENLISTED) === 0 || heap.load(at + NODE_CHANNEL) >>> 0 !== channel) continue;
    waiting.push({ at, arrival: longAt(heap, at + NODE_ARRIVAL) });
  }
  waiting.sort((one, other) => (one.arrival < other.arrival ? -1 : 1));
  for (const { at } of waiting) heap.kernel.link(channel, at);
  const counts = [0, 0];
  for (const at of ends) {
    if ((heap.load(at + META) & KIND_MASK) !== END || heap.load(at + END_CHANNEL) >>> 0 !== channel) continue;
    if (heap.load(at + END_STATE) === END_LIVE) counts[heap.load(at + END_SENDS) !== 0 ? 1 : 0]!++;
  }
  for (const sends of [1, 0] as const) {
    const word = channel + (sends === 1 ? CHANNEL_SENDERS : CHANNEL_RECEIVERS);
    const before = heap.load(word);
    heap.store(word, counts[sends]!);
    if (before === 0 || counts[sends] !== 0) continue;
    heap.kernel.closeAfter(channel, sends);
  }
  const unused = rings.filter((at) =>
    heap.load(at + META) === (RING | IN_CHANNEL << OWNER_SHIFT) && heap.load(at + LINK) >>> 0 === channel &&
    heap.load(channel + CHANNEL_RING) >>> 0 !== at + 16
  );
  const attention = heap.attention(channel);
  for (
    const [word, bit] of [[CHANNEL_REASON, ATTENTION_CLOSED], [CHANNEL_POISON, ATTENTION_POISONED]] as const
  ) {
    const block = heap.load(channel + word) >>> 0;
    if (block === 0 || (attention & bit) !== 0) continue;
    heap.store(channel + word, 0);
    if (heap.load(block + META) === (DATA | IN_CHANNEL << OWNER_SHIFT)) unused.push(block);
  }
  return unused;
}
