/**
 * An AbortSignal that tells the truth also in a loop that never awaits: its `aborted` reads a word of shared memory.
 *
 * *Memory.* Word 0: 0 or 1 (raised); word 1: bytes of the encoded reason, which follow; 0 when the reason did not fit.
 * *Order.* The reason is written before word 0 is set, so whoever sees 1 can read it.
 * *Who waits.* Nobody waits on the word; the 'abort' event is fired when the message that follows arrives.
 */
import { decode } from "../sharing/decode.ts";
import { encode } from "../sharing/encode.ts";
import type { Wire } from "../sharing/wire.ts";

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

/** Whether a flag was raised. */
export function raised(flag: SharedArrayBuffer): boolean {
  return Atomics.load(new Int32Array(flag, 0, 1), 0) === 1;
}

/** A reason that cannot cross goes as an AbortError that says so. */
function encodeReason(reason: unknown): Wire {
  try {
    return encode(reason, "reason").wire;
  } catch (cause) {
    return encode(
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

function reasonOf(flag: SharedArrayBuffer): unknown {
  const length = new Int32Array(flag, 0, 2)[1]!;
  if (length === 0) return new DOMException("This operation was aborted", "AbortError");
  return reviveReason({ bytes: new Uint8Array(flag, HEAD_BYTES, length).slice() as Uint8Array<ArrayBuffer> });
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
  flag: SharedArrayBuffer | undefined,
  cutOff: () => Error | undefined,
): FlaggedSignal {
  const controller = new AbortController();
  const { signal } = controller;
  let early: { reason: unknown } | undefined;
  let firing = false;

  /** Whether it was aborted without its event: a plain AbortSignal's own slots cannot be set before that. */
  function look(): boolean {
    return early !== undefined || (flag !== undefined && raised(flag)) || cutOff() !== undefined;
  }
  /** The reason before the event; once somebody has seen it, it stays. */
  function earlyReason(): unknown {
    early ??= { reason: flag !== undefined && raised(flag) ? reasonOf(flag) : cutOff() };
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
