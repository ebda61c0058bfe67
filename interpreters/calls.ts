/**
 * Requests to other interpreters: opened when a method is called, posted when they are prepared, settled when the reply,
 * or the news of a death, comes in.
 *
 * *Invariants.* A request is in `pending` from the moment it was opened until its promise is settled; every way out
 * removes it, and one that was given up before it was posted is never posted. In main the program is kept alive exactly
 * while `pending` holds something.
 */
import { TimeoutError } from "../channels/errors.ts";
import { holdAlive, releaseAlive, startTimer } from "../runtime/mod.ts";
import { decode } from "../sharing/decode.ts";
import { unpack } from "./carried.ts";
import { ExecutionFailed } from "./errors.ts";
import { receive } from "./mailbox.ts";
import type { Outcome, Work } from "./protocol.ts";
import { realm } from "./realm.ts";
import { StreamReceiver } from "./remote_stream.ts";
import { capturedError } from "./source/refusal.ts";
import { createFlag, raise } from "./stop_flag.ts";

/** When to give up on a request. */
export interface Limits {
  /** Aborting it rejects the promise with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the promise rejects with `TimeoutError`. */
  readonly timeout?: number | undefined;
  /** Reject with what was thrown itself instead of an `ExecutionFailed`. */
  readonly original?: boolean | undefined;
  /** It runs as a process, which can be aborted while its end is waited for. */
  readonly process?: ProcessLink | undefined;
}

/** A request that runs as a process. */
export interface ProcessLink {
  /** The process's number. */
  readonly id: number;
  readonly name: string;
  /** The process in the stack of its error. */
  readonly title: string;
  /** How it ended, before its promise settles: "lost" without having run to its end. */
  ended(how: "returned" | "threw" | "lost"): void;
}

/** A request that is not settled. */
export interface Request {
  readonly promise: Promise<unknown>;
  /** False once it was settled or given up. */
  readonly open: boolean;
  /** Sends it. Throws, with nothing sent, when the letter cannot be posted. */
  post(work: Work): void;
  /** Rejects it before it is sent. */
  fail(error: unknown): void;
  /** Aborts the process, whose end is still waited for; a request that was not posted yet fails with `reason`. */
  abort(reason: unknown): void;
}

interface Pending {
  readonly to: number;
  readonly original: boolean;
  readonly name: string;
  readonly process: ProcessLink | undefined;
  /** Why it was aborted. */
  aborted: { readonly reason: unknown } | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Its result is a stream: limits hold until that is over. */
  stream(receiver: StreamReceiver): void;
  /** Limits hold no longer. */
  done(): void;
}

const pending = new Map<number, Pending>();
const streams = new Map<number, StreamReceiver>();
let lastKey = 0;

receive("replies", {
  letter(letter) {
    if (letter.t === "reply") finish(letter.from, letter.key, letter.outcome);
    else if (letter.t === "item") {
      const stream = streams.get(letter.key);
      try {
        stream?.push(unpack(letter.value));
      } catch (error) {
        // What cannot be revived here ends the iteration, and the generator with it.
        streams.delete(letter.key);
        stream?.fail(error);
        realm.post({ from: realm.id, to: letter.from, key: letter.key, t: "end" });
      }
    } else if (letter.t === "last") {
      const stream = streams.get(letter.key);
      streams.delete(letter.key);
      if (letter.outcome === undefined) stream?.finish();
      else stream?.fail(errorOf(letter.outcome, letter.from, stream.original, "generator"));
    }
  },
  died(id, cause) {
    for (const [key, request] of pending) {
      if (request.to !== id) continue;
      forget(key);
      request.process?.ended("lost");
      request.reject(cause);
    }
    for (const [key, stream] of streams) {
      if (stream.from !== id) continue;
      streams.delete(key);
      stream.fail(cause);
    }
  },
});

/** Whether a request of ours to `id` waits for its reply. */
export function hasPending(id: number): boolean {
  for (const request of pending.values()) if (request.to === id) return true;
  return false;
}

