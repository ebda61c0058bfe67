/**
 * One `send` or `receive` that waits: at one channel, in local or in shared form.
 *
 * *States.* WAITING ⇄ RESERVED → OVER, by `reserve`, `release`, `settle`; WAITING → OVER by an abort or timeout, or by
 * `finish` after another thread has settled it. While it has an arbiter, the arbiter decides first.
 * *Invariant.* Once over it listens to no signal, has no timer, and is enlisted nowhere.
 */
import { startTimer } from "../runtime/mod.ts";
import { type AbortListener, listen, tell, unlisten } from "./abort_listeners.ts";
import type { End, Form, Side, WaitOptions } from "./form.ts";
import { quietIfGone } from "./gone_errors.ts";
import { settleInTurn } from "./patience.ts";
import type { Arbiter, Guard, Settled, SharableWaiter, Waiter } from "./port.ts";
import { receiveOnClosed, tooLate } from "./refusals.ts";
import { surroundings } from "./surroundings.ts";
import type { Entry, Removing } from "./wait_list.ts";
import type { WaitingOperation, WaitMonitor, WaitsFor } from "./wait_monitor.ts";

const WAITING = 0;
const RESERVED = 1;
const OVER = 2;

/** Where a plain waiter is enlisted, as case 0: a guard, or what does the same. */
export interface WaitingPlace {
  withdraw(waiter: Waiter, index: number): void;
}

/** What a waiter takes back when it is over. */
interface Ties {
  /** The signal of the process that it is part of, which it listens to. */
  process?: AbortSignal;
  monitor?: WaitMonitor;
  /** Takes back what was done to be told of the limits. */
  undo?: (() => void)[];
}

/**
 * See the file's description. It is its own entry in the list of a local channel, and its fields are no `#private` ones:
 * both because making waiters is most of what a rendezvous costs.
 */
export class PlainWaiter implements SharableWaiter, AbortListener, Entry {
  ticket = 0;
  arbiter: Arbiter | undefined = undefined;
  readonly value: unknown;
  readonly end: End | undefined;
  list: Removing | undefined = undefined;
  previous: Entry | undefined = undefined;
  next: Entry | undefined = undefined;
  /** Resolves to the value received, or to undefined when the value was sent. */
  readonly promise: Promise<unknown>;
  private readonly side: Side;
  private readonly name: string;
  private resolve!: (value: unknown) => void;
  private reject!: (error: unknown) => void;
  private state = WAITING;
  private place: WaitingPlace | undefined = undefined;
  /** What it did not to wait for ever, and who was told that it waits; most do nothing of that. */
  private ties: Ties | undefined = undefined;

  get waiter(): this {
    return this;
  }

  get index(): number {
    return 0;
  }

  /** Whether it is served by nobody yet. */
  get isWaiting(): boolean {
    return this.state !== OVER;
  }

