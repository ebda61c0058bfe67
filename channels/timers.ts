/**
 * Timers: ports that the clock sends to. The machinery behind `timers_api.ts`.
 *
 * *Who waits and who wakes.* A timer is a moment, nothing more, until somebody waits for it: only then does a timer of the
 * runtime run, one for all that wait, and it is called off when the last of them leaves. Whoever looks after the moment
 * finds the value without any. A timer that other interpreters have too is woken by its own clock all the same, and by
 * a channel when it is closed elsewhere; see `timer_handles.ts`.
 *
 * *Source.* Go's `time.After` and `time.Ticker`.
 */
import { blockFor, startTimer } from "../runtime/mod.ts";
import { Channel } from "./channel.ts";
import { ChannelError } from "./errors.ts";
import type { BlockOptions, Fillable, Form, TryReceived, WaitOptions } from "./form.ts";
import { ChannelIterator, type Source, streamOf } from "./iteration.ts";
import { checkBlock, checkMax, checkWait } from "./limits.ts";
import { succeededWith } from "./patience.ts";
import { PlainWaiter } from "./plain_waiter.ts";
import { GUARD, type Guard, type Guarded, type Settled, type Waiter } from "./port.ts";
import type { ReceivePort } from "./ports.ts";
import type { LockCore } from "./lock_core.ts";
import { actionOf, receiveOnClosed, tooLate } from "./refusals.ts";
import { Schedule } from "./schedule.ts";
import { surroundings } from "./surroundings.ts";
import type { Ticker } from "./timers_api.ts";
import { Entry, WaitList } from "./wait_list.ts";

/** Longest blocking sleep in one piece, in milliseconds: in between the process may be told to end. */
const SLICE_MS = 20;

/** See `after` in timers_api.ts. */
export function after(ms: number): ReceivePort<number> {
  checkDuration("Cannot start timer", ms);
  return new Timer(`after(${ms})`, new Schedule(performance.now() + ms, Date.now() + ms));
}

/** See `at` in timers_api.ts. */
export function at(date: Date | number): ReceivePort<number> {
  if (typeof date !== "number" && !(date instanceof Date)) {
    const type = date === null ? "null" : `of type ${typeof date}`;
    throw new TypeError(`Cannot start timer: date is ${type}; pass a Date or milliseconds since the epoch`);
  }
  const value = Number(date);
  if (Number.isNaN(value)) {
    throw new RangeError(
      `Cannot start timer: ${String(date)} is no time; pass a Date or milliseconds since the epoch`,
    );
  }
  return new Timer(`at(${value})`, new Schedule(performance.now() + value - Date.now(), value));
}

/** See `every` in timers_api.ts. */
export function every(ms: number): Ticker {
  checkDuration("Cannot start ticker", ms);
  return new TickingTimer(`every(${ms})`, new Schedule(performance.now() + ms, Date.now() + ms, ms));
}

function checkDuration(action: string, ms: unknown): void {
  if (typeof ms !== "number") throw new TypeError(`${action}: ms is of type ${typeof ms}; pass milliseconds`);
  if (!(ms >= 0)) throw new RangeError(`${action}: ms is ${ms}; pass milliseconds of at least 0`);
}

/** What the timers of several interpreters have in common that are one. */
export interface Shared {
  /** Counts the moments that are over. */
  readonly core: LockCore;
  /** Closed when the timer is, with the same reason. */
  readonly closing: Channel<unknown>;
}

/** A moment, or many: what all timers have in common. */
export class Timer implements ReceivePort<number> {
  readonly name: string;
  readonly schedule: Schedule;
  readonly #waiting = new WaitList();
  /** What iteration asks of a channel's form, a timer has too. */
  readonly #source: Source = { form: this as unknown as Form };
  #closed: { readonly reason?: { readonly error: unknown } } | undefined;
  /** Stops the timer of the runtime: set while somebody waits for a moment that will come. */
  #stop: (() => void) | undefined;
  #shared: Shared | undefined;
  /** There is a stream of it, which may end it. */
  #streams = false;
  /** Ends the wait for the end of a shared timer: set while somebody waits. */
  #leave: (() => void) | undefined;

  /** `name`: for messages. */
  constructor(name: string, schedule: Schedule) {
    this.name = name;
    this.schedule = schedule;
  }

