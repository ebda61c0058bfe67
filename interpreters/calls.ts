/**
 * Requests to other interpreters: opened when a method is called, posted when they are prepared, settled when the reply,
 * or the news of a death, comes in.
 *
 * *Invariants.* A request is in `pending` from the moment it was opened until its promise is settled; every way out
 * removes it, and one that was given up before it was posted is never posted. In main the program is kept alive exactly
 * while `pending` holds something.
 */
import { type AbortListener, hear, unlisten } from "../channels/abort_listeners.ts";
import { TimeoutError } from "../channels/errors.ts";
import { holdAlive, releaseAlive, startTimer } from "../runtime/mod.ts";
import type { ProcessRun } from "./callable.ts";
import { drop, unpack } from "./carried.ts";
import { receive } from "./mailbox.ts";
import { errorOf } from "./outcome_error.ts";
import type { Outcome, Work } from "./protocol.ts";
import { realm } from "./realm.ts";
import { carriedByOutcome } from "./transfers.ts";
import { StreamReceiver } from "./remote_stream.ts";
import { forgetStops, noteStopSent, raiseStop, releaseStop, takeStop } from "./stop_words.ts";

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

/** A request that runs as a process: until it has ended, that is for a generator until the stream is over. */
export interface ProcessLink extends Pick<ProcessRun, "id" | "name" | "cancel" | "whenEnded"> {
  /** The process in the stack of its error. */
  readonly title: string;
  /** It has ended; called once, before anybody else learns of it. */
  ended(returned: boolean): void;
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
  /** Aborts the process, whose end is still waited for; once. One that was not posted yet is, and ends before it begins. */
  abort(reason: unknown): void;
}

interface Pending {
  readonly to: number;
  readonly original: boolean;
  readonly name: string;
  readonly process: ProcessLink | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Its result is a stream: limits hold until that is over. */
  stream(receiver: StreamReceiver): void;
  /** Limits hold no longer. */
  done(): void;
}

const pending = new Map<number, Pending>();
const streams = new Map<number, StreamReceiver>();
/** Why processes were aborted, by the key of their request, until they have ended: each rejects with that very reason. */
const reasons = new Map<number, unknown>();
let lastKey = 0;

receive("replies", {
  letter(letter) {
    if (letter.t === "reply") finish(letter.from, letter.key, letter.outcome);
    else if (letter.t === "item") {
      const stream = streams.get(letter.key);
      if (stream === undefined) return drop(letter.value);
      try {
        stream.push(unpack(letter.value));
      } catch (error) {
        // What cannot be revived here ends the iteration, and the generator with it.
        streams.delete(letter.key);
        stream.fail(error);
        realm.post({ from: realm.id, to: letter.from, key: letter.key, t: "end" });
      }
    } else if (letter.t === "last") {
      releaseStop(letter.key);
      const stream = streams.get(letter.key);
      streams.delete(letter.key);
      if (letter.outcome === undefined) stream?.finish();
      else {
        const reason = reasonFor(letter.key, letter.outcome);
        stream?.fail(
          reason === undefined
            ? errorOf(letter.outcome, letter.from, stream.original, "generator", stream.process?.title)
            : reason.reason,
        );
      }
      reasons.delete(letter.key);
    }
  },
  died(id, cause) {
    forgetStops(id);
    for (const [key, request] of pending) {
      if (request.to !== id) continue;
      forget(key);
      reasons.delete(key);
      request.process?.ended(false);
      request.reject(cause);
    }
    for (const [key, stream] of streams) {
      if (stream.from !== id) continue;
      streams.delete(key);
      reasons.delete(key);
      stream.fail(cause);
    }
  },
});

/** Processes of ours that have not ended in these interpreters. */
export function processesIn(ids: ReadonlySet<number>): ProcessLink[] {
  return [
    ...[...pending.values()].filter(({ to }) => ids.has(to)),
    ...[...streams.values()].filter(({ from }) => ids.has(from)),
  ].flatMap(({ process }) => process ?? []);
}

/** Whether a request of ours to `id` waits for its reply. */
export function hasPending(id: number): boolean {
  for (const request of pending.values()) if (request.to === id) return true;
  return false;
}

/** Opens a request; limits count from here. `name`: what is called, for messages. */
export function openRequest(to: number, name: string, limits: Limits): Request {
  return new OpenRequest(to, name, limits);
}

const SETTLED: Promise<unknown> = Promise.resolve();

