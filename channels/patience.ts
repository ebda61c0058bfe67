/**
 * Gives timers and messages their turn in loops of operations that never have to wait.
 *
 * Of a promise that is resolved already an `await` takes a microtask, and the event loop gets nowhere while there are
 * more of them. So now and then everything that succeeds at once waits for one hop through it. Of two parties that
 * meet at least one succeeds at once: all that happens in one interpreter is counted.
 */
import { macrotask } from "../runtime/mod.ts";

/** Successes without waiting between two looks at the clock, which cost as much as some of them. */
const PATIENCE = 256;
/** Milliseconds between two hops, which cost some microseconds. */
const SLICE_MS = 2;

const DONE: Promise<void> = Promise.resolve();
/** Successes until the next look at the clock; below 1 while a hop is under way. */
let patience = PATIENCE;
let lastHop = 0;
/** What settles after the hop that is under way, in order: who was first goes on first, at the same pace as before. */
const hop: { held: (() => void)[] | undefined } = { held: undefined };

/** What an operation without result returns when it has succeeded at once. */
export function succeeded(): Promise<void> {
  return --patience > 0 || mayGoOn() ? DONE : afterHop(undefined);
}

/** What an operation returns when it has succeeded at once with `value`. */
export function succeededWith<T>(value: T): Promise<T> {
  return --patience > 0 || mayGoOn() ? resolvedWith(value) : afterHop(value);
}

/**
 * As {@link succeeded}, for successes that are numbered or stand in a ring: of eight in a row one has a number that eight
 * divides, and counts for all of them.
 */
export function oneSucceeded(number: number): Promise<void> {
  return (number & 7) !== 0 && hop.held === undefined ? DONE : eightSucceeded();
}

/** As {@link succeededWith}, see {@link oneSucceeded}. */
export function oneSucceededWith<T>(value: T, number: number): Promise<T> {
  return (number & 7) !== 0 && hop.held === undefined ? resolvedWith(value) : eightSucceededWith(value);
}

function eightSucceeded(): Promise<void> {
  patience -= 7;
  return succeeded();
}

function eightSucceededWith<T>(value: T): Promise<T> {
  patience -= 7;
  return succeededWith(value);
}

/** As `Promise.resolve`, which engines compile less well. */
// deno-lint-ignore require-await
async function resolvedWith<T>(value: T): Promise<T> {
  return value;
}

/** Lets an operation that has waited settle with `value`: not before those that have succeeded earlier. */
export function settleInTurn<T>(resolve: (value: T) => void, value: T): void {
  if (hop.held === undefined) resolve(value);
  else hop.held.push(() => resolve(value));
}

/** Starts a hop if one is due; false while there is one. */
function mayGoOn(): boolean {
  if (hop.held !== undefined) return false;
  if (performance.now() - lastHop < SLICE_MS) {
    patience = PATIENCE;
    return true;
  }
  hop.held = [];
  void macrotask().then(goOn);
  return false;
}

function goOn(): void {
  const settling = hop.held!;
  hop.held = undefined;
  patience = PATIENCE;
  lastHop = performance.now();
  for (const settle of settling) settle();
}

function afterHop<T>(value: T): Promise<T> {
  return new Promise(function hold(resolve) {
    hop.held!.push(function settle() {
      resolve(value);
    });
  });
}
