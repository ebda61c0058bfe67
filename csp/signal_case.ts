/** An AbortSignal as a case of selects: it gives its reason. */
import { type AbortListener, hear, unlisten } from "../channels/abort_listeners.ts";
import { GUARD, type Guard, type Guarded, type Settled, type Waiter } from "../channels/port.ts";

/** A signal as a case. */
export function signalCase(signal: AbortSignal): Guarded {
  return new SignalCase(signal);
}

class SignalCase implements Guarded {
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  [GUARD](): Guard {
    return new SignalGuard(this.#signal);
  }
}

/** A signal as one case of one select, its only waiter. */
class SignalGuard implements Guard, AbortListener {
  readonly #signal: AbortSignal;
  #waiter: Waiter | undefined;
  #index = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Of such a signal `aborted` reads shared memory; see `stop_flag.ts`. */
  get distant(): boolean {
    return Object.hasOwn(this.#signal, "aborted");
  }

  attempt(): Settled | undefined {
    return this.#signal.aborted ? { is: "done", value: this.#signal.reason } : undefined;
  }

  enlist(waiter: Waiter, index: number): void {
    this.#waiter = waiter;
    this.#index = index;
    hear(this.#signal, this);
  }

  withdraw(): void {
    unlisten(this.#signal, this);
  }

  aborted(reason: unknown): void {
    if (this.#waiter!.reserve()) this.#waiter!.settle(this.#index, { is: "done", value: reason });
  }
}
