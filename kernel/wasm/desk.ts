/** The desk of this interpreter: its own words in the shared memory. */
import { DESK_CUT, DESK_INSIDE, DESK_SIZE, DESKS, STATUS_CUT } from "../heap_layout";
import { stop } from "./stop";

/** Byte offset of the desk. */
export let desk: usize = DESKS;
/** Slot of this interpreter, plus 1: how it signs locks, reservations and blocks. */
export let me: i32 = 1;

// @ts-ignore: decorator
@external("env", "pause")
declare function pauseThread(spins: i32): void;

/** Called once, before anything else. */
export function begin(slot: i32): void {
  me = slot + 1;
  desk = DESKS + slot * DESK_SIZE;
}

/** One turn of waiting for another thread that holds a lock or a reservation for some nanoseconds. */
// @ts-ignore: decorator
@inline
export function pause(spins: i32): void {
  if (spins > 64) pauseThread(spins);
}

/** Enters the kernel. False when this interpreter was cut off: then nothing may be touched. */
// @ts-ignore: decorator
@inline
export function enter(): bool {
  store<i32>(desk, 1, DESK_INSIDE);
  if (load<i32>(desk, DESK_CUT) == 0) {
    stop(12);
    return true;
  }
  store<i32>(desk, 0, DESK_INSIDE);
  return false;
}

/** Whether this interpreter was cut off; for what does not enter. */
// @ts-ignore: decorator
@inline
export function isCut(): bool {
  return load<i32>(desk, DESK_CUT) != 0;
}

/** Leaves the kernel. */
// @ts-ignore: decorator
@inline
export function leave(status: i32): i32 {
  store<i32>(desk, 0, DESK_INSIDE);
  return status;
}

/** What an operation gives that could not enter. */
// @ts-ignore: decorator
@inline
export function cut(): i32 {
  return STATUS_CUT;
}
