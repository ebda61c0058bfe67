/**
 * Threads on Node, which has no global Worker: `node:worker_threads`.
 *
 * An uncaught error arrives as 'error' with its class, code and cause kept, then 'exit'; an exit inside as 'exit' alone.
 * Adding a 'message' listener refs the worker again, so `unref` comes after it.
 */
import { builtin } from "./detect.ts";
import type { Thread, ThreadEvents } from "./thread.ts";

/** What this file uses of `node:worker_threads`. */
interface NodeWorker {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  on(event: string, listener: (value: never) => void): void;
  unref(): void;
  terminate(): Promise<number>;
}

/** See `startThread`. */
export function startNodeThread(entry: URL, name: string, events: ThreadEvents): Thread {
  const { Worker } = builtin<{ Worker: new (entry: URL, options: object) => NodeWorker }>("node:worker_threads");
  const worker = new Worker(entry, { name });
  let cause: unknown;
  worker.on("message", function received(data: unknown) {
    events.message(data);
  });
  worker.on("error", function failed(error: unknown) {
    cause = error ?? new Error(`Uncaught ${String(error)}`);
  });
  worker.on("exit", function exited(code: number) {
    events.ended(cause, code);
  });
  worker.unref();
  return {
    post(message, transfer) {
      worker.postMessage(message, transfer);
    },
    async terminate() {
      await worker.terminate();
    },
  };
}
