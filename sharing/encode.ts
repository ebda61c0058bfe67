/**
 * Encodes a value for another interpreter in one walk that also finds what cannot cross.
 *
 * Invariants:
 * - The walk has no effect outside but reading properties and calling `[toShared]()`; nothing is detached or locked
 *   before it has succeeded.
 * - Objects are numbered when their tag is written. The first few are searched in a list, more are kept in a Set, whose
 *   order is their numbering; only a second reference makes a Map of it.
 * - Containers nested deeper than `MAX_DEPTH` are put off: their tag stands in place, their body after the rest, so that
 *   depth is limited by memory and not by the stack.
 *
 * @module
 */

import { encodeSpecial, isMovedLater } from "./encode_special.ts";
import { entrySegment, keySegment, Refusal, refuse } from "./refusal.ts";
import { addShape, findShape, hasKeys, MAX_KEYS, type Shape, writerOf } from "./shapes.ts";
import { Writer } from "./writer.ts";
import {
  ARRAY,
  DICTIONARY,
  DOUBLES,
  END,
  FALSE,
  HAS_REFS,
  HOLES,
  INTS,
  LATER,
  MAP,
  NULL,
  NULL_DICTIONARY,
  OBJECT,
  OBJECT_AS,
  type Outgoing,
  REF,
  SET,
  SYMBOL,
  TRUE,
  UNDEFINED,
  type Wire,
} from "./wire.ts";

const MAX_DEPTH = 200;
/** Levels of registered instances, handles and error causes inside one another. */
const MAX_CLOSED = 500;
/** New key lists per message; further objects go as dictionaries. */
const MAX_NEW_SHAPES = 64;
const FEW = 8;

let idle: Encoder | undefined;
let messages = 0;

/**
 * Encodes `value`; `root` begins the path in the error of what cannot cross.
 *
 * The result is a snapshot. Nothing is detached by it; that is done by the `postMessage` with `transfer`.
 *
 * @throws {NotShareableError} When something in the value cannot cross
 */
export function encode(value: unknown, root: string): Outgoing {
  return walk(value, root, true, false)!;
}

/** As `encode`; buffers that are moved go into the bytes too, and are listed in `detach`. */
export function encodeWhole(value: unknown, root: string): Outgoing {
  return walk(value, root, true, true)!;
}

/** Walks like `encode` and drops the result. */
export function check(value: unknown, root: string = "value"): void {
  walk(value, root, false, false);
}

