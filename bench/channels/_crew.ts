/** Interpreters that a benchmark keeps, and tasks that start together in them. */

import { create, type Interpreter } from "@pool/csp";
import { gateOf, type Outcome } from "./_gate.ts";

/** What runs in an interpreter: meets the others at the gate, does its job, and tells how it went. */
export type Task<J> = (job: J & Meeting) => Outcome | Promise<Outcome>;

/** A task and its job. */
export interface Party<J> {
  readonly task: Task<J>;
  readonly job: J;
}

/** What a task needs to start when all others do. */
export interface Meeting {
  /** See `_gate.ts`. */
  readonly gate: Int32Array;
  /** How many meet there. */
  readonly parties: number;
}

/** Interpreters, started when first needed. */
export class Crew {
  #interpreters: Interpreter[] = [];

  /** The first `count` of them, ready. */
  async take(count: number): Promise<readonly Interpreter[]> {
    while (this.#interpreters.length < count) this.#interpreters.push(create());
    const taken = this.#interpreters.slice(0, count);
    await Promise.all(taken.map((interpreter) => interpreter.ready));
    return taken;
  }

  /** Runs each party in an interpreter of its own; rejects as soon as one fails. */
  async run<J>(parties: readonly Party<J>[]): Promise<Outcome[]> {
    const interpreters = await this.take(parties.length);
    const meeting: Meeting = { gate: gateOf(), parties: parties.length };
    return await Promise.all(
      parties.map(({ task, job }, i) => interpreters[i]!.call(task, { ...job, ...meeting })),
    );
  }

  /** Ends them by force; the next ones are new. */
  async replace(): Promise<void> {
    const ending = this.#interpreters;
    this.#interpreters = [];
    await Promise.all(ending.map((interpreter) => interpreter.close({ force: true })));
  }
}

/** The milliseconds of the party that took longest; all began together. */
export function longest(outcomes: readonly Outcome[]): number {
  return Math.max(...outcomes.map((outcome) => outcome.ms));
}
