/** A thread seen from outside: starts one on the library's boot module and tells what becomes of it. */
import { runtimeName } from "./detect.ts";
import { startNodeThread } from "./node_thread.ts";
import { startWebThread } from "./web_thread.ts";

/** A running thread. It never keeps the program alive by itself: see `holdAlive`. */
export interface Thread {
  /** Sends a structured-cloneable message; order is kept. Throws `DataCloneError` when it cannot be cloned. */
  post(message: unknown, transfer?: readonly Transferable[]): void;
  /**
   * Ends the thread at once; settles when it has ended or, on Deno, when the request was made: Deno cannot stop
   * JavaScript that never returns to its event loop (https://github.com/denoland/deno/pull/35657).
   */
  terminate(): Promise<void>;
}

/** What a thread's owner is told. `ended` comes exactly once, last. */
export interface ThreadEvents {
  message(data: unknown): void;
  /** The thread has ended: `cause` is its uncaught error, or undefined when it exited; `code` its exit code if known. */
  ended(cause: unknown, code: number | undefined): void;
}

/** Starts a thread whose entry is the module at `entry`. */
export function startThread(entry: URL, name: string, events: ThreadEvents): Thread {
  return runtimeName === "node" ? startNodeThread(entry, name, events) : startWebThread(entry, name, events);
}

/** Whether a thread that is said to have ended runs nothing any more: Deno and browsers cannot tell. */
export const endIsCertain: boolean = runtimeName === "node" || runtimeName === "bun";
