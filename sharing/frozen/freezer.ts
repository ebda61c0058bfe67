/**
 * Lays a graph out in a buffer, in one pass.
 *
 * *Invariants.* An object gets its block when it is met for the first time; what it holds is written when its turn comes, so
 * depth costs no stack. Each string and each list of keys is written once. Nothing is shared before all of it is written.
 */
import { NotShareableError } from "../errors.ts";
import { isShareable } from "../is_shareable.ts";
import { className, entrySegment, keySegment, Refusal, refuse } from "../refusal.ts";
import { VIEWS } from "../wire.ts";
import {
  BOX,
  FIRST_CELL,
  hashKey,
  hashString,
  HEADER,
  INDEXED_FROM,
  MAGIC,
  maskFor,
  NULL_PROTOTYPE,
  SHARED,
  SPARSE,
  TAG,
  VERSION,
} from "./layout.ts";

/** A graph as it is shared. */
export interface Laid {
  readonly buffer: SharedArrayBuffer;
  /** Shared buffers, and other frozen graphs. */
  readonly side: readonly object[];
}

/** A block that is reserved, and what is to be written into it. */
interface Reserved {
  readonly cell: number;
  readonly tag: number;
  readonly value: object;
  /** Of objects. */
  readonly keys?: readonly string[];
}

interface Shape {
  readonly cell: number;
  readonly keys: readonly string[];
}

/** Larger buffers are not to be had everywhere. */
const MOST_BYTES = 2 ** 32 - 64;

/**
 * Lays `value` out. `isFrozen` tells other frozen graphs.
 *
 * @throws {NotShareableError} When something in it cannot be frozen; `path` says where.
 * @throws {RangeError} When it takes more than 4 GiB.
 */
export function lay(value: unknown, id: number, isFrozen: (value: object) => boolean): Laid {
  const freezer = new Freezer(isFrozen);
  try {
    return freezer.lay(value, id);
  } catch (error) {
    if (error instanceof Refusal) {
      const { message, path } = error.toError("value", value);
      throw new NotShareableError(message.replace(/^Cannot share/, "Cannot freeze"), { path });
    }
    throw error;
  }
}

class Freezer {
  #halves = new Uint32Array(2048);
  #doubles = new Float64Array(this.#halves.buffer);
  #bytes = new Uint8Array(this.#halves.buffer);
  #next = FIRST_CELL;
  readonly #known = new Map<object, number>();
  readonly #tags = new Map<object, number>();
  readonly #strings = new Map<string, number>();
  readonly #shapes = new Map<string, Shape>();
  readonly #todo: Reserved[] = [];
  readonly #side: object[] = [];
  readonly #isFrozen: (value: object) => boolean;

  constructor(isFrozen: (value: object) => boolean) {
    this.#isFrozen = isFrozen;
  }

