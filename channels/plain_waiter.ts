/**
 * One `send` or `receive` that waits: at one channel, in local or in shared form.
 *
 * *States.* WAITING ⇄ RESERVED → OVER, by `reserve`, `release`, `settle`; WAITING → OVER by an abort or timeout, or by
 * `finish` after another thread has settled it. While it has an arbiter, the arbiter decides first.
 * *Invariant.* Once over it listens to no signal, has no timer, and is enlisted nowhere.
 */
import { startTimer } from "../runtime/mod.ts";
import { type AbortListener, listen, unlisten } from "./abort_listeners.ts";
import type { Form, Side, WaitOptions } from "./form.ts";
import { settleInTurn } from "./patience.ts";
import type { Arbiter, Settled, SharableWaiter, Waiter } from "./port.ts";
import { receiveOnClosed, tooLate } from "./refusals.ts";
import { surroundings } from "./surroundings.ts";
import type { WaitingOperation, WaitMonitor, WaitsFor } from "./wait_monitor.ts";

const WAITING = 0;
const RESERVED = 1;
const OVER = 2;

/** Where a plain waiter is enlisted, as case 0: a guard, or what does the same. */
export interface WaitingPlace {
  withdraw(waiter: Waiter, index: number): void;
}

/** See the file's description. */
export class PlainWaiter implements SharableWaiter, AbortListener {
  ticket = 0;
  arbiter: Arbiter | undefined = undefined;
  /** Resolves to the value received, or to undefined when the value was sent. */
  readonly promise: Promise<unknown>;
  readonly #side: Side;
  readonly #name: string;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;
  #state = WAITING;
  #place: WaitingPlace | undefined = undefined;
  #process: AbortSignal | undefined = undefined;
  #monitor: WaitMonitor | undefined = undefined;
  /** Takes back what was done to be told of the limits. */
  #undo: (() => void)[] | undefined = undefined;

  /** Whether it is served by nobody yet. */
  get isWaiting(): boolean {
    return this.#state !== OVER;
  }

  /** It will send or receive (`side`) at the channel called `name`. */
  constructor(side: Side, name: string) {
    this.#side = side;
    this.#name = name;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /**
   * Called once, right after it was enlisted at `place` (or settled by that): from now on the limits of `options`, which
   * have been checked, and the end of the running process make it give up.
   */
  begin(place: WaitingPlace, options?: WaitOptions): void {
    if (this.#state === OVER) return;
    this.#place = place;
    const process = surroundings.processSignal();
    if (process !== undefined) {
      if (!listen(process, this, "stays")) return this.aborted(process.reason);
      this.#process = process;
    }
    if (options !== undefined) this.#limit(options);
  }

  /** Called once it is enlisted, and has begun: tells whoever watches the running process that it waits at `form`. */
  report(form: Form): void {
    this.tell(this.#side === "sender" ? "send" : "receive", { form });
  }

  /** Tells whoever watches the running process what it waits in. */
  protected tell(operation: WaitingOperation, waitsFor: Omit<WaitsFor, "limited">): void {
    if (this.#state === OVER || surroundings.monitor === undefined) return;
    this.#monitor = surroundings.monitor();
    this.#monitor?.begins(operation, { ...waitsFor, limited: this.#undo !== undefined }, this);
  }

  reserve(): boolean {
    if (this.#state !== WAITING) return false;
    if (this.arbiter !== undefined && !this.arbiter.reserve()) return false;
    this.#state = RESERVED;
    return true;
  }

  release(): void {
    this.#state = WAITING;
    this.arbiter?.release();
  }

  settle(index: number, settled: Settled): void {
    this.arbiter?.settle(index);
    this.finish(index, settled);
  }

  finish(_index: number, settled: Settled): void {
    if (this.#state === OVER) return;
    this.#end();
    if (settled.is === "done") settleInTurn(this.#resolve, settled.value);
    else if (settled.is === "failed") this.#reject(settled.error);
    else this.#reject(settled.reason === undefined ? receiveOnClosed(this.#name) : settled.reason.error);
  }

  /** What it rejects with when it has waited for `timeout` milliseconds. */
  protected tooLate(timeout: number): Error {
    return tooLate(this.#side, this.#name, timeout);
  }

  aborted(reason: unknown): void {
    this.stop({ is: "failed", error: reason });
  }

  /** Gives up waiting, which ends as `settled` says; no effect if it has been served, or another thread has done so. */
  stop(settled: Settled): void {
    if (this.#state !== WAITING) return;
    if (this.arbiter === undefined || this.arbiter.giveUp()) this.finish(0, settled);
  }

  #limit({ signal, timeout }: WaitOptions): void {
    const undo: (() => void)[] = this.#undo = [];
    if (signal !== undefined && signal !== this.#process) {
      if (!listen(signal, this)) return this.aborted(signal.reason);
      undo.push(() => unlisten(signal, this));
    }
    if (timeout === undefined || timeout === Infinity) return;
    const late = (): void => this.aborted(this.tooLate(timeout));
    if (timeout === 0) late();
    else undo.push(startTimer(timeout, late));
  }

  #end(): void {
    this.#state = OVER;
    this.#monitor?.ended(this);
    this.#place?.withdraw(this, 0);
    this.arbiter?.close();
    if (this.#process !== undefined) unlisten(this.#process, this);
    if (this.#undo !== undefined) { for (const back of this.#undo) back(); }
  }
}
