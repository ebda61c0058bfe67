/**
 * Where the workers of a pipeline run, each on an interpreter of its own: as many as can be on the shared set, and more than
 * that on some that are started for the pipeline, when a batch waits and all who work are busy, and end with it.
 *
 * *Who waits and who wakes.* For each that is not of the shared set a process here sleeps until the feeder says that it is
 * needed, or that nothing more will come. Whatever ends the feeder, that is said.
 */
import { interpreters } from "#engines";
import type { AnyFunction } from "../interpreters/callable.ts";
import { InterpreterError } from "../interpreters/errors.ts";
import { processNow } from "../interpreters/process_context.ts";
import { type CrewMember, launch, launchAlone, launchOn } from "./launch.ts";
import { Process } from "./process.ts";

/** See the file's description. */
export class PipelineCrew {
  /** Workers on the shared set. */
  readonly shared: number;
  /** Set when the first of them starts, taken from as they do. */
  #members: CrewMember[] | undefined;
  /** Wakes those who sleep: whether they are needed. */
  readonly #asleep: ((isNeeded: boolean) => void)[] = [];

  /** For `n` workers. */
  constructor(n: number) {
    this.shared = Math.min(n, interpreters().parallelism());
  }

  /** Starts a worker on the shared set. */
  start(fn: AnyFunction, args: unknown[]): Process<unknown> {
    const { leave, placeApart } = interpreters();
    const members = this.#members ??= placeApart(this.shared);
    const member = members.pop();
    try {
      return member === undefined ? launch(fn, args) : launchOn(member, fn, args);
    } catch (error) {
      for (const rest of members.splice(0)) leave(rest);
      throw error;
    }
  }

  /** A process of this interpreter that has `fn` run on an interpreter of its own when it is needed. */
  later(fn: AnyFunction): (...args: unknown[]) => Promise<void> {
    const { promise: needed, resolve } = Promise.withResolvers<boolean>();
    this.#asleep.push(resolve);
    return async function sleeper(...args) {
      if (!await needed) return;
      const { signal } = processNow();
      signal.throwIfAborted();
      const process = startAlone(fn, args);
      const cancel = (): void => process.cancel(signal.reason);
      signal.addEventListener("abort", cancel, { once: true });
      try {
        await Process.outcomeOf(process);
      } finally {
        signal.removeEventListener("abort", cancel);
      }
    };
  }

  /** All who work are busy: wakes one more. */
  callOne(): void {
    this.#asleep.shift()?.(true);
  }

  /** Nothing more will come. */
  dismiss(): void {
    for (const wake of this.#asleep.splice(0)) wake(false);
  }
}

/** Where no more interpreters can be started the shared set has to do. */
function startAlone(fn: AnyFunction, args: unknown[]): Process<unknown> {
  try {
    return launchAlone(fn, args);
  } catch (error) {
    if (error instanceof InterpreterError) return launch(fn, args);
    throw error;
  }
}
