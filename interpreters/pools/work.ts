/** A task on its way through a pool: who waits for it, and how far it is. */
import type { Interpreter } from "../interpreter.ts";
import type { Line, Prepared } from "./line.ts";

/** Who waits for a task. None of its methods throws. */
export interface Owner {
  /** It begins to run. */
  began(): void;
  fulfilled(value: unknown): void;
  rejected(error: unknown): void;
}

/** When to give up on a task, and its place in the queue. */
export interface WorkLimits {
  /** Aborting it takes the task off, or aborts its own signal while it runs. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from the moment at which it begins to run. */
  readonly timeout?: number | undefined;
  /** Higher first; default 0. */
  readonly priority?: number | undefined;
  /** Milliseconds that it has to end after its time is over, or its signal was aborted; default: the pool's. */
  readonly grace?: number | undefined;
  /** It is of somebody who has entered the pool while that was open. */
  readonly entered?: true;
}

/**
 * How far a task is. QUEUED → SENT → RUNNING → OVER; QUEUED or SENT → OVER when it is cancelled; SENT → QUEUED when it is
 * taken back. LEFT: its owner has been told already, the interpreter still runs it.
 */
export type WorkState = "queued" | "sent" | "running" | "left" | "over";

/** One of a pool's interpreters. */
export interface Seat {
  readonly interpreter: Interpreter;
  line: Line | undefined;
  /** "starting" until the initializer has run; "leaving": it gets nothing more. */
  state: "starting" | "ready" | "leaving";
  works: Set<Work>;
  taken: number;
  /** Tasks were handed to its line since the last flush. */
  touched: boolean;
  /** Others had to take what was before it: it gets nothing ahead until it ends a task. */
  held: boolean;
  /** Since when the first of its tasks has been the first, on the clock of `performance.now()`. */
  first: number;
  /** It has ended while it was "starting". */
  lost: { readonly cause: unknown } | undefined;
  /** When it became ready, for its share in the utilization. */
  since: number;
}

/** See the file's description. */
export class Work {
  readonly prepared: Prepared;
  readonly name: string;
  readonly owner: Owner;
  readonly limits: WorkLimits;
  readonly priority: number;
  /** Its place among those of one priority. */
  order = 0;
  state: WorkState = "queued";
  /** When it was handed in, and when it began, in milliseconds of `performance.now`. */
  readonly submitted: number = performance.now();
  begun = 0;
  /** What its line knows it by there. */
  mark = -1;
  /** Where it was sent last. */
  seat: Seat | undefined = undefined;
  /** Lets go of signal and timer. */
  release: (() => void) | undefined = undefined;

  constructor(name: string, prepared: Prepared, owner: Owner, limits: WorkLimits) {
    this.name = name;
    this.prepared = prepared;
    this.owner = owner;
    this.limits = limits;
    this.priority = limits.priority ?? 0;
  }
}
