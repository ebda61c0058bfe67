/** What a parallel loop does in each of its interpreters: takes chunks, and applies the function. */
import { interpreters } from "#engines";
import { InterpreterError } from "../interpreters/errors.ts";
import { processNow } from "../interpreters/process_context.ts";
import type { SentFunction } from "../interpreters/sent_function.ts";
import { yieldNow } from "./sleep.ts";

/**
 * Words of a loop, in shared memory, written by atomic steps alone. Whoever adds 1 to NEXT has the chunk of the number that was
 * there; whoever is done with one adds 1 to DONE.
 */
export const LOOP = { NEXT: 0, DONE: 16, WORDS: 32 } as const;

/** The range, in chunks of equal size but for the last. */
export interface Chunks {
  readonly from: number;
  readonly to: number;
  readonly size: number;
  readonly count: number;
}

/** How long others wait for their turn, in milliseconds. */
const TURN_MS = 20;

/** Works until there is no chunk left. What the function throws ends the process. */
export async function workOnChunks(
  sent: SentFunction,
  words: Int32Array,
  { from, to, size, count }: Chunks,
  args: readonly unknown[],
): Promise<void> {
  const { signal } = processNow();
  const fn = await interpreters().functionOf(sent) as (...args: unknown[]) => unknown;
  let since = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const chunk = Atomics.add(words, LOOP.NEXT, 1);
    if (chunk >= count) return;
    const first = from + chunk * size;
    const made = fn(first, Math.min(first + size, to), ...args);
    if (typeof made === "object" && made !== null) await ended(made);
    Atomics.add(words, LOOP.DONE, 1);
    const now = performance.now();
    if (now - since < TURN_MS) continue;
    await yieldNow();
    since = performance.now();
  }
}

/** What the function has returned, to wait for. */
function ended(made: object): unknown {
  if (typeof (made as Partial<Iterator<unknown>>).next !== "function") return made;
  throw new InterpreterError(
    "Cannot run a generator as a parallel loop: nobody takes its values; pass a function that loops over its chunk",
  );
}
