/**
 * AbortSignals that cross: the receiver's signal reads the same flag and fires when the origin's does.
 *
 * *Who tells whom.* A receiver asks the signal's origin to watch it; the origin tells every watcher when it aborts, and
 * when it was collected, so that watchers may let go. One signal object per origin and interpreter; a signal that
 * comes home is the original.
 */
import { registerKind } from "../sharing/kinds.ts";
import type { Wire } from "../sharing/wire.ts";
import { receive } from "./mailbox.ts";
import { cutOff } from "./process_context.ts";
import { realm } from "./realm.ts";
import { createFlag, type FlaggedSignal, flaggedSignal, flagIn, raise, reviveReason } from "./stop_flag.ts";

/** What crosses of a signal. */
interface Description {
  origin: number;
  key: number;
  flag: SharedArrayBuffer;
  /** Of one that has aborted: the reason as it crosses, whether or not the flag has room for it. */
  reason?: Wire;
}

/** A signal of ours that has crossed. */
interface Own {
  readonly key: number;
  readonly flag: SharedArrayBuffer;
  readonly watchers: Set<number>;
}

const own = new WeakMap<AbortSignal, Own>();
/** Signals of ours by key, for those that come home and for watchers. */
const originals = new Map<number, WeakRef<AbortSignal>>();
/** Who wants to know of those that have not aborted. */
const watchersOf = new Map<number, Set<number>>();

/** Signals of others, by origin and key. */
const foreign = new Map<string, WeakRef<AbortSignal>>();
const descriptions = new WeakMap<AbortSignal, Description>();
/** Those of them that may still fire: held until their origin says that they have, or never will. */
const waiting = new Map<string, FlaggedSignal>();
let lastKey = 0;

const collected = new FinalizationRegistry<number>(function release(key) {
  originals.delete(key);
  for (const to of watchersOf.get(key) ?? []) realm.post({ from: realm.id, to, key, t: "unwatch" });
  watchersOf.delete(key);
});
const dropped = new FinalizationRegistry<string>(function release(id) {
  if (foreign.get(id)?.deref() === undefined) foreign.delete(id);
});

/** Lets AbortSignals cross; once. */
export function installSignals(): void {
  receive("signals", {
    letter(letter) {
      const id = `${letter.from}/${letter.key}`;
      if (letter.t === "watch") watch(letter.key, letter.from);
      else if (letter.t === "fired") {
        const signal = waiting.get(id);
        waiting.delete(id);
        signal?.abort(reviveReason(letter.reason));
      } else if (letter.t === "unwatch") waiting.delete(id);
    },
    died(id) {
      for (const watchers of watchersOf.values()) watchers.delete(id);
      for (const key of waiting.keys()) if (key.startsWith(`${id}/`)) waiting.delete(key);
    },
  });
  registerKind<AbortSignal>(AbortSignal.prototype, {
    name: "signal",
    encode: describe,
    decode: signalOf,
  });
}

function describe(signal: AbortSignal): Description {
  const foreignOne = descriptions.get(signal);
  const { origin, key, flag } = foreignOne ?? { origin: realm.id, ...make(signal) };
  return signal.aborted ? { origin, key, flag, reason: raise(flag, signal.reason) } : { origin, key, flag };
}

/** Makes a signal of ours known by a key and a flag. */
function make(signal: AbortSignal): Own {
  const known = own.get(signal);
  if (known !== undefined) return known;
  const key = ++lastKey;
  const flag = createFlag();
  const watchers = new Set<number>();
  const made: Own = { key, flag, watchers };
  own.set(signal, made);
  originals.set(key, new WeakRef(signal));
  collected.register(signal, key);
  if (!signal.aborted) {
    watchersOf.set(key, watchers);
    // The listener must not hold the signal: it is collected, and its watchers released, when nobody can abort it.
    signal.addEventListener("abort", function tell(this: AbortSignal) {
      const reason = raise(flag, this.reason);
      watchersOf.delete(key);
      for (const to of watchers) realm.post({ from: realm.id, to, key, t: "fired", reason });
    }, { once: true });
  }
  return made;
}

/** An interpreter wants to know when a signal of ours fires; it may have done so, or be gone, already. */
function watch(key: number, to: number): void {
  const watchers = watchersOf.get(key);
  if (watchers !== undefined) {
    watchers.add(to);
    return;
  }
  const signal = originals.get(key)?.deref();
  realm.post(
    signal?.aborted
      ? { from: realm.id, to, key, t: "fired", reason: raise(make(signal).flag, signal.reason) }
      : { from: realm.id, to, key, t: "unwatch" },
  );
}

function signalOf(description: Description): AbortSignal {
  const { origin, key, flag, reason } = description;
  const id = `${origin}/${key}`;
  const known = origin === realm.id ? originals.get(key)?.deref() : foreign.get(id)?.deref();
  if (known !== undefined) return known;
  const made = flaggedSignal(flagIn(flag), cutOff);
  descriptions.set(made.signal, { origin, key, flag });
  foreign.set(id, new WeakRef(made.signal));
  dropped.register(made.signal, id);
  if (reason !== undefined) made.abort(reviveReason(reason));
  else if (origin !== realm.id) {
    waiting.set(id, made);
    realm.post({ from: realm.id, to: origin, key, t: "watch" });
  }
  return made.signal;
}
