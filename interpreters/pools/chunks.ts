/** Items that go to an interpreter together: how many, and how they are called there. */
import { encode } from "../../sharing/encode.ts";
import { NotShareableError } from "../../sharing/errors.ts";
import type { AnyFunction } from "../callable.ts";
import { describeFunction } from "../sending.ts";
import { checkCount } from "./pool_options.ts";
import type { Owner, Work } from "./work.ts";
import { workerUrl } from "./worker_url.ts";
import type { Workforce } from "./workforce.ts";
import { referTo } from "../remote.ts";
import { realm } from "../realm.ts";

/** How long a chunk should take, in milliseconds: long beside sending it, short beside all of them. */
const CHUNK_MS = 2;
/** Chunks per interpreter that there should be at least, so that all end at about the same time. */
const SHARES = 8;
/** The smallest chunk is this part of one that takes as long as one should. */
const LEAST_PART = 8;
/** Chunks per interpreter that are under way at once. */
const AHEAD = 3;

/** How many items of a function made a chunk of {@link CHUNK_MS}, the last time. */
const learnt = new WeakMap<AnyFunction, number>();

/** Decides how many items make a chunk: as given, or by how long they take. */
export class ChunkSizes {
  /** Most chunks under way. */
  readonly ahead: number;
  readonly #fn: AnyFunction;
  readonly #fixed: number | undefined;
  readonly #size: number;
  #measured: number;

  constructor(fn: AnyFunction, chunksize: number | undefined, action: string, size: number, total: number) {
    this.#fn = fn;
    this.#fixed = chunksize === undefined ? undefined : checkCount(action, "chunksize", chunksize, Infinity);
    this.#size = size;
    this.#measured = learnt.get(fn) ?? 1;
    this.ahead = Math.min(total, Math.max(2, AHEAD * size));
  }

  /** How many of the `left` items the next chunk gets: fewer towards the end, but not so few that sending them counts. */
  next(left: number): number {
    if (this.#fixed !== undefined) return this.#fixed;
    const share = Math.ceil(left / (SHARES * this.#size));
    return Math.min(this.#measured, Math.max(share, Math.ceil(this.#measured / LEAST_PART)));
  }

  /** A chunk of `items` took `ms`, with the way there and back. */
  took(items: number, ms: number): void {
    const each = ms / items;
    const wanted = Math.floor(CHUNK_MS / Math.max(each, 1e-6));
    // At most eight times as many: the first ones are slow while everything is being compiled.
    this.#measured = Math.max(1, Math.min(wanted, this.#measured * 8));
    learnt.set(this.#fn, this.#measured);
  }
}

/** For those who have entered the pool: hands in a task that calls `fn` with each of `items` (`star`: with the arguments that each is) and gives the results. */
export function inChunks(
  force: Workforce,
  fn: AnyFunction,
  items: readonly unknown[],
  star: boolean,
  owner: Owner,
): Work {
  const described = describeFunction(fn);
  const calls = referTo(workerUrl(), star ? "callEachWith" : "callEach");
  try {
    return force.submit(
      calls,
      [realm.id, described.ref, undefined, items],
      {
        began: () => owner.began(),
        fulfilled: (value) => owner.fulfilled(value),
        rejected: (error) => owner.rejected(ofOneCall(error)),
      },
      { entered: true },
      described,
    );
  } catch (error) {
    // With the path as the caller counts the arguments of one call.
    if (error instanceof NotShareableError) {
      for (const item of items) encode(star ? item : [item], "args").abandon?.();
    }
    throw error;
  }
}

/** What a chunk was refused for: the result of one call is the caller's `result`, wherever it stands among the chunk's. */
function ofOneCall(error: unknown): unknown {
  const place = error instanceof NotShareableError ? /^result\[\d+\]/.exec(error.path)?.[0] : undefined;
  if (place === undefined) return error;
  const { message, path, stack } = error as NotShareableError;
  const refused = new NotShareableError(message.replace(place, "result"), {
    path: path.replace(place, "result"),
  });
  if (stack !== undefined) refused.stack = stack.replace(place, "result");
  return refused;
}
