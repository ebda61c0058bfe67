/** What a `Proc` describes, as data; types that no runtime loads. `structure.ts` makes plans, `plan_run.ts` runs them. */
import type { AnyFunction } from "../interpreters/callable.ts";
import type { Process } from "./process.ts";

/** A process, or several one beside or after the other. */
export type Plan = Leaf | Group | Replica;

/** One process. */
export interface Leaf {
  readonly is: "process";
  readonly fn: AnyFunction;
  /** As they were given; looked at when the plan runs. */
  readonly args: unknown[];
  /**
   * What can be refused before it starts: in this interpreter functions may capture, in one that was named they may use
   * what is bound there, in a bare one neither.
   */
  readonly place: "here" | "named" | "bare";
  readonly start: (fn: AnyFunction, args: unknown[]) => Process<unknown>;
}

/** Parts at once, or one after the other. */
export interface Group {
  readonly is: "par" | "seq";
  readonly parts: readonly Plan[];
}

/** One part several times at once. */
export interface Replica {
  readonly is: "replicate";
  readonly n: number;
  readonly part: Plan;
}
