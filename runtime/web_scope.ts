/**
 * The end of a thread over the global Worker, seen from inside: Deno, Bun and browsers.
 *
 * *Who says that it ends.* Deno sends its owner no event when a worker calls `Deno.exit`, `process.exit` or `close()`;
 * so a goodbye is posted from 'unload' (which Deno's exits dispatch) and from the scope's own `close`. Bun dispatches a
 * 'close' event itself. Uncaught errors and unhandled rejections are handed on, whole: what the runtimes themselves report
 * of them is a text.
 */
import { globals, runtimeName } from "./detect.ts";
import type { ScopeEvents } from "./scope.ts";

/** Key of the message with which a scope tells that its thread is ending; the value is the exit code, where known. */
export const GOODBYE = "@pool/csp goodbye";

/** Whether a message is a goodbye. */
export function isGoodbye(data: unknown): data is { [GOODBYE]: number | undefined } {
  return typeof data === "object" && data !== null && GOODBYE in data;
}

/** What this file uses of Bun's process. */
interface ExitingProcess {
  on(event: "exit", listener: (code: number) => void): void;
}

interface WorkerScope {
  addEventListener(type: string, listener: (event: never) => void): void;
  close?: () => void;
}

/** Watches for the end of this thread; returns the way to end it. */
export function watchWebScope(
  post: (message: unknown) => void,
  { failure, ending }: Pick<ScopeEvents, "failure" | "ending">,
): () => void {
  const self = globalThis as unknown as WorkerScope;
  const close = self.close?.bind(self);
  let leaving = false;
  let ended = false;

  function end(error: unknown, code: number | undefined): void {
    if (ended) return;
    ended = true;
    ending(error, code);
  }
  function goodbye(code: number | undefined): void {
    if (leaving) return;
    leaving = true;
    end(undefined, code);
    post({ [GOODBYE]: code });
  }
  function leave(): void {
    goodbye(0);
    close?.();
  }
  function exit(): void {
    ended = true;
    if (runtimeName === "bun") return globals.process!.exit(0);
    leave();
  }
  function fail(event: Event, error: unknown): void {
    event.preventDefault();
    if (leaving) return;
    end(error, undefined);
    failure(error);
    if (runtimeName !== "bun") exit();
  }

  self.addEventListener("error", function uncaught(event: ErrorEvent) {
    fail(event, event.error ?? new Error(event.message));
  });
  self.addEventListener("unhandledrejection", function unhandled(event: PromiseRejectionEvent) {
    fail(event, event.reason);
  });
  if (runtimeName === "bun") {
    (globals.process as unknown as ExitingProcess).on("exit", function exiting(code: number) {
      end(undefined, code);
    });
  } else {
    self.addEventListener("unload", function unloading() {
      goodbye(globals.Deno?.exitCode);
    });
    if (close) self.close = leave;
  }
  return exit;
}
