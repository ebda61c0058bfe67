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
  End,
  Fillable,
  Form,
  Overflow,
  Refuse,
  Side,
  TryReceived,
  WaitOptions,
} from "./form.ts";
import { checkNotGone, quietly, stop } from "./gone_errors.ts";
import { UNREADY } from "./guard_symbols.ts";
import { checkWait } from "./limits.ts";
import { succeeded } from "./patience.ts";
import { PlainWaiter } from "./plain_waiter.ts";
import type { Guard, Settled, SharableWaiter, SharedGuard, Waiter } from "./port.ts";
import type { Progress } from "./batches.ts";
import { actionOf } from "./refusals.ts";
import { Entry } from "./wait_list.ts";

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
  readonly end: End;
  readonly gate: Gate;
  /** Who is held back by the gate. */
  readonly #held = new Set<Entry>();

  constructor(core: Core, end: End, gate: Gate) {
    this.core = core;
    this.end = end;
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
        return this.#later((rest) => this.send(value, rest), options, value);
      }
      const { form } = this.core;
      if (options === undefined && form.trySend(value)) {
        this.gate.sent(1);
        return succeeded();
      }
      return quietly(form.send(value, options, this.end), () => this.gate.sent(1));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  receive(options?: WaitOptions): Promise<unknown> {
    try {
      if (this.gate.mustLook && this.gate.isShut()) {
        return this.#later((rest) => this.receive(rest), options);
      }
      return this.core.form.receive(options, this.end);
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
        return this.#later((rest) => this.sendMany(values, rest, progress), options);
      }
      return this.#counted(progress, this.core.form.sendMany(values, options, progress, this.end));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  receiveMany(max: number | Fillable, options?: WaitOptions): Promise<ArrayLike<unknown>> {
    try {
      if (this.gate.mustLook && this.gate.isShut()) {
        return this.#later((rest) => this.receiveMany(max, rest), options);
      }
      return this.core.form.receiveMany(max, options, this.end);
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

  endWaits(end: End, refuse: Refuse): void {
    for (const { waiter, index, value } of this.#held) {
      stop(waiter, index, end.side === "sender" ? refuse(value) : refuse());
    }
    this.core.form.endWaits(end, refuse);
  }

  /** Calls `open` once the gate has opened, unless `entry` gives up before; the function calls that off. */
  hold(entry: Entry, open: () => void): () => void {
    const { gate } = this;
    this.#held.add(entry);
    const letGo = gate.hold(() => {
      this.#held.delete(entry);
      open();
    });
    return () => {
      this.#held.delete(entry);
      letGo();
    };
  }

  takeNow(): unknown {
    return this.gate.mustLook && this.gate.isShut() ? UNREADY : this.core.form.takeNow();
  }

  receiving(): Guard {
    return new GatedGuard(this, this.core.form.receiving(this.end), undefined);
  }
  sending(value: unknown): Guard {
    return new GatedGuard(this, this.core.form.sending(value, this.end), { value });
  }

  async #counted(progress: Progress, sending: Promise<void>): Promise<void> {
    try {
      await sending;
    } finally {
      this.gate.sent(progress.sent);
    }
  }

  /** Waits for the gate to open and does `then`, with what is left of the limits; `value`: what that will send. */
  #later<T>(
    then: (rest: WaitOptions | undefined) => Promise<T>,
    options: WaitOptions | undefined,
    ...value: [unknown] | []
  ): Promise<T> {
    return quietly(this.#whenOpen(then, options, value));
  }

  async #whenOpen<T>(
    then: (rest: WaitOptions | undefined) => Promise<T>,
    options: WaitOptions | undefined,
    value: [unknown] | [],
  ): Promise<T> {
    const { side } = this.end;
    if (options !== undefined) checkWait(actionOf(side, this.name), options);
    const end = performance.now() + (options?.timeout ?? Infinity);
    const waiter = new PlainWaiter(side, this.name, value[0]);
    const withdraw = this.hold(waiter, function open() {
      if (waiter.reserve()) waiter.settle(0, OPEN);
    });
    waiter.begin({ withdraw }, options);
    await waiter.promise;
    checkNotGone(this.end, ...value);
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
  readonly #value: unknown;
  /** Calls off what is held back. */
  #letGo: (() => void) | undefined = undefined;

  /** `sent`: what is sent, in a box. */
  constructor(form: GatedForm, inner: Guard, sent: { readonly value: unknown } | undefined) {
    this.form = form;
    this.sends = sent !== undefined;
    this.#value = sent?.value;
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
    const entry = new Entry(waiter, index, this.#value, this.form.end);
    this.#letGo = this.form.hold(entry, () => {
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
