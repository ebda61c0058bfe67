/**
 * Threads on Node, which has no global Worker: `node:worker_threads`.
 *
 * Node strips the types of each TypeScript module again in every thread, at several milliseconds each. The compile
 * cache keeps the result, so it is switched on in threads of ours before their entry loads (not in the main thread: that
 * is the program's own; not under coverage, which it would blur; `NODE_DISABLE_COMPILE_CACHE=1` switches it off).
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

/** Runs as a script or, with --input-type=module, as a module; a script leaves the names of CommonJS in the global scope. */
const ENTRY = `
  const cache = process.getBuiltinModule("node:module");
  if (!process.env.NODE_V8_COVERAGE) cache.enableCompileCache?.();
  for (const name of ["require", "module", "exports", "__filename", "__dirname"]) delete globalThis[name];
  import(ENTRY_URL);
`;

/** See `startThread`. */
export function startNodeThread(entry: URL, name: string, events: ThreadEvents): Thread {
  const { Worker } = builtin<{ Worker: new (code: string, options: object) => NodeWorker }>(
    "node:worker_threads",
  );
  const code = ENTRY.replace("ENTRY_URL", JSON.stringify(entry.href));
  const worker = new Worker(code, { eval: true, name });
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