  lay(value: unknown, id: number): Laid {
    this.#put(HEADER.ROOT, value, undefined, "");
    for (let at = 0; at < this.#todo.length; at++) {
      const reserved = this.#todo[at]!;
      this.#todo[at] = undefined!;
      this.#fill(reserved);
    }
    this.#setHalves(HEADER.MAGIC, MAGIC, VERSION);
    this.#doubles[HEADER.BYTES] = this.#next * 8;
    this.#doubles[HEADER.ID] = id;
    this.#setHalves(HEADER.SIDE, this.#side.length, 0);
    const buffer = new SharedArrayBuffer(this.#next * 8);
    new Uint8Array(buffer).set(this.#bytes.subarray(0, this.#next * 8));
    return { buffer, side: this.#side };
  }

  // Memory

  /** A block of so many cells, all 0. */
  #reserve(cells: number): number {
    const cell = this.#next;
    this.#next += cells;
    if (this.#next * 8 > MOST_BYTES) {
      throw new RangeError(`Cannot freeze the value: it takes more than 4 GiB; freeze its parts`);
    }
    if (this.#next > this.#doubles.length) {
      const halves = new Uint32Array(
        Math.min(MOST_BYTES / 4, Math.max(this.#next * 2, this.#halves.length * 2)),
      );
      halves.set(this.#halves);
      this.#halves = halves;
      this.#doubles = new Float64Array(halves.buffer);
      this.#bytes = new Uint8Array(halves.buffer);
    }
    return cell;
  }

  #setHalves(cell: number, low: number, high: number): void {
    this.#halves[2 * cell] = low;
    this.#halves[2 * cell + 1] = high;
  }

  #box(cell: number, tag: number, payload: number): void {
    this.#setHalves(cell, payload, BOX | tag);
  }

  // Values

  /** Writes `value` into a cell; `container` and `segment` say where it was found. */
  #put(cell: number, value: unknown, container: object | undefined, segment: string | (() => string)): void {
    switch (typeof value) {
      case "number":
        this.#doubles[cell] = value;
        // One NaN for all: others might look like a box.
        if (value !== value) this.#setHalves(cell, 0, 0x7ff80000);
        return;
      case "string":
        return this.#box(cell, TAG.STRING, this.#string(value));
      case "undefined":
        return this.#box(cell, TAG.UNDEFINED, 0);
      case "boolean":
        return this.#box(cell, value ? TAG.TRUE : TAG.FALSE, 0);
      case "bigint":
        return this.#box(cell, TAG.BIGINT, this.#string(value.toString(16)));
      case "symbol": {
        const key = Symbol.keyFor(value);
        if (key !== undefined) return this.#box(cell, TAG.SYMBOL, this.#string(key));
        break;
      }
      case "object":
        if (value === null) return this.#box(cell, TAG.NULL, 0);
        return this.#object(cell, value, container, segment);
    }
    throw located(refuse(value), container, segment);
  }

  #object(
    cell: number,
    value: object,
    container: object | undefined,
    segment: string | (() => string),
  ): void {
    const known = this.#known.get(value);
    if (known !== undefined) {
      const tag = this.#tags.get(value)!;
      if (tag <= TAG.SET) this.#halves[2 * known + 1]! |= SHARED;
      return this.#box(cell, tag, known);
    }
    const tag = this.#tagOf(value);
    if (tag === undefined) throw located(refusal(value), container, segment);
    const block = this.#begin(tag, value, container, segment);
    this.#known.set(value, block);
    this.#tags.set(value, tag);
    this.#box(cell, tag, block);
  }

  #tagOf(value: object): number | undefined {
    if (this.#isFrozen(value) || value instanceof SharedArrayBuffer) return TAG.SIDE;
    if (ArrayBuffer.isView(value)) return VIEWS.includes(viewClass(value)) ? TAG.VIEW : undefined;
    const prototype: unknown = Object.getPrototypeOf(value);
    switch (prototype) {
      case Object.prototype:
      case null:
        return TAG.OBJECT;
      case Array.prototype:
        return Array.isArray(value) ? TAG.ARRAY : undefined;
      case Map.prototype:
        return isReal(mapSize, value) ? TAG.MAP : undefined;
      case Set.prototype:
        return isReal(setSize, value) ? TAG.SET : undefined;
      case Date.prototype:
        return isReal(Date.prototype.getTime, value) ? TAG.DATE : undefined;
      case ArrayBuffer.prototype:
        return isReal(bufferSize, value) ? TAG.BUFFER : undefined;
      default:
        return undefined;
    }
  }

  /** The block of an object that is met for the first time; what it holds follows in its turn. */
  #begin(
    tag: number,
    value: object,
    container: object | undefined,
    segment: string | (() => string),
  ): number {
    switch (tag) {
      case TAG.OBJECT: {
        const keys = Object.keys(value);
        const hidden = Object.getOwnPropertySymbols(value).find((key) => isPart(value, key));
        if (hidden !== undefined) {
          throw located(
            new Refusal(`it has the key ${String(hidden)}, which a frozen graph cannot hold; use a string`),
            container,
            segment,
          );
        }
        const shape = this.#shape(keys, Object.getPrototypeOf(value) === null);
        const cell = this.#reserve(1 + keys.length);
        this.#setHalves(cell, shape.cell, 0);
        this.#todo.push({ cell, tag, value, keys: shape.keys });
        return cell;
      }
      case TAG.ARRAY:
        return this.#beginArray(value as unknown[], container, segment);
      case TAG.MAP:
      case TAG.SET: {
        const { size } = value as Map<unknown, unknown>;
        const mask = size > INDEXED_FROM ? maskFor(size) : 0;
        const cells = 2 + (tag === TAG.MAP ? 2 : 1) * size + (mask === 0 ? 0 : (mask + 1) / 2);
        const cell = this.#reserve(cells);
        this.#setHalves(cell, size, 0);
        this.#setHalves(cell + 1, mask, 0);
        this.#todo.push({ cell, tag, value });
        return cell;
      }
      case TAG.DATE: {
        const cell = this.#reserve(1);
        this.#doubles[cell] = Date.prototype.getTime.call(value);
        return cell;
      }
      case TAG.BUFFER:
        return this.#buffer(attached(value as ArrayBuffer, container, segment));
      case TAG.VIEW:
        attached((value as ArrayBufferView).buffer, container, segment);
        if (value instanceof DataView && !isReal(viewSize, value)) {
          throw located(new Refusal("its buffer has become shorter than what it shows"), container, segment);
        }
        return this.#view(value as ArrayBufferView);
      default:
        return this.#side.push(value) - 1;
    }
  }

