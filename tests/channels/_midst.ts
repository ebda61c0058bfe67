/**
 * One thread that is two interpreters of a heap of its own: main, and one that does things by the kernel's test build, which
 * stops in the midst of them. So all stops there are take no more than a moment, and each comes exactly as it is asked for.
 */
import { clearDesk, dismiss, recover, settle } from "../../channels/burial.ts";
import { letGo } from "../../channels/references.ts";
import { Heap } from "../../kernel/heap.ts";
import {
  ANY_STOP,
  DATA,
  DESK_CUT,
  DESK_OPEN,
  DESK_READY,
  DESK_STOP_AFTER,
  DESK_STOP_AT,
  IN_CHANNEL,
  META,
  MODE_BLOCK,
  OWNER_SHIFT,
  READY,
  READY_SIZE,
  READY_SUMMARY,
} from "../../kernel/heap_layout.ts";
import { STATE } from "../../kernel/layout.ts";
import { createMemory, Switchboard } from "../../kernel/switchboard.ts";
import { STOPPING_KERNEL_CODE } from "../kernel/_stopping_kernel_code.ts";

/** Whether it dies where it stops, or is cut off there and goes on, until its thread is seen to have ended. */
export type Manner = "dies" | "goes on";

/** What the victim's thread is unwound with, as it is when it is terminated or finds itself cut off. */
class Ended extends Error {}

const SLOT = 1;

/** What an act is given: the victim's heap, and two channels that main holds and the victim as well. */
export interface Place {
  readonly heap: Heap;
  readonly ch: number;
  readonly other: number;
}

/** Something that is done in shared memory. */
export interface Act {
  readonly name: string;
  readonly capacity?: number;
  readonly mode?: number;
  /** What main does before. */
  readonly prepare?: (place: Place) => void;
  readonly does: (place: Place) => void;
}

let manner: Manner = "dies";
/** Where it has stopped. */
let point = 0;

const memory = createMemory();
/** Main's view. */
export const main: Heap = new Heap(memory, 0, { pause });

/** Nobody else runs: what is held here is held for good. */
function pause(): void {
  throw new Error("waits for what nobody gives back");
}

/** The victim's view, of one after the other. */
const victim: Heap = new Heap(memory, SLOT, {
  pause,
  halt() {
    point = main.load(victim.desk + DESK_STOP_AT);
    if (manner === "dies") throw new Ended();
    main.store(victim.desk + DESK_STOP_AT, 0);
    main.store(victim.desk + DESK_CUT, 1);
  },
}, STOPPING_KERNEL_CODE);

/** A new interpreter takes the slot. */
function begin(): void {
  if (victim.load(victim.desk + DESK_READY) === 0) {
    const ready = victim.kernel.allocate(READY_SIZE, READY) >>> 0;
    victim.bytes(ready + READY_SIZE).fill(0, ready + READY_SUMMARY, ready + READY_SIZE);
    victim.store(ready + META, READY | IN_CHANNEL << OWNER_SHIFT);
    victim.store(victim.desk + DESK_READY, ready);
  }
  victim.store(victim.desk + DESK_OPEN, 1);
  new Switchboard(memory).setState(SLOT, STATE.ALIVE);
}

/** It is cut off, if it was not, its thread has ended, and what it has left is put in order. */
function bury(): void {
  main.store(victim.desk + DESK_CUT, 1);
  dismiss(main, SLOT, reason, true);
  settle(main, SLOT, recover(main, SLOT)!, reason, true);
  clearDesk(main, SLOT);
  new Switchboard(memory).setState(SLOT, STATE.FREE);
}

/** A data block without contents. */
function reason(): number {
  return main.kernel.allocate(32, DATA) >>> 0;
}

/** Does `act`, stopped at the `at`-th point it comes by, and buries who did it. Which point that was; 0 if it did not come so far. */
export function play(act: Act, at: number, how: Manner): number {
  point = 0;
  manner = how;
  begin();
  const heap = victim;
  const ch = main.kernel.create(act.capacity ?? 2, act.mode ?? MODE_BLOCK) >>> 0;
  const other = main.kernel.create(4, MODE_BLOCK) >>> 0;
  for (const channel of [ch, other]) heap.kernel.setHolder(channel);
  act.prepare?.({ heap: main, ch, other });
  main.store(heap.desk + DESK_STOP_AFTER, at);
  main.store(heap.desk + DESK_STOP_AT, ANY_STOP);
  try {
    act.does({ heap, ch, other });
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
  }
  bury();
  for (const channel of [ch, other]) letGo(main, channel, 0);
  return point;
}

/** A status or an offset, of one that goes on with it. */
export function got<T>(result: T, heap: Heap): T {
  if (heap.cut) throw new Ended();
  return result;
}
