/**
 * Locks: permits that interpreters hold, and what else can be waited for without a value. A lock is a channel of capacity 0
 * with a mode of its own: who waits is in its list of senders, and everything under its one lock, the gate TAIL.
 *
 * *Invariants*, whenever the gate is free. Permits: FREE is TOTAL less the sum of the table, and the first who waits wants
 * more than FREE; nobody passes him. Group: nobody waits while COUNT is 0. Barrier: fewer wait than there are parties.
 * {@link matchLock} restores them, whatever was changed.
 *
 * *Memory.* The table says what each interpreter holds, and is the truth: FREE can be made again from it. An entry changes
 * by one store, under the gate: that of who takes or gives back, and that of who is served.
 *
 * *Who waits and who wakes.* Who waits has a ticket, which says by DONE that it was served; who serves it writes the
 * entry before. In between a death is undone or finished by the journal: J_GRANT, J_OPEN; see channels/lock_burial.ts.
 *
 * *Source.* Go's semaphore.Weighted for permits in order of arrival; sync.WaitGroup; Python's threading.Barrier.
 */
import {
  ATTENTION_CLOSED,
  ATTENTION_POISONED,
  CHANNEL_ATTENTION,
  CHANNEL_FIRST_SENDER,
  CHANNEL_INLINE,
  CHANNEL_MASK,
  CHANNEL_MODE,
  CHANNEL_RING,
  J_GRANT,
  J_OPEN,
  LOCK_COUNT,
  LOCK_FREE,
  LOCK_INLINE_SLOTS,
  LOCK_SLOTS,
  LOCK_TOTAL,
  META,
  MODE_BARRIER,
  MODE_GROUP,
  MODE_PERMITS,
  NODE_CASE,
  NODE_ENLISTED,
  NODE_NEXT,
  NODE_TICKET,
  NODE_VALUE,
  OWNER_SHIFT,
  RING,
  STATUS_CLOSED,
  STATUS_FULL,
  STATUS_OK,
  STATUS_POISONED,
  STATUS_SETTLED,
  STATUS_WAIT,
  TICKET_RESULT,
} from "../heap_layout";
import { allocate } from "./blocks";
import { begin, decide, end, refuse } from "./matching";
import { prepare } from "./waiting";
import { cut, enter, isCut, leave, me } from "./desk";
import { lock as takeGate, unlock as giveGate } from "./gates";
import { attach, create } from "./lifetime";
import { link, unlink } from "./lists";
import { stop } from "./stop";
import { isOver, release, reserve, settle } from "./tickets";

/** Beyond it doubles do not tell neighbours apart. */
const MOST: i64 = 9007199254740991;

/** Makes a lock that this interpreter knows; 0 when no memory is left. `total`: permits, or parties of a barrier. */
export function createLock(mode: i32, total: i32): usize {
  const made = create(0, mode);
  if (made == 0) return 0;
  store<i32>(made, LOCK_INLINE_SLOTS - 1, CHANNEL_MASK);
  store<i32>(made, total, LOCK_TOTAL);
  store<i32>(made, total, LOCK_FREE);
  return made;
}

// @ts-ignore: decorator
@inline
function entryOf(lock: usize, slot: i32): usize {
  return <usize> load<u32>(lock, CHANNEL_RING) + (<usize> slot << 2);
}

/** What the interpreter of `slot` holds; its own is exact, another's may change. */
export function heldBy(lock: usize, slot: i32): i32 {
  return slot > load<i32>(lock, CHANNEL_MASK) ? 0 : atomic.load<i32>(entryOf(lock, slot));
}

/** Takes `amount` permits, or whatever the mode means, if that can be done at once. */
export function acquire(lock: usize, amount: i32): i32 {
  if (!enter()) return cut();
  takeGate(lock);
  const status = obtain(lock, amount);
  giveGate(lock);
  return leave(status);
}

/** Takes, or lets `ticket` wait for that; SETTLED if the ticket was served at once. */
export function startAcquire(lock: usize, ticket: usize, amount: i32): i32 {
  if (!enter()) return cut();
  const node = prepare(lock, ticket, 1);
  takeGate(lock);
  let status = obtain(lock, amount);
  if (status == STATUS_WAIT) {
    store<f64>(node, <f64> amount, NODE_VALUE);
    store<i32>(node, 1, NODE_ENLISTED);
    link(lock, node);
    matchLock(lock);
    if (isOver(ticket)) status = STATUS_SETTLED;
  }
  giveGate(lock);
  return leave(status);
}

