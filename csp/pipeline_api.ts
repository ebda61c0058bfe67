/** `pipeline`; a facade, so that importing the library loads no machinery. */
import { csp } from "#engines";
import type { ReceivePort, SendPort } from "../channels/mod.ts";
import type { AnyFunction, Callable } from "../interpreters/callable.ts";
import { task } from "../interpreters/task.ts";
import { registerErrorClass } from "../sharing/errors.ts";

/** Options of {@link pipeline}. */
export interface PipelineOptions {
  /** Whether results leave in the order of their items. Default: true. */
  readonly ordered?: boolean | undefined;
  /** Whether `to` is closed at the end, after a failure with the error as reason. Default: true. */
  readonly close?: boolean | undefined;
  /** When it aborts, the pipeline is cancelled and rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a pipeline rejects with when an item threw what cannot carry its index: a primitive, or an object that takes no
 * more properties. Everything else gets an own property `index` and is rejected with itself.
 *
 * @example A text that was thrown
 * ```ts
 * import { chan, fromIterable, pipeline, PipelineError } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const failing = pipeline(1, () => Promise.reject("no error"), fromIterable([1]), chan());
 * await assert.rejects(failing, (error: PipelineError) => {
 *   return error instanceof PipelineError && error.index === 0 && error.cause === "no error";
 * });
 * ```
 */
export class PipelineError extends Error {
  /** `"PipelineError"`. */
  override readonly name: string = "PipelineError";
  /** The item that failed: 0 for the first, -1 if untold. */
  readonly index: number;

  /** Made by a pipeline. */
  constructor(message: string, options?: ErrorOptions & { readonly index?: number }) {
    super(message, options);
    this.index = options?.index ?? -1;
  }
}

registerErrorClass("PipelineError", PipelineError);

/**
 * Applies a function to every value of a channel, on several interpreters in parallel, and sends on the results.
 *
 * `n` interpreters take items as they are free, so up to `n` are under way at once: as many as there are cores for what
 * computes, more for what waits. They are of the shared set; what `n` is above its size, the pipeline starts for itself when
 * items wait for it, and ends. Items that take less than a millisecond travel in batches. The pipeline ends when `from` has ended and all is delivered, or when nobody receives from `to` any more, as the next result shows.
 *
 * Look-ahead: at most 8 · `n` batches have been received and not been delivered yet. A batch is one item, or, of items that
 * are there already, as many as take about a millisecond together, at most 256. An iterable is read 64 items further.
 *
 * @typeParam A The items.
 * @typeParam R What the function returns.
 * @param n How many interpreters work, an integer of at least 1.
 * @param fn A self-contained function, a task or a remote reference, called with one item.
 * @param from Where items come from: a port, or an iterable, also an async one.
 * @param to Where results go.
 * @param options `ordered`, `close` and `signal`.
 * @returns Settles when all is delivered and no process is left. Rejects, once all have ended, with the first failure: what
 * the function threw itself, with the item's `index` as an own property; the reason that `from` was closed with, after
 * all before it was delivered; `InterpreterError`, with an index too, when an interpreter has died.
 * @throws {RangeError} When `n` is something else; rejects, as for all that follow.
 * @throws {TypeError} When an argument or option is of the wrong type.
 * @throws {NotShareableError} When the function captures variables; nothing was received. With an index: when an item or its
 * result cannot cross.
 *
 * **Gotchas**: a failure stops the rest at once: items that were received and not delivered are lost. An unbuffered `from`
 * gives one item at a time, so each travels alone; a capacity makes batches. One slow item holds back, in order, all behind
 * it, and when the look-ahead is used up the workers with them.
 *
 * @example Squares, on two interpreters
 * ```ts
 * import { chan, fromIterable, into, pipeline } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const squares = chan<number>(16);
 * const done = pipeline(2, (n: number) => n * n, fromIterable([1, 2, 3], 16), squares);
 * assert.deepEqual(await into([], squares), [1, 4, 9]);
 * await done;
 * ```
 */
export async function pipeline<A, R>(
  n: number,
  fn: Callable<[item: A], R>,
  from: ReceivePort<A> | AsyncIterable<A> | Iterable<A>,
  to: SendPort<Awaited<R>>,
  options?: PipelineOptions,
): Promise<void> {
  await csp().runPipeline(worker, n, fn as AnyFunction, from as never, to as never, options);
}

/** What runs in each of the interpreters. */
const worker = task(import.meta, async function pipelineWorker(...args: never[]): Promise<void> {
  await csp().workOnItems(...args as unknown as Parameters<ReturnType<typeof csp>["workOnItems"]>);
});
