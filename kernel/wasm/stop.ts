/**
 * Points at which a test's build of the kernel stops: for ever, as a thread that is terminated there would, or until it was cut
 * off, to go on as a thread does that was in the midst of something then.
 */
import { ANY_STOP, DESK_STOP_AFTER, DESK_STOP_AT, DESK_STOPPED } from "../heap_layout";
import { desk } from "./desk";

/** Replaced by `true` in the build for tests. */
const STOPS: bool = false;

// @ts-ignore: decorator
@external("env", "halt")
declare function halt(): void;

/** Stops here if the desk says so. */
// @ts-ignore: decorator
@inline
export function stop(point: i32): void {
  if (STOPS) stopAt(point);
}

function stopAt(point: i32): void {
  const at = load<i32>(desk, DESK_STOP_AT);
  if (at != point && at != ANY_STOP) return;
  const after = load<i32>(desk, DESK_STOP_AFTER);
  if (after > 0) {
    store<i32>(desk, after - 1, DESK_STOP_AFTER);
    return;
  }
  store<i32>(desk, point, DESK_STOP_AT);
  atomic.store<i32>(desk, 1, DESK_STOPPED);
  halt();
}