  /** What it has in common with those of other interpreters; undefined until it has crossed. */
  get shared(): Shared | undefined {
    return this.#shared;
  }

  /** It is one with timers of other interpreters from now on; once. */
  join(shared: Shared): Shared {
    this.#shared = shared;
    if (this.#closed !== undefined) this.#tellEnd(shared);
    else this.#serve();
    return shared;
  }

  get capacity(): number {
    return 1;
  }

  get size(): number {
    return !this.closed && performance.now() >= this.due ? 1 : 0;
  }

  get closed(): boolean {
    this.#hearEnd();
    return this.#closed !== undefined;
  }

  /** The next moment, on the clock of `performance.now()`. */
  get due(): number {
    return this.schedule.due;
  }

  /** Whether it has no value any more and nobody can end it. */
  get isIdle(): boolean {
    return this.due === Infinity && this.#shared === undefined && !this.#streams;
  }

  receive(options?: WaitOptions): Promise<number> {
    try {
      if (options !== undefined) checkWait(actionOf("receiver", this.name), options);
      const settled = this.attempt();
      if (settled !== undefined) return succeededWith(this.#valueOf(settled));
    } catch (error) {
      return Promise.reject(error);
    }
    const waiter = new PlainWaiter("receiver", this.name);
    const guard = this.receiving();
    guard.enlist(waiter, 0);
    waiter.begin(guard, options);
    waiter.reportGuard(guard);
    return waiter.promise as Promise<number>;
  }

  tryReceive(): TryReceived<number> {
    const settled = this.attempt();
    if (settled === undefined) return { state: "empty" };
    return settled.is === "closed" ? { state: "closed" } : { state: "ok", value: this.#valueOf(settled) };
  }

  receiveSync(options?: BlockOptions): number {
    const action = actionOf("receiver", this.name);
    const refusal = surroundings.whyNotBlock(action);
    if (refusal !== undefined) throw refusal;
    if (options !== undefined) checkBlock(action, options);
    const timeout = options?.timeout ?? Infinity;
    const deadline = performance.now() + timeout;
    for (;;) {
      const settled = this.attempt();
      if (settled !== undefined) return this.#valueOf(settled);
      surroundings.meanwhile();
      surroundings.processSignal()?.throwIfAborted();
      const until = Math.min(deadline, this.due);
      if (until === Infinity) {
        throw new ChannelError(`${action}: it has no value any more, a blocked thread would wait for ever`);
      }
      const now = performance.now();
      if (now >= deadline) throw tooLate("receiver", this.name, timeout);
      if (until > now) blockFor(Math.min(until - now, SLICE_MS));
    }
  }

  receiveMany(max: number, options?: WaitOptions): Promise<number[]>;
  receiveMany<B extends Fillable>(into: B, options?: WaitOptions): Promise<B>;
  async receiveMany(max: number | Fillable, options?: WaitOptions): Promise<number[] | Fillable> {
    checkMax(actionOf("receiver", this.name), max);
    return batch(max, await this.receive(options));
  }

  receiveManySync(max: number, options?: BlockOptions): number[];
  receiveManySync<B extends Fillable>(into: B, options?: BlockOptions): B;
  receiveManySync(max: number | Fillable, options?: BlockOptions): number[] | Fillable {
    checkMax(actionOf("receiver", this.name), max);
    return batch(max, this.receiveSync(options));
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<number, undefined> {
    return new ChannelIterator(this.#source) as AsyncIterableIterator<number, undefined>;
  }

  toReadableStream(): ReadableStream<number> {
    this.#streams = true;
    return streamOf(this.#source, (reason) => this.end(reason)) as ReadableStream<number>;
  }

  /** The guard of a receive. */
  receiving(): Guard {
    return new TimerGuard(this);
  }

  static {
    (this.prototype as unknown as Guarded)[GUARD] = function receiving(this: Timer) {
      return this.receiving();
    };
  }

  /** No more values; `reason`, in a box: why, if there is a reason. Once. */
  protected end(reason?: { readonly error: unknown }): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason === undefined ? {} : { reason };
    this.schedule.end();
    if (this.#shared !== undefined) this.#tellEnd(this.#shared);
    this.#serve();
  }

  /** Has all others end; no effect if it was one of them who has told this one. */
  #tellEnd({ closing }: Shared): void {
    const reason = this.#closed!.reason;
    if (reason === undefined) closing.close();
    else closing.close(reason.error);
  }

  /** Ends it if it was closed in another interpreter. */
  #hearEnd(): void {
    const closing = this.#shared?.closing;
    if (this.#closed !== undefined || closing === undefined || !closing.closed) return;
    const settled = Channel.coreOf(closing).form.receiving().attempt();
    this.end(settled?.is === "closed" ? settled.reason : settled?.is === "failed" ? settled : undefined);
  }

  /** Wakes when it is closed in another interpreter. */
  #awaitEnd({ closing }: Shared): void {
    const waiter = new PlainWaiter("receiver", this.name);
    const guard = Channel.coreOf(closing).form.receiving();
    guard.enlist(waiter, 0);
    waiter.stay(guard);
    waiter.promise.catch(() => this.#hearEnd());
    this.#leave = function leave() {
      waiter.stop({ is: "closed" });
    };
  }

  /** See `Guard.attempt`; whoever waits already comes first. */
  attempt(): Settled | undefined {
    this.#hearEnd();
    if (this.#waiting.first !== undefined && performance.now() >= this.due) this.#serve();
    return this.#take();
  }

  #take(): Settled | undefined {
    if (this.#closed !== undefined) return { is: "closed", ...this.#closed };
    try {
      const value = this.schedule.take(performance.now());
      return value === undefined ? undefined : { is: "done", value };
    } catch (error) {
      // This interpreter was cut off.
      return { is: "failed", error };
    }
  }

  /** One more waits. */
  enlist(entry: Entry): void {
    this.#waiting.add(entry);
    if (this.#stop === undefined) this.#serve();
  }

  /** One has left. */
  left(): void {
    if (this.#waiting.first !== undefined) return;
    this.#rest();
    this.#leave?.();
    this.#leave = undefined;
  }

  /** Serves who waits, in order of arrival, and lets the next moment wake this again. */
  #serve(): void {
    this.#rest();
    for (let entry = this.#waiting.first; entry !== undefined; entry = this.#waiting.first) {
      if (!entry.waiter.reserve()) {
        entry.withdraw();
        continue;
      }
      const settled = this.#take();
      if (settled === undefined) {
        entry.waiter.release();
        break;
      }
      entry.withdraw();
      entry.waiter.settle(entry.index, settled);
    }
    if (this.#waiting.first === undefined) return this.left();
    if (this.#shared !== undefined && this.#leave === undefined) this.#awaitEnd(this.#shared);
    const { due } = this;
    if (due === Infinity) return;
    this.#stop = startTimer(Math.max(0, due - performance.now()), () => this.#serve());
  }

  /** Stops the timer of the runtime. */
  #rest(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #valueOf(settled: Settled): number {
    if (settled.is === "done") return settled.value as number;
    if (settled.is === "failed") throw settled.error;
    throw this.#closed?.reason === undefined ? receiveOnClosed(this.name) : this.#closed.reason.error;
  }
}

/** A timer that can be closed. */
export class TickingTimer extends Timer implements Ticker {
  override get isIdle(): boolean {
    return false;
  }

  /** See `Ticker` in timers_api.ts. */
  close(...reason: [reason: unknown] | []): void {
    this.end(reason.length === 0 ? undefined : { error: reason[0] });
  }

  [Symbol.dispose](): void {
    this.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.end();
    return Promise.resolve();
  }
}

/** One receive from a timer. */
class TimerGuard implements Guard {
  readonly #timer: Timer;
  #entry: Entry | undefined;

  constructor(timer: Timer) {
    this.#timer = timer;
  }

  get due(): number {
    return this.#timer.due;
  }

  get isIdle(): boolean {
    return this.#timer.isIdle;
  }

  attempt(): Settled | undefined {
    return this.#timer.attempt();
  }

  enlist(waiter: Waiter, index: number): void {
    this.#entry = new Entry(waiter, index, undefined, undefined);
    this.#timer.enlist(this.#entry);
  }

  withdraw(): void {
    if (this.#entry?.list === undefined) return;
    this.#entry.withdraw();
    this.#timer.left();
  }
}

/** `value` as what a `receiveMany(max)` gives. */
function batch(max: number | Fillable, value: number): number[] | Fillable {
  if (typeof max === "number") return [value];
  max[0] = value;
  return max.subarray(0, 1);
}
