/** Control: what the runtime's own messages cost, to a bare Worker and through a MessageChannel to it. */

import process from "node:process";
import type { Way } from "../channels/_sampling.ts";

/** One way of posting messages to a bare Worker. */
export interface Posting {
  readonly mode: string;
  /** Posts `value` so many times; settles when all have arrived. */
  oneWay(value: unknown, times: number): Promise<void>;
  /** Posts `value` so many times; settles when all have come back. */
  echoes(value: unknown, times: number): Promise<void>;
  /** Posts a number and waits for it to come back, so many times. */
  roundTrips(times: number): Promise<void>;
  /** Ends it. */
  end(): void;
}

interface Post {
  postMessage(message: unknown, transfer?: readonly MessagePort[]): void;
}

/** Bytes that may be under way at once: nothing holds a poster back. */
const MOST_BYTES = 64 << 20;

/** Starts a bare Worker for each: "postMessage" and "MessageChannel". */
export async function startPostings(): Promise<readonly Posting[]> {
  return [await startPosting("postMessage"), await startPosting("MessageChannel")];
}

/** Posting a value one way. */
export function oneWayWay(posting: Posting, value: unknown, bytes: number): Way {
  return {
    mode: posting.mode,
    async run(n) {
      const from = performance.now();
      await posting.oneWay(value, n);
      return performance.now() - from;
    },
    most: Math.max(Math.floor(MOST_BYTES / bytes), 1),
    foreign: true,
  };
}

/** Posting a number there and back. */
export function roundTripWay(posting: Posting): Way {
  return {
    mode: posting.mode,
    async run(n) {
      const from = performance.now();
      await posting.roundTrips(n);
      return performance.now() - from;
    },
    foreign: true,
  };
}

async function startPosting(mode: "postMessage" | "MessageChannel"): Promise<Posting> {
  let received: (message: unknown) => void = function nobodyWaits() {};
  const worker = startWorker((message) => received(message));
  let post: Post = worker;
  let port: MessagePort | undefined;
  if (mode === "MessageChannel") {
    const ends = new MessageChannel();
    port = ends.port1;
    const listening = next();
    worker.postMessage({ port: ends.port2 }, [ends.port2]);
    await listening;
    port.onmessage = (event) => received(event.data);
    post = port as Post;
  }

  function next(): Promise<unknown> {
    return new Promise((resolve) => {
      received = resolve;
    });
  }
  return {
    mode,
    async oneWay(value, times) {
      const done = next();
      post.postMessage({ left: times, echo: false });
      for (let i = 0; i < times; i++) post.postMessage(value);
      await done;
    },
    async echoes(value, times) {
      const done = new Promise<void>((resolve) => {
        let left = times;
        received = function answered() {
          if (--left === 0) resolve();
        };
      });
      post.postMessage({ left: times, echo: true });
      for (let i = 0; i < times; i++) post.postMessage(value);
      await done;
    },
    async roundTrips(times) {
      const done = new Promise<void>((resolve) => {
        let left = times;
        received = function answered() {
          if (--left === 0) resolve();
          else post.postMessage(left);
        };
      });
      post.postMessage({ left: times, echo: true });
      post.postMessage(times);
      await done;
    },
    end() {
      port?.close();
      worker.terminate();
    },
  };
}

function startWorker(receive: (message: unknown) => void): Post & { terminate(): unknown } {
  const entry = new URL("./post_worker.ts", import.meta.url);
  if ("Deno" in globalThis || "Bun" in globalThis) {
    const worker = new Worker(entry, { type: "module" });
    worker.onmessage = (event: MessageEvent) => receive(event.data);
    return worker as unknown as Post & { terminate(): unknown };
  }
  const worker = new (process.getBuiltinModule("node:worker_threads").Worker)(entry);
  worker.on("message", receive);
  return worker as unknown as Post & { terminate(): unknown };
}
