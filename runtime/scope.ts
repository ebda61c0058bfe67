/** A thread seen from inside: how an interpreter talks to main and tells of its end. */
import { globals, runtimeName } from "./detect.ts";
import { watchWebScope } from "./web_scope.ts";

/** The port between this thread and its owner, as `interpreters/boot.ts` took it. */
export interface EarlyPort {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  /** Hands over what has arrived and will arrive. */
  listen(handler: (data: unknown) => void): void;
}

/** The inside of a thread. */
export interface Scope {
  /** Sends a structured-cloneable message to the thread's owner; order is kept. */
  post(message: unknown, transfer?: readonly Transferable[]): void;
  /** Ends this thread after what was posted has gone out. */
  exit(): void;
}

/** What a scope is told. */
export interface ScopeEvents {
  message(data: unknown): void;
  /**
   * An error that nobody caught; the thread ends after it has returned. Not called on Node, where such errors reach the
   * thread's owner whole.
   */
  failure(error: unknown): void;
  /**
   * The thread ends, and not by `exit`: of an error that nobody caught, else `undefined` and the exit code, where known. Called
   * once, before `failure`; nothing asynchronous happens any more.
   */
  ending(error: unknown, code: number | undefined): void;
}

/** Takes over from the boot module. */
export function openScope(port: EarlyPort, events: ScopeEvents): Scope {
  function post(message: unknown, transfer: readonly Transferable[] = []): void {
    port.postMessage(message, transfer);
  }
  const exit = runtimeName === "node" ? watchNodeScope(events.ending) : watchWebScope(post, events);
  port.listen(events.message);
  return { post, exit };
}

/** What this file uses of Node's process. */
interface NodeProcess {
  on(event: "exit", listener: (code: number) => void): void;
  on(event: "uncaughtExceptionMonitor", listener: (error: unknown) => void): void;
  listenerCount(event: "uncaughtException"): number;
  exit(code: number): never;
}

/**
 * Watches for the end of this thread on Node; returns the way to end it by `exit`. Its owner is told by Node itself, errors and
 * all; but an owner that is blocked hears of nothing until it goes on.
 */
function watchNodeScope(ending: ScopeEvents["ending"]): () => void {
  const process = globals.process as unknown as NodeProcess;
  let error: unknown;
  let leaving = false;
  process.on("uncaughtExceptionMonitor", function uncaught(thrown: unknown) {
    // The program may handle it.
    if (process.listenerCount("uncaughtException") === 0) error = thrown ?? new Error(`Uncaught ${thrown}`);
  });
  process.on("exit", function exiting(code: number) {
    if (!leaving) ending(error, code);
  });
  return function exit() {
    leaving = true;
    process.exit(0);
  };
}
