/**
 * Channels: the short ways of sending and receiving, and the long way, where parties meet.
 *
 * *Invariants*, whenever the locks are free: receivers wait only while the ring is empty, senders only while it is
 * full; at a capacity of 0 senders and receivers do not both wait unless they are one party; nobody waits on a closed
 * channel. {@link match} restores all of this.
 *
 * *Who wakes.* Who enlists holds both locks and leaves a bit in both words; the short ways are for words without it. A
 * sender's compare-and-swap therefore proves that nobody waits, and nobody can begin to before its store unlocks. The
 * same for receivers.
 *
 * *Memory.* The first load of a word is plain: the compare-and-swap proves it. Loads of the other side's word are atomic.
 * SEEN_TAIL is plain and is believed by who wrote it, whose own load of TAIL orders the slots before it. SEEN_HEAD is plain
 * and is believed by all senders: a slot is written after a branch on it, and a store waits for the loads it depends on.
 * LIMIT, MASK and RING change under both locks: what is read of them after the compare-and-swap is of the last change, a
 * LIMIT from before it is too small at worst. ATTENTION is read atomically outside of the locks.
 *
 * *Recovery.* Before the long way decides anything for others it says so on its desk (`DESK_STAGE`); what then was
 * committed can be read off the tickets and positions, see `channels/burial.ts`.
 *
 * *Source.* Go's chan.go for the meaning; crossbeam's array flavour for the split into a ring and waiters beside it.
 */
import {
  ATTENTION_CLOSED,
  ATTENTION_POISONED,
  ATTENTION_REBUILT,
  ATTENTION_UNMATCHED,
  CHANNEL_ATTENTION,
  CHANNEL_CAPACITY,
  CHANNEL_FIRST_RECEIVER,
  CHANNEL_FIRST_SENDER,
  CHANNEL_HEAD,
  CHANNEL_INLINE,
  CHANNEL_LIMIT,
  CHANNEL_MASK,
  CHANNEL_MODE,
  CHANNEL_POISON,
  CHANNEL_REASON,
  CHANNEL_RING,
  CHANNEL_SEEN_HEAD,
  CHANNEL_SEEN_TAIL,
  CHANNEL_TAIL,
  CLAIM_DONE,
  CLAIM_GONE,
  CLAIM_RESERVED,
  CLAIM_WAITING,
  DATA,
  DESK_ACTION,
  DESK_CASE,
  DESK_CHANNEL,
  DESK_OLDEST,
  DESK_POSITION,
  DESK_RECEIVER,
  DESK_SENDER,
  DESK_STAGE,
  DESK_STATUS,
  DESK_VALUE,
  DESK_VALUE_AT,
  DESK_WAY,
  GATE_BITS,
  GATE_CLOSED,
  GATE_OWNER,
  GATE_SPECIAL,
  IN_CHANNEL,
  J_FROM_RING,
  J_GIVE,
  J_INTO_RING,
  J_PAIR,
  J_SLIDE,
  J_TAKE,
  LINK,
  META,
  MODE_DROPPING,
  MODE_PERMITS,
  MODE_PROMISE,
  MODE_SLIDING,
  NODE_ARRIVAL,
  NODE_CASE,
  NODE_CHANNEL,
  NODE_ENLISTED,
  NODE_LINKED,
  NODE_NEXT,
  NODE_SENDS,
  NODE_TICKET,
  NODE_VALUE,
  OWNER_SHIFT,
  RING,
  STATUS_CLOSED,
  STATUS_DROPPED,
  STATUS_FULL,
  STATUS_OK,
  STATUS_POISONED,
  STATUS_SETTLED,
  STATUS_SLID,
  STATUS_WAIT,
  TAG_UNDEFINED,
  TICKET_CLAIM,
  TICKET_NODE,
  TICKET_RESULT,
  TICKET_SLEEPS,
  TICKET_STATUS,
  TICKET_USES,
  WAY_HAND,
  WAY_INTO,
  WAY_OUT,
} from "../heap_layout";
import { allocate, free } from "./blocks";
import { cut, desk, enter, isCut, leave, me, pause } from "./desk";
import { drop, hold, reach, referenceOf, valueInHand } from "./hand";
import { head, lock, moveHead, moveTail, tail, unlock } from "./gates";
import { addFlight, attach } from "./lifetime";
import { link, unlink } from "./lists";
import { matchLock } from "./locks";
import { handBack, handIn, handOut, hasRoom, isBoxed, isReference, ofNumber, ofTag, showValue, slotAt } from "./slots";
import { stop } from "./stop";
import { isOver, release, reserve, reserveBoth, settle } from "./tickets";

/** What `receive` gives for everything that is no number: the desk tells. */
const SEE_DESK: f64 = NaN;

