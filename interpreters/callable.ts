/**
 * What can be called, with which options, and what that gives: the types of this folder's functions, which no runtime loads.
 */
import type { Thread } from "./call_thread.ts";
import type { Interpreter } from "./interpreter.ts";

/** Any function, for constraints. */
// deno-lint-ignore no-explicit-any
export type AnyFunction = (...args: any[]) => unknown;

/** What a call gives for a function that returns `R`: generators are streamed, promises awaited. */
export type CallResult<R> = R extends
  Generator<infer T, infer _R, infer _N> | AsyncGenerator<infer T, infer _R, infer _N>
  ? AsyncIterableIterator<T> & AsyncDisposable
  : Awaited<R>;

/** Anything that can be sent and called with `A`: a self-contained function, a `task` or a `remote` reference. */
export type Callable<A extends unknown[] = never[], R = unknown> = (...args: A) => R;

/** Limits of `Interpreter.with`. */
export interface CallOptions {
  /** Aborting it rejects the promise at once with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, fractions count, at least 0; then the promise rejects with `TimeoutError`. */
  readonly timeout?: number | undefined;
}

/** The calls of an interpreter under the limits of `Interpreter.with`. */
export interface LimitedCalls {
  /** See `Interpreter.call`. */
  call<A extends unknown[], R>(fn: Callable<A, R>, ...args: A): Promise<CallResult<R>>;
  /** See `Interpreter.exec`. */
  exec(source: string): Promise<void>;
  /** See `Interpreter.callInThread`. */
  callInThread<A extends unknown[], R>(fn: Callable<A, R>, ...args: A): Thread<CallResult<R>>;
}

/** Options of `create`. */
export interface CreateOptions {
  /** For messages and lists; at most 240 UTF-16 code units. Default: "interpreter-" and the id. */
  readonly name?: string | undefined;
  /** "serial" (default): one call at a time, blocking operations allowed. "concurrent": calls interleave at `await`. */
  readonly mode?: "serial" | "concurrent" | undefined;
}

/** A function of another module: sent by reference, or, called directly, run here after importing the module. */
export type RemoteFunction<F> = F extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>>
  : never;

/** The functions that a module exports, as references. */
export type Remote<M> = {
  readonly [K in keyof M as M[K] extends AnyFunction ? K : never]: RemoteFunction<M[K]>;
};

/** One call of `parallel`: a function with its arguments, or a module URL and an export's name with them. */
export type ParallelCall =
  | readonly [fn: AnyFunction, ...args: unknown[]]
  | readonly [url: string | URL, name: string, ...args: unknown[]];

/** The results of calls, in their order. */
export type ParallelResults<C extends readonly ParallelCall[]> = {
  -readonly [K in keyof C]: C[K] extends readonly [infer F, ...unknown[]]
    ? F extends (...args: never[]) => infer R ? CallResult<R> : unknown
    : unknown;
};

/** How a process stands. */
export type ProcessStatus = "running" | "done" | "failed" | "cancelled";

/** A process that was started, as the one who started it sees it; what `Process` is a handle to. */
export interface ProcessRun {
  /** Its number, unlike that of any other process. */
  readonly id: number;
  /** Its name, for reports and errors. */
  readonly name: string;
  /** Where it runs. */
  readonly interpreter: Interpreter;
  /** How it stands now. */
  readonly status: ProcessStatus;
  /** Unhandled until somebody awaits it, unless the process was cancelled. */
  readonly result: Promise<unknown>;
  /** Settles when it has ended; does not reject. */
  whenEnded(): Promise<void>;
  /** Aborts its signal; no effect once it has ended. */
  cancel(reason: unknown): void;
}
