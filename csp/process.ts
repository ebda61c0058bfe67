/** A process from outside: whoever started it can wait for it and cancel it. */
import { interpreters } from "#engines";
import type { ProcessRun, ProcessStatus } from "../interpreters/callable.ts";
import type { Interpreter } from "../interpreters/interpreter.ts";
import { staysHere } from "../sharing/errors.ts";

/**
 * A process that `go` has started. Awaiting it gives its result, or rejects with what it threw: the original error,
 * revived, with the remote stack and the process's name in its `stack`.
 *
 * **Gotchas**: a failure that nobody awaits is reported as an unhandled rejection, as of any promise; `join` does not count
 * as awaiting. A process that was cancelled does not count as failed.
 *
 * @typeParam R What the process results in.
 *
 * @example Cancel, and wait for the end
 * ```ts
 * import * as csp from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const worker = csp.go(async () => {
 *   for (;;) await csp.sleep(1_000);
 * });
 * worker.cancel();
 * await worker.join();
 * assert.equal(worker.status, "cancelled");
 * ```
 */
export class Process<R> implements Promise<R>, AsyncDisposable {
  static {
    staysHere(
      this.prototype,
      "a Process belongs to the interpreter that started it; send its result, or a channel",
    );
  }

  readonly #run: ProcessRun;

  /** Not for programs: use `go`. */
  constructor(run: ProcessRun) {
    this.#run = run;
  }

  /** Not for programs: what becomes of it, also to who is cancelled meanwhile. */
  static outcomeOf<R>(process: Process<R>): Promise<R> {
    return process.#run.result as Promise<R>;
  }

  /** Unique in the program; what `currentProcess().id` is in it. */
  get id(): number {
    return this.#run.id;
  }

  /** The name that `go.with` gave it, or the function's; "anonymous" if there is none. Inside: `currentProcess().name`. */
  get name(): string {
    return this.#run.name;
  }

  /** Where it runs. */
  get interpreter(): Interpreter {
    return this.#run.interpreter;
  }

  /** "running" until it has ended; then "done" if it returned, "cancelled" if it was cancelled and did not, otherwise "failed". */
  get status(): ProcessStatus {
    return this.#run.status;
  }

  /**
   * Asks the process to end: its signal is aborted, and the operation of this library in which it waits, or the `yield` of a
   * generator, throws the reason. It is "cancelled" if it then throws, "done" if it returns; one that has not begun never
   * does. No effect on a process that has ended or was cancelled before.
   *
   * @param reason What its signal's reason will be; an AbortError by default. If the process throws it, awaiting the
   * process rejects with this very object, where the process has seen a copy.
   */
  cancel(reason?: unknown): void {
    this.#run.cancel(
      reason === undefined ? new DOMException(`Process "${this.name}" was cancelled`, "AbortError") : reason,
    );
  }

  /**
   * Waits until the process has ended, however it ended. Never rejects, but in a process that is cancelled meanwhile, and so
   * does awaiting it: with the reason, while the awaited process goes on.
   */
  join(): Promise<void> {
    return interpreters().untilCancelled(this.#run.whenEnded());
  }

  /** "Process". */
  get [Symbol.toStringTag](): string {
    return "Process";
  }

  /** See `Promise.then`. */
  then<A = R, B = never>(
    fulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    // deno-lint-ignore no-explicit-any -- as in Promise
    rejected?: ((reason: any) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#result.then(fulfilled, rejected);
  }

  /** See `Promise.catch`. */
  // deno-lint-ignore no-explicit-any -- as in Promise
  catch<B = never>(rejected?: ((reason: any) => B | PromiseLike<B>) | null): Promise<R | B> {
    return this.#result.catch(rejected);
  }

  /** See `Promise.finally`. */
  finally(ended?: (() => void) | null): Promise<R> {
    return this.#result.finally(ended);
  }

  get #result(): Promise<R> {
    return interpreters().untilCancelled(Process.outcomeOf(this));
  }

  /** Cancels the process and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
    await this.#run.whenEnded();
  }
}
