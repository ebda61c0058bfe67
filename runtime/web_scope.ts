/**
 * The end of a thread over the global Worker, seen from inside: Deno, Bun and browsers.
 *
 * *Who says that it ends.* Deno sends its owner no event when a worker calls `Deno.exit`, `process.exit` or `close()`;
 * so a goodbye is posted from 'unload' (which Deno's exits dispatch) and from the scope's own `close`. Bun dispatches a
 * 'close' event itself. Uncaught errors and unhandled rejections are handed on, whole: what the runtimes themselves report
 * of them is a text.
 */
import { globals, runtimeName } from "./detect.ts";

/** Key of the message with which a scope tells that its thread is ending; the value is the exit code, where known. */
export const GOODBYE = "@pool/csp goodbye";

/** Whether a message is a goodbye. */
export function isGoodbye(data: unknown): data is { [GOODBYE]: number | undefined } {
  return typeof data === "object" && data !== null && GOODBYE in data;
}

interface WorkerScope {
  addEventListener(type: string, listener: (event: never) => void): void;
  close?: () => void;
}

/** Watches for the end of this thread; returns the way to end it. */
export function watchWebScope(
  post: (message: unknown) => void,
  failure: (error: unknown) => void,
): () => void {
  const self = globalThis as unknown as WorkerScope;
  const close = self.close?.bind(self);
  let leaving = false;

  function goodbye(code: number | undefined): void {
    if (leaving) return;
    leaving = true;
    post({ [GOODBYE]: code });
  }
  function exit(): void {
    if (runtimeName === "bun") return globals.process!.exit(0);
    goodbye(0);
    close?.();
  }
  function fail(event: Event, error: unknown): void {
    event.preventDefault();
    if (leaving) return;
    failure(error);
    if (runtimeName !== "bun") exit();
  }

  self.addEventListener("error", function uncaught(event: ErrorEvent) {
    fail(event, event.error ?? new Error(event.message));
  });
  self.addEventListener("unhandledrejection", function unhandled(event: PromiseRejectionEvent) {
    fail(event, event.reason);
  });
  if (runtimeName !== "bun") {
    self.addEventListener("unload", function unloading() {
      goodbye(globals.Deno?.exitCode);
    });
    if (close) self.close = exit;
  }
  return exit;
}
