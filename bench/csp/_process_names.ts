/** Names of cases and ways that both measurement and report use. */

/** Rounds of prefix, delta, successor and a consumer. */
export const COMMSTIME = "commstime";
/** Hops of a token around a ring of processes. */
export const RING = "token ring";
/** Numbers that enter a chain of 25 processes, each of which keeps back multiples of a prime. */
export const SIEVE = "sieve";
/** Items that compute for about a millisecond, by a pipeline. */
export const HEAVY = "pipeline, 1 ms items";
/** Items that only add, by a pipeline. */
export const LIGHT = "pipeline, small items";

/** All processes in this interpreter. */
export const LOCAL = "local";
/** Processes on the shared set of two interpreters. */
export const PARALLEL = "parallel";
/** One after the other in this interpreter, without processes. */
export const LOOP = "a loop";
/** A pipeline with so many workers. */
export function workers(n: number): string {
  return n === 1 ? "1 worker" : `${n} workers`;
}

/** Processes in the ring. */
export const RING_SIZE = 8;
/** The primes of the sieve: those below 100. */
export const PRIMES: readonly number[] = [
  ...[2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97],
];
