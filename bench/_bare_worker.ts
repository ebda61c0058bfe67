/** A runtime's own Worker with next to nothing in it: the control of the launch benchmark. */

import process from "node:process";

/** A Worker that says a word when it is ready and sends back what it gets. */
export interface BareWorker {
  /** The next message from it. */
  message(): Promise<unknown>;
  /** Sends a message and waits for it to come back. */
  ask(): Promise<unknown>;
  /** Ends it; Deno does not tell when it has. */
  terminate(): Promise<unknown>;
}

interface WebWorker {
  onmessage: () => void;
  postMessage(message: unknown): void;
  addEventListener(type: string, listener: () => void): void;
  terminate(): void;
}

interface NodeWorker {
  on(type: string, listener: () => void): void;
  postMessage(message: unknown): void;
  terminate(): Promise<number>;
}

/**
 * Starts one.
 *
 * @param kind The global Worker of Deno and Bun, or that of `node:worker_threads`.
 * @param plain Whether its entry is JavaScript, for `node`.
 */
export function startBareWorker(kind: "web" | "node", plain: boolean): BareWorker {
  let received: () => void = function nobodyWaits() {};

  function message(): Promise<unknown> {
    return new Promise<void>((resolve) => {
      received = resolve;
    });
  }

  if (kind === "node") {
    const threads = process.getBuiltinModule("node:worker_threads");
    const entry = plain ? "./programs/node_worker_plain.js" : "./programs/node_worker.ts";
    const worker: NodeWorker = new threads.Worker(new URL(entry, import.meta.url));
    worker.on("message", () => received());
    return { message, ask: () => asked(worker, message), terminate: () => worker.terminate() };
  }
  const { Worker } = globalThis as unknown as { Worker: new (entry: URL, options: object) => WebWorker };
  const worker = new Worker(new URL("./programs/web_worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = () => received();
  const closed = "Bun" in globalThis
    ? new Promise<void>((resolve) => worker.addEventListener("close", () => resolve()))
    : Promise.resolve();
  return {
    message,
    ask: () => asked(worker, message),
    terminate() {
      worker.terminate();
      return closed;
    },
  };
}

function asked(
  worker: { postMessage(message: unknown): void },
  message: () => Promise<unknown>,
): Promise<unknown> {
  const answer = message();
  worker.postMessage(1);
  return answer;
}
