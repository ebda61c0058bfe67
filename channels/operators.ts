/** The machinery behind `operators_api.ts`, entered by the root's engines_*.ts alone: operators wait by the select of the floor above. */
export { install } from "./operators/arrival.ts";
export { fromIterable, fromReadableStream, into, reduce } from "./operators/collections.ts";
export { merge, zip } from "./operators/combine.ts";
export { mix } from "./operators/mix.ts";
export { mult, pub } from "./operators/multicast.ts";
export { split } from "./operators/split.ts";
export { filter, map, pipe, take } from "./operators/transform.ts";
