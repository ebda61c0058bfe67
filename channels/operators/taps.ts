/** Ports that all get every value: what mult and pub are made of. */
import type { SendPort } from "../ports.ts";
import { closeAs, type Reason } from "./output.ts";

/** One of the ports. */
interface Tap {
  /** Whether the end of the operator closes it. */
  readonly closes: boolean;
  /** Aborted when the port is taken off: what is being sent to it then is not. */
  readonly removal: AbortController;
}

/** See the file's description. */
export class Taps<T> {
  readonly #taps = new Map<SendPort<T>, Tap>();

  /** How many there are. */
  get size(): number {
    return this.#taps.size;
  }

  /** One more; no effect if it is there already. */
  add(to: SendPort<T>, closes: boolean): void {
    if (!this.#taps.has(to)) this.#taps.set(to, { closes, removal: new AbortController() });
  }

  /** Takes one off; no effect if it is not there. */
  remove(to: SendPort<T>): void {
    const tap = this.#taps.get(to);
    this.#taps.delete(to);
    tap?.removal.abort();
  }

  /** Settles when each port has taken the value, is closed, or was taken off. Never rejects. */
  async give(value: T): Promise<void> {
    const sends: Promise<void>[] = [];
    for (const [to, tap] of this.#taps) sends.push(this.#send(to, tap, value));
    await Promise.all(sends);
  }

  async #send(to: SendPort<T>, tap: Tap, value: T): Promise<void> {
    const { signal } = tap.removal;
    try {
      await to.send(value, { signal });
    } catch (error) {
      if (signal.aborted) return;
      this.#taps.delete(to);
      // Open, but not for this value.
      if (!to.closed) closeAs(to, { error });
    }
  }

  /** Closes those that are to be closed, and forgets them all. */
  end(reason: Reason): void {
    const taps = [...this.#taps];
    this.#taps.clear();
    for (const [to, { closes }] of taps) if (closes) closeAs(to, reason);
  }
}
