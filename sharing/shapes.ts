/**
 * Key lists of plain objects, remembered across messages on both sides so that a repeated one costs neither encoding
 * nor parsing; on the wire a list stands in full once per message.
 *
 * @module
 */

import {
  generateObjectReader,
  generateObjectWriter,
  generateRowsReader,
  generateRowsWriter,
} from "./generated.ts";
import type { ObjectReader, ObjectWriter, RowsReader, RowsWriter } from "./generated.ts";

/** Above this many keys an object is written as a dictionary. */
export const MAX_KEYS = 32;
/** Remembered key lists per side; then all are forgotten. */
const MAX_SHAPES = 1024;
/** From this many uses on a key list gets functions of its own, see `generated.ts`. */
const USES = 64;

/** The encoder's side of a key list. */
export interface Shape {
  /** The keys in order. */
  readonly keys: readonly string[];
  /** The encoded keys. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** FNV-1a of `bytes`. */
  readonly hash: number;
  /** The message (by number) in which the list stands already, and its number there. */
  message: number;
  number: number;
  /** The list that came after this one last time: the first guess for the next object. */
  next: Shape | undefined;
  /** Uses so far. */
  uses: number;
  /** Writes the values of one object; writes objects in a row. */
  write: ObjectWriter | undefined;
  writeRows: RowsWriter | undefined;
}

/** The function that writes the values of `shape`'s objects, once it is used enough. */
export function writerOf(shape: Shape): ObjectWriter | undefined {
  if (shape.write !== undefined || ++shape.uses < USES) return shape.write;
  return shape.write = generateObjectWriter(shape.keys);
}

/** The function that writes such objects in a row, if generated code is allowed and they are many enough. */
export function rowsWriterOf(shape: Shape, count: number): RowsWriter | undefined {
  if (shape.writeRows !== undefined || (shape.uses += count) < USES) return shape.writeRows;
  return shape.writeRows = generateRowsWriter(shape.keys);
}

/** The function that reads an object with the keys of `list`, once it is used enough. */
export function readerOf(list: KeyList): ObjectReader | undefined {
  if (list.read !== undefined || ++list.uses < USES) return list.read;
  return list.read = generateObjectReader(list.keys);
}

/** The function that reads such objects in a row, if generated code is allowed and they are many enough. */
export function rowsReaderOf(list: KeyList, count: number): RowsReader | undefined {
  if (list.readRows !== undefined || (list.uses += count) < USES) return list.readRows;
  return list.readRows = generateRowsReader(list.keys);
}

const byFirstKey = new Map<string, Shape[]>();
let shapeCount = 0;

/** True if the shape has exactly these keys. */
export function hasKeys(shape: Shape, keys: readonly string[]): boolean {
  const own = shape.keys;
  const length = own.length;
  if (keys.length !== length) return false;
  for (let i = 0; i < length; i++) {
    if (own[i] !== keys[i]) return false;
  }
  return true;
}

/** The remembered shape of these keys (at least one). */
export function findShape(keys: readonly string[]): Shape | undefined {
  const list = byFirstKey.get(keys[0]!);
  if (list === undefined) return undefined;
  for (const shape of list) if (hasKeys(shape, keys)) return shape;
  return undefined;
}

/** Remembers a new list of keys and its encoded form. */
export function addShape(keys: readonly string[], bytes: Uint8Array<ArrayBuffer>): Shape {
  if (shapeCount++ >= MAX_SHAPES) {
    byFirstKey.clear();
    shapeCount = 1;
  }
  const shape: Shape = {
    keys,
    bytes,
    hash: hashOf(bytes),
    message: 0,
    number: 0,
    next: undefined,
    uses: 0,
    write: undefined,
    writeRows: undefined,
  };
  const list = byFirstKey.get(keys[0]!);
  if (list === undefined) byFirstKey.set(keys[0]!, [shape]);
  else list.push(shape);
  return shape;
}

function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

/** The decoder's side of a key list. */
export interface KeyList {
  readonly keys: readonly string[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Uses so far. */
  uses: number;
  /** Makes an object of the values that follow; makes objects in a row. */
  read: ObjectReader | undefined;
  readRows: RowsReader | undefined;
}

const byHash = new Map<number, KeyList>();

/** The remembered key list of this hash; its bytes are still to be compared. */
export function keyListOf(hash: number): KeyList | undefined {
  return byHash.get(hash);
}

/** Remembers a decoded key list. */
export function addKeyList(
  hash: number,
  keys: readonly string[],
  bytes: Uint8Array<ArrayBuffer>,
): KeyList {
  if (byHash.size >= MAX_SHAPES) byHash.clear();
  const list: KeyList = { keys, bytes, uses: 0, read: undefined, readRows: undefined };
  byHash.set(hash, list);
  return list;
}

/** Sets an own property, whatever its key means elsewhere. */
export function define(object: object, key: string | symbol, value: unknown, enumerable = true): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable, configurable: true });
}
