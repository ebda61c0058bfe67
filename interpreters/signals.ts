/**
 * AbortSignals that cross: the receiver's signal reads the same flag and fires when the origin's does.
 *
 * *Who tells whom.* A receiver asks the signal's origin to watch it; the origin tells every watcher when it aborts, and
 * when it was collected, so that watchers may let go. One signal object per origin and interpreter; a signal that
 * comes home is the original.
 */
import { decode } from "../sharing/decode.ts";
import { registerKind } from "../sharing/kinds.ts";
import { receive } from "./mailbox.ts";
import { cutOff } from "./process_context.ts";
import { realm } from "./realm.ts";
import { createFlag, type FlaggedSignal, flaggedSignal, raise, raised } from "./stop_flag.ts";

/** What crosses of a signal. */
interface Description {
  origin: number;
  key: number;
  flag: SharedArrayBuffer;
}

/** A signal of ours that has crossed. */
interface Own {
  readonly description: Description;
  readonly watchers: Set<number>;
}

const own = new WeakMap<AbortSignal, Own>();
/** Signals of ours by key, for those that come home and for watchers. */
const originals = new Map<number, WeakRef<AbortSignal>>();
const watchersOf = new Map<number, Set<number>>();
/** Signals of others, by origin and key; held until their origin says that they will never fire. */
const foreign = new Map<string, FlaggedSignal>();
const descriptions = new WeakMap<AbortSignal, Description>();
let lastKey = 0;

const collected = new FinalizationRegistry<number>(function release(key) {
  originals.delete(key);
  for (const to of watchersOf.get(key) ?? []) realm.post({ from: realm.id, to, key, t: "unwatch" });
  watchersOf.delete(key);
});

/** Lets AbortSignals cross; once. */
export function installSignals(): void {
  receive("signals", {
    letter(letter) {
      if (letter.t === "watch") watch(letter.key, letter.from);
      else if (letter.t === "fired") {
        const id = `${letter.from}/${letter.key}`;
        foreign.get(id)?.abort(decode(letter.reason));
        foreign.delete(id);
      } else if (letter.t === "unwatch") foreign.delete(`${letter.from}/${letter.key}`);
    },
    died(id) {
      for (const watchers of watchersOf.values()) watchers.delete(id);
      for (const key of foreign.keys()) if (key.startsWith(`${id}/`)) foreign.delete(key);
    },
  });

  registerKind<AbortSignal>(AbortSignal.prototype, {
    name: "signal",
    encode(signal) {
      return descriptions.get(signal) ?? describe(signal);
    },
    decode(description: Description) {
      return signalOf(description);
    },
  });
}

/** Makes a signal of ours known by a key and a flag. */
function describe(signal: AbortSignal): Description {
  const known = own.get(signal);
  if (known !== undefined) return known.description;
  const key = ++lastKey;
  const description: Description = { origin: realm.id, key, flag: createFlag() };
  const watchers = new Set<number>();
  own.set(signal, { description, watchers });
  if (signal.aborted) raise(description.flag, signal.reason);
  else {
    originals.set(key, new WeakRef(signal));
    watchersOf.set(key, watchers);
    collected.register(signal, key);
    // The listener must not hold the signal: it is collected, and its watchers released, when nobody can abort it.
    signal.addEventListener("abort", function tell(this: AbortSignal) {
      const reason = raise(description.flag, this.reason);
      for (const to of watchers) realm.post({ from: realm.id, to, key, t: "fired", reason });
      watchersOf.delete(key);
    }, { once: true });
  }
  return description;
}

/** An interpreter wants to know when a signal of ours fires; it may have done so, or be gone, already. */
function watch(key: number, to: number): void {
  const signal = originals.get(key)?.deref();
  const watchers = watchersOf.get(key);
  if (watchers !== undefined) watchers.add(to);
  else if (signal?.aborted) {
    realm.post({
      from: realm.id,
      to,
      key,
      t: "fired",
      reason: raise(own.get(signal)!.description.flag, signal.reason),
    });
  } else realm.post({ from: realm.id, to, key, t: "unwatch" });
}

function signalOf(description: Description): AbortSignal {
  const { origin, key, flag } = description;
  if (origin === realm.id) {
    const original = originals.get(key)?.deref();
    if (original !== undefined) return original;
  }
  const id = `${origin}/${key}`;
  const known = foreign.get(id);
  if (known !== undefined) return known.signal;
  const made = flaggedSignal(flag, cutOff);
  descriptions.set(made.signal, description);
  if (raised(flag)) made.abort(undefined);
  else if (origin !== realm.id) {
    foreign.set(id, made);
    realm.post({ from: realm.id, to: origin, key, t: "watch" });
  }
  return made.signal;
}
