/** A bare Worker that fills an array, chunk by chunk with others: says that it is ready, then answers when none is left. */

import process from "node:process";
import { work } from "./fill.ts";

/** What it is asked: to take chunks of `size` from the word until all of the array is done. */
export interface Filling {
  readonly array: Float64Array;
  readonly next: Int32Array;
  readonly size: number;
}

function fill({ array, next, size }: Filling): string {
  // Called as `parallelFor` calls it: V8 would put the function into this loop otherwise, at half of its speed.
  const args: [Float64Array] = [array];
  for (;;) {
    const from = Atomics.add(next, 0, size);
    if (from >= array.length) return "done";
    work(from, Math.min(from + size, array.length), ...args);
  }
}

if ("Deno" in globalThis || "Bun" in globalThis) {
  const scope = globalThis as unknown as {
    onmessage: (event: { data: Filling }) => void;
    postMessage(message: string): void;
  };
  scope.onmessage = (event) => scope.postMessage(fill(event.data));
  scope.postMessage("ready");
} else {
  const { parentPort } = process.getBuiltinModule("node:worker_threads");
  parentPort!.on("message", (message: Filling) => parentPort!.postMessage(fill(message)));
  parentPort!.postMessage("ready");
}
