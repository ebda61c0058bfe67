/** The machinery behind this folder's facade. */
export * as frozen from "./frozen/engine.ts";
export { isShareable } from "./is_shareable.ts";
export { move } from "./move.ts";
export { registerShareable } from "./shareable.ts";
export { sharedArray } from "./shared_array.ts";
