/**
 * Protocol: the way from a pool to one of its interpreters and back. There are three, the `method` of a pool: by channels
 * (`channel_line.ts`), by calls (`call_line.ts`), by calls whose results come over a port (`port_line.ts`).
 */
import type { AnyFunction } from "../callable.ts";
import type { Interpreter } from "../interpreter.ts";
import type { DescribedFunction } from "../sending.ts";
import type { Work } from "./work.ts";

/** The names of the ways. */
export type Method = "channel" | "call" | "port";

/** A task as it can be sent: what could be refused was looked at, and its arguments are those of the moment it was handed in. */
export interface Prepared {
  /** It may be sent ahead, and taken back; else it goes to an interpreter that does nothing. */
  readonly light: boolean;
  /** It will not be sent: what was to be moved stays here. */
  abandon(): void;
}

/** What a line tells of its tasks. */
export interface LineEvents {
  /** `work` has ended; `ms`: how long it ran, where that is known. */
  ended(work: Work, outcome: Outcome, ms: number | undefined): void;
}

/** How a task ended. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** What is common to the interpreters of a pool. */
export interface Trunk {
  /**
   * Throws, and nothing has happened, when the function or an argument cannot cross. `limited`: it may have to be aborted
   * while it runs. `needs`: another function that it calls, whose
   * source is its third argument where it must come along.
   */
  prepare(
    fn: AnyFunction,
    args: unknown[],
    name: string,
    limited: boolean,
    needs: DescribedFunction | undefined,
  ): Prepared;
  /** The way to an interpreter that has just been made. */
  open(interpreter: Interpreter, events: LineEvents): Line;
  /** No line is used any more. */
  close(): void;
}

/** The way to one interpreter. */
export interface Line {
  /** Settles when tasks can be sent. */
  readonly ready: Promise<void>;
  /** How many light tasks it should hold beyond the one that runs, as things go. */
  readonly ahead: number;
  /** Hands `work` over; it leaves by `flush` at the latest. Throws, and nothing has happened, when it cannot be sent. */
  send(work: Work): void;
  flush(): void;
  /** Takes a task back that was sent; false if it has begun. */
  recall(work: Work): boolean;
  /** Whether a task that was sent has begun, or may have. */
  hasBegun(work: Work): boolean;
  /** Whether the result of a task was sent, and comes even if the interpreter ends. */
  hasEnded(work: Work): boolean;
  /** Aborts the signal of the task that runs. */
  abort(work: Work, reason: unknown): void;
  /** The interpreter has ended: tells of all that has arrived, and of what has ended when it arrives. */
  lost(): void;
}
