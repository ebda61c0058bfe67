/**
 * A frozen graph as this interpreter reads it: values are decoded when they are touched, and kept.
 *
 * *Invariants.* Every cell number is checked against the buffer before it is used, every length against what follows; so
 * damaged bytes give an error, or a value, and nothing worse. What several values refer to has one view.
 */
import { VIEWS } from "../wire.ts";
import {
  BOX,
  FIRST_CELL,
  hashString,
  HEADER,
  MAGIC,
  NULL_PROTOTYPE,
  SHARED,
  TAG,
  VERSION,
} from "./layout.ts";

/** The keys of objects, decoded. */
export interface Shape {
  readonly keys: readonly string[];
  readonly bare: boolean;
  /** The position of a key, or -1. */
  find(key: string): number;
  /** Makes an object with these keys, all undefined. */
  make(): Record<string, unknown>;
}

/** Makes the views of what is neither a primitive nor copied. */
export interface ViewMaker {
  /** The view of the block at `cell`. */
  view(graph: Graph, tag: number, cell: number): object;
  /** How something beside a graph is read. */
  beside(part: object): object;
}

/** Shapes up to this many keys get a constructor of their own: objects of one shape are alike for the runtime, too. */
const COMPILED_KEYS = 64;

/** See the file's description. */
export class Graph {
  readonly buffer: SharedArrayBuffer;
  readonly side: readonly object[];
  readonly halves: Uint32Array;
  readonly doubles: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #maker: ViewMaker;
  readonly #strings = new Map<number, string>();
  readonly #shapes = new Map<number, Shape>();
  /** Views of what several values refer to. */
  readonly #views = new Map<number, object>();

  /** Throws `TypeError` when `buffer` holds no graph. */
  constructor(buffer: SharedArrayBuffer, side: readonly object[], maker: ViewMaker) {
    if (buffer.byteLength < 8 * FIRST_CELL || buffer.byteLength % 8 !== 0) throw damaged();
    this.buffer = buffer;
    this.side = side;
    this.halves = new Uint32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#maker = maker;
    const intact = this.low(HEADER.MAGIC) === MAGIC && this.high(HEADER.MAGIC) === VERSION &&
      this.doubles[HEADER.BYTES] === buffer.byteLength && this.low(HEADER.SIDE) === side.length;
    if (!intact) throw damaged();
  }

  /** The lower half of a cell. */
  low(cell: number): number {
    return this.halves[2 * cell]!;
  }

  /** Its upper half. */
  high(cell: number): number {
    return this.halves[2 * cell + 1]!;
  }

  /** Throws unless `cells` cells from `cell` on are in the buffer. */
  check(cell: number, cells: number): void {
    if (cell < FIRST_CELL || !(cell + cells <= this.doubles.length)) throw damaged();
  }

  /** The tag of the value in a cell, or -1 for a number. */
  tagAt(cell: number): number {
    const high = this.high(cell);
    return high >= BOX ? high & 0xffff : -1;
  }

  /** The value in a cell, which is in the buffer. */
  value(cell: number): unknown {
    const high = this.high(cell);
    if (high < BOX) return this.doubles[cell];
    return this.decode(high & 0xffff, this.low(cell));
  }

  /** The value that a tag and a payload mean. */
  decode(tag: number, payload: number): unknown {
    switch (tag) {
      case TAG.UNDEFINED:
      case TAG.HOLE:
        return undefined;
      case TAG.NULL:
        return null;
      case TAG.FALSE:
        return false;
      case TAG.TRUE:
        return true;
      case TAG.STRING:
        return this.string(payload);
      case TAG.BIGINT:
        return this.#bigint(payload);
      case TAG.SYMBOL:
        return Symbol.for(this.string(payload));
      default:
        return this.view(tag, payload);
    }
  }

  /** The view of a block. */
  view(tag: number, cell: number): object {
    if (tag === TAG.SIDE) return this.#maker.beside(this.beside(cell));
    this.check(cell, 1);
    if (tag > TAG.SET) return this.kept(cell, () => this.copy(tag, cell));
    return this.isShared(cell)
      ? this.#views.get(cell) ?? this.#maker.view(this, tag, cell)
      : this.#maker.view(this, tag, cell);
  }

