/**
 * Tells whether a value can cross to another interpreter.
 *
 * @module
 */

import { check } from "./encode.ts";

/** See `isShareable` in api.ts. */
export function isShareable(value: unknown): boolean {
  try {
    check(value, "value");
    return true;
  } catch {
    return false;
  }
}
