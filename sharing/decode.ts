/**
 * Decodes what encode.ts wrote.
 *
 * Damaged bytes give an error or some value; every step reads at least one byte or ends, and nothing is allocated for a
 * length that the bytes cannot hold.
 *
 * @module
 */

import { errorFields, newError } from "./error_classes.ts";
import { NotShareableError } from "./errors.ts";
import { kindNamed } from "./kinds.ts";
import { damaged, Reader } from "./reader.ts";
import { shareableNamed } from "./shareable.ts";
import { addKeyList, type KeyList, keyListOf, readerOf } from "./shapes.ts";
import { bridgedStream } from "./streams.ts";
import {
  ARRAY,
  BIGINT,
  BIGINT64,
  BUFFER,
  DATE,
  DICTIONARY,
  DOUBLE,
  DOUBLES,
  END,
  ERROR,
  FALSE,
  HANDLE,
  HAS_CAUSE,
  HAS_ERROR,
  HAS_ERRORS,
  HAS_MESSAGE,
  HAS_NAME,
  HAS_REFS,
  HAS_STACK,
  HAS_SUPPRESSED,
  HOLES,
  INSTANCE,
  INT,
  INTS,
  LATER,
  MAP,
  NULL,
  NULL_DICTIONARY,
  OBJECT,
  OBJECT_AS,
  REF,
  REGEXP,
  RESIZABLE,
  SET,
  SHORT_STRING,
  SIDE,
  SMALL_INT,
  STREAM,
  SYMBOL,
  TRUE,
  UNDEFINED,
  UTF16,
  UTF8,
  VIEW,
  VIEWS,
  type Wire,
} from "./wire.ts";

/**
 * The value in `wire`.
 *
 * @throws {NotShareableError} When an instance's class is not registered here
 * @throws {Error} When the bytes are damaged, or a handle's kind is unknown here
 */
export function decode(wire: Wire): unknown {
  const decoder = new Decoder(wire);
  return decoder.message();
}

/** Stands for a number whose object is not there yet. */
const OPEN: unique symbol = Symbol("open");

class Decoder {
  readonly #in: Reader;
  readonly #side: readonly unknown[] | undefined;
  #objects: unknown[] | undefined;
  #lists: KeyList[] | undefined;
  #later: object[] | undefined;

  constructor(wire: Wire) {
    this.#in = new Reader(wire.bytes);
    this.#side = wire.side;
  }

  message(): unknown {
    if (this.#in.byte() & HAS_REFS) this.#objects = [];
    return this.#closed();
  }

  /** A value with the bodies that were put off inside it. */
  #closed(): unknown {
    const outer = this.#later;
    this.#later = undefined;
    const value = this.#value(this.#in.byte());
    const later = this.#later as object[] | undefined;
    if (later !== undefined) {
      for (let i = 0; i < later.length; i++) this.#body(later[i]!);
    }
    this.#later = outer;
    return value;
  }

  #add<T>(object: T): T {
    if (this.#objects !== undefined) this.#objects.push(object);
    return object;
  }

