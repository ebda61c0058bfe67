/** A thread seen from inside: how the boot module talks to the thread that started it. Small, because every interpreter loads it first. */
import { globals, runtimeName } from "./detect.ts";
import { openNodeScope } from "./node_scope.ts";
import { openWebScope } from "./web_scope.ts";

/** The inside of a thread. */
export interface Scope {
  /** Sends a structured-cloneable message to the thread's owner; order is kept. */
  post(message: unknown, transfer?: readonly Transferable[]): void;
  /** Replaces the receiver of messages. */
  onMessage(handler: (data: unknown) => void): void;
  /** Replaces the receiver of errors that nobody caught; the thread ends after it has returned. */
  onFailure(handler: (error: unknown) => void): void;
  /** Ends this thread after what was posted has gone out. */
  exit(): void;
}

/** The scope of this thread, or undefined in the program's main thread. Handlers are installed at once: messages that came early are lost on Deno and Bun otherwise. */
export function openScope(): Scope | undefined {
  if (runtimeName === "node") return openNodeScope();
  const inside = runtimeName === "bun" ? !globals.Bun!.isMainThread : globals.WorkerGlobalScope !== undefined;
  return inside ? openWebScope() : undefined;
}
