/** A handle to an interpreter; a facade, what it does is in `operations.ts`. Source: PEP 734. */
import { interpreters } from "#engines";
import type { Thread } from "./call_thread.ts";
import type { Callable, CallOptions, CallResult, LimitedCalls } from "./callable.ts";

/** Proof that a handle is made by the registry. */
export const HANDLE: unique symbol = Symbol("handle");

/**
 * An interpreter: a thread with its own globals, event loop and modules. Made by `create`; one object per interpreter.
 *
 * A `"serial"` interpreter runs one call at a time, further calls wait in order; in a `"concurrent"` one calls
 * interleave at `await`. All methods work from any interpreter on any other.
 *
 * **Gotchas**: a serial interpreter that awaits a call to itself from inside a call waits for ever.
 *
 * @example Two interpreters at once
 * ```ts
 * import { create } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const [a, b] = [create(), create()];
 * const sum = (from: number, to: number) => {
 *   let total = 0;
 *   for (let i = from; i < to; i++) total += i;
 *   return total;
 * };
 * const halves = await Promise.all([a.call(sum, 0, 500), b.call(sum, 500, 1000)]);
 * assert.equal(halves[0] + halves[1], 499_500);
 * await Promise.all([a.close(), b.close()]);
 * ```
 */
export class Interpreter {
  /** 0 is main; never reused. */
  readonly id: number;
  /** The name given to `create`, or "interpreter-" and the id. */
  readonly name: string;
  /** Who made it: the runtime ("main") or this library. */
  readonly whence: "main" | "interpreters";
  /** Where it was last seen in the switchboard. */
  readonly #slot: number;
  #ready: Promise<void> | undefined;

  /** Not for programs: use `create`. */
  constructor(proof: typeof HANDLE, id: number, name: string, slot: number) {
    if (proof !== HANDLE) throw new TypeError("Cannot construct an Interpreter: use create()");
    this.id = id;
    this.name = name;
    this.whence = id === 0 ? "main" : "interpreters";
    this.#slot = slot;
    Object.freeze(this);
  }

  /** @internal The slot it lived in when the handle was made. */
  static slotOf(interpreter: Interpreter): number {
    return interpreter.#slot;
  }

  /** Settles when the interpreter has booted; rejects with `InterpreterError` when it could not. Nobody has to wait for it. */
  get ready(): Promise<void> {
    return this.#ready ??= interpreters().whenReady(this);
  }

  /**
   * Whether a call or exec is running in it, a queued one included; always true for main.
   *
   * @throws {InterpreterNotFoundError} When it was closed or has died.
   */
  isRunning(): boolean {
    return interpreters().isRunning(this);
  }

  /**
   * Binds names in its main namespace, for `exec` and sent functions to use: all of them or, when one fails, none.
   *
   * @param bindings Names and shareable values.
   * @throws {TypeError} When there are none, or a name is a constant of the runtime.
   * @throws {NotShareableError} When a value cannot cross; nothing is bound.
   */
  async prepareMain(bindings: Record<string, unknown>): Promise<void> {
    await interpreters().prepareMain(this, bindings);
  }

  /**
   * Runs module-level code with `await` and `import`. `var`, functions and assignments stay in its main namespace for later
   * calls; `let`, `const` and `class` are local to this exec.
   *
   * @param source JavaScript.
   * @throws {ExecutionFailed} When the code throws; also when it does not parse, and nothing is sent then: `cause` is the
   * SyntaxError, with line and column.
   * @throws {InterpreterError} When the interpreter ends before the code does.
   */
  async exec(source: string): Promise<void> {
    await interpreters().exec(this, source, {});
  }

  /**
   * Calls a function there and gives its result. Of a generator function: an async iterable of its values, produced
   * a bounded number ahead; ending the iteration ends the generator: where it stands at a `yield` it returns, and its
   * `finally` blocks may wait; an operation in which it waits between two is aborted first.
   *
   * @typeParam A The arguments' types.
   * @typeParam R What the function returns.
   * @param fn A self-contained function, a task or a remote reference.
   * @param args Shareable values, copied as they are now.
   * @throws {NotShareableError} When the function captures variables or a value cannot cross; nothing runs.
   * @throws {ExecutionFailed} When the function throws; `cause` is the revived error.
   * @throws {InterpreterError} When the interpreter ends before the call does.
   */
  call<A extends unknown[], R>(fn: Callable<A, R>, ...args: A): Promise<CallResult<R>> {
    return interpreters().call(this, fn, args, {}) as Promise<CallResult<R>>;
  }

  /**
   * Starts a call without waiting for it.
   *
   * @param fn See {@link Interpreter.call}.
   * @param args See {@link Interpreter.call}.
   * @returns A thread to join. A failure whose `result` nobody reads is reported as an unhandled rejection.
   */
  callInThread<A extends unknown[], R>(fn: Callable<A, R>, ...args: A): Thread<CallResult<R>> {
    return interpreters().callInThread(this, fn, args, {});
  }

  /**
   * The same calls under limits: when time is up or the signal aborts, the promise rejects at once and the function's
   * `currentProcess().signal` is aborted. The interpreter stays busy until the function returns or it is closed.
   *
   * @param options `signal` and `timeout`.
   * @throws {TypeError} When an option is unknown or of the wrong type.
   * @throws {RangeError} When `timeout` is negative or not a number.
   */
  with(options: CallOptions): LimitedCalls {
    return interpreters().limitedCalls(this, options);
  }

  /**
   * Ends the interpreter. Without `force` it must be idle; it ends by itself, open generators first. With `force`
   * everything pending on it rejects at once, and it is stopped even in an endless loop or a blocking wait.
   *
   * Pools and executors that were made in it end with it: without `force` when the tasks they were given are done, which
   * may take long and can then be cut short by a second close with `force`. What `create` has made in it lives on.
   *
   * **Gotchas**: Deno cannot stop JavaScript that never returns to its event loop. There the interpreter is cut off:
   * all of the above holds and whatever it does with this library throws, but a loop that uses nothing of it burns
   * its core until the program ends.
   *
   * @throws {InterpreterError} For main, for itself, and while running unless `force`.
   * @throws {InterpreterNotFoundError} When it was closed or has died.
   */
  async close(options: { readonly force?: boolean | undefined } = {}): Promise<void> {
    await interpreters().close(this, options);
  }

  /** Closes by force; nothing happens when it is closed already. */
  async [Symbol.asyncDispose](): Promise<void> {
    await interpreters().dispose(this);
  }
}
