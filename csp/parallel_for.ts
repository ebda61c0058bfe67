/**
 * Runs a parallel loop: a process in each interpreter of the shared set, and one word from which they take chunks.
 *
 * *Who waits and who wakes.* The loop waits for its processes. When one of them ends and all chunks are done, the others find
 * nothing any more: those that have not begun, since their interpreter is busy with something else, are cancelled and not waited for.
 */
import { interpreters } from "#engines";
import { hear, unlisten } from "../channels/abort_listeners.ts";
import type { AnyFunction } from "../interpreters/callable.ts";
import { checkOptions } from "../runtime/mod.ts";
import { sharedArray } from "../sharing/api.ts";
import { launchApart } from "./launch.ts";
import type { IndexRange, ParallelForOptions } from "./parallel_for_api.ts";
import { type Chunks, LOOP } from "./parallel_for_worker.ts";
import { Process } from "./process.ts";

const ACTION = "Cannot run a parallel loop";
/** Chunks for each interpreter: the last one to end then is late by a 256th at most, if work is even. */
const CHUNKS = 256;
/** A chunk of fewer indices is not worth taking, and shares cache lines with its neighbours; rather there are fewer chunks. */
const FEW_INDICES = 64;
const FEW_CHUNKS = 64;
/** What the word for the next chunk can count. */
const MOST_CHUNKS = 2 ** 30;

/** See `parallelFor` in parallel_for_api.ts. `worker` is the task that runs `workOnChunks`. */
export async function runParallelFor(
  worker: AnyFunction,
  range: IndexRange,
  fn: AnyFunction,
  options: ParallelForOptions | undefined,
): Promise<void> {
  const { args, chunk, signal } = checked(fn, options);
  const [from, to] = boundsOf(range);
  const { checkFunction, checkMainGuard, checkValue, parallelism, processNow, sendable } = interpreters();
  checkMainGuard("Cannot start a process");
  checkFunction(fn, true);
  checkValue(args, "args");
  const surrounding = processNow();
  const signals = surrounding.id === 0 ? [] : [surrounding.signal];
  if (signal !== undefined) signals.push(signal);
  for (const one of signals) one.throwIfAborted();
  if (from === to) return;
  const chunks = chunksOf(from, to, chunk, parallelism());
  const words = sharedArray(Int32Array, LOOP.WORDS);
  const sent = sendable(fn);
  const processes = launchApart(chunks.count, worker, [sent, words, chunks, args]);
  await new Loop(processes, signals, () => Atomics.load(words, LOOP.DONE) === chunks.count).result;
}

class Loop {
  readonly #settlers = Promise.withResolvers<void>();
  readonly #signals: readonly AbortSignal[];
  readonly #isDone: () => boolean;
  readonly #running: Set<Process<unknown>>;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    processes: readonly Process<unknown>[],
    signals: readonly AbortSignal[],
    isDone: () => boolean,
  ) {
    this.#signals = signals;
    this.#isDone = isDone;
    this.#running = new Set(processes);
    for (const signal of signals) hear(signal, this);
    for (const process of processes) {
      Process.outcomeOf(process).then(() => this.#ended(process), (error) => {
        // Of one that was not needed any more nobody wants to know.
        if (process.status === "failed" || !isDone()) this.#failed(error);
        this.#ended(process);
      });
    }
  }

  get result(): Promise<void> {
    return this.#settlers.promise;
  }

  #ended(process: Process<unknown>): void {
    this.#running.delete(process);
    this.#look();
  }

  /** One of the signals has aborted. */
  aborted(reason: unknown): void {
    this.#failed(reason);
  }

  #failed(error: unknown): void {
    this.#failure ??= { error };
    for (const process of this.#running) process.cancel(error);
    this.#look();
  }

  #look(): void {
    const done = this.#failure === undefined && this.#isDone();
    if (!done && this.#running.size > 0) return;
    for (const signal of this.#signals) unlisten(signal, this);
    if (this.#failure !== undefined) return this.#settlers.reject(this.#failure.error);
    for (const process of this.#running) process.cancel();
    this.#settlers.resolve();
  }
}

function chunksOf(from: number, to: number, chunk: number | undefined, parties: number): Chunks {
  const length = to - from;
  const size = Math.max(chunk ?? usualSize(length / parties), Math.ceil(length / MOST_CHUNKS));
  return { from, to, size, count: Math.ceil(length / size) };
}

/** Indices of a chunk where nobody said how many; `share`: of one interpreter. */
function usualSize(share: number): number {
  const few = Math.min(FEW_INDICES, Math.ceil(share / FEW_CHUNKS));
  return Math.max(Math.ceil(share / CHUNKS), few);
}

function boundsOf(range: IndexRange): readonly [from: number, to: number] {
  const bounds: readonly unknown[] = Array.isArray(range) ? range : [0, range];
  const [from, to] = bounds as [number, number];
  if (bounds.length === 2 && Number.isSafeInteger(from) && Number.isSafeInteger(to) && from <= to) {
    if (Number.isSafeInteger(to - from)) return [from, to];
  }
  const shown = Array.isArray(range) ? `[${range.join(", ")}]` : String(range);
  const error = bounds.every((bound) => typeof bound === "number") ? RangeError : TypeError;
  throw new error(`${ACTION}: ${shown} is no range; pass a whole number of 0 or more, or [from, to]`);
}

function checked(
  fn: AnyFunction,
  options: ParallelForOptions | undefined,
): { args: readonly unknown[]; chunk: number | undefined; signal: AbortSignal | undefined } {
  checkOptions(ACTION, options, ["args", "chunk", "signal"]);
  const { args = [], chunk, signal } = options ?? {};
  if (typeof fn !== "function") {
    throw new TypeError(`${ACTION}: ${fn === null ? "null" : typeof fn} is not a function; pass one`);
  }
  if (!Array.isArray(args)) {
    throw new TypeError(`${ACTION}: args is of type ${typeof args}; pass an array of arguments`);
  }
  if (chunk !== undefined && (!Number.isSafeInteger(chunk) || chunk < 1)) {
    throw new RangeError(`${ACTION}: ${String(chunk)} is no chunk; pass an integer of at least 1`);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`${ACTION}: signal is not an AbortSignal; pass controller.signal`);
  }
  return { args: [...args], chunk, signal };
}