/** Sends a number if that can be done at once. */
export function sendNumber(channel: usize, value: f64): i32 {
  return send(channel, ofNumber(value));
}

/** Sends anything else. Unless the status is OK, a block stays the caller's. */
export function sendTag(channel: usize, tag: i32, low: u32): i32 {
  return send(channel, ofTag(tag, low));
}

// @ts-ignore: decorator
@inline
function send(channel: usize, value: i64): i32 {
  if (!enter()) return cut();
  const word = load<i64>(channel, CHANNEL_TAIL);
  if ((word & GATE_BITS) == 0) {
    const position = word >>> 16;
    const limit = <i64> load<u32>(channel, CHANNEL_LIMIT);
    if (position - load<i64>(channel, CHANNEL_SEEN_HEAD) >= limit) {
      const seen = atomic.load<i64>(channel, CHANNEL_HEAD) >>> 16;
      store<i64>(channel, seen, CHANNEL_SEEN_HEAD);
      if (position - seen >= limit && load<i32>(channel, CHANNEL_CAPACITY) >= 0) return leave(STATUS_WAIT);
    }
    if (
      position - load<i64>(channel, CHANNEL_SEEN_HEAD) < limit &&
      atomic.cmpxchg<i64>(channel, word, word | <i64> me, CHANNEL_TAIL) == word
    ) {
      if (isBoxed(value)) leaves(channel, value, WAY_INTO, position);
      stop(40);
      store<i64>(slotAt(channel, position), value);
      atomic.store<i64>(channel, (position + 1) << 16, CHANNEL_TAIL);
      stop(41);
      if (isBoxed(value)) store<i64>(desk, 0, DESK_VALUE);
      return leave(STATUS_OK);
    }
  }
  return leave(sendLong(channel, value, 0));
}

/** Notes a value that enters or leaves the channel, and that its block belongs to nobody meanwhile. */
// @ts-ignore: decorator
@inline
function underWay(channel: usize, value: i64, way: i32, position: i64): void {
  store<u32>(desk, channel, DESK_CHANNEL);
  store<i32>(desk, way, DESK_WAY);
  store<i64>(desk, position, DESK_VALUE_AT);
  store<i64>(desk, value, DESK_VALUE);
  handIn(value);
}

/** The same for one that this interpreter sends, and that is not in hand any more. */
function leaves(channel: usize, value: i64, way: i32, position: i64): void {
  const held = valueInHand(value);
  underWay(channel, value, way, position);
  if (held != 0) drop(held);
}

/** The value on the desk was received: a block has its owner by now, of a reference JavaScript says so by `landed`. */
// @ts-ignore: decorator
@inline
function keepReference(): void {
  if (!isReference(load<i64>(desk, DESK_VALUE))) store<i64>(desk, 0, DESK_VALUE);
  // The words that say otherwise are for what comes next.
  else store<i32>(desk, WAY_HAND, DESK_WAY);
}

/** Receives if that can be done at once: a number, or NaN and the desk tells. */
export function receive(channel: usize): f64 {
  if (!enter()) {
    store<i32>(desk, cut(), DESK_STATUS);
    return SEE_DESK;
  }
  const word = load<i64>(channel, CHANNEL_HEAD);
  if ((word & GATE_BITS) == 0) {
    const position = word >>> 16;
    let seen = load<i64>(channel, CHANNEL_SEEN_TAIL);
    if ((seen & GATE_OWNER) != <i64> me || position >= seen >>> 16) seen = look(channel);
    if (position < seen >>> 16) {
      if (atomic.cmpxchg<i64>(channel, word, word | <i64> me, CHANNEL_HEAD) == word) {
        const value = load<i64>(slotAt(channel, position));
        const boxed = isBoxed(value);
        if (boxed) underWay(channel, value, WAY_OUT, position);
        stop(42);
        atomic.store<i64>(channel, (position + 1) << 16, CHANNEL_HEAD);
        stop(43);
        const number = reinterpret<f64>(value);
        if (!boxed && number == number) {
          store<i32>(desk, 0, 0);
          return number;
        }
        return received(value);
      }
    } else if (
      (atomic.load<i32>(channel, CHANNEL_ATTENTION) & (ATTENTION_CLOSED | ATTENTION_POISONED)) == 0
    ) {
      store<i32>(desk, leave(STATUS_WAIT), DESK_STATUS);
      return SEE_DESK;
    }
  }
  store<i32>(desk, receiveLong(channel, 0), DESK_STATUS);
  leave(0);
  return SEE_DESK;
}