/** Opens a request; limits count from here. `name`: what is called, for messages. */
export function openRequest(to: number, name: string, limits: Limits): Request {
  const { signal, timeout } = limits;
  const key = ++lastKey;
  const { promise, ...settlers } = Promise.withResolvers<unknown>();
  /** Dropped when the request is settled: what outlives it, a stream, must not hold its iterator by them. */
  let settle: typeof settlers | undefined = settlers;
  const letter = { from: realm.id, to, key } as const;
  let stop: SharedArrayBuffer | undefined;
  let posted = false;
  let receiver: StreamReceiver | undefined;
  let cancelTimer: (() => void) | undefined;

  function done(): void {
    cancelTimer?.();
    signal?.removeEventListener("abort", aborted);
  }
  function fail(error: unknown): void {
    const request = pending.get(key);
    if (!forget(key)) return;
    request!.process?.ended("lost");
    request!.reject(error);
  }
  function giveUp(reason: unknown): void {
    const waited = forget(key);
    if (!waited && receiver === undefined) return;
    done();
    if (posted) realm.post({ ...letter, t: "abort", reason: raise(stop!, reason) });
    if (waited) return settle!.reject(reason);
    streams.delete(key);
    realm.post({ ...letter, t: "end" });
    receiver!.fail(reason);
  }
  function aborted(): void {
    giveUp(signal!.reason);
  }

  if (pending.size === 0 && realm.id === 0) holdAlive();
  pending.set(key, {
    to,
    name,
    original: limits.original === true,
    process: limits.process,
    aborted: undefined,
    resolve(value) {
      done();
      settle!.resolve(value);
    },
    reject(error) {
      done();
      settle!.reject(error);
    },
    stream(opened) {
      receiver = opened;
      settle!.resolve(opened.iterator());
      settle = undefined;
    },
    done,
  });
  signal?.addEventListener("abort", aborted);
  if (timeout !== undefined && timeout !== Infinity) {
    cancelTimer = startTimer(timeout, function late() {
      giveUp(
        new TimeoutError(
          `Cannot wait any longer for "${
            name || "anonymous"
          }" in interpreter ${to}: ${timeout} ms have passed`,
        ),
      );
    });
  }
  return {
    promise,
    get open() {
      return pending.has(key);
    },
    post(work) {
      if (!pending.has(key)) return;
      if (signal !== undefined || cancelTimer !== undefined || limits.process !== undefined) {
        stop = createFlag();
      }
      const process = limits.process?.id ?? realm.board?.nextProcess() ?? 0;
      realm.post({ ...letter, t: "request", work, process, ...(stop && { stop }) });
      posted = true;
    },
    fail,
    abort(reason) {
      const request = pending.get(key);
      // A stream that is open still can be told; what it gives is the consumer's.
      if (request === undefined && receiver === undefined) return;
      if (!posted) return fail(reason);
      if (request !== undefined) request.aborted = { reason };
      realm.post({ ...letter, t: "abort", reason: raise(stop!, reason) });
    },
  };
}

/** Opens a request and posts it at once. */
export function request(to: number, work: Work, name: string, limits: Limits): Promise<unknown> {
  const request = openRequest(to, name, limits);
  try {
    request.post(work);
  } catch (error) {
    request.fail(error);
  }
  return request.promise;
}

/** Takes a request out of `pending`; false if it was not in it. */
function forget(key: number): boolean {
  if (!pending.delete(key)) return false;
  if (pending.size === 0 && realm.id === 0) releaseAlive();
  return true;
}

function finish(from: number, key: number, outcome: Outcome): void {
  const request = pending.get(key);
  if (request === undefined) {
    // Given up meanwhile: a generator must not be left standing there.
    if (outcome.is === "stream") realm.post({ from: realm.id, to: from, key, t: "end" });
    return;
  }
  forget(key);
  if (outcome.is === "stream") {
    const receiver = new StreamReceiver(from, key, request.original, request.done);
    streams.set(key, receiver);
    request.process?.ended("returned");
    return request.stream(receiver);
  }
  if (outcome.is !== "value") {
    request.process?.ended("threw");
    return request.reject(
      outcome.is === "threw" && outcome.aborted && request.aborted !== undefined
        ? request.aborted.reason
        : errorOf(outcome, request.to, request.original, request.name, request.process?.title),
    );
  }
  let value: unknown;
  try {
    value = unpack(outcome.value);
  } catch (error) {
    request.process?.ended("threw");
    return request.reject(error);
  }
  request.process?.ended("returned");
  request.resolve(value);
}

/** The error for an outcome that is not a value. `title`: the process, for its stack. */
function errorOf(outcome: Outcome, from: number, original: boolean, name: string, title?: string): unknown {
  switch (outcome.is) {
    case "threw": {
      const { type, message, stack } = outcome;
      const revived = revive(outcome.error);
      if (original) {
        const error = revived === undefined ? new Error(`${type}: ${message}`) : revived.cause;
        if (title !== undefined) entitle(error, stack, title);
        return error;
      }
      return new ExecutionFailed({ type, message, stack }, `interpreter ${from}`, revived);
    }
    case "captured":
      return capturedError(name, outcome.names);
    case "refused":
      return revive(outcome.error)?.cause;
    default:
      return undefined;
  }
}

/** Gives an error, which is a copy of ours, the stack over there, and names the process that failed in it. */
export function entitle(error: unknown, stack: string, title: string): void {
  if (!(error instanceof Error) || stack === "") return;
  Object.defineProperty(error, "stack", {
    value: `${stack}\n    at ${title}`,
    configurable: true,
    writable: true,
    enumerable: false,
  });
}

/** What was thrown, unless it cannot be revived here. */
function revive(error: (Outcome & { is: "threw" })["error"]): { cause: unknown } | undefined {
  if (error === undefined) return undefined;
  try {
    return { cause: decode(error) };
  } catch {
    return undefined;
  }
}
