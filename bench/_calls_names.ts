/** The names of the calls benchmark's cases and ways, for what measures and what reports. */

/** Calls made at once. */
export const AT_ONCE = 10_000;

/** The round trip of an empty call. */
export const EMPTY_CALL = "round trip";

/** Many calls of a tiny function. */
export const TINY_CALL = "10,000 at once, a number";

/** The same with a string of 100 bytes. */
export const STRING_CALL = "10,000 at once, a string of 100 bytes";

/** The same with an object of three fields. */
export const OBJECT_CALL = "10,000 at once, a small object";

/** A bare Worker that sends everything back. */
export const POSTED = "bare Worker, postMessage";