/** Under the gate: takes if that can be done at once and nobody waits. */
function obtain(lock: usize, amount: i32): i32 {
  const mode = load<i32>(lock, CHANNEL_MODE);
  if (mode == MODE_GROUP && load<i64>(lock, LOCK_COUNT) == 0) return STATUS_OK;
  const attention = load<i32>(lock, CHANNEL_ATTENTION);
  if (attention & ATTENTION_POISONED) return STATUS_POISONED;
  if (attention & ATTENTION_CLOSED) return STATUS_CLOSED;
  if (mode != MODE_PERMITS) return STATUS_WAIT;
  // Whoever may have to be served has an entry before it waits.
  if (me - 1 > load<i32>(lock, CHANNEL_MASK) && !widen(lock)) return STATUS_FULL;
  if (load<u32>(lock, CHANNEL_FIRST_SENDER) != 0) {
    matchLock(lock);
    if (load<u32>(lock, CHANNEL_FIRST_SENDER) != 0) return STATUS_WAIT;
  }
  const free = load<i32>(lock, LOCK_FREE);
  if (free < amount) return STATUS_WAIT;
  const entry = entryOf(lock, me - 1);
  atomic.store<i32>(entry, load<i32>(entry) + amount);
  stop(90);
  store<i32>(lock, free - amount, LOCK_FREE);
  return STATUS_OK;
}

/** Under the gate: gives the table an entry for every slot there can be; false when no memory is left. */
function widen(lock: usize): bool {
  const table = allocate(LOCK_SLOTS * 4 + 16, RING);
  if (table == 0) return false;
  memory.fill(table + 16, 0, LOCK_SLOTS * 4);
  memory.copy(table + 16, lock + CHANNEL_INLINE, LOCK_INLINE_SLOTS * 4);
  stop(91);
  attach(table, lock);
  store<u32>(lock, <u32> (table + 16), CHANNEL_RING);
  stop(92);
  store<i32>(lock, LOCK_SLOTS - 1, CHANNEL_MASK);
  return true;
}

/** Gives `amount` permits back; of what the caller does not hold any more, nothing. */
export function releaseLock(lock: usize, amount: i32): i32 {
  if (!enter()) return cut();
  takeGate(lock);
  putBack(lock, me - 1, amount);
  giveGate(lock);
  return leave(STATUS_OK);
}

/** For main: gives back all that the interpreter of `slot`, which is dead, holds. */
export function dropHeld(lock: usize, slot: i32): void {
  if (!enter()) return;
  takeGate(lock);
  if (slot <= load<i32>(lock, CHANNEL_MASK)) putBack(lock, slot, i32.MAX_VALUE);
  giveGate(lock);
  leave(STATUS_OK);
}

/** Under the gate. */
function putBack(lock: usize, slot: i32, amount: i32): void {
  const entry = entryOf(lock, slot);
  const held = load<i32>(entry);
  const back = min(amount, held);
  atomic.store<i32>(entry, held - back);
  stop(93);
  store<i32>(lock, load<i32>(lock, LOCK_FREE) + back, LOCK_FREE);
  if (load<u32>(lock, CHANNEL_FIRST_SENDER) != 0) matchLock(lock);
}

/** For recovery, under the gate that the interpreter of `slot` has left: it holds nothing, and FREE follows from the table. */
export function mendLock(lock: usize, slot: i32): void {
  if (load<i32>(lock, CHANNEL_MODE) != MODE_PERMITS) return;
  const last = load<i32>(lock, CHANNEL_RING) == <i32> (lock + CHANNEL_INLINE) ? LOCK_INLINE_SLOTS - 1 : LOCK_SLOTS - 1;
  store<i32>(lock, last, CHANNEL_MASK);
  if (slot <= last) atomic.store<i32>(entryOf(lock, slot), 0);
  let free = load<i32>(lock, LOCK_TOTAL);
  for (let at = 0; at <= last; at++) free -= load<i32>(entryOf(lock, at));
  store<i32>(lock, free, LOCK_FREE);
}

/** Under the gate: serves all who wait and can be served, in order of arrival. */
export function matchLock(lock: usize): void {
  const mode = load<i32>(lock, CHANNEL_MODE);
  const attention = load<i32>(lock, CHANNEL_ATTENTION);
  while (true) {
    const node = <usize> load<u32>(lock, CHANNEL_FIRST_SENDER);
    if (node == 0) return;
    if (mode == MODE_GROUP && load<i64>(lock, LOCK_COUNT) == 0) refuse(lock, node, STATUS_OK);
    else if (attention & ATTENTION_POISONED) refuse(lock, node, STATUS_POISONED);
    else if (attention & ATTENTION_CLOSED) refuse(lock, node, STATUS_CLOSED);
    else if (isOver(<usize> load<u32>(node, NODE_TICKET))) unlink(lock, node);
    else if (mode == MODE_PERMITS) {
      const amount = <i32> load<f64>(node, NODE_VALUE);
      if (load<i32>(lock, LOCK_FREE) < amount) return;
      grant(lock, node, amount);
    } else if (mode != MODE_BARRIER || !open(lock)) return;
  }
}

