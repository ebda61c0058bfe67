/** `parallelFor`; a facade, so that importing the library loads no machinery. */
import { csp } from "#engines";
import type { AnyFunction, Callable } from "../interpreters/callable.ts";
import { task } from "../interpreters/task.ts";

/** How many there are, from 0 on, or from the first to the one before the last: `[from, to]`. Integers. */
export type IndexRange = number | readonly [from: number, to: number];

/** Options of {@link parallelFor}. */
export interface ParallelForOptions<A extends unknown[] = unknown[]> {
  /** Further arguments of the function. Default: none. */
  readonly args?: readonly [...A] | undefined;
  /**
   * How many indices are taken at once, an integer of at least 1. Default: a 256th of each interpreter's share; if that is less
   * than 64, then 64, or a 64th of the share where that is less.
   */
  readonly chunk?: number | undefined;
  /** When it aborts, the loop is cancelled and rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a loop on all interpreters of the shared set, to fill shared arrays for one. Whoever is done with a chunk of
 * indices takes the next, so that uneven work spreads evenly (OpenMP's `schedule(dynamic, chunk)`).
 *
 * The function gets a chunk, from its first index to the one behind its last, and loops over it itself: that loop is as fast
 * as any. What it returns is dropped; a promise is awaited before the next chunk. There are as many interpreters as
 * `setParallelism` says, not more than chunks. The function and its arguments are sent to each of them once; taking a chunk is
 * one step in shared memory. Between chunks others have their turn about every 20 ms.
 *
 * @typeParam A The further arguments.
 * @param range A number of indices, or `[from, to]`, `to` not included; whole numbers from -2^53 to 2^53.
 * @param fn A self-contained function, a task or a remote reference, called with `(from, to, ...args)`. The chunks
 * do not overlap, cover the range, and begin in order; nothing else is said about when and where each runs.
 * @param options `args`, `chunk` and `signal`.
 * @returns Resolves when the whole range is done: what was written to shared memory is there. Rejects with what the function
 * threw first, the revived original error, once no chunk is under way any more; no further chunk begins.
 * @throws {TypeError} When an argument or option is of the wrong type; rejects, as for all that follow.
 * @throws {RangeError} When `range` or `chunk` is none.
 * @throws {NotShareableError} When the function captures variables or an argument cannot cross; nothing runs.
 *
 * **Gotchas**: a chunk that is under way sees a failure, or `signal`, only through `currentProcess().signal`. Arguments are
 * copied for each interpreter: results go where all of them can write, to shared arrays or channels. What can be given only
 * once, by `move`, `owned`, or as an end of a channel, cannot go to several. Where `chunk` is not a multiple of what shares a
 * cache line, 64 bytes, neighbours slow each other down at its borders.
 *
 * @example Squares in a shared array
 * ```ts
 * import { parallelFor, sharedArray } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const squares = sharedArray(Float64Array, 100_000);
 * await parallelFor(squares.length, (from, to, squares: Float64Array) => {
 *   for (let i = from; i < to; i++) squares[i] = i * i;
 * }, { args: [squares] });
 * assert.equal(squares[99_999], 99_999 ** 2);
 * ```
 */
export async function parallelFor<A extends unknown[] = []>(
  range: IndexRange,
  fn: Callable<[from: number, to: number, ...args: A], unknown>,
  options?: ParallelForOptions<A>,
): Promise<void> {
  await csp().runParallelFor(worker, range, fn as AnyFunction, options as ParallelForOptions);
}

/** What runs in each of the interpreters. */
const worker = task(import.meta, async function parallelForWorker(...args: never[]): Promise<void> {
  await csp().workOnChunks(...args as unknown as Parameters<ReturnType<typeof csp>["workOnChunks"]>);
});
