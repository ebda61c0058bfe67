/**
 * The end of interpreters in the shared memory, main's part: a dead one is cut off at once, and buried when its thread
 * surely does nothing in the heap any more.
 *
 * *Who waits.* A thread that has ended is buried right away. Deno says that a thread has ended when its end was asked for;
 * there it is known by a lock (`runtime/life.ts`), and one that goes on for ever without this library is buried once it was
 * seen outside of the kernel a while after it was cut off, which every entry asks; its slot it keeps. While main is blocked
 * it cannot be told that a thread has ended; so one that was told to end {@link OVERDUE_MS} ago is recovered by whoever in
 * main waits for a lock. What takes locks itself comes when main is outside of the kernel (`channels/burial.ts`).
 */
import { channels } from "#engines";
import type { Estate } from "../channels/engine.ts";
import { peerLost } from "../channels/errors.ts";
import {
  DESK_CUT,
  DESK_INSIDE,
  DESK_LIFE,
  DESK_OPEN,
  DESK_SIZE,
  DESK_STOPPED,
  DESKS,
} from "../kernel/heap_layout.ts";
import { STATE } from "../kernel/layout.ts";
import { hasEnded, startTimer } from "../runtime/mod.ts";
import { board, title } from "./residents.ts";

/** How long to wait before looking again whether a thread has ended; then twice as long, up to LONGEST_MS. */
const SETTLE_MS = 1;
const LONGEST_MS = 250;
/** Where nothing tells whether a thread has ended: after so long it has. */
const CERTAIN_MS = 100;
/** A thread that was told to end so long ago, and is outside of the kernel, does not touch the heap any more. */
const OVERDUE_MS = 1000;

interface Grave {
  readonly slot: number;
  readonly since: number;
  /** Makes the block with why it died. */
  readonly reason: () => number;
  /** Whether it was running something. */
  readonly ran: boolean;
  /** Its thread does nothing in the heap any more. */
  still: boolean;
  /** Its thread has ended. */
  ended: boolean;
  /** What is left of it, once it holds nothing up. */
  estate: Estate | undefined;
  settled: boolean;
}

const open = new Map<number, Grave>();

/** Cuts off the interpreter in `slot` and retires its ends. It keeps its slot until it is buried. */
export function cutOffSlot(id: number, slot: number, name: string, cause: unknown): void {
  board().setState(slot, STATE.DEAD);
  if (!usesHeap(slot)) return;
  const heap = channels().heapHere();
  const desk = DESKS + slot * DESK_SIZE;
  heap.store(desk + DESK_CUT, 1);
  heap.wakeSleepers(slot);
  function reason(): number {
    const text = `${title(id, name)} has ended, and with it an end of the channel`;
    return channels().encodeReason(heap, peerLost(text, id, cause));
  }
  const ran = board().running(slot) > 0;
  // First, so that who waits for a lock that it holds for good may bury it.
  open.set(slot, {
    slot,
    since: performance.now(),
    reason,
    ran,
    still: false,
    ended: false,
    estate: undefined,
    settled: false,
  });
  channels().dismiss(heap, slot, reason, ran);
}

const addressed = new Set<number>();

/** A letter with references to the heap is on its way to the interpreter in `slot`, which may never have used that. */
export function noteAddressed(slot: number): void {
  addressed.add(slot);
}

function usesHeap(slot: number): boolean {
  if (addressed.delete(slot)) return true;
  const words = new Int32Array(board().memory.buffer);
  return Atomics.load(words, (DESKS + slot * DESK_SIZE + DESK_OPEN) >>> 2) !== 0;
}

/** The thread of the interpreter in `slot` has ended (`ended`), or ends as soon as its runtime gets to it: buries it then. */
export function layToRest(slot: number, ended: boolean): void {
  const grave = open.get(slot);
  if (grave !== undefined) {
    if (ended) close(grave);
    else void watch(grave, SETTLE_MS);
  } else if (board().state(slot) === STATE.DEAD) board().setState(slot, STATE.FREE);
}

/** Looks again and again whether a thread has ended. */
async function watch(grave: Grave, ms: number): Promise<void> {
  const desk = DESKS + grave.slot * DESK_SIZE;
  const heap = channels().heapHere();
  const life = heap.load(desk + DESK_LIFE);
  const age = performance.now() - grave.since;
  const still = heap.load(desk + DESK_INSIDE) === 0 || heap.load(desk + DESK_STOPPED) !== 0;
  if (life !== 0 ? await hasEnded(life) : still && age > CERTAIN_MS) return close(grave);
  if (still && age > OVERDUE_MS && !grave.still) {
    // It keeps the slot: it may still look whether it was cut off.
    grave.still = true;
    bury(false);
  }
  startTimer(ms, function again() {
    if (open.has(grave.slot)) void watch(grave, Math.min(2 * ms, LONGEST_MS));
  }, "idle");
}

/** Its thread has ended. */
function close(grave: Grave): void {
  grave.ended = true;
  grave.still = true;
  bury(false);
}

let burying = false;

/** Does what can be done for those whose threads do nothing in the heap any more; `inside`: main is in the midst of an operation. */
function bury(inside: boolean): void {
  recoverAll();
  // Main may be in the kernel, or in the midst of this.
  if (inside || burying) return later();
  const { clearDesk, finishAll, heapHere, isInside, settle } = channels();
  const heap = heapHere();
  burying = true;
  try {
    for (const grave of open.values()) {
      if (grave.estate === undefined || grave.settled) continue;
      // Its lock may be one that this takes; it will be recovered as soon as its thread has ended.
      if ([...open.values()].some(({ estate, slot }) => estate === undefined && isInside(heap, slot))) break;
      grave.settled = true;
      settle(heap, grave.slot, grave.estate, grave.reason, grave.ran);
      finishAll();
      sweepSoon();
    }
  } finally {
    burying = false;
  }
  for (const grave of [...open.values()]) {
    if (!grave.ended || !grave.settled) continue;
    open.delete(grave.slot);
    clearDesk(heap, grave.slot);
    board().setState(grave.slot, STATE.FREE);
  }
}

/** Looks, in a while, for channels that hold each other and that nobody can reach. */
export function sweepSoon(): void {
  const { heapHere, sweepSoon } = channels();
  sweepSoon(heapHere());
}

/** Recovers whoever can be: one may have to wait for another. */
function recoverAll(): void {
  const { heapHere, recover } = channels();
  for (let found = true; found;) {
    found = false;
    for (const grave of open.values()) {
      if (!grave.still || grave.estate !== undefined) continue;
      grave.estate = recover(heapHere(), grave.slot);
      if (grave.estate !== undefined) found = true;
    }
  }
}

let due = false;

/** Goes on when main is back in its event loop. */
function later(): void {
  if (due) return;
  due = true;
  startTimer(0, function goOn() {
    due = false;
    bury(false);
  }, "idle");
}

/** Buries those whose end is overdue; called while main waits. `inside`: of the kernel, where it may hold locks. */
export function buryOverdue(inside: boolean): void {
  if (open.size === 0) return;
  let found = false;
  for (const grave of open.values()) {
    if (!grave.still && performance.now() - grave.since > OVERDUE_MS) grave.still = true;
    if (grave.still && !grave.settled) found = true;
  }
  if (found) bury(inside);
}
