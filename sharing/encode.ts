/**
 * Encodes a value for another interpreter, into bytes of their own or into memory of the caller's.
 *
 * @module
 */

import { Encoder } from "./encoder.ts";
import { Refusal } from "./refusal.ts";
import type { Beside, Outgoing, Place, Wire } from "./wire.ts";

let idle: Encoder | undefined;

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
  walk(value, root, false, function drop() {});
}

function walk<R>(value: unknown, root: string, whole: boolean, finish: (encoder: Encoder) => R): R {
  const encoder = idle ?? new Encoder();
  idle = undefined;
  encoder.whole = whole;
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
