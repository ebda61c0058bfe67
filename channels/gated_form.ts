/**
 * What an end does that belongs to a process of a network: the same as any other, but it passes a gate first, behind which
 * operations are held back while the network pauses, and it counts what was sent.
 *
 * *Who waits and who wakes.* An operation that begins while the gate is shut is not known to the channel: it waits for the
 * gate, under its own limits and those of its process, and is made anew when that opens. One that has begun before goes on.
 * `try…` forms find nothing and no room meanwhile.
 */
import type {
  Batch,
  BlockOptions,
  Core,
  Fillable,
  Form,
  Overflow,
  Side,
  TryReceived,
  WaitOptions,
} from "./form.ts";
import { UNREADY } from "./guard_symbols.ts";
import { checkWait } from "./limits.ts";
import { succeeded } from "./patience.ts";
import { PlainWaiter } from "./plain_waiter.ts";
import type { Guard, Settled, SharableWaiter, SharedGuard, Waiter } from "./port.ts";
import type { Progress } from "./progress.ts";
import { actionOf } from "./refusals.ts";

/** What stands in front of an end. */
export interface Gate {
  /** Whether to ask `isShut` at all: one look at one word. */
  readonly mustLook: boolean;
  /** Whether operations are held back; throws when the process is to end. */
  isShut(): boolean;
  /** Calls `open` once the gate has opened; the function calls that off. */
  hold(open: () => void): () => void;
  /** Blocks this thread while the gate is shut. Throws if it could not open meanwhile. */
  holdNow(): void;
  /** What was held back waits at the channel now. */
  enlisted(waiter: Waiter): void;
  /** `count` values have been sent. */
  sent(count: number): void;
  /** The end is passed on or cloned: others may have what was this process's own. */
  shared(): void;
}

const EMPTY: TryReceived<never> = Object.freeze({ state: "empty" });
const OPEN: Settled = Object.freeze({ is: "done", value: undefined });

/** See the file's description. */
export class GatedForm implements Form {
  readonly core: Core;
  readonly gate: Gate;

  constructor(core: Core, gate: Gate) {
    this.core = core;
    this.gate = gate;
  }

  get shared(): boolean {
    return this.core.form.shared;
  }
  get name(): string {
    return this.core.form.name;
  }
  get capacity(): number {
    return this.core.form.capacity;
  }
  get overflow(): Overflow {
    return this.core.form.overflow;
  }
  get promise(): boolean {
    return this.core.form.promise;
  }
  get size(): number {
    return this.core.form.size;
  }
  get closed(): boolean {
    return this.core.form.closed;
  }

