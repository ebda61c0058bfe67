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
  ATTENTION_UNMATCHED,
  CHANNEL_ATTENTION,
  CHANNEL_CAPACITY,
  CHANNEL_FIRST_RECEIVER,
  CHANNEL_FIRST_SENDER,
  CHANNEL_HEAD,
  CHANNEL_LIMIT,
  CHANNEL_MODE,
  CHANNEL_SEEN_HEAD,
  CHANNEL_SEEN_TAIL,
  CHANNEL_TAIL,
  DESK_CHANNEL,
  DESK_OLDEST,
  DESK_STATUS,
  DESK_VALUE,
  DESK_VALUE_AT,
  DESK_WAY,
  GATE_BITS,
  GATE_OWNER,
  J_GIVE,
  J_SLIDE,
  J_TAKE,
  MODE_DROPPING,
  MODE_PROMISE,
  MODE_SLIDING,
  NODE_CASE,
  NODE_ENLISTED,
  NODE_TICKET,
  NODE_VALUE,
  STATUS_CLOSED,
  STATUS_DROPPED,
  STATUS_FULL,
  STATUS_OK,
  STATUS_POISONED,
  STATUS_SLID,
  STATUS_WAIT,
  TICKET_RESULT,
  WAY_HAND,
  WAY_INTO,
  WAY_OUT,
} from "../heap_layout";
import { cut, desk, enter, leave, me } from "./desk";
import { head, lock, moveHead, moveTail, tail, unlock } from "./gates";
import { drop, hold, referenceOf, valueInHand } from "./hand";
import { addFlight } from "./lifetime";
import { link, unlink } from "./lists";
import { begin, catchUp, decide, end, makeRoom, match } from "./matching";
import {
  handBack,
  handIn,
  handOut,
  hasRoom,
  isBoxed,
  isReference,
  ofNumber,
  ofTag,
  showValue,
  slotAt,
} from "./slots";
import { stop } from "./stop";
import { reserve, settle } from "./tickets";

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
export function underWay(channel: usize, value: i64, way: i32, position: i64): void {
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
export function keepReference(): void {
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
export function look(channel: usize): i64 {
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
export function sendLong(channel: usize, value: i64, node: usize): i32 {
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
export function receiveLong(channel: usize, node: usize): i32 {
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

/** Values in the ring. */
export function size(channel: usize): i32 {
  const from = atomic.load<i64>(channel, CHANNEL_HEAD) >>> 16;
  const to = atomic.load<i64>(channel, CHANNEL_TAIL) >>> 16;
  return to > from ? <i32> (to - from) : 0;
}
