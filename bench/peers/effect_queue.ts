/** Peer: the Queue of effect, between two of its fibers. */

import { Effect, Queue } from "effect";
import type { Peer } from "./_peer.ts";

async function run(capacity: number, n: number): Promise<number> {
  let sum = 0;
  const program = Effect.gen(function* () {
    const queue = yield* Queue.bounded<number>(capacity);
    const send = Effect.gen(function* () {
      for (let i = 0; i < n; i++) yield* Queue.offer(queue, i);
    });
    const receive = Effect.gen(function* () {
      for (let i = 0; i < n; i++) sum += yield* Queue.take(queue);
    });
    yield* Effect.all([send, receive], { concurrency: 2 });
  });
  await Effect.runPromise(program);
  return sum;
}

/** See the file's description. */
export const peers: readonly Peer[] = [{ mode: "effect Queue", run }];
