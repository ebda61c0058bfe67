/**
 * Where parties meet: under both locks everybody goes on who can. What is decided for others is said on the desk before
 * (`DESK_STAGE`), for recovery; see `channels/burial_journal.ts`.
 */
import {
  ATTENTION_CLOSED,
  ATTENTION_POISONED,
  ATTENTION_UNMATCHED,
  CHANNEL_ATTENTION,
  CHANNEL_CAPACITY,
  CHANNEL_FIRST_RECEIVER,
  CHANNEL_FIRST_SENDER,
  CHANNEL_INLINE,
  CHANNEL_LIMIT,
  CHANNEL_MASK,
  CHANNEL_MODE,
  CHANNEL_RING,
  DESK_ACTION,
  DESK_CASE,
  DESK_CHANNEL,
  DESK_POSITION,
  DESK_RECEIVER,
  DESK_SENDER,
  DESK_STAGE,
  J_FROM_RING,
  J_INTO_RING,
  J_PAIR,
  MODE_PERMITS,
  MODE_PROMISE,
  NODE_CASE,
  NODE_NEXT,
  NODE_TICKET,
  NODE_VALUE,
  RING,
  STATUS_CLOSED,
  STATUS_OK,
  STATUS_POISONED,
  TICKET_RESULT,
} from "../heap_layout";
import { allocate, free } from "./blocks";
import { desk } from "./desk";
import { head, moveHead, moveTail, tail } from "./gates";
import { addFlight, attach } from "./lifetime";
import { unlink } from "./lists";
import { matchLock } from "./locks";
import { handIn, hasRoom, isReference, slotAt } from "./slots";
import { stop } from "./stop";
import { isOver, reserve, reserveBoth, settle } from "./tickets";

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
export function makeRoom(channel: usize): bool {
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