  #fill({ cell, tag, value, keys }: Reserved): void {
    switch (tag) {
      case TAG.OBJECT:
        for (let i = 0; i < keys!.length; i++) {
          const key = keys![i]!;
          this.#put(cell + 1 + i, (value as Record<string, unknown>)[key], value, keySegmentOf(key));
        }
        return;
      case TAG.ARRAY:
        return keys === undefined
          ? this.#fillArray(cell, value as unknown[])
          : this.#fillSparse(cell, value as unknown[], keys);
      case TAG.MAP: {
        const size = this.#halves[2 * cell]!;
        let at = 0;
        for (const [key, item] of value as Map<unknown, unknown>) {
          if (at === size) throw changed();
          const position = at;
          this.#put(cell + 2 + 2 * at, key, value, () => `.keys()[${position}]`);
          this.#put(cell + 3 + 2 * at, item, value, () => entrySegment(key, position));
          at++;
        }
        if (at !== size || (value as Map<unknown, unknown>).size !== size) throw changed();
        return this.#index(cell, 2, (value as Map<unknown, unknown>).keys());
      }
      case TAG.SET: {
        const size = this.#halves[2 * cell]!;
        let at = 0;
        for (const item of value as Set<unknown>) {
          if (at === size) throw changed();
          const position = at;
          this.#put(cell + 2 + at++, item, value, () => `.values()[${position}]`);
        }
        if (at !== size || (value as Set<unknown>).size !== size) throw changed();
        return this.#index(cell, 1, value as Set<unknown>);
      }
    }
  }

  // Strings and shapes

  #string(text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    let wide = 0;
    for (let i = 0; i < text.length && wide === 0; i++) if (text.charCodeAt(i) > 0xff) wide = 1;
    const cell = this.#reserve(1 + Math.ceil(text.length * (1 + wide) / 8));
    this.#setHalves(cell, text.length, wide);
    const at = 8 * (cell + 1);
    if (wide === 0) { for (let i = 0; i < text.length; i++) this.#bytes[at + i] = text.charCodeAt(i); }
    else {
      const units = new Uint16Array(this.#halves.buffer, at, text.length);
      for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
    }
    this.#strings.set(text, cell);
    return cell;
  }

  #shape(keys: readonly string[], bare: boolean): Shape {
    // A key's length keeps keys apart that have the separator in them.
    let name = bare ? "0" : "";
    for (const key of keys) name += `${key.length}:${key}`;
    const known = this.#shapes.get(name);
    if (known !== undefined) return known;
    const cells = keys.map((key) => this.#string(key));
    const mask = keys.length > INDEXED_FROM ? maskFor(keys.length) : 0;
    const first = Math.ceil(keys.length / 2);
    const cell = this.#reserve(2 + first + (mask === 0 ? 0 : (mask + 1) / 2));
    this.#setHalves(cell, keys.length, mask);
    this.#setHalves(cell + 1, bare ? NULL_PROTOTYPE : 0, 0);
    for (const [i, key] of cells.entries()) this.#halves[2 * (cell + 2) + i] = key;
    if (mask !== 0) {
      for (const [i, key] of keys.entries()) this.#enter(2 * (cell + 2 + first), mask, hashString(key), i);
    }
    const shape = { cell, keys };
    this.#shapes.set(name, shape);
    return shape;
  }

  /** Enters position `i` into the index that begins at half cell `from`. */
  #enter(from: number, mask: number, hash: number, i: number): void {
    let slot = hash & mask;
    while (this.#halves[from + slot] !== 0) slot = (slot + 1) & mask;
    this.#halves[from + slot] = i + 1;
  }

  /** The index of a Map or Set whose entries have been written. */
  #index(cell: number, width: number, keys: Iterable<unknown>): void {
    const [size, mask] = [this.#halves[2 * cell]!, this.#halves[2 * (cell + 1)]!];
    if (mask === 0) return;
    const from = 2 * (cell + 2 + width * size);
    let i = 0;
    for (const key of keys) {
      const at = 2 * (cell + 2 + width * i);
      this.#enter(from, mask, hashKey(key, this.#halves[at]!, this.#halves[at + 1]!), i++);
    }
  }

  // Arrays and buffers

  #beginArray(array: unknown[], container: object | undefined, segment: string | (() => string)): number {
    const { length } = array;
    const keys = length > 64 && !(length - 1 in array) || length > 2 ** 20 ? Object.keys(array) : undefined;
    if (keys !== undefined && keys.length * 2 < length) {
      const count = keys.filter((key) => isIndex(key)).length;
      if (count < keys.length) throw named(array, container, segment);
      const cell = this.#reserve(2 + Math.ceil(count / 2) + count);
      this.#setHalves(cell, length, SPARSE);
      this.#setHalves(cell + 1, count, 0);
      this.#todo.push({ cell, tag: TAG.ARRAY, value: array, keys });
      return cell;
    }
    const cell = this.#reserve(1 + length);
    this.#setHalves(cell, length, 0);
    this.#todo.push({ cell, tag: TAG.ARRAY, value: array });
    return cell;
  }

  /** An array of which only `keys` are there. */
  #fillSparse(cell: number, array: unknown[], keys: readonly string[]): void {
    const first = cell + 2 + Math.ceil(keys.length / 2);
    for (const [i, key] of keys.entries()) {
      this.#halves[2 * (cell + 2) + i] = Number(key);
      this.#put(first + i, array[Number(key)], array, `[${key}]`);
    }
  }

  #fillArray(cell: number, array: unknown[]): void {
    const length = this.#halves[2 * cell]!;
    let holes = 0;
    for (let i = 0; i < length; i++) {
      const item = array[i];
      if (item === undefined && !(i in array)) {
        this.#box(cell + 1 + i, TAG.HOLE, 0);
        holes++;
      } else this.#put(cell + 1 + i, item, array, () => `[${i}]`);
    }
    if (array.length !== length) throw changed();
    let own = 0;
    for (const key in array) if (Object.hasOwn(array, key)) own++;
    if (own !== length - holes) throw named(array, array, "");
  }

  #buffer(buffer: ArrayBuffer): number {
    const { byteLength } = buffer;
    const cell = this.#reserve(1 + Math.ceil(byteLength / 8));
    this.#doubles[cell] = byteLength;
    this.#bytes.set(new Uint8Array(buffer), 8 * (cell + 1));
    return cell;
  }

  #view(view: ArrayBufferView): number {
    const shared = view.buffer instanceof SharedArrayBuffer;
    const kind = VIEWS.indexOf(viewClass(view));
    // Of a private buffer only what the view shows: the rest would be copied for nothing.
    let at: number;
    if (shared) {
      const known = this.#known.get(view.buffer);
      at = known ?? this.#side.push(view.buffer) - 1;
      this.#known.set(view.buffer, at);
      this.#tags.set(view.buffer, TAG.SIDE);
    } else {
      at = this.#buffer(
        view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) as ArrayBuffer,
      );
    }
    const cell = this.#reserve(4);
    this.#setHalves(cell, kind, at);
    this.#doubles[cell + 1] = shared ? view.byteOffset : 0;
    this.#doubles[cell + 2] = "length" in view ? view.length as number : view.byteLength;
    this.#setHalves(cell + 3, shared ? 1 : 0, 0);
    return cell;
  }
}

