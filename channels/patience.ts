/**
 * Gives timers and messages their turn in loops of operations that never have to wait.
 *
 * Of a promise that is resolved already an `await` takes a microtask, and the event loop gets nowhere while there are
 * more of them. So now and then everything that succeeds at once waits for one hop through it. Of two parties that
 * meet at least one succeeds at once: all that happens in one interpreter is counted.
 */
import { macrotask } from "../runtime/mod.ts";

/** Successes without waiting between two looks at the clock, which cost as much as one of them. */
const PATIENCE = 128;
/** Milliseconds between two hops, which cost some microseconds. */
const SLICE_MS = 2;

const DONE: Promise<void> = Promise.resolve();
let successes = 0;
let lastHop = 0;
/** The hop that is under way: everything waits for the same one, so results keep their order. */
let hop: Promise<void> | undefined;

/** What an operation without result returns when it has succeeded at once. */
export function succeeded(): Promise<void> {
  if (++successes < PATIENCE && hop === undefined || mayGoOn()) return DONE;
  return hop!;
}

/** What an operation returns when it has succeeded at once with `value`. */
export function succeededWith<T>(value: T): Promise<T> {
  if (++successes < PATIENCE && hop === undefined || mayGoOn()) return Promise.resolve(value);
  return hop!.then(function result() {
    return value;
  });
}

/** Starts a hop if one is due; false while there is one. */
function mayGoOn(): boolean {
  if (hop !== undefined) return false;
  successes = 0;
  const now = performance.now();
  if (now - lastHop < SLICE_MS) return true;
  hop = macrotask().then(function over() {
    hop = undefined;
    lastHop = performance.now();
  });
  return false;
}