function walk(value: unknown, root: string, keep: boolean, whole: boolean): Outgoing | undefined {
  const encoder = idle ?? new Encoder();
  idle = undefined;
  encoder.whole = whole;
  try {
    return encoder.message(value, keep);
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

function within(error: unknown, segment: string): unknown {
  if (error instanceof Refusal) error.segments.push(segment);
  return error;
}

/** One walk. Public members are for encode_special.ts. */
export class Encoder {
  /** Where the bytes go. */
  readonly out: Writer = new Writer();
  /** What structured clone carries. */
  side: unknown[] = [];
  transfer: Transferable[] = [];
  /** Moved buffers go into the bytes. */
  whole = false;
  /** Those that did. */
  detach: ArrayBuffer[] = [];
  /** True once a handle was written. */
  handles = false;
  /** See `Message` in kinds.ts. */
  references: number[] = [];
  /** Buffers that this message moves; filled by a walk that met the move after a copy and had to start again. */
  readonly moved: Set<object> = new Set();
  /** Runs when the walk has succeeded: starts stream bridges; each returns what undoes it. */
  readonly starts: (() => () => void)[] = [];
  readonly #few: object[] = [];
  readonly #set = new Set<object>();
  #numbers: Map<object, number> | undefined;
  #count = 0;
  #refs = false;
  /** Numbers of instances and handles whose description is being written. */
  readonly #open: number[] = [];
  /** Closed values around the current one. */
  #nesting = 0;
  #depth = 0;
  #limit = MAX_DEPTH;
  #later: object[] = [];
  #shapes: Shape[] = [];
  #newShapes = 0;
  /** The number of this message, unique in this interpreter. */
  #message = 0;
  #last: Shape | undefined;

  /** The whole message. */
  message(value: unknown, keep: boolean): Outgoing | undefined {
    for (;;) {
      this.#message = ++messages;
      this.out.byte(0);
      try {
        this.value(value);
        if (this.#later.length > 0) this.#drain(0);
      } catch (error) {
        if (!isMovedLater(error)) throw error;
        this.#clear();
        continue;
      }
      break;
    }
    if (!keep) return undefined;
    if (this.#refs) this.out.patch(0, HAS_REFS);
    const wire: Wire = { bytes: this.out.take() };
    if (this.side.length > 0) wire.side = this.side;
    if (this.handles) wire.handles = true;
    const undo = this.starts.length > 0 ? this.starts.map((start) => start()) : undefined;
    if (this.references.length > 0) wire.references = this.references;
    const outgoing: Outgoing = { wire, transfer: this.transfer };
    if (this.detach.length > 0) outgoing.detach = this.detach;
    if (undo !== undefined) outgoing.abandon = () => undo.forEach((back) => back());
    return outgoing;
  }

  /** Forgets the message. */
  reset(): void {
    this.#clear();
    if (this.moved.size > 0) this.moved.clear();
  }

  #clear(): void {
    this.out.drop();
    if (this.side.length > 0) this.side = [];
    if (this.transfer.length > 0) this.transfer = [];
    this.handles = false;
    if (this.references.length > 0) this.references = [];
    if (this.detach.length > 0) this.detach = [];
    if (this.starts.length > 0) this.starts.length = 0;
    const few = Math.min(this.#count, FEW);
    for (let i = 0; i < few; i++) this.#few.pop();
    if (this.#set.size > 0) this.#set.clear();
    this.#numbers = undefined;
    this.#count = 0;
    this.#refs = false;
    if (this.#open.length > 0) this.#open.length = 0;
    this.#nesting = 0;
    this.#depth = 0;
    this.#limit = MAX_DEPTH;
    if (this.#later.length > 0) this.#later = [];
    if (this.#shapes.length > 0) this.#shapes = [];
    this.#newShapes = 0;
  }

  /** Writes any value. */
  value(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.out.string(value);
      case "number":
        return this.out.number(value);
      case "boolean":
        return this.out.byte(value ? TRUE : FALSE);
      case "undefined":
        return this.out.byte(UNDEFINED);
      case "object":
        if (value === null) return this.out.byte(NULL);
        return this.#object(value);
      case "bigint":
        return this.out.bigint(value);
      case "symbol": {
        const key = Symbol.keyFor(value);
        if (key === undefined) throw refuse(value);
        this.out.byte(SYMBOL);
        return this.out.string(key);
      }
      default:
        throw refuse(value);
    }
  }

  #object(value: object): void {
    const prototype: object | null = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) {
      if (this.enter(value)) return;
      if (this.#depth >= this.#limit) return this.#putOff(value, OBJECT);
      this.#plain(value as Record<string, unknown>);
    } else if (prototype === Array.prototype && Array.isArray(value)) {
      if (this.enter(value)) return;
      if (this.#depth >= this.#limit) return this.#putOff(value, ARRAY);
      this.#array(value);
    } else if (prototype === null) {
      if (this.enter(value)) return;
      if (this.#depth >= this.#limit) return this.#putOff(value, NULL_DICTIONARY);
      this.#dictionary(value as Record<string, unknown>, NULL_DICTIONARY);
    } else if (prototype === Map.prototype) {
      if (sizeOf(mapSize, value) === undefined) throw refuse(value);
      if (this.enter(value)) return;
      if (this.#depth >= this.#limit) return this.#putOff(value, MAP);
      this.#map(value as Map<unknown, unknown>);
    } else if (prototype === Set.prototype) {
      if (sizeOf(setSize, value) === undefined) throw refuse(value);
      if (this.enter(value)) return;
      if (this.#depth >= this.#limit) return this.#putOff(value, SET);
      this.#setOf(value as Set<unknown>);
    } else encodeSpecial(this, value, prototype);
  }

  /** Numbers `value`, or writes a reference and returns true if it has a number. */
  enter(value: object): boolean {
    const known = this.#numberOf(value);
    if (known < 0) return false;
    if (this.#open.length > 0 && this.#open.includes(known)) {
      throw new Refusal(
        "it contains itself through its own description, which cannot be rebuilt; leave it out there",
      );
    }
    this.#refs = true;
    this.out.byte(REF);
    this.out.varint(known);
    return true;
  }

  /** The number `value` has; -1 when it is new and gets one. */
  #numberOf(value: object): number {
    const count = this.#count;
    if (count < FEW) {
      for (let i = 0; i < count; i++) {
        if (this.#few[i] === value) return i;
      }
      this.#few.push(value);
      this.#count = count + 1;
      return -1;
    }
    if (this.#numbers === undefined) {
      if (count === FEW) { for (const one of this.#few) this.#set.add(one); }
      this.#set.add(value);
      if (this.#set.size > count) {
        this.#count = count + 1;
        return -1;
      }
      this.#numbers = new Map();
      for (const one of this.#set) this.#numbers.set(one, this.#numbers.size);
    }
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    this.#numbers.set(value, count);
    this.#count = count + 1;
    return -1;
  }

  /** True if `value` has a number. */
  knows(value: object): boolean {
    const known = this.#few.includes(value) || this.#set.has(value) || this.#numbers?.has(value) === true;
    return known;
  }

  /** Takes back the numbers from `count` on. */
  #forget(count: number): void {
    if (count === this.#count) return;
    const all = this.#numbers?.keys() ?? (this.#count > FEW ? this.#set : this.#few);
    const kept = [...all].slice(0, count);
    this.#few.length = 0;
    this.#set.clear();
    if (this.#numbers !== undefined) this.#numbers = new Map(kept.map((value, i) => [value, i]));
    if (count > FEW) { for (const value of kept) this.#set.add(value); }
    this.#few.push(...kept.slice(0, FEW));
    this.#count = count;
  }

  #putOff(value: object, tag: number): void {
    this.out.byte(LATER);
    this.out.byte(tag);
    this.#later.push(value);
  }

  /** Writes the bodies put off since there were `from` of them. */
  #drain(from: number): void {
    // breadth first with a moving start, so that a long list does not keep what is written already
    const depth = this.#depth;
    const queue = this.#later;
    let at = from;
    while (at < queue.length) {
      const value = queue[at++]!;
      this.#depth = depth;
      try {
        if (Array.isArray(value)) this.#array(value);
        else if (value instanceof Map) this.#map(value);
        else if (value instanceof Set) this.#setOf(value);
        else if (Object.getPrototypeOf(value) === null) {
          this.#dictionary(value as Record<string, unknown>, NULL_DICTIONARY);
        } else this.#plain(value as Record<string, unknown>);
      } catch (error) {
        if (error instanceof Refusal && error.within === undefined) error.within = value;
        throw error;
      }
    }
    queue.length = from;
    this.#depth = depth;
  }

  /** Writes a value with all bodies put off inside it, so that it can be decoded completely on the spot. */
  closed(value: unknown): void {
    const limit = this.#limit;
    const later = this.#later;
    const depth = this.#depth;
    if (this.#nesting >= MAX_CLOSED) {
      throw new Refusal("it is nested too deeply in instances, handles or causes, flatten it");
    }
    this.#limit = depth + MAX_DEPTH;
    this.#later = [];
    this.#nesting++;
    this.value(value);
    this.#drain(0);
    this.#nesting--;
    this.#limit = limit;
    this.#later = later;
  }

  /** `closed`, for a description that must not refer to the thing it describes, the one numbered last. */
  description(value: unknown): void {
    this.#open.push(this.#count - 1);
    this.closed(value);
    this.#open.pop();
  }

  /** `closed`, but undone when it meets what cannot cross: then returns false. `before` writes what stands ahead. */
  attempt(before: () => void, value: () => unknown): boolean {
    const end = this.out.end;
    const count = this.#count;
    const side = this.side.length;
    const transfer = this.transfer.length;
    const starts = this.starts.length;
    const detach = this.detach.length;
    const moved = this.moved.size;
    const shapes = this.#shapes.length;
    const open = this.#open.length;
    const later = this.#later;
    const limit = this.#limit;
    const depth = this.#depth;
    const nesting = this.#nesting;
    const handles = this.handles;
    try {
      before();
      this.closed(value());
      return true;
    } catch (error) {
      if (isMovedLater(error)) throw error;
      this.out.end = end;
      this.#forget(count);
      this.side.length = side;
      this.transfer.length = transfer;
      this.starts.length = starts;
      this.detach.length = detach;
      for (const buffer of [...this.moved].slice(moved)) this.moved.delete(buffer);
      for (const shape of this.#shapes.splice(shapes)) shape.message = 0;
      this.#open.length = open;
      this.#later = later;
      this.#limit = limit;
      this.#depth = depth;
      this.#nesting = nesting;
      this.handles = handles;
      return false;
    }
  }

  #plain(object: Record<string, unknown>): void {
    const keys = Object.keys(object);
    const length = keys.length;
    if (length === 0 || length > MAX_KEYS || Object.getOwnPropertySymbols(object).length > 0) {
      return this.#dictionary(object, DICTIONARY);
    }
    let shape = this.#last?.next;
    if (shape === undefined || !hasKeys(shape, keys)) {
      shape = findShape(keys);
      if (shape === undefined) {
        if (this.#newShapes++ >= MAX_NEW_SHAPES) return this.#dictionary(object, DICTIONARY);
        const start = this.out.end;
        for (const key of keys) this.out.string(key);
        shape = addShape(keys, this.out.copyFrom(start));
        this.out.end = start;
      }
      if (this.#last !== undefined) this.#last.next = shape;
    }
    this.#last = shape;
    if (shape.message === this.#message) {
      this.out.byte(OBJECT_AS);
      this.out.varint(shape.number);
    } else {
      shape.message = this.#message;
      shape.number = this.#shapes.length;
      this.#shapes.push(shape);
      this.out.byte(OBJECT);
      this.out.varint(length);
      this.out.u32(shape.hash);
      this.out.u32(shape.bytes.length);
      this.out.raw(shape.bytes);
    }
    this.#depth++;
    const write = writerOf(shape);
    if (write !== undefined) write(this, object);
    else {
      let i = 0;
      try {
        for (; i < length; i++) this.value(object[keys[i]!]);
      } catch (error) {
        throw this.located(error, keys, i);
      }
    }
    this.#depth--;
  }

  /** What goes on upwards when the value under `keys[index]` was refused. */
  located(error: unknown, keys: readonly string[], index: number): unknown {
    return within(error, keySegment(keys[index]!));
  }

  #dictionary(object: Record<string, unknown>, tag: number): void {
    this.out.byte(tag);
    this.#pairs(object, Object.keys(object), 0);
  }

  /** Pairs for `keys` from `from` on and for keys of Symbol.for, and END. */
  #pairs(object: object, keys: readonly string[], from: number): void {
    let key: string | symbol = "";
    this.#depth++;
    try {
      for (let i = from; i < keys.length; i++) {
        key = keys[i]!;
        this.out.string(key as string);
        this.value((object as Record<string, unknown>)[key as string]);
      }
      for (key of Object.getOwnPropertySymbols(object)) {
        const name = Symbol.keyFor(key);
        if (name === undefined || !Object.prototype.propertyIsEnumerable.call(object, key)) continue;
        this.out.byte(SYMBOL);
        this.out.string(name);
        this.value((object as Record<symbol, unknown>)[key]);
      }
    } catch (error) {
      throw within(error, keySegment(key));
    }
    this.#depth--;
    this.out.byte(END);
  }

  #array(array: unknown[]): void {
    const length = array.length;
    const out = this.out;
    // elements and further keys together, native and without strings on V8; what is no element shows in the count
    const own = Object.values(array).length;
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
    this.#depth++;
    try {
      for (; i < length; i++) {
        const element = array[i];
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
        present++;
        this.value(element);
      }
    } catch (error) {
      throw within(error, `[${i}]`);
    }
    this.#depth--;
    out.byte(END);
    if (own === present && plain) out.byte(END);
    else {
      keys ??= Object.keys(array);
      this.#pairs(array, keys, firstNamed(keys));
    }
  }

  #map(map: Map<unknown, unknown>): void {
    this.out.byte(MAP);
    let i = 0;
    let key: unknown;
    let atKey = true;
    this.#depth++;
    try {
      for (const entry of Map.prototype.entries.call(map)) {
        key = entry[0];
        atKey = true;
        this.value(key);
        atKey = false;
        this.value(entry[1]);
        i++;
      }
    } catch (error) {
      throw within(error, atKey ? `.keys()[${i}]` : entrySegment(key, i));
    }
    this.#depth--;
    this.out.byte(END);
  }

  #setOf(set: Set<unknown>): void {
    this.out.byte(SET);
    let i = 0;
    this.#depth++;
    try {
      for (const member of Set.prototype.values.call(set)) {
        this.value(member);
        i++;
      }
    } catch (error) {
      throw within(error, `.values()[${i}]`);
    }
    this.#depth--;
    this.out.byte(END);
  }
}

const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, "size")!.get!;
const setSize = Object.getOwnPropertyDescriptor(Set.prototype, "size")!.get!;

/** The size of a real Map or Set, undefined for an object that only looks like one. */
function sizeOf(size: () => number, value: object): number | undefined {
  try {
    return size.call(value);
  } catch {
    return undefined;
  }
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
