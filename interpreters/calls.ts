/**
 * Requests to other interpreters: opened when a method is called, posted when they are prepared, settled when the reply,
 * or the news of a death, comes in.
 *
 * *Invariants.* A request is in `pending` from the moment it was opened until its promise is settled; every way out
 * removes it, and one that was given up before it was posted is never posted. In main the program is kept alive exactly
 * while `pending` holds something.
 */
import { type AbortListener, listen, unlisten } from "../channels/abort_listeners.ts";
import { TimeoutError } from "../channels/errors.ts";
import { holdAlive, releaseAlive, startTimer } from "../runtime/mod.ts";
import { drop, unpack } from "./carried.ts";
import { ExecutionFailed } from "./errors.ts";
import { receive } from "./mailbox.ts";
import type { Outcome, Work } from "./protocol.ts";
import { realm } from "./realm.ts";
import { carriedByOutcome } from "./transfers.ts";
import { StreamReceiver } from "./remote_stream.ts";
import { capturedError } from "./source/refusal.ts";
import { forgetStops, noteStopSent, raiseStop, releaseStop, takeStop } from "./stop_words.ts";

/** When to give up on a request. */
export interface Limits {
  /** Aborting it rejects the promise with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the promise rejects with `TimeoutError`. */
  readonly timeout?: number | undefined;
  /** Reject with what was thrown itself instead of an `ExecutionFailed`. */
  readonly original?: boolean | undefined;
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
}

interface Pending {
  readonly to: number;
  readonly original: boolean;
  readonly name: string;
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
      else stream?.fail(errorOf(letter.outcome, letter.from, stream.original, "generator"));
    }
  },
  died(id, cause) {
    forgetStops(id);
    for (const [key, request] of pending) {
      if (request.to !== id) continue;
      forget(key);
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
  return new OpenRequest(to, name, limits);
}

const SETTLED: Promise<void> = Promise.resolve();

/** See {@link Request}; in `pending` until it is settled. */
class OpenRequest implements Request, Pending, AbortListener {
  promise: Promise<unknown>;
  readonly to: number;
  readonly name: string;
  readonly original: boolean;
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
    this.#key = ++lastKey;
    this.#signal = signal;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (pending.size === 0 && realm.id === 0) holdAlive();
    pending.set(this.#key, this);
    if (signal !== undefined) listen(signal, this);
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
  }

  get open(): boolean {
    return pending.has(this.#key);
  }

  post(work: Work): void {
    if (!this.open) return;
    const { to } = this;
    const key = this.#key;
    const process = realm.board?.nextProcess() ?? 0;
    if (this.#signal === undefined && this.#cancelTimer === undefined) {
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
  }

  fail(error: unknown): void {
    if (forget(this.#key)) this.reject(error);
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
    const letter = { from: realm.id, to: this.to, key } as const;
    if (this.#posted) realm.post({ ...letter, t: "abort", reason: raiseStop(key, reason) });
    if (waited) return this.#reject!(reason);
    streams.delete(key);
    realm.post({ ...letter, t: "end" });
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
    });
    streams.set(key, receiver);
    return request.stream(receiver);
  }
  if (outcome.is !== "value") {
    return request.reject(errorOf(outcome, request.to, request.original, request.name));
  }
  let value: unknown;
  try {
    value = unpack(outcome.value);
  } catch (error) {
    return request.reject(error);
  }
  request.resolve(value);
}

/** The error for an outcome that is not a value. */
function errorOf(outcome: Outcome, from: number, original: boolean, name: string): unknown {
  switch (outcome.is) {
    case "threw": {
      const { type, message, stack } = outcome;
      const revived = revive(outcome.error);
      if (original) return revived === undefined ? new Error(`${type}: ${message}`) : revived.cause;
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

/** What was thrown, unless it cannot be revived here. */
function revive(error: (Outcome & { is: "threw" })["error"]): { cause: unknown } | undefined {
  if (error === undefined) return undefined;
  try {
    return { cause: unpack(error) };
  } catch {
    return undefined;
  }
}
