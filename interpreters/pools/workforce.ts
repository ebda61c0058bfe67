/**
 * The interpreters of a pool and the tasks given to them: who gets which, and what becomes of those whose interpreter dies.
 *
 * *Invariants.* A task is told to its owner once: a result, an error, or that the pool has ended. A task runs at most once.
 * While a task is not over, main's program is held alive. An interpreter that has ended costs the task that it was
 * running, nothing else: those it had not begun go to others, and another takes its place.
 *
 * *Who waits.* Nobody: everything happens when a task is handed in, ends, or an interpreter becomes ready or ends.
 */
import { holdAlive, macrotask, releaseAlive, startTimer } from "../../runtime/mod.ts";
import type { AnyFunction } from "../callable.ts";
import { BrokenInterpreterPool, InterpreterError } from "../errors.ts";
import type { PoolMetrics } from "../executor.ts";
import { checkMainGuard } from "../main_guard.ts";
import { receive } from "../mailbox.ts";
import { dispose } from "../operations.ts";
import { lastDuties } from "../process_context.ts";
import { realm } from "../realm.ts";
import type { DescribedFunction } from "../sending.ts";
import { CallTrunk } from "./call_line.ts";
import { ChannelTrunk } from "./channel_line.ts";
import { Times } from "./histogram.ts";
import type { Method, Outcome, Trunk } from "./line.ts";
import { PortTrunk } from "./port_line.ts";
import { freest, shareOfIdle, wantedMore } from "./placement.ts";
import { Staff, type StaffOptions } from "./staff.ts";
import { type Owner, type Seat, Work, type WorkLimits } from "./work.ts";
import { watchSignal, watchTime } from "./work_limits.ts";
import { WorkQueue } from "./work_queue.ts";

/** What a pool is made of. */
export interface WorkforceOptions extends StaffOptions {
  readonly size: number;
  readonly method: Method;
  /** An interpreter is replaced after so many tasks. */
  readonly maxTasks: number;
  /** Milliseconds that a task has to end after its time is over. */
  readonly grace: number;
  /** All interpreters start at once, and whenever one has ended; else as tasks need them. */
  readonly eager: boolean;
}

const workforces = new Set<Workforce>();

receive("pools", {
  letter() {},
  died(id, cause) {
    for (const workforce of workforces) workforce.lost(id, cause);
  },
});

// Interpreters of a pool end with the one that made it. If that is told to stop, what was handed in is done first.
lastDuties.push(function finishTasks() {
  const busy = [...workforces].filter((workforce) => workforce.close());
  return busy.length === 0 ? undefined : Promise.all(busy.map((workforce) => workforce.whenIdle()));
});

