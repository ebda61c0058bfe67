/**
 * The interpreters of a pool: starts them, runs the initializer in them, tells when one can take tasks, lets them go.
 *
 * *Invariants.* A seat is in the map from its start until its interpreter is lost or let go; nothing is told of it afterwards
 * but the ends of tasks whose results were on their way. While one starts, main's program is held alive.
 */
import { holdAlive, releaseAlive } from "../../runtime/mod.ts";
import type { AnyFunction } from "../callable.ts";
import { dispose } from "../operations.ts";
import { realm } from "../realm.ts";
import { createOwned } from "../registry.ts";
import { sendCall } from "../sending.ts";
import type { Outcome, Trunk } from "./line.ts";
import type { Seat, Work } from "./work.ts";

/** How its interpreters are made. */
export interface StaffOptions {
  /** For messages and the names of interpreters: "Pool", "InterpreterPoolExecutor". */
  readonly name: string;
  readonly initializer: AnyFunction | undefined;
  readonly initargs: readonly unknown[];
}

/** What it tells. */
export interface StaffEvents {
  /** One can take tasks. */
  ready(): void;
  /** One did not become ready. */
  failed(error: unknown): void;
  /** A task has ended. */
  ended(seat: Seat, work: Work, outcome: Outcome, ms: number | undefined): void;
  /** One that was let go has gone. */
  left(): void;
}

/** See the file's description. */
export class Staff {
  readonly seats: Map<number, Seat> = new Map();
  readonly #options: StaffOptions;
  readonly #trunk: Trunk;
  readonly #events: StaffEvents;
  /** Interpreters that were let go and have not gone yet. */
  #leaving = 0;
  #made = 0;
  /** Milliseconds that those were there which are there no more. */
  #past = 0;

  constructor(options: StaffOptions, trunk: Trunk, events: StaffEvents) {
    this.#options = options;
    this.#trunk = trunk;
    this.#events = events;
  }

  /** How many were let go and have not gone yet. */
  get leaving(): number {
    return this.#leaving;
  }

  /** Milliseconds that all of them together have been able to take tasks. */
  presence(): number {
    let present = this.#past;
    const now = performance.now();
    for (const { since } of this.seats.values()) if (since > 0) present += now - since;
    return present;
  }

  /** Starts one more. */
  start(): void {
    const { name, initializer, initargs } = this.#options;
    const interpreter = createOwned(`${name} ${++this.#made}`);
    const seat: Seat = {
      interpreter,
      line: undefined,
      state: "starting",
      works: new Set(),
      taken: 0,
      touched: false,
      held: false,
      first: 0,
      lost: undefined,
      since: 0,
    };
    this.seats.set(interpreter.id, seat);
    if (realm.id === 0) holdAlive();
    this.#prepare(seat, initializer, initargs).then(
      () => this.#ready(seat),
      (error: unknown) => this.#fail(seat, error),
    ).finally(() => {
      if (realm.id === 0) releaseAlive();
    });
  }

  async #prepare(
    seat: Seat,
    initializer: AnyFunction | undefined,
    initargs: readonly unknown[],
  ): Promise<void> {
    const { id } = seat.interpreter;
    if (initializer !== undefined) await sendCall(id, initializer, [...initargs], { original: true });
    seat.line = this.#trunk.open(seat.interpreter, {
      ended: (work, outcome, ms) => this.#events.ended(seat, work, outcome, ms),
    });
    await seat.line.ready;
  }

  #ready(seat: Seat): void {
    if (seat.state !== "starting" || !this.seats.has(seat.interpreter.id)) return;
    if (seat.lost !== undefined) return this.#fail(seat, seat.lost.cause);
    seat.state = "ready";
    seat.since = performance.now();
    this.#events.ready();
  }

  /** Of one that was let go before nobody wants to know. */
  #fail(seat: Seat, error: unknown): void {
    if (this.seats.has(seat.interpreter.id)) this.#events.failed(error);
  }

  /** An interpreter has ended: its seat, which is none any more; undefined if it is none of these, or is dealt with later. */
  lost(id: number, cause: unknown): Seat | undefined {
    const seat = this.seats.get(id);
    if (seat === undefined) return undefined;
    // Of one that is starting, its own calls tell why; unless they were done, and only nobody had heard of it yet.
    if (seat.state === "starting") {
      seat.lost = { cause };
      return undefined;
    }
    this.seats.delete(id);
    this.#past += performance.now() - seat.since;
    seat.line?.lost();
    return seat;
  }

  /** Lets one go that does nothing. */
  dismiss(seat: Seat): void {
    if (seat.state === "ready") this.#past += performance.now() - seat.since;
    seat.state = "leaving";
    this.seats.delete(seat.interpreter.id);
    seat.line?.lost();
    this.dispose(seat);
  }

  /** Lets go of all of them: they are the caller's, who ends them. */
  release(): Seat[] {
    const seats = [...this.seats.values()];
    this.seats.clear();
    return seats;
  }

  /** Ends the interpreter of a seat. */
  dispose(seat: Seat): void {
    this.#leaving++;
    void dispose(seat.interpreter).then(() => {
      this.#leaving--;
      this.#events.left();
    });
  }
}
