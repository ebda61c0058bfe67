/**
 * Encodes arrays: of numbers in one piece, of plain objects in rows, with holes and with further keys.
 *
 * @module
 */

import { copiesValues } from "../runtime/latin1.ts";
import { shapeOf, writePairs, writeShape } from "./encode_containers.ts";
import type { Encoder } from "./encoder.ts";
import { within } from "./refusal.ts";
import { rowsWriterOf } from "./shapes.ts";
import { ARRAY, DOUBLES, END, HOLES, INTS, ROWS } from "./wire.ts";

/** From this many objects with the same keys on they are written in rows. */
const FEW_ROWS = 4;

/** Writes an array, which has its number. */
export function writeArray(encoder: Encoder, array: unknown[]): void {
  const { length } = array;
  const { out } = encoder;
  const own = ownCount(array);
  const plain = Object.getOwnPropertySymbols(array).length === 0;
  if (own === length && plain && length > 0 && typeof array[0] === "number") {
    const start = out.end;
    out.byte(INTS);
    out.varint(length);
    if (out.ints(array)) return;
    out.patch(start, DOUBLES);
    if (out.doubles(array)) return;
    out.end = start;
  }
  out.byte(ARRAY);
  out.varint(length);
  let keys: string[] | undefined;
  let present = 0;
  let i = 0;
  let rowsFrom = encoder.depth + 1 < encoder.limit ? 0 : Infinity;
  let inRows = false;
  encoder.depth++;
  try {
    for (; i < length; i++) {
      let element = array[i];
      if (element === undefined && !Object.hasOwn(array, i)) {
        const start = i;
        while (i < length && i < start + 64 && !Object.hasOwn(array, i)) i++;
        if (i === start + 64) {
          keys ??= Object.keys(array);
          // array keys come first and in ascending order: `present` of them are behind
          const next = Number(keys[present]);
          i = Number.isInteger(next) && next >= i && next < length
            ? next
            : nextIndex(array, i, keys, present);
        }
        out.byte(HOLES);
        out.varint(i - start);
        i--;
        continue;
      }
      if (i >= rowsFrom && i + FEW_ROWS <= length) {
        inRows = true;
        const next = writeRows(encoder, array, element, i);
        inRows = false;
        present += next - i;
        // Elements that alternate are not tried one by one.
        rowsFrom = next - i < FEW_ROWS ? i + FEW_ROWS + (rowsFrom >>> 1) : next;
        if (next > i) {
          i = next;
          if (i === length) break;
          element = encoder.element;
          if (element === undefined && !Object.hasOwn(array, i)) {
            i--;
            continue;
          }
        }
      }
      present++;
      encoder.value(element);
    }
  } catch (error) {
    throw within(error, `[${inRows ? encoder.row : i}]`);
  }
  encoder.depth--;
  out.byte(END);
  if (own === present && plain) out.byte(END);
  else {
    keys ??= Object.keys(array);
    writePairs(encoder, array, keys, firstNamed(keys));
  }
}

/**
 * Writes plain objects with the same keys in a row, from `element` at `i` on; the index of the first that is none of them.
 * If that is not the end of the array, it stands in `encoder.element` and must not be read again.
 */
function writeRows(encoder: Encoder, array: unknown[], element: unknown, i: number): number {
  if (typeof element !== "object" || element === null) return i;
  if (Object.getPrototypeOf(element) !== Object.prototype) return i;
  const shape = shapeOf(encoder, Object.keys(element));
  const write = shape && rowsWriterOf(shape, array.length - i);
  if (shape === undefined || write === undefined) return i;
  const { out } = encoder;
  const start = out.end;
  const known = encoder.shapes.length;
  out.byte(ROWS);
  writeShape(encoder, shape);
  const at = out.end;
  out.u32(0);
  encoder.depth++;
  const next = write(encoder, out, array, i, array.length, element);
  encoder.depth--;
  if (next > i) out.view.setUint32(at, next - i, true);
  else {
    out.end = start;
    for (const undone of encoder.shapes.splice(known)) undone.message = 0;
  }
  return next;
}

/** Elements and further enumerable keys together, on Bun also inherited ones: what is no element shows in the count. */
export function ownCount(array: unknown[]): number {
  if (copiesValues) return Object.values(array).length;
  let count = 0;
  for (const _ in array) count++;
  return count;
}

/** True for the keys of elements: 0 to 2 ** 32 - 2 without leading zeros. */
function isIndex(key: string): boolean {
  const index = Number(key);
  return index >= 0 && index < 2 ** 32 - 1 && String(index >>> 0) === key;
}

/** Where the keys that are no indices begin. */
function firstNamed(keys: readonly string[]): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isIndex(keys[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first own enumerable index from `least` on, or the length. */
function nextIndex(array: readonly unknown[], least: number, keys: readonly string[], from: number): number {
  for (let i = from; i < keys.length && isIndex(keys[i]!); i++) {
    const index = Number(keys[i]);
    if (index >= least && index < array.length) return index;
  }
  return array.length;
}
