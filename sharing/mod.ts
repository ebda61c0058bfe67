/**
 * What values can cross from one interpreter to another, and how.
 *
 * @module
 */

export { NotShareableError } from "./errors.ts";
export { isShareable } from "./is_shareable.ts";
export { move } from "./move.ts";
export { registerShareable, type Shareable, type ShareableClass, toShared } from "./shareable.ts";
export { sharedArray, type SharedArrays, type SharedElement, type TypedArrayClass } from "./shared_array.ts";
