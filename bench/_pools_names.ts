/** The names of the pools benchmark's cases and ways, for what measures and what reports. */

/** One tiny task after the other. */
export const ROUND_TRIP = "round trip";

/** Ten thousand tiny tasks, all submitted before the first result is awaited. */
export const AT_ONCE = "10,000 at once";

/** The step of round trips that holds the median one of a round, in milliseconds. */
export const MEDIAN = "median";

/** The default method of Pool. */
export const POOL = "Pool, channel";

/** All of them by one call, which chooses how many go together. */
export const MAP = "Pool.map";

/** Ways of this library; all others are peers. */
export const OWN: readonly string[] = [POOL, "Pool, call", "Pool, port", MAP, "executor"];

/** Interpreters, threads of a peer. */
export const WORKERS = 2;
