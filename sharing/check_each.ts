/**
 * Whether all values of a batch can cross, before the first of them does; one of the doors that other folders enter by.
 *
 * Most are seen to be plain data without being encoded, at less than a tenth of what it costs to send them; if one is not,
 * all are walked as if they were sent.
 *
 * @module
 */

import { check } from "./encode.ts";

/** How deep it looks, and how long an array may be, before it leaves the answer to the walk. */
const DEPTH = 8;
const LONG = 1000;

/**
 * Checks `values`, from the one at `from` on.
 *
 * @throws {NotShareableError} When one cannot cross; its path begins with `value[i]`
 */
export function checkEach(values: ArrayLike<unknown>, from = 0): void {
  if (ArrayBuffer.isView(values)) return;
  const { length } = values;
  for (let i = from; i < length; i++) {
    const value = values[i];
    if (typeof value === "number") {
      i = endOfNumbers(values, i) - 1;
      continue;
    }
    if (isData(value, DEPTH)) continue;
    // Those before may have been sent: of them nothing is asked, but that they have a place.
    return check(Array.from(values, (each, at) => at < i ? undefined : each), "value");
  }
}

/** Where the run of numbers that begins at `from` ends. A loop of its own, which is compiled as such. */
function endOfNumbers(values: ArrayLike<unknown>, from: number): number {
  const { length } = values;
  let at = from;
  while (at < length && typeof values[at] === "number") at++;
  return at;
}

/** True of what is certainly data; false of what may be something else. */
function isData(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "number":
    case "string":
    case "boolean":
    case "undefined":
    case "bigint":
      return true;
    case "object":
      return value === null || depth > 0 && isDataObject(value, depth - 1);
    default:
      return false;
  }
}

/** Further keys of arrays are not looked at: what sits there is refused when it is sent. */
function isDataObject(value: object, depth: number): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) {
    for (const key in value) if (!isData((value as Record<string, unknown>)[key], depth)) return false;
    return Object.getOwnPropertySymbols(value).length === 0;
  }
  if (prototype === Map.prototype) {
    for (const [key, item] of value as Map<unknown, unknown>) {
      if (!isData(key, depth) || !isData(item, depth)) return false;
    }
    return true;
  }
  if (prototype !== Array.prototype) return false;
  const array = value as readonly unknown[];
  if (array.length > LONG) return false;
  for (let i = 0; i < array.length; i++) if (!isData(array[i], depth)) return false;
  return true;
}