/** What a receiver sees of TAIL; only it may believe it without looking again, for others nothing orders the slots before it. */
// @ts-ignore: decorator
@inline
function look(channel: usize): i64 {
  const seen = atomic.load<i64>(channel, CHANNEL_TAIL) >>> 16 << 16 | <i64> me;
  store<i64>(channel, seen, CHANNEL_SEEN_TAIL);
  return seen;
}

function received(value: i64): f64 {
  handOut(value);
  keepReference();
  store<i32>(desk, leave(STATUS_OK), DESK_STATUS);
  return SEE_DESK;
}

/** Sends under both locks; with a node, enlists that if it would have to wait. */
function sendLong(channel: usize, value: i64, node: usize): i32 {
  lock(channel);
  leaves(channel, value, WAY_HAND, 0);
  const status = offer(channel, value);
  if (status == STATUS_SLID) keepReference();
  else if (status == STATUS_OK) store<i64>(desk, 0, DESK_VALUE);
  else {
    handBack(value);
    if (status == STATUS_WAIT && node != 0) {
      store<i64>(node, value, NODE_VALUE);
      store<i32>(node, 1, NODE_ENLISTED);
      store<i64>(desk, 0, DESK_VALUE);
      link(channel, node);
    } else {
      // It was in hand before: there is room for it.
      if (isReference(value)) hold(referenceOf(value));
      store<i64>(desk, 0, DESK_VALUE);
    }
  }
  unlock(channel);
  return status;
}

/** Receives under both locks; with a node, enlists that if it would have to wait. Puts the value on the desk. */
function receiveLong(channel: usize, node: usize): i32 {
  lock(channel);
  const status = take(channel);
  if (status == STATUS_OK) keepReference();
  else store<i64>(desk, 0, DESK_VALUE);
  if (status == STATUS_WAIT && node != 0) {
    store<i32>(node, 1, NODE_ENLISTED);
    link(channel, node);
  }
  unlock(channel);
  return status;
}

/** Under both locks: sends if that can be done at once. */
function offer(channel: usize, value: i64): i32 {
  const attention = load<i32>(channel, CHANNEL_ATTENTION);
  if (attention & ATTENTION_POISONED) return STATUS_POISONED;
  if (attention & ATTENTION_CLOSED) return STATUS_CLOSED;
  if (attention & ATTENTION_UNMATCHED) catchUp(channel);
  const mode = load<i32>(channel, CHANNEL_MODE);
  if (mode == MODE_PROMISE) {
    if (tail(channel) != 0) return STATUS_DROPPED;
    push(channel, value);
    match(channel);
    return STATUS_OK;
  }
  while (true) {
    const node = <usize> load<u32>(channel, CHANNEL_FIRST_RECEIVER);
    if (node == 0) break;
    const ticket = <usize> load<u32>(node, NODE_TICKET);
    begin(J_GIVE, channel, 0, ticket, 0);
    const claimed = reserve(ticket);
    stop(44);
    unlink(channel, node);
    if (!claimed) continue;
    store<i64>(ticket, value, TICKET_RESULT);
    decide();
    settle(ticket, load<i32>(node, NODE_CASE), STATUS_OK);
    store<i64>(desk, 0, DESK_VALUE);
    end();
    return STATUS_OK;
  }
  end();
  if (load<i32>(channel, CHANNEL_CAPACITY) == 0) return STATUS_WAIT;
  if (load<u32>(channel, CHANNEL_FIRST_SENDER) != 0) {
    match(channel);
    if (load<u32>(channel, CHANNEL_FIRST_SENDER) != 0) return STATUS_WAIT;
  }
  if (hasRoom(channel, head(channel), tail(channel))) {
    if (!makeRoom(channel)) return STATUS_FULL;
    push(channel, value);
    return STATUS_OK;
  }
  if (mode == MODE_DROPPING) return STATUS_DROPPED;
  if (mode != MODE_SLIDING) return STATUS_WAIT;
  const oldest = load<i64>(slotAt(channel, head(channel)));
  store<i64>(desk, oldest, DESK_OLDEST);
  begin(J_SLIDE, channel, 0, 0, head(channel));
  moveHead(channel, head(channel) + 1);
  stop(45);
  push(channel, value);
  store<i32>(desk, WAY_HAND, DESK_WAY);
  store<i64>(desk, oldest, DESK_VALUE);
  end();
  handOut(oldest);
  return STATUS_SLID;
}

// @ts-ignore: decorator
@inline
function push(channel: usize, value: i64): void {
  const position = tail(channel);
  store<i64>(desk, position, DESK_VALUE_AT);
  store<i32>(desk, WAY_INTO, DESK_WAY);
  store<i64>(slotAt(channel, position), value);
  stop(46);
  moveTail(channel, position + 1);
}

