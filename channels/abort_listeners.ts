/** Waiting for signals to abort, by one listener for each signal however many wait: adding one to a signal is slow. */

/** Told when a signal aborts. */
export interface AbortListener {
  /** False if that ended nothing: what it waited for had been served. */
  aborted(reason: unknown): boolean | void;
}

/** One signal and who waits for it. */
class AbortWatch {
  /** It keeps its listener while nobody waits. */
  stays = false;
  readonly #signal: AbortSignal;
  readonly #fired: () => void;
  /** One of those who wait: a process seldom waits for two things, and a set costs more than all else. */
  #first: AbortListener | undefined = undefined;
  readonly #others = new Set<AbortListener>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    this.#fired = () => this.#fire();
    signal.addEventListener("abort", this.#fired, { once: true });
  }

  add(listener: AbortListener): void {
    if (this.#first === undefined) this.#first = listener;
    else if (this.#first !== listener) this.#others.add(listener);
  }

  remove(listener: AbortListener): void {
    if (this.#first === listener) this.#first = undefined;
    else this.#others.delete(listener);
    if (this.stays || this.#first !== undefined || this.#others.size > 0) return;
    watches.delete(this.#signal);
    this.#signal.removeEventListener("abort", this.#fired);
  }

  #fire(): void {
    watches.delete(this.#signal);
    if (last?.watch === this) last = undefined;
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) tell(this.#signal, first);
    for (const listener of this.#others) {
      this.#others.delete(listener);
      tell(this.#signal, listener);
    }
  }
}

/** Signals that have ended a wait. */
const heard = new WeakSet<AbortSignal>();

/** Whether a wait was ended by `signal`, or not begun because it had aborted. */
export function wasHeard(signal: AbortSignal): boolean {
  return heard.has(signal);
}

/** Throws the reason of `signal` if it has aborted and nothing has told of that: once. */
export function tellOnce(signal: AbortSignal): void {
  if (signal.aborted && !heard.has(signal)) throw refusedBy(signal);
}

const watches = new WeakMap<AbortSignal, AbortWatch>();
/** The library's own signal that was waited for last: as a rule it is the next one too. */
let last: { readonly signal: AbortSignal; readonly watch: AbortWatch } | undefined;

/**
 * Lets `listener` know when `signal` aborts; false if it has done so already. "stays": the signal is this library's own, and
 * its one listener remains for those to come.
 */
export function listen(signal: AbortSignal, listener: AbortListener, stays?: "stays"): boolean {
  if (last !== undefined && last.signal === signal) {
    last.watch.add(listener);
    return true;
  }
  if (signal.aborted) return false;
  let watch = watches.get(signal);
  if (watch === undefined) watches.set(signal, watch = new AbortWatch(signal));
  if (stays !== undefined) {
    watch.stays = true;
    last = { signal, watch };
  }
  watch.add(listener);
  return true;
}

/**
 * Lets `listener` know when `signal` aborts, at once if it has done so already: another thread may have aborted it since it was
 * looked at, and code of a user that has run meanwhile.
 */
export function hear(signal: AbortSignal, listener: AbortListener): void {
  if (!listen(signal, listener)) tell(signal, listener);
}

/** Tells `listener` that `signal` has aborted. */
export function tell(signal: AbortSignal, listener: AbortListener): void {
  if (listener.aborted(signal.reason) !== false) heard.add(signal);
}

/** Notes that what was to begin was refused because `signal` has aborted; its reason. */
export function refusedBy(signal: AbortSignal): unknown {
  heard.add(signal);
  return signal.reason;
}

/** Takes back {@link listen}; no effect if `listener` does not wait. */
export function unlisten(signal: AbortSignal, listener: AbortListener): void {
  (last !== undefined && last.signal === signal ? last.watch : watches.get(signal))?.remove(listener);
}
