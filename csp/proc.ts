/** A description of a process, or of several: what `proc`, `par`, `seq` and `replicate` give. */
import { csp } from "#engines";
import type { Plan } from "./plan.ts";
import { staysHere } from "../sharing/errors.ts";

/** Limits of a run. */
export interface RunOptions {
  /** When it aborts, every process of the run is cancelled, and the run rejects with its reason once all have ended. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Processes as a description: nothing runs before it is awaited or {@link Proc.run} is called, and every run starts
 * all of it anew. As a part of another one it runs when that does. Made by `proc`, `par`, `seq` and `replicate`.
 *
 * A run is all or nothing: before the first process starts every function and argument is looked at, and what cannot cross
 * rejects the run. The first failure cancels every other process of the run, at whatever level it is; what has not started
 * never does, and the ends of channels among its arguments retire with the failure as reason. Once all have ended, the
 * run rejects with the first failure itself. A run that was begun in a process is cancelled along with it.
 *
 * @typeParam R What a run results in.
 *
 * **Gotchas**: each `await` is a run of its own; keep the promise that {@link Proc.run} gives to wait for one run twice. As
 * with any thenable, returning a Proc from an async function runs it. Ends of channels among the arguments are moved by
 * the first run, so there is no second one: `clone()` them into a new Proc. A process that ignores its cancellation
 * keeps the run waiting.
 *
 * @example Described once, run twice
 * ```ts
 * import { par, proc } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const both = par(proc((n: number) => n + 1, 1), proc(() => "two"));
 * assert.deepEqual(await both, [2, "two"]);
 * assert.deepEqual(await both.run({ signal: AbortSignal.timeout(5_000) }), [2, "two"]);
 * ```
 */
export class Proc<R> implements PromiseLike<R> {
  static {
    staysHere(
      this.prototype,
      "a Proc belongs to the interpreter that described it; send its result, or describe it over there",
    );
  }

  readonly #plan: Plan;

  /** Not for programs: use `proc`, `par`, `seq` or `replicate`. */
  constructor(plan: never) {
    this.#plan = plan;
  }

  /** @internal The plan of a Proc; undefined for anything else. */
  static planOf(value: unknown): Plan | undefined {
    return typeof value === "object" && value !== null && #plan in value ? value.#plan : undefined;
  }

  /**
   * Starts all of it.
   *
   * @param options `signal`, to cancel the run.
   * @returns The result of the process; for composed ones, an array of those of the parts, in their order.
   * @throws {NotShareableError} When a function or an argument cannot cross; nothing was started. Like all that follow as a
   * rejection.
   * @throws {OwnershipError} When an end among the arguments was passed on before, by a run of this Proc for example, or
   * is passed twice; nothing was started.
   * @throws {TypeError} When an option is unknown or of the wrong type.
   */
  run(options?: RunOptions): Promise<R> {
    return csp().runPlan(this.#plan, options) as Promise<R>;
  }

  /** Starts all of it, as {@link Proc.run} does; so it can be awaited. */
  then<A = R, B = never>(
    fulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.run().then(fulfilled, rejected);
  }
}