/** Under both locks: receives if that can be done at once; the value goes to the desk. */
function take(channel: usize): i32 {
  const attention = load<i32>(channel, CHANNEL_ATTENTION);
  if (attention & ATTENTION_POISONED) return STATUS_POISONED;
  if (attention & ATTENTION_UNMATCHED) catchUp(channel);
  const position = head(channel);
  if (position != tail(channel)) {
    const value = load<i64>(slotAt(channel, position));
    if (load<i32>(channel, CHANNEL_MODE) == MODE_PROMISE) {
      showValue(value);
      if (isReference(value)) {
        addFlight(<usize> <u32> value);
        store<i64>(desk, value, DESK_VALUE);
        store<i32>(desk, WAY_HAND, DESK_WAY);
      }
      return STATUS_OK;
    }
    underWay(channel, value, WAY_OUT, position);
    moveHead(channel, position + 1);
    stop(47);
    handOut(value);
    if (load<u32>(channel, CHANNEL_FIRST_SENDER) != 0) match(channel);
    return STATUS_OK;
  }
  while (true) {
    const node = <usize> load<u32>(channel, CHANNEL_FIRST_SENDER);
    if (node == 0) break;
    const ticket = <usize> load<u32>(node, NODE_TICKET);
    begin(J_TAKE, channel, ticket, 0, 0);
    const claimed = reserve(ticket);
    unlink(channel, node);
    if (!claimed) continue;
    const value = load<i64>(node, NODE_VALUE);
    underWay(channel, value, WAY_HAND, 0);
    decide();
    stop(48);
    settle(ticket, load<i32>(node, NODE_CASE), STATUS_OK);
    end();
    handOut(value);
    return STATUS_OK;
  }
  end();
  return attention & ATTENTION_CLOSED ? STATUS_CLOSED : STATUS_WAIT;
}

/** Under both locks: lets everybody go on who can. */
export function match(channel: usize): void {
  if (load<i32>(channel, CHANNEL_MODE) >= MODE_PERMITS) return matchLock(channel);
  const attention = load<i32>(channel, CHANNEL_ATTENTION);
  const capacity = load<i32>(channel, CHANNEL_CAPACITY);
  const promise = load<i32>(channel, CHANNEL_MODE) == MODE_PROMISE;
  while (true) {
    const sender = <usize> load<u32>(channel, CHANNEL_FIRST_SENDER);
    const receiver = <usize> load<u32>(channel, CHANNEL_FIRST_RECEIVER);
    if (attention & ATTENTION_POISONED) {
      if (sender != 0) refuse(channel, sender, STATUS_POISONED);
      else if (receiver != 0) refuse(channel, receiver, STATUS_POISONED);
      else return;
      continue;
    }
    if (attention & ATTENTION_CLOSED && sender != 0) {
      refuse(channel, sender, STATUS_CLOSED);
      continue;
    }
    if (receiver != 0 && head(channel) != tail(channel)) {
      fromRing(channel, receiver, promise);
      continue;
    }
    if (sender != 0 && promise && tail(channel) != 0) {
      refuse(channel, sender, STATUS_OK);
      continue;
    }
    if (sender != 0 && capacity != 0 && hasRoom(channel, head(channel), tail(channel))) {
      if (!makeRoom(channel)) return;
      intoRing(channel, sender);
      continue;
    }
    if (receiver != 0 && attention & ATTENTION_CLOSED) {
      refuse(channel, receiver, STATUS_CLOSED);
      continue;
    }
    if (sender == 0 || receiver == 0 || capacity != 0) return;
    if (!pairAny(channel, sender, receiver)) return;
  }
}

/** Under both locks: does what a recovery may have left undone. */
export function catchUp(channel: usize): void {
  const attention = load<i32>(channel, CHANNEL_ATTENTION);
  if ((attention & ATTENTION_UNMATCHED) == 0) return;
  // Main looks after the channel once more: if this thread dies over it, it is done again.
  match(channel);
  atomic.store<i32>(channel, attention & ~ATTENTION_UNMATCHED, CHANNEL_ATTENTION);
}

/** Settles a node with a status and no value. */
export function refuse(channel: usize, node: usize, status: i32): void {
  const ticket = <usize> load<u32>(node, NODE_TICKET);
  begin(J_PAIR, channel, ticket, 0, 0);
  const claimed = reserve(ticket);
  unlink(channel, node);
  if (claimed) settle(ticket, load<i32>(node, NODE_CASE), status);
  end();
}

