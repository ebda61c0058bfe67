/** The machinery behind this folder's facade. */
// Whoever asks what can cross is to be told of these, too.
import "./handle_kinds.ts";
export * as frozen from "./frozen/engine.ts";
export { isShareable } from "./is_shareable.ts";
export { move } from "./move.ts";
export { registerShareable } from "./shareable.ts";
export { sharedArray } from "./shared_array.ts";