  /** Takes a number for an object that is made after its parts. */
  #open(): number {
    return this.#objects === undefined ? -1 : this.#objects.push(OPEN) - 1;
  }

  #fill<T>(number: number, object: T): T {
    if (this.#objects !== undefined) this.#objects[number] = object;
    return object;
  }

  #value(tag: number): unknown {
    if (tag >= SMALL_INT) return tag - SMALL_INT;
    if (tag >= SHORT_STRING) return this.#in.short(tag - SHORT_STRING);
    switch (tag) {
      case UNDEFINED:
        return undefined;
      case NULL:
        return null;
      case TRUE:
        return true;
      case FALSE:
        return false;
      case INT:
        return this.#in.int();
      case DOUBLE:
        return this.#in.float64();
      case OBJECT_AS:
        if (this.#objects === undefined) return this.#known();
        return this.#object(tag, this.#add({}));
      case OBJECT:
      case DICTIONARY:
        return this.#object(tag, this.#add({}));
      case NULL_DICTIONARY:
        return this.#pairs(this.#add(Object.create(null)));
      case ARRAY:
      case INTS:
      case DOUBLES:
        return this.#array(tag, this.#add([]));
      case UTF8:
      case UTF16:
        return this.#string(tag);
      case REF:
        return this.#reference();
      case BIGINT64:
        return this.#in.bigint64();
      case BIGINT:
        return this.#bigint();
      case SYMBOL:
        return Symbol.for(this.#string(this.#in.byte()));
      case MAP:
        return this.#map(this.#add(new Map()));
      case SET:
        return this.#set(this.#add(new Set()));
      case DATE:
        return this.#add(new Date(this.#in.float64()));
      case REGEXP: {
        const source = this.#string(this.#in.byte());
        return this.#add(new RegExp(source, this.#string(this.#in.byte())));
      }
      case BUFFER:
        return this.#add(this.#in.copy(this.#in.varint()).buffer);
      case RESIZABLE:
        return this.#resizable();
      case VIEW:
        return this.#view();
      case SIDE:
        return this.#add(this.#aside(this.#in.varint()));
      case STREAM: {
        const form = this.#in.byte();
        const at = this.#in.varint();
        const ports = [this.#aside(at)];
        if (form === 2) ports.push(this.#aside(at + 1));
        return this.#add(bridgedStream(form, ports as MessagePort[]));
      }
      case ERROR:
        return this.#error();
      case HANDLE:
        return this.#handle();
      case INSTANCE:
        return this.#instance();
      case LATER:
        return this.#putOff(this.#in.byte());
      default:
        throw damaged(`there is no tag ${tag}`);
    }
  }

  #string(tag: number): string {
    if (tag >= SHORT_STRING && tag < SMALL_INT) return this.#in.short(tag - SHORT_STRING);
    if (tag === UTF8) return this.#in.utf8(this.#in.u32());
    if (tag === UTF16) return this.#in.utf16(this.#in.u32());
    throw damaged(`tag ${tag} stands where a string should`);
  }

  #bigint(): bigint {
    const negative = this.#in.byte() === 1;
    const value = BigInt("0x" + this.#string(this.#in.byte()));
    return negative ? -value : value;
  }

  #reference(): unknown {
    const number = this.#in.varint();
    const objects = this.#objects;
    if (objects === undefined || number >= objects.length || objects[number] === OPEN) {
      throw damaged(`there is no object ${number}`);
    }
    return objects[number];
  }

  #aside(at: number): object {
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
    return this.#add(object);
  }

  #body(object: object): void {
    const tag = this.#in.byte();
    if (Array.isArray(object)) {
      if (tag === ARRAY || tag === INTS || tag === DOUBLES) return void this.#array(tag, object);
    } else if (object instanceof Map) {
      if (tag === MAP) return void this.#map(object);
    } else if (object instanceof Set) {
      if (tag === SET) return void this.#set(object);
    } else if (tag === NULL_DICTIONARY) return void this.#pairs(object as Record<string, unknown>);
    else if (tag === OBJECT || tag === OBJECT_AS || tag === DICTIONARY) {
      return void this.#object(tag, object as Record<string, unknown>);
    }
    throw damaged(`tag ${tag} stands where another body should`);
  }

  #object(tag: number, object: Record<string, unknown>): object {
    if (tag === DICTIONARY) return this.#pairs(object);
    const list = tag === OBJECT ? this.#newList() : this.#lists?.[this.#in.varint()];
    if (list === undefined) throw damaged("a list of keys is missing");
    return this.#values(list.keys, object);
  }

  #values(keys: readonly string[], object: Record<string, unknown>): object {
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      const value = this.#value(this.#in.byte());
      if (key === "__proto__") define(object, key, value);
      else object[key] = value;
    }
    return object;
  }

  /** The next value. */
  next(): unknown {
    return this.#value(this.#in.byte());
  }

  /** An object of a list of keys known in this message, when objects need no numbers. */
  #known(): object {
    const list = this.#lists?.[this.#in.varint()];
    if (list === undefined) throw damaged("a list of keys is missing");
    const read = readerOf(list);
    return read === undefined ? this.#values(list.keys, {}) : read(this);
  }

  #newList(): KeyList {
    const count = this.#in.varint();
    const hash = this.#in.u32();
    const size = this.#in.u32();
    let list = keyListOf(hash);
    if (
      list === undefined || list.keys.length !== count || list.bytes.length !== size ||
      !this.#in.skip(list.bytes)
    ) {
      const at = this.#in.at;
      this.#in.need(size);
      if (count > size) throw damaged("a list of keys is too long");
      const keys: string[] = [];
      for (let i = 0; i < count; i++) keys.push(this.#string(this.#in.byte()));
      if (this.#in.at !== at + size) throw damaged("a list of keys has another size");
      list = { keys, bytes: this.#in.since(at), uses: 0, read: undefined };
      addKeyList(hash, list);
    }
    (this.#lists ??= []).push(list);
    return list;
  }

  /** Pairs up to END, set on `object`. */
  #pairs<T extends object>(object: T): T {
    for (;;) {
      const tag = this.#in.byte();
      if (tag === END) return object;
      const key = tag === SYMBOL ? Symbol.for(this.#string(this.#in.byte())) : this.#string(tag);
      const value = this.#value(this.#in.byte());
      if (key === "__proto__" || Array.isArray(object)) define(object, key, value);
      else (object as Record<string | symbol, unknown>)[key] = value;
    }
  }

  #array(tag: number, array: unknown[]): unknown[] {
    const length = this.#in.varint();
    if (tag === INTS) {
      this.#in.ints(length, array);
      return array;
    }
    if (tag === DOUBLES) {
      this.#in.doubles(length, array);
      return array;
    }
    if (length > 2 ** 32 - 1) throw damaged(`an array has length ${length}`);
    let i = 0;
    for (;;) {
      const next = this.#in.byte();
      if (next === END) break;
      if (next === HOLES) i += this.#in.varint();
      else {
        if (i >= length) throw damaged("an array is longer than its length");
        array[i++] = this.#value(next);
      }
    }
    if (array.length !== length) array.length = length;
    return this.#pairs(array);
  }

  #map(map: Map<unknown, unknown>): Map<unknown, unknown> {
    for (;;) {
      const tag = this.#in.byte();
      if (tag === END) return map;
      const key = this.#value(tag);
      map.set(key, this.#value(this.#in.byte()));
    }
  }

  #set(set: Set<unknown>): Set<unknown> {
    for (;;) {
      const tag = this.#in.byte();
      if (tag === END) return set;
      set.add(this.#value(tag));
    }
  }

  #resizable(): ArrayBuffer {
    const size = this.#in.varint();
    const maxByteLength = this.#in.float64();
    const bytes = this.#in.part(size);
    const buffer = new ArrayBuffer(size, { maxByteLength });
    new Uint8Array(buffer).set(bytes);
    return this.#add(buffer);
  }

  #view(): unknown {
    const number = this.#open();
    const kind = this.#in.byte();
    const offset = this.#in.varint();
    const length = this.#in.varint();
    const buffer = this.#value(this.#in.byte());
    const View = VIEWS[kind];
    if (View === undefined) throw damaged(`there is no view class ${kind} here`);
    if (!(buffer instanceof ArrayBuffer) && !(buffer instanceof SharedArrayBuffer)) {
      throw damaged("a view has no buffer");
    }
    return this.#fill(number, length === 0 ? new View(buffer, offset) : new View(buffer, offset, length - 1));
  }

  #error(): unknown {
    const cls = this.#string(this.#in.byte());
    const flags = this.#in.byte();
    const message = flags & HAS_MESSAGE ? this.#string(this.#in.byte()) : undefined;
    const name = flags & HAS_NAME ? this.#string(this.#in.byte()) : undefined;
    const stack = flags & HAS_STACK ? this.#string(this.#in.byte()) : undefined;
    const error = this.#add(newError(cls, message, name) ?? newError("Error", message, name)!);
    errorFields(error, cls, message, name, stack);
    if (flags & HAS_CAUSE) define(error, "cause", this.#closed(), false);
    if (flags & HAS_ERRORS) define(error, "errors", this.#closed(), false);
    if (flags & HAS_ERROR) define(error, "error", this.#closed(), false);
    if (flags & HAS_SUPPRESSED) define(error, "suppressed", this.#closed(), false);
    for (;;) {
      const tag = this.#in.byte();
      if (tag === END) return error;
      const key = this.#string(tag);
      define(error, key, this.#closed());
    }
  }

  #handle(): unknown {
    const number = this.#open();
    const name = this.#string(this.#in.byte());
    const description = this.#closed();
    const kind = kindNamed(name);
    if (kind === undefined) throw damaged(`handles of kind "${name}" are unknown here`);
    return this.#fill(number, kind.decode(description as never));
  }

  #instance(): unknown {
    const number = this.#open();
    const name = this.#string(this.#in.byte());
    const value = this.#closed();
    const cls = shareableNamed(name);
    if (cls === undefined) {
      throw new NotShareableError(
        `Cannot receive an instance of "${name}": no class is registered under this name here, ` +
          "call registerShareable at the top level of a module that both interpreters load",
        { path: "value" },
      );
    }
    return this.#fill(number, cls.fromShared(value as never));
  }
}

function define(object: object, key: string | symbol, value: unknown, enumerable = true): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable, configurable: true });
}
