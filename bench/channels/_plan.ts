/** What is measured between interpreters: patterns, capacities and forms, after crossbeam-channel's benchmarks. */

import { availableParallelism } from "node:os";

/** Names of the patterns, in the order of the tables. */
export const PATTERNS = ["seq", "spsc", "mpsc", "mpmc", "select_rx", "select_both", "ping-pong"] as const;

/** See {@link PATTERNS}. */
export type Pattern = typeof PATTERNS[number];

/** Capacities, in the order of the tables. */
export const CAPACITIES = [0, 1, 128, 1024] as const;

/** The capacity of what takes values without limit. */
export const UNBOUNDED = -1;

/** The forms of an operation; "batch" blocks, and moves typed arrays. */
export type Form = "blocking" | "awaiting" | "batch" | "awaiting batch";

/** Senders, and receivers, of a pattern with several; no more than a small machine can run at once. */
export const MANY: number = availableParallelism() >= 4 ? 4 : 2;

/** The name of a case. */
export function caseName(pattern: Pattern, capacity: number): string {
  return `${pattern} ${capacity === UNBOUNDED ? "unbounded" : capacity}`;
}

/** The forms that a pattern has at a capacity. */
export function formsOf(pattern: Pattern, capacity: number): readonly Form[] {
  if (pattern === "seq" && capacity === 0) return [];
  return pattern === "ping-pong" || pattern.startsWith("select_")
    ? ["blocking", "awaiting"]
    : ["blocking", "awaiting", "batch"];
}
