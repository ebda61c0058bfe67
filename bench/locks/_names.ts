/** The cases of the benchmark of locks. */

/** By one interpreter: nobody else wants it. */
export const ALONE = "alone";
/** By two interpreters at once. */
export const BY_TWO = "by two";
/** All of them, in the order of the columns. */
export const CASES: readonly string[] = [ALONE, BY_TWO];