/** The oldest value of the ring goes to a waiting receiver. */
function fromRing(channel: usize, node: usize, keep: bool): void {
  const ticket = <usize> load<u32>(node, NODE_TICKET);
  const position = head(channel);
  begin(keep ? J_PAIR : J_FROM_RING, channel, 0, ticket, position);
  const claimed = reserve(ticket);
  stop(49);
  unlink(channel, node);
  if (claimed) {
    const value = load<i64>(slotAt(channel, position));
    store<i64>(ticket, value, TICKET_RESULT);
    // A promise's value is received once more: a channel flies once more, if this is decided.
    if (keep && isReference(value)) addFlight(<usize> <u32> value);
    decide();
    stop(50);
    settle(ticket, load<i32>(node, NODE_CASE), STATUS_OK);
    stop(51);
    if (!keep) moveHead(channel, position + 1);
  }
  end();
}

/** The value of a waiting sender goes into the ring. */
function intoRing(channel: usize, node: usize): void {
  const ticket = <usize> load<u32>(node, NODE_TICKET);
  const position = tail(channel);
  const index = load<i32>(node, NODE_CASE);
  store<i32>(desk, index, DESK_CASE);
  begin(J_INTO_RING, channel, ticket, 0, position);
  const claimed = reserve(ticket);
  stop(52);
  unlink(channel, node);
  if (claimed) {
    const value = load<i64>(node, NODE_VALUE);
    store<i64>(slotAt(channel, position), value);
    decide();
    stop(53);
    handIn(value);
    moveTail(channel, position + 1);
    stop(54);
    settle(ticket, index, STATUS_OK);
  }
  end();
}

/** Capacity 0: lets the first sender and receiver meet that are not one party. False if there are none. */
function pairAny(channel: usize, first: usize, receivers: usize): bool {
  for (let sender = first; sender != 0; sender = <usize> load<u32>(sender, NODE_NEXT)) {
    const from = <usize> load<u32>(sender, NODE_TICKET);
    for (let receiver = receivers; receiver != 0; receiver = <usize> load<u32>(receiver, NODE_NEXT)) {
      const to = <usize> load<u32>(receiver, NODE_TICKET);
      if (from == to) continue;
      pair(channel, sender, from, receiver, to);
      return true;
    }
  }
  return false;
}

/** Hands a waiting sender's value to a waiting receiver, or unlinks those of them that were settled elsewhere. */
function pair(channel: usize, sender: usize, from: usize, receiver: usize, to: usize): void {
  const sent = load<i32>(sender, NODE_CASE);
  store<i32>(desk, sent, DESK_CASE);
  begin(J_PAIR, channel, from, to, 0);
  if (reserveBoth(from, to)) {
    stop(55);
    unlink(channel, sender);
    unlink(channel, receiver);
    const value = load<i64>(sender, NODE_VALUE);
    store<i64>(to, value, TICKET_RESULT);
    handIn(value);
    decide();
    stop(56);
    settle(to, load<i32>(receiver, NODE_CASE), STATUS_OK);
    stop(57);
    settle(from, sent, STATUS_OK);
  } else {
    if (isOver(from)) unlink(channel, sender);
    if (isOver(to)) unlink(channel, receiver);
  }
  end();
}

/** Says on the desk what is about to be decided for others. */
// @ts-ignore: decorator
@inline
export function begin(action: i32, channel: usize, sender: usize, receiver: usize, position: i64): void {
  store<i32>(desk, action, DESK_ACTION);
  store<u32>(desk, channel, DESK_CHANNEL);
  store<u32>(desk, sender, DESK_SENDER);
  store<u32>(desk, receiver, DESK_RECEIVER);
  store<i64>(desk, position, DESK_POSITION);
  store<i32>(desk, 1, DESK_STAGE);
}

/** All reservations are had: the next store decides. */
// @ts-ignore: decorator
@inline
export function decide(): void {
  store<i32>(desk, 2, DESK_STAGE);
}

// @ts-ignore: decorator
@inline
export function end(): void {
  store<i32>(desk, 0, DESK_STAGE);
}

/** A channel without limit doubles its ring when that is full; false when no memory is left. */
function makeRoom(channel: usize): bool {
  const mask = load<i32>(channel, CHANNEL_MASK);
  const from = head(channel);
  const to = tail(channel);
  if (to - from <= <i64> mask) return true;
  const slots = (mask + 1) * 2;
  const ring = allocate(<u32> slots * 8 + 16, RING);
  if (ring == 0) return false;
  const old = <usize> load<u32>(channel, CHANNEL_RING);
  for (let at = from; at < to; at++) {
    const value = load<i64>(old + (<usize> (<i32> at & mask) << 3));
    store<i64>(ring + 16 + (<usize> (<i32> at & (slots - 1)) << 3), value);
  }
  stop(58);
  attach(ring, channel);
  store<i32>(channel, slots, CHANNEL_LIMIT);
  store<u32>(channel, ring + 16, CHANNEL_RING);
  store<i32>(channel, slots - 1, CHANNEL_MASK);
  stop(59);
  if (old != channel + CHANNEL_INLINE) free(old - 16);
  return true;
}

