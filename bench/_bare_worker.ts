/** A runtime's own Worker with next to nothing in it: the control of the benchmarks. */

import process from "node:process";

/** A Worker that says a word when it is ready and answers what it gets. */
export interface BareWorker {
  /** The next message from it. */
  message(): Promise<unknown>;
  /** Sends a message and waits for the answer. */
  ask(message: unknown): Promise<unknown>;
  /** Ends it; Deno does not tell when it has. */
  terminate(): Promise<unknown>;
}

/** What the Workers run: the least that answers, the same in JavaScript (Node), the factorial, or filling an array. */
export type Entry = "echo" | "echo.js" | "factorial" | "fill";

interface WebWorker {
  onmessage: (event: { data: unknown }) => void;
  postMessage(message: unknown): void;
  addEventListener(type: string, listener: () => void): void;
  terminate(): void;
}

interface NodeWorker {
  on(type: string, listener: (data: unknown) => void): void;
  postMessage(message: unknown): void;
  terminate(): Promise<number>;
}

const NODE_ENTRIES: Readonly<Record<Entry, string>> = {
  "echo": "./programs/node_worker.ts",
  "echo.js": "./programs/node_worker_plain.js",
  "factorial": "./programs/factorial_node_worker.ts",
  "fill": "./programs/fill_worker.ts",
};

const WEB_ENTRIES: Readonly<Record<Exclude<Entry, "echo.js">, string>> = {
  "echo": "./programs/web_worker.ts",
  "factorial": "./programs/factorial_web_worker.ts",
  "fill": "./programs/fill_worker.ts",
};

/**
 * Starts one.
 *
 * @param kind The global Worker of Deno and Bun, or that of `node:worker_threads`.
 * @param entry What it runs; "echo.js" for `node` alone.
 */
export function startBareWorker(kind: "web" | "node", entry: Entry): BareWorker {
  let received: (data: unknown) => void = function nobodyWaits() {};

  function message(): Promise<unknown> {
    return new Promise((resolve) => {
      received = resolve;
    });
  }
  function ask(worker: { postMessage(message: unknown): void }, question: unknown): Promise<unknown> {
    const answer = message();
    worker.postMessage(question);
    return answer;
  }

  if (kind === "node") {
    const threads = process.getBuiltinModule("node:worker_threads");
    const worker: NodeWorker = new threads.Worker(new URL(NODE_ENTRIES[entry], import.meta.url));
    worker.on("message", (data) => received(data));
    return { message, ask: (question) => ask(worker, question), terminate: () => worker.terminate() };
  }
  const { Worker } = globalThis as unknown as { Worker: new (entry: URL, options: object) => WebWorker };
  const program = WEB_ENTRIES[entry as keyof typeof WEB_ENTRIES];
  const worker = new Worker(new URL(program, import.meta.url), { type: "module" });
  worker.onmessage = (event) => received(event.data);
  const closed = "Bun" in globalThis
    ? new Promise<void>((resolve) => worker.addEventListener("close", () => resolve()))
    : Promise.resolve();
  return {
    message,
    ask: (question) => ask(worker, question),
    terminate() {
      worker.terminate();
      return closed;
    },
  };
}
