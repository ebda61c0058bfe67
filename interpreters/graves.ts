/**
 * The end of interpreters in the shared memory, main's part: a dead one is cut off at once, and buried when its thread
 * surely does nothing in the heap any more.
 *
 * *Who waits.* A thread that has ended is buried right away. One that cannot be stopped (Deno) is outside of the kernel for
 * good once it was seen outside some time after it was cut off: every entry asks, and what it did before has arrived by then.
 * While main is blocked it cannot be told that a thread has ended; so one that was told to end {@link OVERDUE_MS} ago is
 * buried by whoever in main waits for a lock.
 */
import { channels } from "#engines";
import { PeerLostError } from "../channels/errors.ts";
import { DESK_CUT, DESK_INSIDE, DESK_OPEN, DESK_SIZE, DESK_STOPPED, DESKS } from "../kernel/heap_layout.ts";
import { STATE } from "../kernel/layout.ts";
import { startTimer } from "../runtime/mod.ts";
import { board, title } from "./residents.ts";

/** After so long nothing that a cut-off thread did before is still on its way through its core. */
const SETTLE_MS = 5;
/** A thread that was told to end so long ago has ended. */
const OVERDUE_MS = 1000;

interface Grave {
  readonly slot: number;
  readonly since: number;
  /** Makes the block with why it died. */
  readonly reason: () => number;
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
    return channels().encodeReason(heap, new PeerLostError(text, { cause }));
  }
  // First, so that who waits for a lock that it holds for good may bury it.
  open.set(slot, { slot, since: performance.now(), reason });
  channels().dismiss(heap, slot, reason);
}

function usesHeap(slot: number): boolean {
  const words = new Int32Array(board().memory.buffer);
  return Atomics.load(words, (DESKS + slot * DESK_SIZE + DESK_OPEN) >>> 2) !== 0;
}

/** The thread of the interpreter in `slot` has ended (`ended`), or cannot be stopped: buries it now or as soon as it is still. */
export function layToRest(slot: number, ended: boolean): void {
  const grave = open.get(slot);
  if (grave === undefined) {
    if (board().state(slot) === STATE.DEAD) board().setState(slot, STATE.FREE);
    return;
  }
  if (ended || isStill(grave)) return close(grave);
  startTimer(SETTLE_MS, function again() {
    if (open.has(slot)) layToRest(slot, false);
  });
}

function isStill({ slot, since }: Grave): boolean {
  if (performance.now() - since < SETTLE_MS) return false;
  const heap = channels().heapHere();
  const desk = DESKS + slot * DESK_SIZE;
  return heap.load(desk + DESK_INSIDE) === 0 || heap.load(desk + DESK_STOPPED) !== 0;
}

function close(grave: Grave): void {
  open.delete(grave.slot);
  const { bury, finishAll, heapHere } = channels();
  bury(heapHere(), grave.slot, grave.reason);
  finishAll();
  board().setState(grave.slot, STATE.FREE);
}

/** Buries those whose end is overdue; called while main waits. */
export function buryOverdue(): void {
  if (open.size === 0) return;
  for (const grave of open.values()) {
    if (performance.now() - grave.since > OVERDUE_MS) close(grave);
  }
}
