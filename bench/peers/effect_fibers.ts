/** Peer: the same networks as fibers of effect, with its Queue for channels. */

import { Effect, Queue } from "effect";
import { RING_SIZE } from "../csp/_process_names.ts";

type Queues = Queue.Queue<number>[];

/** Milliseconds of `n` rounds of commstime. */
export async function commstime(n: number): Promise<number> {
  const program = Effect.gen(function* () {
    const [a, b, c, d] = (yield* queues(4)) as [Queues[0], Queues[0], Queues[0], Queues[0]];
    const prefix = Effect.gen(function* () {
      yield* Queue.offer(a, 0);
      for (;;) yield* Queue.offer(a, yield* Queue.take(c));
    });
    const delta = Effect.gen(function* () {
      for (;;) {
        const value = yield* Queue.take(a);
        yield* Effect.all([Queue.offer(b, value), Queue.offer(d, value)], { concurrency: 2 });
      }
    });
    const successor = Effect.gen(function* () {
      for (;;) yield* Queue.offer(c, (yield* Queue.take(b)) + 1);
    });
    const consume = Effect.gen(function* () {
      let sum = yield* Queue.take(d);
      const from = performance.now();
      for (let i = 0; i < n; i++) sum += yield* Queue.take(d);
      if (sum !== n * (n + 1) / 2) throw new Error(`Cannot trust the run: it adds up to ${sum}`);
      return performance.now() - from;
    });
    return yield* race(consume, [prefix, delta, successor]);
  });
  return await Effect.runPromise(program);
}

/** Milliseconds of `n` hops of a token around a ring. */
export async function ring(n: number): Promise<number> {
  const laps = Math.max(1, Math.round(n / RING_SIZE));
  const program = Effect.gen(function* () {
    const around = yield* queues(RING_SIZE);
    const stations = around.slice(1).map((from, i) =>
      Effect.gen(function* () {
        const to = around[(i + 2) % RING_SIZE]!;
        for (;;) yield* Queue.offer(to, (yield* Queue.take(from)) + 1);
      })
    );
    const start = Effect.gen(function* () {
      let token = 0;
      const from = performance.now();
      for (let lap = 0; lap < laps; lap++) {
        yield* Queue.offer(around[1]!, token);
        token = yield* Queue.take(around[0]!);
      }
      if (token !== laps * (RING_SIZE - 1)) throw new Error(`Cannot trust the run: the token is ${token}`);
      return performance.now() - from;
    });
    return yield* race(start, stations);
  });
  return await Effect.runPromise(program) * n / (laps * RING_SIZE);
}

/** Queues that hold nothing: an offer waits for its taker, as far as effect has it. */
function queues(count: number): Effect.Effect<Queues> {
  return Effect.all(Array.from({ length: count }, () => Queue.bounded<number>(0)));
}

/** What the first gives; the others are interrupted then. */
function race(first: Effect.Effect<number>, others: Effect.Effect<never>[]): Effect.Effect<number> {
  return Effect.raceFirst(first, Effect.all(others, { concurrency: "unbounded" }).pipe(Effect.as(NaN)));
}