function viewClass(view: ArrayBufferView): (typeof VIEWS)[number] {
  return (Object.getPrototypeOf(view) as { constructor?: unknown } | null)
    ?.constructor as (typeof VIEWS)[number];
}

function keySegmentOf(key: string): () => string {
  return () => keySegment(key);
}

function isIndex(key: string): boolean {
  return String(Number(key) >>> 0) === key && Number(key) < 2 ** 32 - 1;
}

const mapSize = getterOf(Map.prototype, "size");
const setSize = getterOf(Set.prototype, "size");
const viewSize = getterOf(DataView.prototype, "byteLength");
const bufferSize = getterOf(ArrayBuffer.prototype, "byteLength");

function getterOf(prototype: object, key: string): () => unknown {
  return Object.getOwnPropertyDescriptor(prototype, key)!.get!;
}

/** False for an object that only inherits from the class, for which `read` throws. */
function isReal(read: (this: never) => unknown, value: object): boolean {
  try {
    read.call(value as never);
    return true;
  } catch {
    return false;
  }
}

/** Whether what stands under a symbol would cross: local symbols do not, as when a value is sent. */
function isPart(value: object, key: symbol): boolean {
  return Symbol.keyFor(key) !== undefined && Object.prototype.propertyIsEnumerable.call(value, key);
}

