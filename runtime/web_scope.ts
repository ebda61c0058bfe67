/**
 * The inside of a thread over the global Worker: Deno, Bun and browsers.
 *
 * *Who says that it ends.* Deno sends its owner no event when a worker calls `Deno.exit`, `process.exit` or `close()`;
 * so the scope posts a goodbye from 'unload' (which Deno's exits dispatch) and from its own `close`. Bun dispatches a
 * 'close' event itself. Uncaught errors and unhandled rejections are handed to `onFailure`, which sends them whole: what
 * the runtimes themselves report of them is a text.
 */
import { globals, runtimeName } from "./detect.ts";
import type { Scope } from "./scope.ts";

/** Key of the message with which a scope tells that its thread is ending; the value is the exit code. */
export const GOODBYE = "@pool/csp goodbye";

/** Whether a message is a goodbye. */
export function isGoodbye(data: unknown): data is { [GOODBYE]: number } {
  return typeof data === "object" && data !== null && GOODBYE in data;
}

interface WorkerScope {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: string, listener: (event: never) => void): void;
  close?: () => void;
}

/** See `openScope`. */
export function openWebScope(): Scope {
  const self = globalThis as unknown as WorkerScope;
  const close = self.close?.bind(self);
  let receive: (data: unknown) => void = function nobodyYet() {};
  let failed: (error: unknown) => void = function nobodyYet() {};
  let leaving = false;

  function goodbye(code: number): void {
    if (leaving) return;
    leaving = true;
    self.postMessage({ [GOODBYE]: code }, []);
  }
  function exit(): void {
    if (runtimeName === "bun") return globals.process!.exit(0);
    goodbye(0);
    close?.();
  }
  function fail(event: Event, error: unknown): void {
    event.preventDefault();
    if (leaving) return;
    failed(error);
    if (runtimeName !== "bun") exit();
  }

  self.addEventListener("message", function received(event: { data: unknown }) {
    receive(event.data);
  });
  self.addEventListener("error", function uncaught(event: ErrorEvent) {
    fail(event, event.error ?? new Error(event.message));
  });
  self.addEventListener("unhandledrejection", function unhandled(event: PromiseRejectionEvent) {
    fail(event, event.reason);
  });
  if (runtimeName !== "bun") {
    self.addEventListener("unload", function unloading() {
      goodbye(0);
    });
    if (close) self.close = exit;
  }
  return {
    post(message, transfer) {
      self.postMessage(message, (transfer ?? []) as Transferable[]);
    },
    onMessage(handler) {
      receive = handler;
    },
    onFailure(handler) {
      failed = handler;
    },
    exit,
  };
}
