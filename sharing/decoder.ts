/**
 * Decodes one message that an Encoder wrote.
 *
 * Damaged bytes give an error or some value; every step reads at least one byte or ends, and nothing is allocated for a
 * length that the bytes cannot hold.
 *
 * @module
 */

import { decodeSpecial } from "./decode_special.ts";
import type { ValueReader } from "./generated.ts";
import { damaged, Reader } from "./reader.ts";
import { addKeyList, define, type KeyList, keyListOf, readerOf, rowsReaderOf } from "./shapes.ts";
import {
  ARRAY,
  BIGINT,
  BIGINT64,
  DICTIONARY,
  DOUBLE,
  DOUBLES,
  END,
  FALSE,
  HAS_REFS,
  HOLES,
  INT16,
  INT32,
  INTS,
  LATER,
  LATIN1,
  MAP,
  NULL,
  NULL_DICTIONARY,
  OBJECT,
  OBJECT_AS,
  REF,
  ROWS,
  SET,
  SHORT_STRING,
  SMALL_INT,
  SYMBOL,
  TRUE,
  UNDEFINED,
  UTF16,
  UTF8,
} from "./wire.ts";

/** Stands for a number whose object is not there yet. */
const OPEN: unique symbol = Symbol("open");

/** One message. Public members are for decode_special.ts and generated code. */
export class Decoder implements ValueReader {
  readonly input: Reader = new Reader();
  #side: readonly unknown[] | undefined;
  #objects: unknown[] | undefined;
  #lists: KeyList[] | undefined;
  #later: object[] | undefined;

  /** The whole message. */
  message(side: readonly unknown[] | undefined): unknown {
    this.#side = side;
    if (this.input.byte() & HAS_REFS) this.#objects = [];
    return this.closed();
  }

  /** Forgets the message. */
  reset(): void {
    this.input.begin(NOTHING, 0, 0, undefined);
    this.#side =
      this.#objects =
      this.#lists =
      this.#later =
        undefined;
  }

  /** A value with the bodies that were put off inside it. */
  closed(): unknown {
    const outer = this.#later;
    this.#later = undefined;
    const value = this.value(this.input.byte());
    const later = this.#later as object[] | undefined;
    if (later !== undefined) {
      for (let i = 0; i < later.length; i++) this.#body(later[i]!);
    }
    this.#later = outer;
    return value;
  }

  add<T>(object: T): T {
    if (this.#objects !== undefined) this.#objects.push(object);
    return object;
  }

  /** Takes a number for an object that is made after its parts. */
  open(): number {
    return this.#objects === undefined ? -1 : this.#objects.push(OPEN) - 1;
  }

  fill<T>(number: number, object: T): T {
    if (this.#objects !== undefined) this.#objects[number] = object;
    return object;
  }

  value(tag: number): unknown {
    if (tag >= SMALL_INT) return tag - SMALL_INT;
    if (tag >= SHORT_STRING) return this.input.short(tag - SHORT_STRING);
    switch (tag) {
      case UNDEFINED:
        return undefined;
      case NULL:
        return null;
      case TRUE:
        return true;
      case FALSE:
        return false;
      case INT16:
        return this.input.int16();
      case INT32:
        return this.input.int32();
      case DOUBLE:
        return this.input.float64();
      case OBJECT:
      case OBJECT_AS:
        if (this.#objects === undefined) return this.#listed(this.#list(tag));
        return this.#object(tag, this.add({}));
      case DICTIONARY:
        return this.#object(tag, this.add({}));
      case NULL_DICTIONARY:
        return this.pairs(this.add(Object.create(null)));
      case ARRAY:
      case INTS:
      case DOUBLES:
        return this.#array(tag, this.add([]));
      case LATIN1:
      case UTF8:
      case UTF16:
        return this.string(tag);
      case REF:
        return this.#reference();
      case BIGINT64:
        return this.input.bigint64();
      case BIGINT:
        return this.#bigint();
      case SYMBOL:
        return Symbol.for(this.string(this.input.byte()));
      case MAP:
        return this.#map(this.add(new Map()));
      case SET:
        return this.#set(this.add(new Set()));
      case LATER:
        return this.#putOff(this.input.byte());
      default:
        return decodeSpecial(this, tag);
    }
  }

  string(tag: number): string {
    if (tag >= SHORT_STRING && tag < SMALL_INT) return this.input.short(tag - SHORT_STRING);
    if (tag === LATIN1) return this.input.ascii(this.input.u32());
    if (tag === UTF8) return this.input.utf8(this.input.u32());
    if (tag === UTF16) return this.input.utf16(this.input.u32());
    throw damaged(`tag ${tag} stands where a string should`);
  }

  #bigint(): bigint {
    const negative = this.input.byte() === 1;
    const value = BigInt("0x" + this.string(this.input.byte()));
    return negative ? -value : value;
  }

  #reference(): unknown {
    const number = this.input.varint();
    const objects = this.#objects;
    if (objects === undefined || number >= objects.length || objects[number] === OPEN) {
      throw damaged(`there is no object ${number}`);
    }
    return objects[number];
  }

  aside(at: number): object {
    const value = this.#side?.[at];
    if (typeof value !== "object" || value === null) throw damaged(`there is no side entry ${at}`);
    return value;
  }

  #putOff(tag: number): object {
    const object: object = tag === OBJECT
      ? {}
      : tag === ARRAY
      ? []
      : tag === MAP
      ? new Map()
      : tag === SET
      ? new Set()
      : tag === NULL_DICTIONARY
      ? Object.create(null)
      : undefined;
    if (object === undefined) throw damaged(`tag ${tag} cannot be put off`);
    (this.#later ??= []).push(object);
    return this.add(object);
  }

  #body(object: object): void {
    const tag = this.input.byte();
    if (Array.isArray(object)) {
      if (tag === ARRAY || tag === INTS || tag === DOUBLES) return void this.#array(tag, object);
    } else if (object instanceof Map) {
      if (tag === MAP) return void this.#map(object);
    } else if (object instanceof Set) {
      if (tag === SET) return void this.#set(object);
    } else if (tag === NULL_DICTIONARY) return void this.pairs(object as Record<string, unknown>);
    else if (tag === OBJECT || tag === OBJECT_AS || tag === DICTIONARY) {
      return void this.#object(tag, object as Record<string, unknown>);
    }
    throw damaged(`tag ${tag} stands where another body should`);
  }