/** `buffer`, which is still here. */
function attached<B extends ArrayBufferLike>(
  buffer: B,
  container: object | undefined,
  segment: string | (() => string),
): B {
  if (buffer instanceof ArrayBuffer && buffer.detached) {
    throw located(new Refusal("its buffer is detached, it was moved before"), container, segment);
  }
  return buffer;
}

/** A getter has changed what has its block already. */
function changed(): TypeError {
  return new TypeError("Cannot freeze the value: a getter in it changed it meanwhile; freeze a copy");
}

/** Of something that a frozen graph cannot hold, though it may cross. */
function refusal(value: object): Refusal {
  return isShareable(value)
    ? new Refusal(
      `an instance of ${className(value)} crosses, but not in a frozen value; freeze its fields`,
    )
    : refuse(value);
}

function named(array: unknown[], container: object | undefined, segment: string | (() => string)): Refusal {
  const name = Object.keys(array).find((key) => !isIndex(key));
  return located(
    new Refusal(`it is an array with the named property ${JSON.stringify(name)}; freeze an object instead`),
    container,
    segment,
  );
}

function located(
  refusal: Refusal,
  container: object | undefined,
  segment: string | (() => string),
): Refusal {
  const text = typeof segment === "string" ? segment : segment();
  if (text !== "") refusal.segments.push(text);
  if (container !== undefined) refusal.within = container;
  return refusal;
}
