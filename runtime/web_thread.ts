/**
 * Threads over the global Worker: Deno, Bun and browsers.
 *
 * What differs: Bun tells an end by a 'close' event and can unref. Deno tells nothing when a worker exits or closes
 * itself (the scope inside says goodbye, see `web_scope.ts`) and, without `preventDefault`, lets an uncaught error of
 * the worker end the program. `node:worker_threads` on Deno cannot load a module from https
 * (https://github.com/denoland/deno/issues/31612), so the global Worker serves there too.
 */
import { runtimeName } from "./detect.ts";
import { GOODBYE, isGoodbye } from "./web_scope.ts";
import type { Thread, ThreadEvents } from "./thread.ts";

/** What this file uses of the global Worker; `unref` and 'close' are Bun's. */
interface WebWorker {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: string, listener: (event: never) => void): void;
  terminate(): void;
  unref?(): void;
}

/** See `startThread`. */
export function startWebThread(entry: URL, name: string, events: ThreadEvents): Thread {
  const { Worker } = globalThis as unknown as { Worker: new (entry: URL, options: object) => WebWorker };
  const worker = new Worker(entry, { type: "module", name });
  let ended = false;
  let closed: () => void = function nobodyWaits() {};

  function end(cause: unknown, code: number | undefined): void {
    if (ended) return;
    ended = true;
    closed();
    events.ended(cause, code);
  }

  worker.addEventListener("message", function received(event: { data: unknown }) {
    if (isGoodbye(event.data)) {
      if (runtimeName !== "bun") worker.terminate();
      return end(undefined, event.data[GOODBYE]);
    }
    if (!ended) events.message(event.data);
  });
  worker.addEventListener("error", function failed(event: ErrorEvent) {
    event.preventDefault?.();
    end(event.error ?? new Error(event.message), 1);
    worker.terminate();
  });
  worker.addEventListener("close", function exited(event: { code?: number }) {
    end(undefined, event.code);
  });
  unref(worker);
  return {
    post(message, transfer) {
      worker.postMessage(message, (transfer ?? []) as Transferable[]);
    },
    terminate() {
      const settled = new Promise<void>(function whenClosed(resolve) {
        if (ended || runtimeName !== "bun") resolve();
        else closed = resolve;
      });
      worker.terminate();
      if (runtimeName !== "bun") end(undefined, 1);
      return settled;
    },
  };
}

/**
 * Lets the program end while the worker idles. Bun has `unref`. Deno's Worker has it too, under a symbol without
 * description, where its own `node:worker_threads` finds it; a Deno without it keeps running until the worker is closed
 * (https://github.com/denoland/deno/issues/26058).
 */
function unref(worker: WebWorker): void {
  if (typeof worker.unref === "function") return worker.unref();
  for (const key of Object.getOwnPropertySymbols(Object.getPrototypeOf(worker))) {
    const method = (worker as unknown as Record<symbol, unknown>)[key];
    if (!key.description && typeof method === "function") return method.call(worker, false);
  }
}
