/**
 * Tickets: reserving and settling operations that wait.
 *
 * *Invariants.* CLAIM goes from WAITING to RESERVED and from there to DONE or back; from WAITING to GONE by its owner
 * alone. A node in a list belongs to the present use of its ticket: an owner withdraws its nodes before it uses a ticket again.
 *
 * *Who wakes.* Who stores DONE announces it: to a sleeping thread by a notify on CLAIM, to an event loop by a bit in its
 * ready set and its bell. Both may be done twice, and late: a bit whose ticket is not DONE means nothing. To wake somebody
 * takes a call of the operating system, which may let the woken thread run in the place of this one. So it is put off until
 * the locks are given back (`wakeAll`): the woken one would wait for them, and this one for the processor. Whom a dead
 * thread has not woken can be read off its desk.
 */
import {
  CLAIM_DONE,
  CLAIM_RESERVED,
  CLAIM_WAITING,
  DESK_ANNOUNCE,
  DESK_BELL,
  DESK_MOST_WAKES,
  DESK_READY,
  DESK_SIZE,
  DESK_WAKE,
  DESK_WAKES,
  DESKS,
  META,
  OWNER_SHIFT,
  PAGE_TABLE,
  READY_SUMMARY,
  READY_WORDS,
  TICKET_CLAIM,
  TICKET_NUMBER,
  TICKET_SLEEPS,
  TICKET_STATUS,
} from "../heap_layout";
import { desk, me, pause } from "./desk";
import { stop } from "./stop";

/** Claims a waiting ticket; false if it is settled or has given up. Waits while another thread has reserved it. */
export function reserve(ticket: usize): bool {
  let spins = 0;
  while (true) {
    const claim = atomic.load<i32>(ticket, TICKET_CLAIM);
    if (claim == CLAIM_WAITING) {
      const mine = CLAIM_RESERVED | me << 8;
      if (atomic.cmpxchg<i32>(ticket, CLAIM_WAITING, mine, TICKET_CLAIM) == CLAIM_WAITING) return true;
    } else if ((claim & 0xff) != CLAIM_RESERVED) return false;
    else pause(spins++);
  }
}

/** Gives a reservation back. */
export function release(ticket: usize): void {
  atomic.store<i32>(ticket, CLAIM_WAITING, TICKET_CLAIM);
}

/** Whether it is settled or has given up. */
// @ts-ignore: decorator
@inline
export function isOver(ticket: usize): bool {
  return (atomic.load<i32>(ticket, TICKET_CLAIM) & 0xff) >= CLAIM_DONE;
}

/** Reserves both, in order of address, or none. */
export function reserveBoth(one: usize, other: usize): bool {
  const first = min(one, other);
  const second = max(one, other);
  if (!reserve(first)) return false;
  stop(10);
  if (reserve(second)) return true;
  release(first);
  return false;
}

/** Under reservation: case `index` took effect. RESULT was written before. */
export function settle(ticket: usize, index: i32, status: i32): void {
  // Read before the store: the owner may use the ticket again right after it.
  const number = load<i32>(ticket, TICKET_NUMBER);
  const owner = (load<i32>(ticket, META) >>> OWNER_SHIFT) - 1;
  store<i32>(ticket, status, TICKET_STATUS);
  store<u32>(desk, ticket, DESK_ANNOUNCE);
  atomic.store<i32>(ticket, CLAIM_DONE | index << 8, TICKET_CLAIM);
  stop(11);
  announce(ticket, number, owner);
  store<u32>(desk, 0, DESK_ANNOUNCE);
}

/** The same for who does not come to `unlock`. */
export function settleNow(ticket: usize, index: i32, status: i32): void {
  settle(ticket, index, status);
  wakeAll();
}

/** The same. */
export function announceNow(ticket: usize, number: i32, owner: i32): void {
  announce(ticket, number, owner);
  wakeAll();
}

/** Tells the owner of a settled ticket; it is woken when the locks are given back. */
export function announce(ticket: usize, number: i32, owner: i32): void {
  if (atomic.load<i32>(ticket, TICKET_SLEEPS) != 0) wake(ticket);
  if (number < 0) return;
  const theirs: usize = DESKS + owner * DESK_SIZE;
  const ready = <usize> load<u32>(theirs, DESK_READY);
  if (ready == 0) return;
  const word = number >>> 5;
  atomic.or<i32>(ready + (word << 2), 1 << (number & 31), READY_WORDS);
  atomic.or<i32>(ready + (word >>> 5 << 2), 1 << (word & 31), READY_SUMMARY);
  if (atomic.load<i32>(theirs, DESK_BELL) != 0) wake(theirs);
}

/** Notes a desk or a ticket for `wakeAll`, unless it was the last one noted. */
function wake(whom: usize): void {
  const noted = load<i32>(desk, DESK_WAKES);
  if (noted == DESK_MOST_WAKES) return wakeUp(whom);
  if (noted > 0 && load<u32>(desk + (<usize> (noted - 1) << 2), DESK_WAKE) == <u32> whom) return;
  store<u32>(desk + (<usize> noted << 2), <u32> whom, DESK_WAKE);
  store<i32>(desk, noted + 1, DESK_WAKES);
}

/** Wakes those who were noted; when no lock is held. */
// @ts-ignore: decorator
@inline
export function wakeAll(): void {
  if (load<i32>(desk, DESK_WAKES) != 0) wakeNoted();
}

function wakeNoted(): void {
  for (let noted = load<i32>(desk, DESK_WAKES); noted > 0; noted--) {
    stop(12);
    wakeUp(<usize> load<u32>(desk + (<usize> (noted - 1) << 2), DESK_WAKE));
    store<i32>(desk, noted - 1, DESK_WAKES);
  }
}

function wakeUp(whom: usize): void {
  if (whom < <usize> PAGE_TABLE) ring(whom);
  else atomic.notify(whom + TICKET_CLAIM, -1);
}

/** Rings a bell: wakes the event loop of that desk if it sleeps. */
export function ring(theirs: usize): void {
  if (atomic.load<i32>(theirs, DESK_BELL) != 0 && atomic.xchg<i32>(theirs, 0, DESK_BELL) != 0) {
    atomic.notify(theirs + DESK_BELL, -1);
  }
}
