/**
 * An AbortSignal that tells the truth also in a loop that never awaits: its `aborted` reads a word of shared memory.
 *
 * *Memory.* There are two kinds of flags. That of a signal which crosses has a buffer of its own. Word 0: 0 or 1 (raised);
 * word 1: bytes of the encoded reason, which follow; 0 when the reason did not fit. That of a request is a place in a table
 * of its caller's, see `stop_words.ts`.
 * *Order.* The reason is written before the flag is raised, so whoever sees it raised can read it.
 * *Who waits.* Nobody waits on a flag; the 'abort' event is fired when the message that follows arrives.
 */
import { decode } from "../sharing/decode.ts";
import { encodeSent } from "../sharing/encode.ts";
import type { Wire } from "../sharing/wire.ts";

/** A flag, for who is to stop. */
export interface Flag {
  isRaised(): boolean;
  /** Why it was raised; undefined if that cannot be read here, or no more. */
  reason(): Wire | undefined;
}

const HEAD_BYTES = 8;
const FLAG_BYTES = 2048;

/** Makes a flag that is not raised. */
export function createFlag(): SharedArrayBuffer {
  return new SharedArrayBuffer(FLAG_BYTES);
}

/** Raises a flag, once; `reason` is what the other side's signal will give. Returns the reason as it crosses. */
export function raise(flag: SharedArrayBuffer, reason: unknown): Wire {
  const words = new Int32Array(flag, 0, 2);
  const wire = encodeReason(reason);
  if (Atomics.load(words, 0) === 1) return wire;
  const { bytes } = wire;
  if (wire.side === undefined && !wire.handles && bytes.byteLength <= flag.byteLength - HEAD_BYTES) {
    new Uint8Array(flag, HEAD_BYTES).set(bytes);
    words[1] = bytes.byteLength;
  }
  Atomics.store(words, 0, 1);
  return wire;
}

/** The flag that `buffer` is. */
export function flagIn(buffer: SharedArrayBuffer): Flag {
  const words = new Int32Array(buffer, 0, 2);
  return {
    isRaised() {
      return Atomics.load(words, 0) === 1;
    },
    reason() {
      const length = words[1]!;
      if (length === 0) return undefined;
      return { bytes: new Uint8Array(buffer, HEAD_BYTES, length).slice() as Uint8Array<ArrayBuffer> };
    },
  };
}

// Tables of flags

/** Flags in a table, each of so many words: the key for which it is raised, and where its reason begins, plus 1. */
export const FLAGS = 4096;
export const FLAG_WORDS = 2;
/** Where the log of reasons ends; counts bytes since the beginning. */
export const WRITTEN: number = FLAGS * FLAG_WORDS;
/** First word of the log. */
export const REASONS: number = WRITTEN + 1;
/** Bytes of the log, a power of two. */
export const REASON_BYTES: number = 1 << 15;
export const TABLE_BYTES: number = REASONS * 4 + REASON_BYTES;

/** The flag at `index` of a table, for request `key`. */
export class TableFlag implements Flag {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #at: number;
  readonly #key: number;

  constructor(words: Int32Array<SharedArrayBuffer>, index: number, key: number) {
    this.#words = words;
    this.#at = index * FLAG_WORDS;
    this.#key = key | 0;
  }

  isRaised(): boolean {
    return Atomics.load(this.#words, this.#at) === this.#key;
  }

  reason(): Wire | undefined {
    const words = this.#words;
    const where = words[this.#at + 1]!;
    if (where === 0) return undefined;
    const from = REASONS * 4 + ((where - 1) & (REASON_BYTES - 1));
    const length = words[from >>> 2]!;
    const bytes = new Uint8Array(words.buffer).slice(from + 4, from + 4 + length);
    // It may have been overwritten meanwhile.
    if (((Atomics.load(words, WRITTEN) - (where - 1)) | 0) > REASON_BYTES) return undefined;
    return { bytes: bytes as unknown as Uint8Array<ArrayBuffer> };
  }
}

/** A reason that cannot cross goes as an AbortError that says so. */
export function encodeReason(reason: unknown): Wire {
  try {
    return encodeSent(reason, "reason").wire;
  } catch (cause) {
    return encodeSent(
      new DOMException(`Aborted for a reason that cannot cross: ${String(cause)}`, "AbortError"),
      "reason",
    ).wire;
  }
}

/** A reason that cannot be revived here becomes an AbortError that says so. */
export function reviveReason(reason: Wire): unknown {
  try {
    return decode(reason);
  } catch (cause) {
    return new DOMException(`Aborted for a reason that cannot be revived: ${String(cause)}`, "AbortError");
  }
}

function reasonOf(flag: Flag): unknown {
  const reason = flag.reason();
  return reason === undefined
    ? new DOMException("This operation was aborted", "AbortError")
    : reviveReason(reason);
}

/** A signal over a flag, and the way to fire its event. */
export interface FlaggedSignal {
  readonly signal: AbortSignal;
  /** Fires 'abort'; a reason that was already read from the flag stays. */
  abort(reason: unknown): void;
}

/**
 * Makes the signal. `flag` undefined: one that only `abort` can abort.
 * `cutOff` is asked too: true once this interpreter was closed by force.
 */
export function flaggedSignal(
  flag: Flag | undefined,
  cutOff: () => Error | undefined,
): FlaggedSignal {
  const controller = new AbortController();
  const { signal } = controller;
  let early: { reason: unknown } | undefined;
  let firing = false;

  /** Whether it was aborted without its event: a plain AbortSignal's own slots cannot be set before that. */
  function look(): boolean {
    return early !== undefined || flag?.isRaised() === true || cutOff() !== undefined;
  }
  /** The reason before the event; once somebody has seen it, it stays. */
  function earlyReason(): unknown {
    early ??= { reason: flag?.isRaised() === true ? reasonOf(flag) : cutOff() };
    return early.reason;
  }
  const inherited = Object.getOwnPropertyDescriptors(AbortSignal.prototype);
  const aborted = inherited.aborted.get!;
  const reason = inherited.reason.get!;
  Object.defineProperties(signal, {
    aborted: {
      configurable: true,
      get(): boolean {
        // Deno's abort asks here whether there is anything left to do.
        return aborted.call(signal) as boolean || (!firing && look());
      },
    },
    reason: {
      configurable: true,
      get(): unknown {
        return aborted.call(signal) || !look() ? reason.call(signal) : earlyReason();
      },
    },
    throwIfAborted: {
      configurable: true,
      value: function throwIfAborted(): void {
        if (signal.aborted) throw signal.reason;
      },
    },
  });
  return {
    signal,
    abort(cause) {
      firing = true;
      controller.abort(early === undefined ? cause : early.reason);
      firing = false;
    },
  };
}
