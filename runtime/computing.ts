/**
 * Whether every core has a thread that computes: who looks at shared memory then keeps one of them from running.
 *
 * Known is what the library itself calls, one function after another: tasks of pools, items of pipelines. While one of
 * them awaits something, or blocks its thread, it does not compute.
 */
import { availableCores } from "./cores.ts";

/** Where it stands which threads compute. */
export interface Computers {
  /** Notes whether this thread does. */
  note(computes: boolean): void;
  /** Whether at least `n` do. */
  areAtLeast(n: number): boolean;
}

const cores = availableCores();
let computers: Computers | undefined;
let computes = false;

/** From now on what is noted here stands there, and what others have noted is seen. Returns what was known before. */
export function knowComputers(known: Computers | undefined): Computers | undefined {
  const before = computers;
  computers = known;
  return before;
}

/** This thread computes from now on (true), or does not any more. */
export function noteComputing(now: boolean): void {
  if (now === computes) return;
  computes = now;
  computers?.note(now);
}

/** Awaits what a function has given, while this thread computes for whoever called it. */
export async function awaitFrom<T>(value: T): Promise<Awaited<T>> {
  noteComputing(false);
  try {
    return await value;
  } finally {
    noteComputing(true);
  }
}

/** Runs `wait`, which blocks this thread. */
export function whileBlocked(wait: () => void): void {
  if (!computes) return wait();
  noteComputing(false);
  try {
    wait();
  } finally {
    noteComputing(true);
  }
}

/** Whether there is no core left for one that looks. */
export function areCoresTaken(): boolean {
  return computers !== undefined && computers.areAtLeast(computes ? cores + 1 : cores);
}