/** Makes a ticket, which nobody refers to, wait from now on, and its own node one for `channel`, as case 0. */
export function prepare(channel: usize, ticket: usize, sends: i32): usize {
  const node = ticket + TICKET_NODE;
  store<i32>(ticket, load<i32>(ticket, TICKET_USES) + 1, TICKET_USES);
  store<i32>(ticket, 0, TICKET_SLEEPS);
  store<u32>(node, channel, NODE_CHANNEL);
  store<i32>(node, sends, NODE_SENDS);
  store<u32>(node, ticket, NODE_TICKET);
  store<i32>(node, 0, NODE_CASE);
  store<i32>(node, 0, NODE_LINKED);
  store<i64>(node, 0, NODE_ARRIVAL);
  atomic.store<i32>(ticket, CLAIM_WAITING, TICKET_CLAIM);
  return node;
}

/** Sends a number, or lets `ticket` wait for that. */
export function startSendNumber(channel: usize, ticket: usize, value: f64): i32 {
  if (!enter()) return cut();
  return leave(sendLong(channel, ofNumber(value), prepare(channel, ticket, 1)));
}

/** Sends anything else, or lets `ticket` wait for that. */
export function startSendTag(channel: usize, ticket: usize, tag: i32, low: u32): i32 {
  if (!enter()) return cut();
  return leave(sendLong(channel, ofTag(tag, low), prepare(channel, ticket, 1)));
}

/** Receives, or lets `ticket` wait for that; a value goes to the desk. */
export function startReceive(channel: usize, ticket: usize): i32 {
  if (!enter()) return cut();
  return leave(receiveLong(channel, prepare(channel, ticket, 0)));
}

/** What a node of a send offers; before it enlists. */
export function setNumber(node: usize, value: f64): void {
  store<i64>(node, ofNumber(value), NODE_VALUE);
}

/** The same for anything else. */
export function setTag(node: usize, tag: i32, low: u32): void {
  store<i64>(node, ofTag(tag, low), NODE_VALUE);
}

/** Enlists one of several nodes of a ticket: SETTLED if the ticket was settled meanwhile or by this, else WAIT. */
export function enlist(node: usize): i32 {
  if (!enter()) return cut();
  const channel = <usize> load<u32>(node, NODE_CHANNEL);
  const ticket = <usize> load<u32>(node, NODE_TICKET);
  lock(channel);
  if (!isOver(ticket)) {
    const held = load<i32>(node, NODE_SENDS) != 0 ? valueInHand(load<i64>(node, NODE_VALUE)) : 0;
    store<i32>(node, 1, NODE_ENLISTED);
    if (held != 0) drop(held);
    link(channel, node);
    match(channel);
  }
  unlock(channel);
  return leave(isOver(ticket) ? STATUS_SETTLED : STATUS_WAIT);
}

/** Takes a node out of its channel's list, if it is there. What it offered and nobody has taken is in hand again. */
export function withdraw(node: usize): i32 {
  if (!enter()) return cut();
  const channel = <usize> load<u32>(node, NODE_CHANNEL);
  // Where main has made the lists anew after a death, only the lock tells; see `rebuild` in channels/burial.ts.
  if (
    atomic.load<i32>(node, NODE_LINKED) != 0 ||
    (atomic.load<i32>(channel, CHANNEL_ATTENTION) & ATTENTION_REBUILT) != 0
  ) {
    lock(channel);
    unlink(channel, node);
    // Who wanted more may have kept back those behind.
    if (load<i32>(channel, CHANNEL_MODE) >= MODE_PERMITS) matchLock(channel);
    unlock(channel);
  }
  const value = load<i64>(node, NODE_VALUE);
  const back = load<i32>(node, NODE_SENDS) != 0 && isReference(value) && load<i32>(node, NODE_ENLISTED) != 0 &&
    !isServed(node) && reach(1);
  if (back) hold(referenceOf(value));
  atomic.store<i32>(node, 0, NODE_ENLISTED);
  return leave(STATUS_OK);
}

/** Whether its ticket was settled by this node, with its value. */
function isServed(node: usize): bool {
  const ticket = <usize> load<u32>(node, NODE_TICKET);
  return atomic.load<i32>(ticket, TICKET_CLAIM) == (CLAIM_DONE | load<i32>(node, NODE_CASE) << 8) &&
    load<i32>(ticket, TICKET_STATUS) == STATUS_OK;
}