  send(value: unknown, options?: WaitOptions): Promise<void> {
    try {
      if (this.gate.mustLook && this.gate.isShut()) {
        return this.#later("sender", options, (rest) => this.send(value, rest));
      }
      const { form } = this.core;
      if (options === undefined && form.trySend(value)) {
        this.gate.sent(1);
        return succeeded();
      }
      return form.send(value, options).then(() => this.gate.sent(1));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  receive(options?: WaitOptions): Promise<unknown> {
    try {
      if (this.gate.mustLook && this.gate.isShut()) {
        return this.#later("receiver", options, (rest) => this.receive(rest));
      }
      return this.core.form.receive(options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  trySend(value: unknown): boolean {
    if (this.gate.mustLook && this.gate.isShut()) return false;
    const sent = this.core.form.trySend(value);
    if (sent) this.gate.sent(1);
    return sent;
  }

  tryReceive(): TryReceived<unknown> {
    if (this.gate.mustLook && this.gate.isShut()) return EMPTY;
    return this.core.form.tryReceive();
  }

  sendSync(value: unknown, options?: BlockOptions): void {
    if (this.gate.mustLook && this.gate.isShut()) this.gate.holdNow();
    this.core.form.sendSync(value, options);
    this.gate.sent(1);
  }

  receiveSync(options?: BlockOptions): unknown {
    if (this.gate.mustLook && this.gate.isShut()) this.gate.holdNow();
    return this.core.form.receiveSync(options);
  }

  sendMany(values: Batch<unknown>, options: WaitOptions | undefined, progress: Progress): Promise<void> {
    try {
      if (this.gate.mustLook && this.gate.isShut()) {
        return this.#later("sender", options, (rest) => this.sendMany(values, rest, progress));
      }
      return this.#counted(progress, this.core.form.sendMany(values, options, progress));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  receiveMany(max: number | Fillable, options?: WaitOptions): Promise<ArrayLike<unknown>> {
    try {
      if (this.gate.mustLook && this.gate.isShut()) {
        return this.#later("receiver", options, (rest) => this.receiveMany(max, rest));
      }
      return this.core.form.receiveMany(max, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  sendManySync(values: Batch<unknown>, options?: BlockOptions): void {
    if (this.gate.mustLook && this.gate.isShut()) this.gate.holdNow();
    try {
      this.core.form.sendManySync(values, options);
      this.gate.sent(values.length);
    } catch (error) {
      this.gate.sent(sentBefore(error));
      throw error;
    }
  }

  receiveManySync(max: number | Fillable, options?: BlockOptions): ArrayLike<unknown> {
    if (this.gate.mustLook && this.gate.isShut()) this.gate.holdNow();
    return this.core.form.receiveManySync(max, options);
  }

  close(reason?: { readonly error: unknown }): void {
    this.core.form.close(reason);
  }
  poison(reason: unknown): void {
    this.core.form.poison(reason);
  }
  addEnd(side: Side): void {
    this.core.form.addEnd(side);
  }
  retireEnd(side: Side, reason?: { readonly error: unknown }): void {
    this.core.form.retireEnd(side, reason);
  }

  takeNow(): unknown {
    return this.gate.mustLook && this.gate.isShut() ? UNREADY : this.core.form.takeNow();
  }

  receiving(): Guard {
    return new GatedGuard(this, this.core.form.receiving(), false);
  }
  sending(value: unknown): Guard {
    return new GatedGuard(this, this.core.form.sending(value), true);
  }

  async #counted(progress: Progress, sending: Promise<void>): Promise<void> {
    try {
      await sending;
    } finally {
      this.gate.sent(progress.sent);
    }
  }

  /** Waits for the gate to open and does `then`, with what is left of the limits. */
  async #later<T>(
    side: Side,
    options: WaitOptions | undefined,
    then: (rest: WaitOptions | undefined) => Promise<T>,
  ): Promise<T> {
    if (options !== undefined) checkWait(actionOf(side, this.name), options);
    const end = performance.now() + (options?.timeout ?? Infinity);
    const waiter = new PlainWaiter(side, this.name);
    const letGo = this.gate.hold(function open() {
      if (waiter.reserve()) waiter.settle(0, OPEN);
    });
    waiter.begin({ withdraw: letGo }, options);
    await waiter.promise;
    return await then(
      options?.timeout === undefined
        ? options
        : { ...options, timeout: Math.max(0, end - performance.now()) },
    );
  }
}

/** How many values of a batch were sent before it failed. */
function sentBefore(error: unknown): number {
  return (error as { sent?: number } | undefined)?.sent ?? 0;
}

/** A guard of such an end: not ready while the gate is shut. */
export class GatedGuard implements Guard, SharedGuard {
  readonly form: GatedForm;
  readonly sends: boolean;
  readonly #inner: Guard;
  /** Calls off what is held back. */
  #letGo: (() => void) | undefined = undefined;

  constructor(form: GatedForm, inner: Guard, sends: boolean) {
    this.form = form;
    this.sends = sends;
    this.#inner = inner;
  }

  get due(): number {
    return this.#inner.due ?? Infinity;
  }

  get shared(): SharedGuard | undefined {
    return this.#inner.shared === undefined || this.form.gate.mustLook ? undefined : this;
  }

  get channel(): number {
    return this.#inner.shared!.channel;
  }

  attempt(): Settled | undefined {
    const { gate } = this.form;
    try {
      if (gate.mustLook && gate.isShut()) return undefined;
    } catch (error) {
      return { is: "failed", error };
    }
    const settled = this.#inner.attempt();
    if (settled !== undefined) this.served(settled);
    return settled;
  }

  enlist(waiter: Waiter, index: number): void {
    const { gate } = this.form;
    if (!gate.mustLook || !gate.isShut()) return this.#inner.enlist(waiter, index);
    this.#letGo = gate.hold(() => {
      this.#letGo = undefined;
      try {
        this.#inner.enlist(waiter, index);
      } catch (error) {
        if (waiter.reserve()) waiter.settle(index, { is: "failed", error });
      }
      gate.enlisted(waiter);
    });
  }

  withdraw(waiter: Waiter, index: number): void {
    this.#letGo?.();
    this.#letGo = undefined;
    this.#inner.withdraw(waiter, index);
  }

  together(guards: readonly Guard[]): { readonly index: number; readonly settled: Settled } | undefined {
    const found = this.#inner.shared!.together?.(
      guards.map((guard) => guard instanceof GatedGuard ? guard.#inner : guard),
    );
    if (found !== undefined) guards[found.index]!.served?.(found.settled);
    return found;
  }

  block(waiter: SharableWaiter, deadline: number): void {
    this.#inner.shared!.block!(waiter, deadline);
  }

  served(settled: Settled): void {
    if (this.sends && settled.is === "done") this.form.gate.sent(1);
  }
}
