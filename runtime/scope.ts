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
}

/** Takes over from the boot module. */
export function openScope(port: EarlyPort, events: ScopeEvents): Scope {
  function post(message: unknown, transfer: readonly Transferable[] = []): void {
    port.postMessage(message, transfer);
  }
  const exit = runtimeName === "node"
    ? function exitNode(): void {
      globals.process!.exit(0);
    }
    : watchWebScope(post, events.failure);
  port.listen(events.message);
  return { post, exit };
}