  /** The view of the block at `cell` without looking whether it has one: its parts may. */
  open(tag: number, cell: number): object {
    return this.#maker.view(this, tag, cell);
  }

  /** The view that the block at `cell` has already. */
  known(cell: number): object | undefined {
    return this.#views.get(cell);
  }

  /** What is number `i` beside it. */
  beside(i: number): object {
    const found = this.side[i];
    if (found === undefined) throw damaged();
    return found;
  }

  isShared(cell: number): boolean {
    return (this.high(cell) & SHARED) !== 0;
  }

  /** Makes `view` the one for the block at `cell`, if several values refer to that and it has none. */
  keep<V extends object>(cell: number, view: V): V {
    if (this.isShared(cell) && !this.#views.has(cell)) this.#views.set(cell, view);
    return view;
  }

  /** What was kept under `cell`, made by `make` the first time. */
  kept(cell: number, make: () => object): object {
    let made = this.#views.get(cell);
    if (made === undefined) this.#views.set(cell, made = make());
    return made;
  }

  /** What of the block at `cell` cannot be a view: dates, buffers, arrays over them. A new one each time. */
  copy(tag: number, cell: number): object {
    this.check(cell, 1);
    switch (tag) {
      case TAG.DATE:
        return new Date(this.doubles[cell]!);
      case TAG.BUFFER:
        return this.#buffer(cell);
      case TAG.VIEW:
        return this.#typed(cell);
      default:
        throw damaged();
    }
  }

  #buffer(cell: number): ArrayBuffer {
    const bytes = this.doubles[cell]!;
    if (!(bytes >= 0 && Number.isInteger(bytes))) throw damaged();
    this.check(cell, 1 + Math.ceil(bytes / 8));
    const copy = new ArrayBuffer(bytes);
    new Uint8Array(copy).set(this.#bytes.subarray(8 * (cell + 1), 8 * (cell + 1) + bytes));
    return copy;
  }

  #typed(cell: number): ArrayBufferView {
    this.check(cell, 4);
    const View = VIEWS[this.low(cell)];
    const shared = this.low(cell + 3) === 1;
    const buffer = shared ? this.side[this.high(cell)] : undefined;
    if (View === undefined || (shared && !(buffer instanceof SharedArrayBuffer))) throw damaged();
    let source = buffer as ArrayBufferLike | undefined;
    if (source === undefined) {
      this.check(this.high(cell), 1);
      source = this.#buffer(this.high(cell));
    }
    try {
      return new View(source, this.doubles[cell + 1], this.doubles[cell + 2]);
    } catch {
      throw damaged();
    }
  }

