/** Turns of the event loop, and what has settled after some of them. */
import assert from "node:assert/strict";
import { memoryUsage } from "node:process";
import { setImmediate } from "node:timers";

/** Lets `n` turns of the event loop pass. */
export async function hops(n = 3): Promise<void> {
  for (let i = 0; i < n; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Asserts that none of `promises` settles within some turns of the event loop. */
export async function assertPending(...promises: readonly Promise<unknown>[]): Promise<void> {
  const settled: string[] = [];
  for (const [i, promise] of promises.entries()) {
    promise.then(
      (value) => settled.push(`operation ${i} gave ${String(value)}`),
      (error: unknown) => settled.push(`operation ${i} failed with ${String(error)}`),
    );
  }
  await hops();
  assert.deepEqual(settled, [], "an operation has settled that should wait");
}

/** How each of `promises` ended, in order: its value, or its error in a box. */
export async function outcomes(promises: readonly Promise<unknown>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((each) => each.status === "fulfilled" ? each.value : { error: each.reason as unknown });
}

/** A signal that counts the listeners it has. */
export function countedSignal(): { controller: AbortController; signal: AbortSignal; listeners(): number } {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal) as (...args: unknown[]) => void;
  const remove = signal.removeEventListener.bind(signal) as (...args: unknown[]) => void;
  Object.assign(signal, {
    addEventListener(...args: unknown[]) {
      listeners.add(args[1]);
      add(...args);
    },
    removeEventListener(...args: unknown[]) {
      listeners.delete(args[1]);
      remove(...args);
    },
  });
  return { controller, signal, listeners: () => listeners.size };
}

/** What `operation` throws, or its promise is rejected with. */
export async function thrown(operation: () => unknown): Promise<unknown> {
  try {
    await operation();
  } catch (error) {
    return error;
  }
  assert.fail("it did not throw");
}

/** By how many bytes the heap has grown between the second quarter of `rounds` of `step` and the second half, at the least. */
export async function leastGrowth(rounds: number, step: (round: number) => Promise<void>): Promise<number> {
  let round = 0;
  async function least(rounds: number): Promise<number> {
    let least = Infinity;
    for (const until = round + rounds; round < until; round++) {
      await step(round);
      if (round % 500 === 0) least = Math.min(least, memoryUsage().heapUsed);
    }
    return least;
  }
  await least(rounds / 4);
  const before = await least(rounds / 4);
  return await least(rounds / 2) - before;
}
