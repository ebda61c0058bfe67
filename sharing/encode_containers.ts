/**
 * Encodes plain objects, Maps and Sets.
 *
 * @module
 */

import type { Encoder } from "./encoder.ts";
import { hollowEntries } from "./hollow.ts";
import { entrySegment, keySegment, within } from "./refusal.ts";
import { addShape, findShape, hasKeys, MAX_KEYS, type Shape, writerOf } from "./shapes.ts";
import { DICTIONARY, END, MAP, OBJECT, OBJECT_AS, SET, SYMBOL } from "./wire.ts";

/** New key lists per message; further objects go as dictionaries. */
const MAX_NEW_SHAPES = 64;

/** Writes a plain object, which has its number. */
export function writeObject(encoder: Encoder, object: Record<string, unknown>): void {
  const keys = Object.keys(object);
  const shape = Object.getOwnPropertySymbols(object).length > 0 ? undefined : shapeOf(encoder, keys);
  if (shape === undefined) return writeDictionary(encoder, object, DICTIONARY);
  writeShape(encoder, shape);
  encoder.depth++;
  const write = writerOf(shape);
  if (write !== undefined) write(encoder, encoder.out, object);
  else {
    let i = 0;
    try {
      for (; i < keys.length; i++) encoder.value(object[keys[i]!]);
    } catch (error) {
      throw encoder.located(error, keys, i);
    }
  }
  encoder.depth--;
}

/** The shape of these keys; undefined if an object that has them is to go as a dictionary. */
export function shapeOf(encoder: Encoder, keys: readonly string[]): Shape | undefined {
  const { last } = encoder;
  let shape = last?.next;
  if (shape === undefined || !hasKeys(shape, keys)) {
    if (keys.length === 0 || keys.length > MAX_KEYS) return undefined;
    shape = findShape(keys);
    if (shape === undefined) {
      if (encoder.newShapes++ >= MAX_NEW_SHAPES) return undefined;
      const { out } = encoder;
      const start = out.end;
      for (const key of keys) out.string(key);
      shape = addShape(keys, out.copyFrom(start));
      out.end = start;
    }
    if (last !== undefined) last.next = shape;
  }
  return encoder.last = shape;
}

/** Writes which keys follow. */
export function writeShape(encoder: Encoder, shape: Shape): void {
  const { out } = encoder;
  if (shape.message === encoder.number) {
    out.byte(OBJECT_AS);
    out.varint(shape.number);
    return;
  }
  shape.message = encoder.number;
  shape.number = encoder.shapes.length;
  encoder.shapes.push(shape);
  out.byte(OBJECT);
  out.varint(shape.keys.length);
  out.u32(shape.hash);
  out.u32(shape.bytes.length);
  out.raw(shape.bytes);
}

/** Writes an object as pairs of key and value. */
export function writeDictionary(encoder: Encoder, object: Record<string, unknown>, tag: number): void {
  encoder.out.byte(tag);
  writePairs(encoder, object, Object.keys(object), 0);
}

/** Writes pairs for `keys` from `from` on and for keys of Symbol.for, and END. */
export function writePairs(encoder: Encoder, object: object, keys: readonly string[], from: number): void {
  let key: string | symbol = "";
  encoder.depth++;
  try {
    for (let i = from; i < keys.length; i++) {
      key = keys[i]!;
      encoder.out.string(key as string);
      encoder.value((object as Record<string, unknown>)[key as string]);
    }
    for (key of Object.getOwnPropertySymbols(object)) {
      const name = Symbol.keyFor(key);
      if (name === undefined || !Object.prototype.propertyIsEnumerable.call(object, key)) continue;
      encoder.out.byte(SYMBOL);
      encoder.out.string(name);
      encoder.value((object as Record<symbol, unknown>)[key]);
    }
  } catch (error) {
    throw within(error, keySegment(key));
  }
  encoder.depth--;
  encoder.out.byte(END);
}

const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, "size")!.get!;
const setSize = Object.getOwnPropertyDescriptor(Set.prototype, "size")!.get!;

function entriesOf(map: Map<unknown, unknown>): Iterable<[unknown, unknown]> {
  const entries = mapSize.call(map) === 0 ? hollowEntries<[unknown, unknown]>(map) : undefined;
  return entries ?? Map.prototype.entries.call(map) as Iterable<[unknown, unknown]>;
}

function membersOf(set: Set<unknown>): Iterable<unknown> {
  const members = setSize.call(set) === 0 ? hollowEntries(set) : undefined;
  return members ?? Set.prototype.values.call(set);
}

/** Writes a Map. */
export function writeMap(encoder: Encoder, map: Map<unknown, unknown>): void {
  encoder.out.byte(MAP);
  let i = 0;
  let key: unknown;
  let atKey = true;
  encoder.depth++;
  try {
    for (const entry of entriesOf(map)) {
      key = entry[0];
      atKey = true;
      encoder.value(key);
      atKey = false;
      encoder.value(entry[1]);
      i++;
    }
  } catch (error) {
    throw within(error, atKey ? `.keys()[${i}]` : entrySegment(key, i));
  }
  encoder.depth--;
  encoder.out.byte(END);
}

/** Writes a Set. */
export function writeSet(encoder: Encoder, set: Set<unknown>): void {
  encoder.out.byte(SET);
  let i = 0;
  encoder.depth++;
  try {
    for (const member of membersOf(set)) {
      encoder.value(member);
      i++;
    }
  } catch (error) {
    throw within(error, `.values()[${i}]`);
  }
  encoder.depth--;
  encoder.out.byte(END);
}