/** The owner of a ticket gives up: 1 if it has, 0 if the ticket was settled before. */
export function giveUp(ticket: usize): i32 {
  let spins = 0;
  while (true) {
    const claim = atomic.load<i32>(ticket, TICKET_CLAIM);
    if (claim == CLAIM_WAITING) {
      if (atomic.cmpxchg<i32>(ticket, CLAIM_WAITING, CLAIM_GONE, TICKET_CLAIM) == CLAIM_WAITING) return 1;
    } else if ((claim & 0xff) != CLAIM_RESERVED) return 0;
    else pause(spins++);
  }
}

/** Puts the result of a settled ticket on the desk: its status; and the case in DESK_POSITION's low word. */
export function collect(ticket: usize, keep: bool): i32 {
  const status = load<i32>(ticket, TICKET_STATUS);
  if (status == STATUS_OK) {
    const value = load<i64>(ticket, TICKET_RESULT);
    if (keep && !isReference(value)) showValue(value);
    else {
      store<u32>(desk, 0, DESK_CHANNEL);
      store<i32>(desk, WAY_HAND, DESK_WAY);
      store<i64>(desk, value, DESK_VALUE);
      store<i64>(ticket, ofTag(TAG_UNDEFINED, 0), TICKET_RESULT);
      handOut(value);
      keepReference();
    }
  }
  return status;
}

/**
 * Closes, or with `poison` ends at once. `reason`: the block of an encoded reason, or 0; it becomes the channel's if this
 * call has closed it, which is what 1 says.
 */
export function close(channel: usize, poison: bool, reason: u32): i32 {
  if (!enter()) return 0;
  lock(channel);
  const news = endNow(channel, poison, reason);
  unlock(channel);
  return leave(news ? 1 : 0);
}

/** Under both locks: the same. */
export function endNow(channel: usize, poison: bool, reason: u32): bool {
  if (!mark(channel, poison, reason)) return false;
  stop(61);
  match(channel);
  return true;
}

/** Under both locks: the same, but who waits is not told yet. */
export function mark(channel: usize, poison: bool, reason: u32): bool {
  const before = load<i32>(channel, CHANNEL_ATTENTION);
  const bits = poison ? ATTENTION_POISONED | ATTENTION_CLOSED : ATTENTION_CLOSED;
  if ((before & bits) == bits) return false;
  store<u32>(channel + (poison ? CHANNEL_POISON : CHANNEL_REASON), reason);
  if (reason != 0) atomic.store<i32>(reason, DATA | IN_CHANNEL << OWNER_SHIFT, META);
  stop(60);
  atomic.store<i32>(channel, before | bits, CHANNEL_ATTENTION);
  seal(channel);
  return true;
}

/** Under both locks: closes the short ways that ATTENTION forbids; also for recovery. */
export function seal(channel: usize): void {
  const attention = load<i32>(channel, CHANNEL_ATTENTION);
  if (attention & ATTENTION_CLOSED) {
    atomic.store<i64>(channel, load<i64>(channel, CHANNEL_TAIL) | GATE_CLOSED, CHANNEL_TAIL);
  }
  if (attention & ATTENTION_POISONED) {
    atomic.store<i64>(channel, load<i64>(channel, CHANNEL_HEAD) | GATE_SPECIAL, CHANNEL_HEAD);
  }
}

/** Takes what a poisoned or dead channel still holds, one value at a time; WAIT when there is none. */
export function drain(channel: usize): i32 {
  if (!enter()) return cut();
  lock(channel);
  const position = head(channel);
  let status = STATUS_WAIT;
  if (position != tail(channel) && load<i32>(channel, CHANNEL_MODE) != MODE_PROMISE) {
    const value = load<i64>(slotAt(channel, position));
    underWay(channel, value, WAY_OUT, position);
    moveHead(channel, position + 1);
    handOut(value);
    keepReference();
    status = STATUS_OK;
  }
  unlock(channel);
  return leave(status);
}

/** Values in the ring. */
export function size(channel: usize): i32 {
  const from = atomic.load<i64>(channel, CHANNEL_HEAD) >>> 16;
  const to = atomic.load<i64>(channel, CHANNEL_TAIL) >>> 16;
  return to > from ? <i32> (to - from) : 0;
}

