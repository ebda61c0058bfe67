/**
 * Sends requests to other interpreters and settles them when the reply, or the news of a death, comes in.
 *
 * *Invariants.* A request is in `pending` from the moment it was posted until its promise is settled; every way out
 * removes it. In main the program is kept alive exactly while `pending` holds something that a promise waits for.
 */
import { TimeoutError } from "../channels/errors.ts";
import { holdAlive, releaseAlive } from "../runtime/mod.ts";
import { decode } from "../sharing/decode.ts";
import { ExecutionFailed } from "./errors.ts";
import { receive } from "./mailbox.ts";
import type { Letter, Outcome, Work } from "./protocol.ts";
import { realm } from "./realm.ts";
import { RemoteStream } from "./remote_stream.ts";
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
}

interface Pending {
  readonly to: number;
  readonly original: boolean;
  readonly name: string;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const pending = new Map<number, Pending>();
const streams = new Map<number, RemoteStream>();
let lastKey = 0;

receive("replies", {
  letter(letter) {
    if (letter.t === "reply") finish(letter.key, letter.outcome);
    else if (letter.t === "item") streams.get(letter.key)?.push(decode(letter.value));
    else if (letter.t === "last") {
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

/**
 * Posts a request. The promise resolves to the value or the stream that the other side gives.
 * Throws, with nothing sent, when the letter cannot be posted. `name`: what is called, for messages.
 */
export function request(to: number, work: Work, name: string, limits: Limits): Promise<unknown> {
  const { signal, timeout } = limits;
  const key = ++lastKey;
  const stop = signal === undefined && timeout === undefined ? undefined : createFlag();
  const process = realm.board?.nextProcess() ?? 0;
  realm.post({ from: realm.id, to, key, t: "request", work, process, ...(stop && { stop }) });

  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  if (pending.size === 0 && realm.id === 0) holdAlive();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function done(): void {
    clearTimeout(timer);
    signal?.removeEventListener("abort", aborted);
  }
  function giveUp(reason: unknown): void {
    if (!pending.has(key)) return;
    forget(key);
    done();
    const letter: Letter = { from: realm.id, to, key, t: "abort", reason: raise(stop!, reason) };
    reject(reason);
    realm.post(letter);
  }
  function aborted(): void {
    giveUp(signal!.reason);
  }
  pending.set(key, {
    to,
    name,
    original: limits.original === true,
    resolve(value) {
      done();
      resolve(value);
    },
    reject(error) {
      done();
      reject(error);
    },
  });
  signal?.addEventListener("abort", aborted);
  if (timeout !== undefined && timeout !== Infinity) {
    timer = setTimeout(function late() {
      giveUp(
        new TimeoutError(
          `Cannot wait any longer for "${name}" in interpreter ${to}: ${timeout} ms have passed`,
        ),
      );
    }, timeout);
  }
  return promise;
}

function forget(key: number): void {
  pending.delete(key);
  if (pending.size === 0 && realm.id === 0) releaseAlive();
}

function finish(key: number, outcome: Outcome): void {
  const request = pending.get(key);
  if (request === undefined) return;
  forget(key);
  if (outcome.is === "value") return settleWith(request, outcome);
  if (outcome.is === "stream") {
    const stream = new RemoteStream(request.to, key, request.original);
    streams.set(key, stream);
    return request.resolve(stream);
  }
  request.reject(errorOf(outcome, request.to, request.original, request.name));
}

function settleWith(request: Pending, outcome: Outcome & { is: "value" }): void {
  let value: unknown;
  try {
    value = decode(outcome.value);
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
      const revived = outcome.error === undefined ? undefined : { cause: decode(outcome.error) };
      if (original) return revived === undefined ? new Error(`${type}: ${message}`) : revived.cause;
      return new ExecutionFailed({ type, message, stack }, `interpreter ${from}`, revived);
    }
    case "captured":
      return capturedError(name === "anonymous" ? "" : name, outcome.names);
    case "refused":
      return decode(outcome.error);
    default:
      return undefined;
  }
}
