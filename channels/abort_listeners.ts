/** Waiting for signals to abort, by one listener for each signal however many wait: adding one to a signal is slow. */

/** Told when a signal aborts. */
export interface AbortListener {
  aborted(reason: unknown): void;
}

/** One signal and who waits for it. */
class AbortWatch {
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<AbortListener>();
  readonly #stays: boolean;
  readonly #fired: () => void;

  constructor(signal: AbortSignal, stays: boolean) {
    this.#signal = signal;
    this.#stays = stays;
    this.#fired = () => this.#fire();
    signal.addEventListener("abort", this.#fired, { once: true });
  }

  add(listener: AbortListener): void {
    this.#listeners.add(listener);
  }

  remove(listener: AbortListener): void {
    this.#listeners.delete(listener);
    if (this.#stays || this.#listeners.size > 0) return;
    watches.delete(this.#signal);
    this.#signal.removeEventListener("abort", this.#fired);
  }

  #fire(): void {
    watches.delete(this.#signal);
    const { reason } = this.#signal;
    for (const listener of this.#listeners) {
      this.#listeners.delete(listener);
      listener.aborted(reason);
    }
  }
}

const watches = new WeakMap<AbortSignal, AbortWatch>();

/**
 * Lets `listener` know when `signal`, which has not aborted yet, does. "stays": the signal is this library's own, and its
 * one listener remains for those to come.
 */
export function listen(signal: AbortSignal, listener: AbortListener, stays?: "stays"): void {
  let watch = watches.get(signal);
  if (watch === undefined) {
    watch = new AbortWatch(signal, stays !== undefined);
    watches.set(signal, watch);
  }
  watch.add(listener);
}

/** Takes back {@link listen}; no effect if `listener` does not wait. */
export function unlisten(signal: AbortSignal, listener: AbortListener): void {
  watches.get(signal)?.remove(listener);
}
