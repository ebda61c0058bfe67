/**
 * Tells whether a value can cross to another interpreter.
 *
 * @module
 */

import { check } from "./encode.ts";

/**
 * Tells whether a value can cross to another interpreter, all parts of it included.
 *
 * It walks the value as a send would and sends nothing: properties are read and `[toShared]()` of registered instances
 * is called; a value marked by `move` stays attached.
 *
 * @param value Anything
 * @returns True if a send of it would not be refused
 *
 * **Gotchas**: it costs about as much as encoding the value. It never throws: a getter that does makes it false.
 *
 * @example Data crosses, functions and promises do not
 * ```ts
 * import { isShareable } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isShareable({ list: [1, 2n, new Date()], when: new Map([["a", new Set([1])]]) }), true);
 * assert.equal(isShareable({ later: Promise.resolve(1) }), false);
 * ```
 */
export function isShareable(value: unknown): boolean {
  try {
    check(value);
    return true;
  } catch {
    return false;
  }
}
