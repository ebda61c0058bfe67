/**
 * What values can cross from one interpreter to another, and how.
 *
 * @module
 */
export { isShareable, move, registerShareable, sharedArray, toShared } from "./api.ts";
export { type DeepReadonly, freeze, Frozen, type FrozenAtom, type Thawed } from "./frozen.ts";
export { Owned, owned } from "./owned.ts";
export { NotShareableError, OwnershipError } from "./errors.ts";
export type { Shareable, ShareableClass } from "./shareable.ts";
export type { SharedArrays, SharedElement, TypedArrayClass } from "./shared_array.ts";