  /** The string of a block. */
  string(cell: number): string {
    const known = this.#strings.get(cell);
    if (known !== undefined) return known;
    this.check(cell, 1);
    const [length, wide] = [this.low(cell), this.high(cell)];
    this.check(cell, 1 + Math.ceil(length * (1 + wide) / 8));
    const from = 8 * (cell + 1);
    const text = wide === 0
      ? latin(this.#bytes, from, length)
      : units(new Uint16Array(this.buffer, from, length));
    // Long ones are not kept: they are large, and seldom asked for twice.
    if (length <= 256) this.#strings.set(cell, text);
    return text;
  }

  #bigint(cell: number): bigint {
    try {
      const digits = this.string(cell);
      return digits.startsWith("-") ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`);
    } catch {
      throw damaged();
    }
  }

  /** The shape at `cell`. */
  shape(cell: number): Shape {
    const known = this.#shapes.get(cell);
    if (known !== undefined) return known;
    this.check(cell, 2);
    const [count, mask] = [this.low(cell), this.high(cell)];
    const first = Math.ceil(count / 2);
    this.check(cell, 2 + first + (mask === 0 ? 0 : (mask + 1) / 2));
    const bare = (this.low(cell + 1) & NULL_PROTOTYPE) !== 0;
    const shape = count > COMPILED_KEYS
      ? new WideShape(this, cell, count, mask, bare)
      : new SmallShape(this.keysAt(cell, count), bare);
    this.#shapes.set(cell, shape);
    return shape;
  }

  /** The keys of the shape at `cell`. */
  keysAt(cell: number, count: number): string[] {
    const keys: string[] = [];
    for (let i = 0; i < count; i++) keys.push(this.string(this.halves[2 * (cell + 2) + i]!));
    return keys;
  }

  /** Looks `hash` up in the index at half cell `from`: the first entry for which `matches` holds, or -1. */
  lookUp(from: number, mask: number, hash: number, matches: (entry: number) => boolean): number {
    let slot = hash & mask;
    for (let tries = 0; tries <= mask; tries++) {
      const entry = this.halves[from + slot];
      if (entry === undefined) throw damaged();
      if (entry === 0) return -1;
      if (matches(entry - 1)) return entry - 1;
      slot = (slot + 1) & mask;
    }
    return -1;
  }
}

/** A shape whose keys are all decoded. */
class SmallShape implements Shape {
  readonly keys: readonly string[];
  readonly bare: boolean;
  make: () => Record<string, unknown>;

  constructor(keys: readonly string[], bare: boolean) {
    this.keys = keys;
    this.bare = bare;
    this.make = () => {
      // From the second time on: most shapes of small graphs are used once.
      this.make = maker(keys, bare);
      return plainly(keys, bare);
    };
  }

  find(key: string): number {
    return this.keys.indexOf(key);
  }
}

/** A shape of many keys: looked up where they lie. */
class WideShape implements Shape {
  readonly bare: boolean;
  readonly #graph: Graph;
  readonly #cell: number;
  readonly #count: number;
  readonly #mask: number;
  #keys: readonly string[] | undefined;

  constructor(graph: Graph, cell: number, count: number, mask: number, bare: boolean) {
    this.#graph = graph;
    this.#cell = cell;
    this.#count = count;
    this.#mask = mask;
    this.bare = bare;
  }

  get keys(): readonly string[] {
    return this.#keys ??= this.#graph.keysAt(this.#cell, this.#count);
  }

  find(key: string): number {
    const graph = this.#graph;
    const first = 2 * (this.#cell + 2);
    const from = first + 2 * Math.ceil(this.#count / 2);
    return graph.lookUp(from, this.#mask, hashString(key), (entry) => {
      if (entry >= this.#count) throw damaged();
      return graph.string(graph.halves[first + entry]!) === key;
    });
  }

  make(): Record<string, unknown> {
    return plainly(this.keys, this.bare);
  }
}

function plainly(keys: readonly string[], bare: boolean): Record<string, unknown> {
  const made = (bare ? Object.create(null) : {}) as Record<string, unknown>;
  for (const key of keys) define(made, key);
  return made;
}

function define(made: Record<string, unknown>, key: string): void {
  if (key !== "__proto__") made[key] = undefined;
  else {Object.defineProperty(made, key, {
      value: undefined,
      writable: true,
      enumerable: true,
      configurable: true,
    });}
}

/** A function whose every object has the same hidden class; where code cannot be made from text, one that adds the keys. */
function maker(keys: readonly string[], bare: boolean): () => Record<string, unknown> {
  if (bare || keys.includes("__proto__")) return () => plainly(keys, bare);
  const fields = keys.map((key) => `${JSON.stringify(key)}: undefined`).join(", ");
  try {
    return new Function(`return {${fields}};`) as () => Record<string, unknown>;
  } catch {
    return () => plainly(keys, bare);
  }
}

function latin(bytes: Uint8Array, from: number, length: number): string {
  let text = "";
  for (let at = 0; at < length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(from + at, from + Math.min(length, at + 4096)));
  }
  return text;
}

function units(source: Uint16Array): string {
  let text = "";
  for (let at = 0; at < source.length; at += 4096) {
    text += String.fromCharCode(...source.subarray(at, at + 4096));
  }
  return text;
}

/** The error of a buffer that holds something else. */
export function damaged(): TypeError {
  return new TypeError(
    "Cannot read the frozen value: its memory holds something else; freeze the value again",
  );
}
