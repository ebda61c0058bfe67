/** `go` and what belongs to it; a facade, so that importing the library loads no machinery. */
import { csp, interpreters } from "#engines";
import type { AnyFunction, Callable, CallResult } from "../interpreters/callable.ts";
import type { Interpreter } from "../interpreters/interpreter.ts";
import type { Process } from "./process.ts";

/** Options of `go.with`; at most one of `interpreter`, `dedicated` and `local`. */
export interface GoOptions {
  /** For messages and lists. Default: the function's name, "anonymous" if it has none. */
  readonly name?: string | undefined;
  /** When it aborts, the process is cancelled with its reason; one that has aborted already lets none begin. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, fractions count, at least 0; then the process is cancelled with a `TimeoutError`. */
  readonly timeout?: number | undefined;
  /** Where it runs. In a serial interpreter processes and calls take turns. */
  readonly interpreter?: Interpreter | undefined;
  /** On an interpreter of its own, as by `go.dedicated`. */
  readonly dedicated?: boolean | undefined;
  /** In this interpreter, as by `go.local`. */
  readonly local?: boolean | undefined;
}

/** Starts a function as a process. */
export type Launch = <A extends unknown[], R>(fn: Callable<A, R>, ...args: A) => Process<CallResult<R>>;

/** What {@link go} is. */
export interface Go extends Launch {
  /**
   * Starts a process in this interpreter: closures are welcome, arguments go by reference, but for ends of channels and
   * what is marked by `move`, which are its own from then on. It begins in a later microtask.
   *
   * The function is called as it is, not sent: it sees what is in scope where it is written. The name `csp`, which is bound for
   * functions that are sent, is there only if the program has imported the library under that name; a function that has that, or
   * that imports the library itself, runs both ways.
   *
   * **Gotchas**: unlike others it does not by itself keep the program alive, as no asynchronous function does.
   *
   * @throws {TypeError} When `fn` is no function.
   * @throws {OwnershipError} When an end among the arguments was passed on before.
   * @throws {InterpreterError} When a module that is being imported to find a task calls this at its top level.
   */
  readonly local: Launch;
  /**
   * Starts a process on an interpreter of its own, where it may block (`…Sync`); that is closed when the process has
   * ended, or a second after whoever started it has died.
   *
   * @throws {NotShareableError} When the function captures variables or an argument cannot cross; nothing runs.
   * @throws {InterpreterError} When a module that is being imported to find a task calls this at its top level.
   */
  readonly dedicated: Launch;
  /**
   * The same with options.
   *
   * @param options `name`, `signal`, `timeout`, and where it runs.
   * @returns What starts processes by these options.
   * @throws {TypeError} When an option is unknown or of the wrong type, or two of them name different places.
   * @throws {RangeError} When `timeout` is negative or not a number.
   * @throws {InterpreterNotFoundError} When what it gives is called and `interpreter` was closed or has died.
   */
  readonly with: (options: GoOptions) => Launch;
}

/**
 * Starts a function as a process, in parallel: on the least busy of the interpreters that all processes share. They start
 * on demand, one for each core; many processes share one and interleave at `await`. The process's ends of channels, passed
 * as arguments at any depth, retire when it ends, unless it has passed them on; if it fails or is cancelled, with its error.
 *
 * A generator is a process until it has ended: awaiting it gives the iterable of its values, `join` waits for the end of the
 * iteration. Cancelled, it ends at once where it waits, at a `yield` too.
 *
 * @typeParam A The arguments' types.
 * @typeParam R What the function returns.
 * @param fn A self-contained function, a task or a remote reference.
 * @param args Shareable values, copied as they are now.
 * @returns The process; await it for its result.
 * @throws {NotShareableError} At once, when the function captures variables or an argument cannot cross; nothing runs.
 * @throws {TypeError} When `fn` is no function.
 * @throws {InterpreterError} When a module that is being imported to find a task calls this at its top level.
 * @throws {RangeError} When `CSP_PARALLELISM` in the environment is no number of interpreters.
 *
 * **Gotchas**: a process that computes without ever awaiting holds up the others of its interpreter. A failure that nobody
 * awaits is reported as an unhandled rejection. Blocking operations throw in the shared interpreters: use `go.dedicated`.
 *
 * @example Two processes and a channel
 * ```ts
 * import { chan, go, type Sender } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * async function count(from: number, to: number, out: Sender<number>) {
 *   for (let n = from; n < to; n++) await out.send(n);
 * }
 *
 * const numbers = chan<number>(16);
 * go(count, 0, 50, numbers.sender());
 * go(count, 50, 100, numbers.sender());
 * let sum = 0;
 * for await (const n of numbers) sum += n; // ends when both processes have
 * assert.equal(sum, 4_950);
 * ```
 */
export const go: Go = Object.assign(
  function go<A extends unknown[], R>(fn: Callable<A, R>, ...args: A): Process<CallResult<R>> {
    return csp().launch(fn as AnyFunction, args) as Process<CallResult<R>>;
  },
  {
    local<A extends unknown[], R>(fn: Callable<A, R>, ...args: A): Process<CallResult<R>> {
      return csp().launchHere(fn as AnyFunction, args) as Process<CallResult<R>>;
    },
    dedicated<A extends unknown[], R>(fn: Callable<A, R>, ...args: A): Process<CallResult<R>> {
      return csp().launchAlone(fn as AnyFunction, args) as Process<CallResult<R>>;
    },
    with(options: GoOptions): Launch {
      const start = csp().launcher(options);
      return function go<A extends unknown[], R>(fn: Callable<A, R>, ...args: A): Process<CallResult<R>> {
        return start(fn as AnyFunction, args) as Process<CallResult<R>>;
      };
    },
  },
);

/**
 * Sets how many interpreters `go` spreads processes over. The default is the environment variable `CSP_PARALLELISM`, or
 * else the number of cores. Interpreters over the number get no more processes, and are closed when they stand idle.
 *
 * @param n At least 1, at most 1,023.
 * @throws {RangeError} When `n` is something else.
 *
 * @example One interpreter for all processes
 * ```ts
 * import { go, setParallelism } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * setParallelism(1);
 * const [a, b] = [go(() => 1), go(() => 2)];
 * assert.equal(a.interpreter, b.interpreter);
 * await Promise.all([a, b]);
 * ```
 */
export function setParallelism(n: number): void {
  interpreters().setParallelism(n);
}

/**
 * Closes the interpreters that processes share. Processes that this interpreter has started there and that still run are
 * cancelled, with an AbortError; what has not ended a second later, or was started by others, is stopped by force. The next
 * `go`, also one meanwhile, starts new ones.
 *
 * Programs need not call it: idle interpreters let a program end.
 *
 * @throws {InterpreterError} When called from a process of the shared set.
 *
 * @example Nothing is left
 * ```ts
 * import { go, listAll, shutdown } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * await go(() => "done");
 * await shutdown();
 * assert.equal(listAll().length, 1);
 * ```
 */
export async function shutdown(): Promise<void> {
  await interpreters().shutdown();
}
