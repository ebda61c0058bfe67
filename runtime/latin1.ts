/**
 * Where the engines differ so much that the codec must know: Latin-1 text out of bytes, counting what an array has, proxies.
 *
 * `String.fromCharCode` costs 5 ns and 1 ns a character on V8, 30 ns and 2 on JavaScriptCore; the runtimes' own call 20 ns
 * on Bun and 50 on Node, whatever the length. On Deno it is a part of `node:buffer`, which takes 13 ms to load.
 * A door of its own: an interpreter loads it to start.
 */
import { runtimeName } from "./detect.ts";

/** The text of `this` from `from` to `to`, a byte a character; shared memory will do. */
export type Latin1Slice = (this: Uint8Array, from: number, to: number) => string;

/** Undefined where the runtime has none at hand. */
export const latin1Slice: Latin1Slice | undefined = runtimeName === "node" || runtimeName === "bun"
  ? (globalThis as unknown as { Buffer: { prototype: { latin1Slice: Latin1Slice } } }).Buffer.prototype
    .latin1Slice
  : undefined;

/** The shortest text for which it beats `String.fromCharCode`. */
export const LATIN1_FROM: number = latin1Slice === undefined ? Infinity : runtimeName === "bun" ? 4 : 25;

/** Whether `Object.values` of an array is a plain copy of memory, 1 ns an element, and not 35. */
export const copiesValues: boolean = runtimeName !== "bun";

/**
 * Whether a part of a text costs less than a text of its own: 5 ns for `substring`, which shares the characters, where the
 * call above takes 20. V8 copies up to 12 characters, and makes texts as fast.
 */
export const sharesText: boolean = runtimeName === "bun";

/**
 * Whether a proxy without a trap, whose target is read then, beats one with a trap that reads an array: of 100,000 elements one
 * takes 105 ns by the former and 145 by the latter on V8, 100 and 40 on JavaScriptCore.
 */
export const readsTargets: boolean = runtimeName !== "bun";