  #object(tag: number, object: Record<string, unknown>): object {
    if (tag === DICTIONARY) return this.pairs(object);
    return this.#values(this.#list(tag).keys, object);
  }

  #values(keys: readonly string[], object: Record<string, unknown>): object {
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      const value = this.value(this.input.byte());
      if (key === "__proto__") define(object, key, value);
      else object[key] = value;
    }
    return object;
  }

  /** An object with the keys of `list`, when objects need no numbers. */
  #listed(list: KeyList): object {
    const read = readerOf(list);
    return read === undefined ? this.#values(list.keys, {}) : read(this, this.input);
  }

  /** Objects in a row, added to `array`. */
  #rows(array: unknown[], most: number): void {
    const list = this.#list(this.input.byte());
    const count = this.input.u32();
    this.input.need(count);
    if (count > most) throw damaged("an array is longer than its length");
    const read = this.#objects === undefined ? rowsReaderOf(list, count) : undefined;
    if (read !== undefined) read(this, this.input, array, count);
    else for (let i = 0; i < count; i++) array.push(this.#values(list.keys, this.add({})));
  }

  /** The list of keys that follows an object's tag. */
  #list(tag: number): KeyList {
    const list = tag === OBJECT
      ? this.#newList()
      : tag === OBJECT_AS
      ? this.#lists?.[this.input.varint()]
      : undefined;
    if (list === undefined) throw damaged("a list of keys is missing");
    return list;
  }

  #newList(): KeyList {
    const { input } = this;
    const count = input.varint();
    const hash = input.u32();
    const size = input.u32();
    let list = keyListOf(hash);
    if (
      list === undefined || list.keys.length !== count || list.bytes.length !== size ||
      !input.skip(list.bytes)
    ) {
      const { at } = input;
      input.need(size);
      if (count > size || count === 0) throw damaged(`a list has ${count} keys`);
      const keys: string[] = [];
      for (let i = 0; i < count; i++) keys.push(this.string(input.byte()));
      if (input.at !== at + size) throw damaged("a list of keys has another size");
      list = addKeyList(hash, keys, input.since(at));
    }
    (this.#lists ??= []).push(list);
    return list;
  }

  /** Pairs up to END, set on `object`. */
  pairs<T extends object>(object: T): T {
    for (;;) {
      const tag = this.input.byte();
      if (tag === END) return object;
      const key = tag === SYMBOL ? Symbol.for(this.string(this.input.byte())) : this.string(tag);
      const value = this.value(this.input.byte());
      if (key === "__proto__" || Array.isArray(object)) define(object, key, value);
      else (object as Record<string | symbol, unknown>)[key] = value;
    }
  }

  #array(tag: number, array: unknown[]): unknown[] {
    const length = this.input.varint();
    if (tag === INTS) {
      this.input.ints(length, array);
      return array;
    }
    if (tag === DOUBLES) {
      this.input.doubles(length, array);
      return array;
    }
    if (length > 2 ** 32 - 1) throw damaged(`an array has length ${length}`);
    let i = 0;
    for (;;) {
      const next = this.input.byte();
      if (next === END) break;
      if (next === HOLES) i += this.input.varint();
      else if (next === ROWS) {
        // Further on, where nothing stands yet: rows are added at the end.
        if (i > length) throw damaged("an array is longer than its length");
        array.length = i;
        this.#rows(array, length - i);
        i = array.length;
      } else {
        if (i >= length) throw damaged("an array is longer than its length");
        array[i++] = this.value(next);
      }
    }
    if (array.length !== length) array.length = length;
    return this.pairs(array);
  }

  #map(map: Map<unknown, unknown>): Map<unknown, unknown> {
    for (;;) {
      const tag = this.input.byte();
      if (tag === END) return map;
      const key = this.value(tag);
      map.set(key, this.value(this.input.byte()));
    }
  }

  #set(set: Set<unknown>): Set<unknown> {
    for (;;) {
      const tag = this.input.byte();
      if (tag === END) return set;
      set.add(this.value(tag));
    }
  }
}

const NOTHING = new Uint8Array(0);
