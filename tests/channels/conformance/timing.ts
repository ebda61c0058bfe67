/** Turns of the event loop, and what has settled after some of them. */
import assert from "node:assert/strict";
import { memoryUsage } from "node:process";
import { setImmediate } from "node:timers";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

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

/** By how many bytes what is reachable has grown over the last three quarters of `rounds` of `step`. */
export async function growth(rounds: number, step: (round: number) => Promise<void>): Promise<number> {
  let round = 0;
  async function run(until: number): Promise<number> {
    for (; round < until; round++) {
      await step(round);
      // Cancelled timers and the like are cleared away between turns.
      if (round % 100 === 0) await hops(1);
    }
    for (let n = 0; n < 3; n++) {
      await hops(2);
      collect();
    }
    return memoryUsage().heapUsed;
  }
  const before = await run(rounds / 4);
  return await run(rounds) - before;
}

/** Collects garbage. */
export function collect(): void {
  const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } };
  if (Bun !== undefined) return Bun.gc(true);
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