/** Under the gate: permits go to who waits first, unless it has given up. */
function grant(lock: usize, node: usize, amount: i32): void {
  const ticket = <usize> load<u32>(node, NODE_TICKET);
  const entry = entryOf(lock, (load<i32>(ticket, META) >>> OWNER_SHIFT) - 1);
  const held = load<i32>(entry) + amount;
  begin(J_GRANT, lock, ticket, 0, <i64> held);
  const claimed = reserve(ticket);
  stop(94);
  unlink(lock, node);
  if (claimed) {
    store<i64>(ticket, 0, TICKET_RESULT);
    decide();
    stop(95);
    atomic.store<i32>(entry, held);
    stop(96);
    store<i32>(lock, load<i32>(lock, LOCK_FREE) - amount, LOCK_FREE);
    settle(ticket, load<i32>(node, NODE_CASE), STATUS_OK);
    stop(97);
  }
  end();
}

/**
 * Under the gate: the barrier opens if as many wait as there are parties, all of them at once. Each is told which one it is. Who
 * gives up meanwhile is no party: so all are reserved before the first is told. Nobody else reserves them, but their owners wait.
 */
function open(lock: usize): bool {
  const parties = load<i32>(lock, LOCK_TOTAL);
  let waiting = 0;
  let node = <usize> load<u32>(lock, CHANNEL_FIRST_SENDER);
  for (; node != 0 && waiting < parties; node = <usize> load<u32>(node, NODE_NEXT)) waiting++;
  if (waiting < parties) return false;
  begin(J_OPEN, lock, 0, 0, 0);
  let reserved = 0;
  node = <usize> load<u32>(lock, CHANNEL_FIRST_SENDER);
  while (node != 0 && reserved < parties) {
    const next = <usize> load<u32>(node, NODE_NEXT);
    if (reserve(<usize> load<u32>(node, NODE_TICKET))) reserved++;
    else unlink(lock, node);
    node = next;
  }
  stop(98);
  node = <usize> load<u32>(lock, CHANNEL_FIRST_SENDER);
  if (reserved < parties) {
    for (; node != 0; node = <usize> load<u32>(node, NODE_NEXT)) release(<usize> load<u32>(node, NODE_TICKET));
    end();
    return false;
  }
  decide();
  for (let index = 0; index < parties; index++) {
    node = <usize> load<u32>(lock, CHANNEL_FIRST_SENDER);
    const ticket = <usize> load<u32>(node, NODE_TICKET);
    store<i64>(ticket, index, TICKET_RESULT);
    unlink(lock, node);
    stop(99);
    settle(ticket, load<i32>(node, NODE_CASE), STATUS_OK);
  }
  end();
  return true;
}

/** Changes what a group waits for: CLOSED, and nothing has happened, if it would be below 0, FULL if it would be too much. */
export function addToGroup(lock: usize, k: f64): i32 {
  if (!enter()) return cut();
  takeGate(lock);
  const count = load<i64>(lock, LOCK_COUNT) + <i64> k;
  let status = STATUS_OK;
  if (count < 0) status = STATUS_CLOSED;
  else if (count > MOST) status = STATUS_FULL;
  else {
    atomic.store<i64>(lock, count, LOCK_COUNT);
    stop(100);
    if (count == 0) matchLock(lock);
  }
  giveGate(lock);
  return leave(status);
}

/** Adds to a counter and gives its new value: NaN when this interpreter was cut off, infinite when it would be too large. */
export function addToCounter(counter: usize, k: f64): f64 {
  if (isCut()) return NaN;
  while (true) {
    const before = atomic.load<i64>(counter, LOCK_COUNT);
    const after = before + <i64> k;
    if (after > MOST || after < -MOST) return Infinity;
    if (atomic.cmpxchg<i64>(counter, before, after, LOCK_COUNT) == before) return <f64> after;
  }
}

/** Makes a counter that is at `before` be at `after`: 1; 0 when it is elsewhere, -1 when this interpreter was cut off. */
export function moveCounter(counter: usize, before: f64, after: f64): i32 {
  if (isCut()) return -1;
  const from = <i64> before;
  return atomic.cmpxchg<i64>(counter, from, <i64> after, LOCK_COUNT) == from ? 1 : 0;
}

/** What a group waits for; a counter's value. */
export function countOf(lock: usize): f64 {
  return <f64> atomic.load<i64>(lock, LOCK_COUNT);
}