/** See the file's description. */
export class Workforce {
  readonly #options: WorkforceOptions;
  readonly #trunk: Trunk;
  readonly #queue = new WorkQueue();
  readonly #staff: Staff;
  readonly #seats: ReadonlyMap<number, Seat>;
  /** Those that have ended, while results that they sent are on their way. */
  readonly #late = new Set<Seat>();
  readonly #waitTime = new Times();
  readonly #runTime = new Times();
  #completed = 0;
  /** Milliseconds that tasks took. */
  #busy = 0;
  /** Tasks whose end somebody waits for. */
  #open = 0;
  #pumping = false;
  readonly #pumpNow = (): void => {
    this.#pumping = false;
    this.#pump();
  };
  readonly #giveUpNow = (work: Work, reason: unknown): void => this.#giveUp(work, reason);
  /** Those that hand in tasks over a time, see {@link enter}. */
  readonly #guests = new Set<(reason: unknown) => void>();
  /** A task had a priority: none is sent ahead any more, where others could not overtake it. */
  #ranked = false;
  #closed = false;
  #terminated = false;
  #ended = false;
  #broken: BrokenInterpreterPool | undefined;
  readonly #gone = Promise.withResolvers<void>();
  #idle: (() => void) | undefined;

  constructor(options: WorkforceOptions) {
    checkMainGuard(`Cannot make a ${options.name}`);
    this.#options = options;
    this.#trunk = options.method === "channel"
      ? new ChannelTrunk(options.name)
      : options.method === "call"
      ? new CallTrunk()
      : new PortTrunk();
    this.#staff = new Staff(options, this.#trunk, {
      ready: () => this.#schedule(),
      failed: (error) => this.#fail(error),
      ended: (seat, work, outcome, ms) => this.#finish(seat, work, outcome, ms),
      left: () => this.#settleIfGone(),
    });
    this.#seats = this.#staff.seats;
    workforces.add(this);
    if (options.eager) this.#startAll();
  }

  get size(): number {
    return this.#options.size;
  }

  /** Whether tasks can be handed in. */
  get isOpen(): boolean {
    return !this.#closed;
  }

  /**
   * Hands a task in. Throws, and nothing has happened, when it cannot be sent or the pool takes none. `needs`: another
   * function that it calls over there; unless that has its source already, it gets it as its third argument.
   */
  submit(
    fn: AnyFunction,
    args: unknown[],
    owner: Owner,
    limits: WorkLimits = {},
    needs?: DescribedFunction,
  ): Work {
    if (limits.entered !== true) this.checkOpen();
    else if (this.#ended) throw this.#whyClosed();
    const name = typeof fn === "function" ? fn.name : "";
    const work = new Work(name, this.#trunk.prepare(fn, args, name, isLimited(limits), needs), owner, limits);
    const { signal } = limits;
    if (this.#broken !== undefined || signal?.aborted) {
      const error = this.#broken ?? signal!.reason;
      work.prepared.abandon();
      work.state = "over";
      this.#completed++;
      queueMicrotask(() => owner.rejected(error));
      return work;
    }
    if (this.#open++ === 0 && realm.id === 0) holdAlive();
    this.#queue.push(work);
    if (work.priority !== 0 && !this.#ranked) {
      this.#ranked = true;
      for (const seat of this.#seats.values()) this.#takeBack(seat, [...seat.works]);
    }
    watchSignal(work, this.#giveUpNow);
    this.#schedule();
    return work;
  }

  /** Throws when no task can be handed in any more. */
  checkOpen(): void {
    if (this.#closed) throw this.#whyClosed();
  }

  #whyClosed(): InterpreterError {
    const how = this.#terminated ? "terminated" : "closed";
    return new InterpreterError(
      `Cannot hand in a task: the ${this.#options.name} was ${how}; make a new one`,
    );
  }

  /**
   * Whoever hands in tasks over a time enters first, and leaves in the end: until then `close` closes for others alone, and
   * `terminate` tells `guest` the reason. Throws when it is too late.
   */
  enter(guest: (reason: unknown) => void): void {
    if (this.#ended) throw this.#whyClosed();
    this.#guests.add(guest);
  }

  /** See {@link enter}. */
  leave(guest: (reason: unknown) => void): void {
    if (this.#guests.delete(guest) && this.#guests.size === 0) this.#schedule();
  }

  /** Takes a task off that has not begun; false if it has. Its owner is not told. */
  cancel(work: Work): boolean {
    if (work.state === "queued") this.#queue.forget();
    else if (work.state !== "sent" || work.seat?.line?.recall(work) !== true) return false;
    else work.seat!.works.delete(work);
    work.prepared.abandon();
    this.#over(work);
    this.#schedule();
    return true;
  }

  /** Whether a task runs, or has been handed to where it cannot be taken back from. */
  isRunning(work: Work): boolean {
    if (work.state === "running") return true;
    return work.state === "sent" && work.seat?.line?.hasBegun(work) === true;
  }

  /** Takes no more tasks; what was handed in is done. Whether there is any. */
  close(): boolean {
    this.#closed = true;
    this.#schedule();
    return this.#open > 0;
  }

  /** Settles when no task is under way, and none is handed in at once where one has ended. */
  async whenIdle(): Promise<void> {
    while (this.#open > 0) {
      await new Promise<void>((resolve) => this.#idle = resolve);
      await macrotask();
    }
  }

  /** Settles when all tasks are over and all interpreters gone, after `close` or `terminate`. */
  whenGone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Ends everything at once: what is not over rejects with `reason`. */
  async terminate(reason: unknown): Promise<void> {
    if (this.#ended) return await this.#gone.promise;
    this.#closed = true;
    this.#terminated = true;
    this.#ended = true;
    const seats = this.#staff.release();
    this.#rejectAll(reason, seats);
    for (const guest of [...this.#guests]) guest(reason);
    await Promise.all(seats.map(({ interpreter }) => dispose(interpreter)));
    this.#end();
    await this.#gone.promise;
  }

  /** Takes off all that has not begun; their owners hear `reason`. */
  cancelQueued(reason: unknown): void {
    for (
      const work of [...this.#queue.drain(), ...[...this.#seats.values()].flatMap(({ works }) => [...works])]
    ) {
      if (work.state === "queued") {
        work.prepared.abandon();
        this.#over(work);
      } else if (!this.cancel(work)) continue;
      work.owner.rejected(reason);
    }
  }

  metrics(): PoolMetrics {
    let running = 0;
    for (const { works } of this.#seats.values()) running += works.size;
    const present = this.#staff.presence();
    return {
      queued: this.#queue.size,
      running,
      completed: this.#completed,
      interpreters: this.#seats.size,
      waitTime: this.#waitTime.snapshot(),
      runTime: this.#runTime.snapshot(),
      utilization: present === 0 ? 0 : Math.min(1, this.#busy / present),
    };
  }

  // Interpreters

  #startAll(): void {
    if (this.#closed || this.#broken !== undefined) return;
    while (this.#seats.size < this.#options.size) this.#staff.start();
  }

  /** An interpreter could not be made ready: nothing would come of another. */
  #fail(error: unknown): void {
    if (this.#ended || this.#broken !== undefined) return;
    const { name } = this.#options;
    const broken = this.#broken = new BrokenInterpreterPool(
      `Cannot run tasks: an interpreter of the ${name} did not become ready; make a new ${name}`,
      { cause: error },
    );
    const seats = this.#staff.release();
    this.#rejectAll(broken, seats);
    for (const seat of seats) this.#staff.dispose(seat);
  }

  /** An interpreter has ended. */
  lost(id: number, cause: unknown): void {
    const seat = this.#staff.lost(id, cause);
    if (seat === undefined) return;
    const back: Work[] = [];
    for (const work of seat.works) {
      if (seat.line!.hasEnded(work)) continue;
      seat.works.delete(work);
      if (work.prepared.light && !seat.line!.hasBegun(work)) back.push(work);
      else this.#tell(work, { error: broken(work, cause) });
    }
    if (seat.works.size > 0) this.#late.add(seat);
    for (const work of back.reverse()) this.#queue.putBack(work);
    if (this.#options.eager) this.#startAll();
    this.#schedule();
  }

  /** Lets an interpreter go that does nothing. */
  #dismiss(seat: Seat): void {
    this.#staff.dismiss(seat);
    if (this.#options.eager) this.#startAll();
  }

  // Tasks

  /** Later, so that tasks which are handed in at once leave at once. */
  #schedule(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(this.#pumpNow);
  }

  #pump(): void {
    if (this.#ended) return;
    for (let work = this.#queue.peek(); work !== undefined; work = this.#queue.peek()) {
      const seat = freest(this.#seats.values(), work, this.#options.maxTasks, !this.#ranked);
      if (seat === undefined) break;
      this.#queue.shift();
      this.#give(seat, work);
      seat.touched = true;
    }
    let sent = 0;
    for (const seat of this.#seats.values()) {
      if (seat.touched) {
        seat.touched = false;
        seat.line!.flush();
      }
      sent += seat.works.size;
    }
    if (this.#broken === undefined) this.#startSome();
    // One that has a single task keeps it.
    if (sent > 1 && this.#queue.size === 0) this.#balance();
    this.#settleIfDone();
  }

  #give(seat: Seat, work: Work): void {
    const now = performance.now();
    this.#waitTime.add(now - work.submitted);
    work.state = "sent";
    if (seat.works.size === 0) seat.first = now;
    seat.works.add(work);
    seat.taken++;
    try {
      seat.line!.send(work);
    } catch (error) {
      seat.works.delete(work);
      return this.#tell(work, { error });
    }
    work.seat = seat;
    if (!work.prepared.light) {
      work.state = "running";
      work.begun = now;
      work.owner.began();
      watchTime(work, seat, this.#giveUpNow);
    }
  }

  #finish(seat: Seat, work: Work, outcome: Outcome, ms: number | undefined): void {
    if (!seat.works.delete(work)) return;
    seat.held = false;
    seat.first = performance.now();
    const took = ms ?? performance.now() - work.begun;
    this.#runTime.add(took);
    this.#busy += took;
    this.#tell(work, outcome);
    if (seat.works.size === 0 && !this.#late.delete(seat) && seat.taken >= this.#options.maxTasks) {
      this.#dismiss(seat);
    }
    this.#schedule();
  }

  /** The task is over; its owner hears of it, unless that was told before. */
  #tell(work: Work, outcome: Outcome): void {
    if (work.state === "over") return;
    if (work.state === "left") {
      work.release?.();
      work.state = "over";
      return;
    }
    this.#over(work);
    if ("error" in outcome) work.owner.rejected(outcome.error);
    else work.owner.fulfilled(outcome.value);
  }

  #over(work: Work): void {
    work.state = "over";
    work.release?.();
    this.#count();
  }

  #count(): void {
    this.#completed++;
    if (--this.#open > 0) return;
    if (realm.id === 0) releaseAlive();
    this.#idle?.();
  }

  /** The owner is told at once; what runs has some time to notice that its signal was aborted. */
  #giveUp(work: Work, reason: unknown): void {
    if (work.state === "over" || work.state === "left") return;
    if (this.cancel(work)) return work.owner.rejected(reason);
    const seat = work.seat!;
    work.release?.();
    work.state = "left";
    this.#count();
    work.owner.rejected(reason);
    seat.line!.abort(work, reason);
    const stop = startTimer(work.limits.grace ?? this.#options.grace, () => {
      if (!seat.works.has(work)) return;
      void dispose(seat.interpreter);
    });
    work.release = stop;
  }

  /** Starts interpreters for what waits, as long as there may be more. */
  #startSome(): void {
    const room = this.#options.size - this.#seats.size;
    if (room <= 0) return;
    for (let n = Math.min(wantedMore(this.#seats.values(), this.#queue.size), room); n > 0; n--) {
      this.#staff.start();
    }
  }

  /** An interpreter that has nothing gets what another one has before it. */
  #balance(): void {
    const share = shareOfIdle(this.#seats.values(), this.#options.maxTasks);
    if (share === undefined || !this.#takeBack(share.seat, share.works)) return;
    share.seat.held = true;
    this.#schedule();
  }

  /** Takes back those that `seat` has not begun; whether there were any. */
  #takeBack(seat: Seat, works: readonly Work[]): boolean {
    let some = false;
    for (const work of works.toReversed()) {
      if (work.state !== "sent" || !seat.line!.recall(work)) continue;
      seat.works.delete(work);
      seat.taken--;
      this.#queue.putBack(work);
      some = true;
    }
    return some;
  }

  // Its end

  #rejectAll(reason: unknown, seats: readonly Seat[]): void {
    const all = [...seats, ...this.#late];
    this.#late.clear();
    const works = [...this.#queue.drain(), ...all.flatMap(({ works }) => [...works])];
    for (const seat of all) {
      seat.line?.lost();
      seat.works.clear();
    }
    for (const work of works) {
      if (work.state === "queued") work.prepared.abandon();
      this.#tell(work, { error: reason });
    }
  }

  /** After `close`: lets the interpreters go when nothing is left to do. */
  #settleIfDone(): void {
    if (!this.#closed || this.#ended || this.#queue.size > 0 || this.#guests.size > 0) return;
    for (const seat of this.#seats.values()) {
      if (seat.works.size === 0) this.#dismiss(seat);
    }
    this.#settleIfGone();
  }

  #settleIfGone(): void {
    const rest = this.#seats.size + this.#open + this.#staff.leaving + this.#guests.size;
    if (this.#closed && !this.#ended && rest === 0) this.#end();
  }

  #end(): void {
    workforces.delete(this);
    this.#trunk.close();
    this.#ended = true;
    this.#gone.resolve();
  }
}

function isLimited({ signal, timeout }: WorkLimits): boolean {
  return signal !== undefined || (timeout !== undefined && timeout !== Infinity);
}

function broken(work: Work, cause: unknown): BrokenInterpreterPool {
  return new BrokenInterpreterPool(
    `Cannot finish task "${work.name || "anonymous"}": its interpreter has ended`,
    { cause },
  );
}