/** Sends as many of `count` doubles at `from` as can be sent the short way; how many. After 0, one `sendNumber` tells why. */
export function sendNumbers(channel: usize, from: usize, count: i32): i32 {
  if (!enter()) return 0;
  const word = atomic.load<i64>(channel, CHANNEL_TAIL);
  if ((word & GATE_BITS) == 0) {
    const position = word >>> 16;
    const seen = atomic.load<i64>(channel, CHANNEL_HEAD) >>> 16;
    store<i64>(channel, seen, CHANNEL_SEEN_HEAD);
    const room = <i32> min<i64>(<i64> load<u32>(channel, CHANNEL_LIMIT) - (position - seen), <i64> count);
    if (room > 0 && atomic.cmpxchg<i64>(channel, word, word | <i64> me, CHANNEL_TAIL) == word) {
      const ring = <usize> load<u32>(channel, CHANNEL_RING);
      const mask = load<i32>(channel, CHANNEL_MASK);
      for (let i = 0; i < room; i++) {
        const value = ofNumber(load<f64>(from + (<usize> i << 3)));
        store<i64>(ring + (<usize> ((<i32> position + i) & mask) << 3), value);
      }
      stop(62);
      atomic.store<i64>(channel, (position + <i64> room) << 16, CHANNEL_TAIL);
      return leave(room);
    }
  }
  return leave(0);
}

/** Receives up to `count` numbers to `to`, as many as can be had at once and stand before anything else; how many. -1: what is next is no number. */
export function receiveNumbers(channel: usize, to: usize, count: i32): i32 {
  if (!enter()) return 0;
  const word = atomic.load<i64>(channel, CHANNEL_HEAD);
  if ((word & GATE_BITS) != 0) return leave(0);
  const position = word >>> 16;
  const seen = look(channel) >>> 16;
  const most = <i32> min<i64>(seen - position, <i64> count);
  if (most <= 0 || atomic.cmpxchg<i64>(channel, word, word | <i64> me, CHANNEL_HEAD) != word) return leave(0);
  const ring = <usize> load<u32>(channel, CHANNEL_RING);
  const mask = load<i32>(channel, CHANNEL_MASK);
  let got = 0;
  while (got < most) {
    const value = load<i64>(ring + (<usize> ((<i32> position + got) & mask) << 3));
    if (isBoxed(value)) break;
    store<i64>(to + (<usize> got << 3), value);
    got++;
  }
  stop(63);
  atomic.store<i64>(channel, (position + <i64> got) << 16, CHANNEL_HEAD);
  return leave(got == 0 ? -1 : got);
}

/**
 * Whether, at one instant, none of `count` cases can take effect: pairs of words at `cases`, channel and 1 for a send,
 * in order of channels. 0: none; else 1 + the index of one that could at that instant.
 */
export function readyTogether(cases: usize, count: i32): i32 {
  if (!enter()) return 0;
  let before: usize = 0;
  for (let i = 0; i < count; i++) {
    const channel = <usize> load<u32>(cases + (<usize> i << 3));
    if (channel != before) lock(channel);
    before = channel;
  }
  let found = 0;
  for (let i = 0; i < count && found == 0; i++) {
    const at = cases + (<usize> i << 3);
    if (isReady(<usize> load<u32>(at), load<i32>(at, 4) != 0)) found = i + 1;
  }
  before = 0;
  for (let i = 0; i < count; i++) {
    const channel = <usize> load<u32>(cases + (<usize> i << 3));
    if (channel != before) unlock(channel);
    before = channel;
  }
  return leave(found);
}

/**
 * Whether an attempt may succeed, by a glance without locks, which may err either way: for whoever looks again and again
 * before it enlists.
 */
export function glance(channel: usize, sends: i32): i32 {
  if (isCut() || (load<i32>(channel, CHANNEL_ATTENTION) & ATTENTION_CLOSED) != 0) return 1;
  const from = atomic.load<i64>(channel, CHANNEL_HEAD) >>> 16;
  const to = atomic.load<i64>(channel, CHANNEL_TAIL) >>> 16;
  if (sends) return load<u32>(channel, CHANNEL_FIRST_RECEIVER) != 0 || hasRoom(channel, from, to) ? 1 : 0;
  return from != to || load<u32>(channel, CHANNEL_FIRST_SENDER) != 0 ? 1 : 0;
}

function isReady(channel: usize, sends: bool): bool {
  if (load<i32>(channel, CHANNEL_ATTENTION) & ATTENTION_CLOSED) return true;
  if (sends) {
    return load<i32>(channel, CHANNEL_MODE) != 0 || anyWaits(load<u32>(channel, CHANNEL_FIRST_RECEIVER)) ||
      load<i32>(channel, CHANNEL_CAPACITY) != 0 && hasRoom(channel, head(channel), tail(channel));
  }
  return head(channel) != tail(channel) || anyWaits(load<u32>(channel, CHANNEL_FIRST_SENDER));
}

function anyWaits(first: usize): bool {
  for (let node = first; node != 0; node = <usize> load<u32>(node, NODE_NEXT)) {
    if (!isOver(<usize> load<u32>(node, NODE_TICKET))) return true;
  }
  return false;
}
