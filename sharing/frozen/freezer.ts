/**
 * Lays a graph out in a buffer, in one pass.
 *
 * *Invariants.* An object gets its block when it is met for the first time. What it holds is written at once, so that it lies
 * behind it; below {@link DEEPEST} levels it is put off, so that depth is limited by memory and not by the stack. Each string and each list of keys is written once. Nothing is shared before all of it is written.
 */
import { ownCount } from "../encode_array.ts";
import { NotShareableError } from "../errors.ts";
import { entrySegment, Refusal, refuse } from "../refusal.ts";
import { VIEWS } from "../wire.ts";
import { Cells } from "./cells.ts";
import {
  attached,
  changed,
  isIndex,
  isPart,
  isReal,
  located,
  named,
  refusal,
  type Segment,
  tagOf,
  viewClass,
  viewSize,
} from "./freezable.ts";
import { hashKey, HEADER, INDEXED_FROM, maskFor, SHARED, SPARSE, TAG } from "./layout.ts";

/** Levels that are written without being put off. */
const DEEPEST = 64;

/** A graph as it is shared. */
export interface Laid {
  readonly buffer: SharedArrayBuffer;
  /** Shared buffers, and other frozen graphs. */
  readonly side: readonly object[];
}

/** A block that is reserved, and what is to be written into it later. */
interface Reserved {
  readonly cell: number;
  readonly tag: number;
  readonly value: object;
  /** Of objects. */
  readonly keys: readonly string[] | undefined;
}

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
  readonly #cells = new Cells();
  /** What was met, in order, and of each its tag and 16 times its block or its number in the side. */
  readonly #met = new Set<object>();
  readonly #codes: number[] = [];
  /** The position of each in this order, once one was met again: most graphs are trees, and a Set costs half of a Map. */
  #positions: Map<object, number> | undefined;
  /** How deep what is being written lies. */
  #depth = 0;
  readonly #todo: Reserved[] = [];
  readonly #side: object[] = [];
  readonly #isFrozen: (value: object) => boolean;

  constructor(isFrozen: (value: object) => boolean) {
    this.#isFrozen = isFrozen;
  }

  lay(value: unknown, id: number): Laid {
    this.#put(HEADER.ROOT, value, undefined, undefined);
    for (let at = 0; at < this.#todo.length; at++) {
      const { cell, tag, value, keys } = this.#todo[at]!;
      this.#todo[at] = undefined!;
      this.#fill(cell, tag, value, keys);
    }
    return { buffer: this.#cells.share(id, this.#side.length), side: this.#side };
  }

  // Values

  /** Writes `value` into a cell; `container` and `segment` say where it was found. */
  #put(cell: number, value: unknown, container: object | undefined, segment: Segment): void {
    switch (typeof value) {
      case "number":
        return this.#cells.number(cell, value);
      case "string":
        return this.#cells.box(cell, TAG.STRING, this.#cells.string(value));
      case "undefined":
        return this.#cells.box(cell, TAG.UNDEFINED, 0);
      case "boolean":
        return this.#cells.box(cell, value ? TAG.TRUE : TAG.FALSE, 0);
      case "bigint":
        return this.#cells.box(cell, TAG.BIGINT, this.#cells.string(value.toString(16)));
      case "symbol": {
        const key = Symbol.keyFor(value);
        if (key !== undefined) return this.#cells.box(cell, TAG.SYMBOL, this.#cells.string(key));
        break;
      }
      case "object":
        if (value === null) return this.#cells.box(cell, TAG.NULL, 0);
        return this.#object(cell, value, container, segment);
    }
    throw located(refuse(value), container, segment);
  }

  #object(
    cell: number,
    value: object,
    container: object | undefined,
    segment: Segment,
  ): void {
    const position = this.#meet(value);
    const known = this.#codes[position]!;
    if (known >= 0) {
      const [block, tag] = [Math.floor(known / 16), known % 16];
      if (tag <= TAG.SET) this.#cells.setHalf(block, 1, this.#cells.high(block) | SHARED);
      return this.#cells.box(cell, tag, block);
    }
    const tag = tagOf(value) ?? (this.#isFrozen(value) ? TAG.SIDE : undefined);
    if (tag === undefined) throw located(refusal(value), container, segment);
    const keys = tag === TAG.OBJECT ? Object.keys(value) : undefined;
    const block = this.#begin(tag, value, keys, container, segment);
    this.#codes[position] = 16 * block + tag;
    this.#cells.box(cell, tag, block);
    if (tag > TAG.SET) return;
    if (this.#depth === DEEPEST) {
      this.#todo.push({ cell: block, tag, value, keys });
      return;
    }
    this.#depth++;
    this.#fill(block, tag, value, keys);
    this.#depth--;
  }

  /** The position of `value` among what was met; its code is -1 if it has none yet. */
  #meet(value: object): number {
    const count = this.#codes.length;
    if (this.#positions === undefined) {
      this.#met.add(value);
      if (this.#met.size > count) return this.#codes.push(-1) - 1;
      this.#positions = new Map();
      for (const one of this.#met) this.#positions.set(one, this.#positions.size);
      this.#met.clear();
    }
    const known = this.#positions.get(value);
    if (known !== undefined) return known;
    this.#positions.set(value, count);
    return this.#codes.push(-1) - 1;
  }

  /** The block of an object that is met for the first time; what it holds follows in its turn. */
  #begin(
    tag: number,
    value: object,
    keys: readonly string[] | undefined,
    container: object | undefined,
    segment: Segment,
  ): number {
    switch (tag) {
      case TAG.OBJECT: {
        const symbols = Object.getOwnPropertySymbols(value);
        const hidden = symbols.length === 0 ? undefined : symbols.find((key) => isPart(value, key));
        if (hidden !== undefined) {
          throw located(
            new Refusal(`it has the key ${String(hidden)}, which a frozen graph cannot hold; use a string`),
            container,
            segment,
          );
        }
        const shape = this.#cells.shape(keys!, Object.getPrototypeOf(value) === null);
        const cell = this.#cells.reserve(1 + keys!.length);
        this.#cells.setHalves(cell, shape.cell, 0);
        return cell;
      }
      case TAG.ARRAY:
        return this.#beginArray(value as unknown[], container, segment);
      case TAG.MAP:
      case TAG.SET: {
        const { size } = value as Map<unknown, unknown>;
        const mask = size > INDEXED_FROM ? maskFor(size) : 0;
        const cells = 2 + (tag === TAG.MAP ? 2 : 1) * size + (mask === 0 ? 0 : (mask + 1) / 2);
        const cell = this.#cells.reserve(cells);
        this.#cells.setHalves(cell, size, 0);
        this.#cells.setHalves(cell + 1, mask, 0);
        return cell;
      }
      case TAG.DATE: {
        const cell = this.#cells.reserve(1);
        this.#cells.setDouble(cell, Date.prototype.getTime.call(value));
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

  /** Writes what `value` holds; `keys`: of an object. */
  #fill(cell: number, tag: number, value: object, keys: readonly string[] | undefined): void {
    switch (tag) {
      case TAG.OBJECT:
        for (let i = 0; i < keys!.length; i++) {
          const key = keys![i]!;
          this.#put(cell + 1 + i, (value as Record<string, unknown>)[key], value, key);
        }
        return;
      case TAG.ARRAY:
        return (this.#cells.high(cell) & SPARSE) === 0
          ? this.#fillArray(cell, value as unknown[])
          : this.#fillSparse(cell, value as unknown[]);
      case TAG.MAP: {
        const size = this.#cells.low(cell);
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
        const size = this.#cells.low(cell);
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

  /** The index of a Map or Set whose entries have been written. */
  #index(cell: number, width: number, keys: Iterable<unknown>): void {
    const [size, mask] = [this.#cells.low(cell), this.#cells.low(cell + 1)];
    if (mask === 0) return;
    const from = 2 * (cell + 2 + width * size);
    let i = 0;
    for (const key of keys) {
      const at = cell + 2 + width * i;
      this.#cells.enter(from, mask, hashKey(key, this.#cells.low(at), this.#cells.high(at)), i++);
    }
  }

  // Arrays and buffers

  #beginArray(array: unknown[], container: object | undefined, segment: Segment): number {
    const { length } = array;
    const keys = length > 64 && !(length - 1 in array) || length > 2 ** 20 ? Object.keys(array) : undefined;
    if (keys !== undefined && keys.length * 2 < length) {
      const count = keys.filter((key) => isIndex(key)).length;
      if (count < keys.length) throw named(array, container, segment);
      const cell = this.#cells.reserve(2 + Math.ceil(count / 2) + count);
      this.#cells.setHalves(cell, length, SPARSE);
      this.#cells.setHalves(cell + 1, count, 0);
      for (const [i, key] of keys.entries()) this.#cells.setHalf(cell + 2, i, Number(key));
      return cell;
    }
    const cell = this.#cells.reserve(1 + length);
    this.#cells.setHalves(cell, length, 0);
    return cell;
  }

  /** An array of which only the elements are there whose indices stand in its block. */
  #fillSparse(cell: number, array: unknown[]): void {
    const count = this.#cells.low(cell + 1);
    const first = cell + 2 + Math.ceil(count / 2);
    for (let i = 0; i < count; i++) {
      const index = this.#cells.half(cell + 2, i);
      this.#put(first + i, array[index], array, index);
    }
  }

  #fillArray(cell: number, array: unknown[]): void {
    const length = this.#cells.low(cell);
    let holes = 0;
    for (let i = 0; i < length; i++) {
      const item = array[i];
      if (item === undefined && !(i in array)) {
        this.#cells.box(cell + 1 + i, TAG.HOLE, 0);
        holes++;
      } else this.#put(cell + 1 + i, item, array, i);
    }
    if (array.length !== length) throw changed();
    if (ownCount(array) === length - holes) return;
    // Unless that counted what is inherited.
    if (Object.keys(array).length !== length - holes) throw named(array, array, undefined);
  }

  #buffer(buffer: ArrayBuffer): number {
    const { byteLength } = buffer;
    const cell = this.#cells.reserve(1 + Math.ceil(byteLength / 8));
    this.#cells.setDouble(cell, byteLength);
    this.#cells.setBytes(cell + 1, new Uint8Array(buffer));
    return cell;
  }

  #view(view: ArrayBufferView): number {
    const shared = view.buffer instanceof SharedArrayBuffer;
    const kind = VIEWS.indexOf(viewClass(view));
    // Of a private buffer only what the view shows: the rest would be copied for nothing.
    let at: number;
    if (shared) {
      const position = this.#meet(view.buffer);
      const known = this.#codes[position]!;
      at = known < 0 ? this.#side.push(view.buffer) - 1 : Math.floor(known / 16);
      this.#codes[position] = 16 * at + TAG.SIDE;
    } else {
      at = this.#buffer(
        view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) as ArrayBuffer,
      );
    }
    const cell = this.#cells.reserve(4);
    this.#cells.setHalves(cell, kind, at);
    this.#cells.setDouble(cell + 1, shared ? view.byteOffset : 0);
    this.#cells.setDouble(cell + 2, "length" in view ? view.length as number : view.byteLength);
    this.#cells.setHalves(cell + 3, shared ? 1 : 0, 0);
    return cell;
  }
}
