/**
 * Decodes what encode.ts wrote, from bytes of their own or where they stand in shared memory.
 *
 * @module
 */

import { Decoder } from "./decoder.ts";
import type { Beside, Wire } from "./wire.ts";

let idle: Decoder | undefined;

/**
 * The value in `wire`.
 *
 * @throws {NotShareableError} When an instance's class is not registered here
 * @throws {Error} When the bytes are damaged, or a handle's kind is unknown here
 */
export function decode(wire: Wire): unknown {
  return decodeAt(wire.bytes, 0, wire.bytes.length, undefined, wire);
}

/**
 * The value in the bytes from `at` to `end` of `bytes`, which may be shared memory and must stay as they are until then;
 * code of users may run meanwhile.
 *
 * @param view A view of the same bytes, if one is at hand; of shared memory there must be one.
 * @param beside What went beside the bytes, if anything did.
 * @throws As {@link decode}
 */
export function decodeAt(
  bytes: Uint8Array,
  at: number,
  end: number,
  view: DataView | undefined,
  beside: Beside | undefined,
): unknown {
  const decoder = idle ?? new Decoder();
  idle = undefined;
  try {
    decoder.input.begin(bytes, at, end, view);
    return decoder.message(beside?.side);
  } finally {
    decoder.reset();
    idle = decoder;
  }
}
