/**
 * Encodes a value for another interpreter, into bytes of their own or into memory of the caller's.
 *
 * @module
 */

import { Encoder } from "./encoder.ts";
import { Refusal } from "./refusal.ts";
import type { Beside, Outgoing, Place, Wire } from "./wire.ts";

let idle: Encoder | undefined;

/** How deep {@link checkEach} looks, and how long an array may be, before it leaves the answer to the walk. */
const DEPTH = 8;
const LONG = 1000;

/**
 * Encodes `value`; `root` begins the path in the error of what cannot cross.
 *
 * The result is a snapshot. Nothing is detached by it; that is done by the `postMessage` with `transfer`.
 *
 * @throws {NotShareableError} When something in the value cannot cross
 */
export function encode(value: unknown, root: string): Outgoing {
  return walk(value, root, false, function finish(encoder) {
    const wire: Wire = { bytes: encoder.out.copy() };
    if (encoder.handles) wire.handles = true;
    return encoder.outgoing(wire) ?? { wire, transfer: [] };
  });
}

/** As {@link encode}, for what is sent at once: what goes with it has left. */
export function encodeSent(value: unknown, root: string): Outgoing {
  const outgoing = encode(value, root);
  outgoing.left?.();
  return outgoing;
}

/**
 * As `encode`, into memory of the caller's; buffers that are moved go into the bytes too, and are listed in `detach`.
 *
 * @param place Asked for room once all can be encoded; when it throws, everything is as it was.
 * @returns What goes beside the bytes and is to be done, if there is something
 */
export function encodeInto(value: unknown, root: string, place: Place): Outgoing<Beside> | undefined {
  return walk(value, root, true, function finish(encoder) {
    const { out } = encoder;
    const outgoing = encoder.outgoing<Beside>({});
    try {
      place.make(out.measure(), outgoing?.wire);
      out.putInto(place.target, place.at);
    } catch (error) {
      outgoing?.abandon?.();
      throw error;
    }
    return outgoing;
  });
}

/** Walks like `encode` and drops the result. */
export function check(value: unknown, root: string = "value"): void {
  walk(value, root, false, function drop() {}, true);
}

function walk<R>(
  value: unknown,
  root: string,
  whole: boolean,
  finish: (encoder: Encoder) => R,
  checks = false,
): R {
  const encoder = idle ?? new Encoder();
  idle = undefined;
  encoder.whole = whole;
  encoder.checks = checks;
  try {
    encoder.message(value);
    return finish(encoder);
  } catch (error) {
    if (error instanceof Refusal) throw error.toError(root, value);
    if (isStackOverflow(error)) {
      throw new Refusal("it is nested too deeply, flatten it").toError(root, undefined);
    }
    throw error;
  } finally {
    encoder.reset();
    idle = encoder;
  }
}

function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && /call stack/i.test(error.message) ||
    (error as Error | undefined)?.name === "InternalError";
}

/**
 * Checks `values`, from the one at `from` on. Most are seen to be plain data without being encoded, at a tenth of what it
 * costs to send them; if one is not, all are walked as if they were sent.
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