/** See {@link Request}; in `pending` until it is settled. */
class OpenRequest implements Request, Pending, AbortListener {
  promise: Promise<unknown>;
  readonly to: number;
  readonly name: string;
  readonly original: boolean;
  readonly process: ProcessLink | undefined;
  readonly #key: number;
  readonly #signal: AbortSignal | undefined;
  /** Dropped when the request is settled, as its promise is: what outlives it, a stream, must not hold its iterator by them. */
  #resolve: ((value: unknown) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #posted = false;
  #receiver: StreamReceiver | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(to: number, name: string, limits: Limits) {
    const { signal, timeout } = limits;
    this.to = to;
    this.name = name;
    this.original = limits.original === true;
    this.process = limits.process;
    this.#key = ++lastKey;
    this.#signal = signal;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (pending.size === 0 && realm.id === 0) holdAlive();
    pending.set(this.#key, this);
    if (timeout !== undefined && timeout !== Infinity) {
      this.#cancelTimer = startTimer(timeout, () => {
        this.#giveUp(
          new TimeoutError(
            `Cannot wait any longer for "${
              name || "anonymous"
            }" in interpreter ${to}: ${timeout} ms have passed`,
          ),
        );
      });
    }
    if (signal !== undefined) hear(signal, this);
  }

  get open(): boolean {
    return pending.has(this.#key);
  }

  post(work: Work): void {
    if (!this.open) return;
    const { to } = this;
    const key = this.#key;
    const process = this.process?.id ?? realm.board?.nextProcess() ?? 0;
    if (this.process === undefined && this.#signal === undefined && this.#cancelTimer === undefined) {
      realm.post({ from: realm.id, to, key, t: "request", work, process });
    } else {
      const stop = takeStop(to, key);
      try {
        realm.post({ from: realm.id, to, key, t: "request", work, process, stop });
      } catch (error) {
        releaseStop(key);
        throw error;
      }
      noteStopSent(to, stop);
    }
    this.#posted = true;
    // It ends over there, so that what it was given does.
    if (reasons.has(key)) this.#tellAborted(reasons.get(key));
  }

  fail(error: unknown): void {
    if (!forget(this.#key)) return;
    reasons.delete(this.#key);
    this.process?.ended(false);
    this.reject(error);
  }

  abort(reason: unknown): void {
    if (!this.open && !streams.has(this.#key)) return;
    reasons.set(this.#key, reason);
    if (this.#posted) this.#tellAborted(reason);
  }

  #tellAborted(reason: unknown): void {
    const key = this.#key;
    realm.post({ from: realm.id, to: this.to, key, t: "abort", reason: raiseStop(key, reason) });
  }

  resolve(value: unknown): void {
    this.done();
    this.#resolve!(value);
  }

  reject(error: unknown): void {
    this.done();
    this.#reject!(error);
  }

  stream(opened: StreamReceiver): void {
    this.#receiver = opened;
    this.#resolve!(opened.iterator());
    this.#resolve = this.#reject = undefined;
    this.promise = SETTLED;
  }

  done(): void {
    this.#cancelTimer?.();
    if (this.#signal !== undefined) unlisten(this.#signal, this);
  }

  /** Its signal has aborted. */
  aborted(reason: unknown): void {
    this.#giveUp(reason);
  }

  #giveUp(reason: unknown): void {
    const key = this.#key;
    const waited = forget(key);
    if (!waited && this.#receiver === undefined) return;
    this.done();
    if (this.#posted) this.#tellAborted(reason);
    if (waited) return this.#reject!(reason);
    streams.delete(key);
    realm.post({ from: realm.id, to: this.to, key, t: "end" });
    this.#receiver!.fail(reason);
  }
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
  if (outcome.is !== "stream") releaseStop(key);
  const request = pending.get(key);
  if (request === undefined) {
    // Given up meanwhile: a generator must not be left standing there.
    if (outcome.is === "stream") realm.post({ from: realm.id, to: from, key, t: "end" });
    const carried = carriedByOutcome(outcome);
    if (carried !== undefined) drop(carried);
    return;
  }
  forget(key);
  if (outcome.is === "stream") {
    const receiver = new StreamReceiver(from, key, request.original, function over() {
      request.done();
    }, request.process);
    streams.set(key, receiver);
    return request.stream(receiver);
  }
  const reason = reasonFor(key, outcome);
  reasons.delete(key);
  let value: unknown;
  let failure = reason;
  if (outcome.is !== "value") {
    failure ??= {
      reason: errorOf(outcome, request.to, request.original, request.name, request.process?.title),
    };
  } else {
    try {
      value = unpack(outcome.value);
    } catch (error) {
      failure = { reason: error };
    }
  }
  request.process?.ended(failure === undefined);
  if (failure === undefined) request.resolve(value);
  else request.reject(failure.reason);
}

/** Why a process of ours was aborted, if that is what it threw. */
function reasonFor(key: number, outcome: Outcome): { readonly reason: unknown } | undefined {
  return outcome.is === "threw" && outcome.aborted && reasons.has(key)
    ? { reason: reasons.get(key) }
    : undefined;
}
