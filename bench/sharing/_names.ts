/** The ways and cases of the benchmark of sharing that its report looks for. */

/** The library's way with whole values. */
export const FROZEN = "frozen";
/** Reads of one field, in a loop that was warm before. */
export const FIELD = "v.a[i].b, 1,000 rows";
export const LONG = "v.a[i].b, 100,000 rows";
export const HELD = "v.b of one object";
/** Filling a shared array. */
export const COMPUTE = "fill, 200 square roots each";
/** All cores without the library, beside it. */
export const BARE = "bare Workers";
export const BANDWIDTH = "fill, memory alone";
/** Numbers in the array. */
export const DOUBLES: number = 2 ** 23;

/** What can be measured alone. */
export const PARTS: readonly string[] = ["values", "reads", "fill"];