  /**
   * It will send or receive (`side`) at the channel called `name`. `value`: what it sends, and `end`: what it was begun by,
   * where it is its own entry.
   */
  constructor(side: Side, name: string, value?: unknown, end?: End) {
    this.side = side;
    this.name = name;
    this.value = value;
    this.end = end;
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /**
   * Called once, right after it was enlisted at `place` (or settled by that), undefined where it is its own entry: from now
   * on the limits of `options`, which have been checked, and the end of the running process make it give up. Not needed
   * where it is its own entry and there is none of both.
   */
  begin(place: WaitingPlace | undefined, options?: WaitOptions): void {
    if (this.state === OVER) return;
    this.place = place;
    const process = surroundings.processSignal();
    if (process !== undefined) {
      if (!listen(process, this, "stays")) return tell(process, this);
      this.ties = { process };
    }
    if (options !== undefined) this.#limit(options);
  }

  /** Called in place of `begin`: it has no limits, and the end of the running process is none. */
  stay(place: WaitingPlace): void {
    if (this.state !== OVER) this.place = place;
  }

  /** Called once it is enlisted, and has begun: tells whoever watches the running process that it waits at `form`. */
  report(form: Form): void {
    this.tell(this.side === "sender" ? "send" : "receive", { form });
  }

  /** The same of a wait for `guard` alone, a timer's: it counts as waiting only where that can never end. */
  reportGuard(guard: Guard): void {
    if (guard.isIdle === true) this.tell("receive", { guards: [guard] });
  }

  /** Tells whoever watches the running process what it waits in. */
  protected tell(operation: WaitingOperation, waitsFor: Omit<WaitsFor, "limited">): void {
    if (this.state === OVER || surroundings.monitor === undefined) return;
    const monitor = surroundings.monitor();
    if (monitor === undefined) return;
    const ties = this.ties ??= {};
    ties.monitor = monitor;
    monitor.begins(operation, { ...waitsFor, limited: ties.undo !== undefined }, this);
  }

  reserve(): boolean {
    if (this.state !== WAITING) return false;
    if (this.arbiter !== undefined && !this.arbiter.reserve()) return false;
    this.state = RESERVED;
    return true;
  }

  release(): void {
    this.state = WAITING;
    this.arbiter?.release();
  }

  settle(index: number, settled: Settled): void {
    this.arbiter?.settle(index);
    this.finish(index, settled);
  }

  /** `reserve` and `settle` in one, for who has taken it out of its list and has nothing to do in between. */
  serve(value: unknown): boolean {
    if (this.state !== WAITING) return false;
    if (this.arbiter !== undefined || this.ties !== undefined) {
      if (!this.reserve()) return false;
      this.settle(0, { is: "done", value });
    } else {
      this.state = OVER;
      settleInTurn(this.resolve, this.resultOf(value));
    }
    return true;
  }

  /** What it resolves to when it is given `value`. */
  protected resultOf(value: unknown): unknown {
    return value;
  }

  /** As {@link Entry.withdraw}; as a place: itself. */
  withdraw(): void {
    this.list?.remove(this);
  }

  finish(_index: number, settled: Settled): void {
    if (this.state === OVER) return;
    this.#end();
    if (settled.is === "done") settleInTurn(this.resolve, settled.value);
    else if (settled.is === "failed") {
      this.reject(settled.error);
      quietIfGone(this.promise, settled.error, this.ties?.process);
    } else this.reject(settled.reason === undefined ? receiveOnClosed(this.name) : settled.reason.error);
  }

  /** What it rejects with when it has waited for `timeout` milliseconds. */
  protected tooLate(timeout: number): Error {
    return tooLate(this.side, this.name, timeout);
  }

  aborted(reason: unknown): boolean {
    return this.stop({ is: "failed", error: reason });
  }

  /** Gives up waiting, which ends as `settled` says; false if it has been served, or another thread has done so. */
  stop(settled: Settled): boolean {
    if (this.state !== WAITING || this.arbiter?.giveUp() === false) return false;
    this.finish(0, settled);
    return true;
  }

  #limit({ signal, timeout }: WaitOptions): void {
    const ties = this.ties ??= {};
    const undo: (() => void)[] = ties.undo = [];
    if (signal !== undefined && signal !== ties.process) {
      if (!listen(signal, this)) return tell(signal, this);
      undo.push(() => unlisten(signal, this));
    }
    if (timeout === undefined || timeout === Infinity) return;
    const late = (): void => {
      this.aborted(this.tooLate(timeout));
    };
    if (timeout === 0) late();
    else undo.push(startTimer(timeout, late));
  }

  #end(): void {
    this.state = OVER;
    const ties = this.ties;
    ties?.monitor?.ended(this);
    if (this.place === undefined) this.withdraw();
    else this.place.withdraw(this, 0);
    this.arbiter?.close();
    if (ties === undefined) return;
    if (ties.process !== undefined) unlisten(ties.process, this);
    if (ties.undo !== undefined) { for (const back of ties.undo) back(); }
  }
}
