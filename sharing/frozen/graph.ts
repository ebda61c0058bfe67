/**
 * A frozen graph as this interpreter reads it: values are decoded when they are touched, and kept.
 *
 * *Invariants.* Every cell number is checked against the buffer before it is used, every length against what follows; so
 * damaged bytes give an error, or a value, and nothing worse. What several values refer to has one view.
 */
import { LATIN1_FROM, latin1Slice } from "../../runtime/latin1.ts";
import { textOf } from "../text.ts";
import { VIEWS } from "../wire.ts";
import { BOX, damaged, FIRST_CELL, HEADER, MAGIC, SHARED, TAG, VERSION } from "./layout.ts";
import { type Shape, shapeAt } from "./shape.ts";

/** Makes the views of what is no primitive. */
export interface ViewMaker {
  /** The view of the block at `cell`. */
  view(graph: Graph, tag: number, cell: number): object;
  /** How something beside a graph is read. */
  beside(part: object): object;
}

/** The longest text that is kept when it has been read. */
export const LONGEST_KEPT = 256;
/** The longest text that is made in one call of `textOf`. */
const MOST_AT_ONCE = 24;

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
    if (tag > TAG.SET) return this.kept(cell, () => this.#maker.view(this, tag, cell));
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

  /** How many bytes the view of a buffer at `cell` has to itself: what decoding it copies. */
  viewed(cell: number): number {
    this.check(cell, 4);
    if (this.low(cell + 3) === 1) return 0;
    this.check(this.high(cell), 1);
    return this.doubles[this.high(cell)]!;
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
    if (length <= LONGEST_KEPT) this.#strings.set(cell, text);
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
    let shape = this.#shapes.get(cell);
    if (shape === undefined) this.#shapes.set(cell, shape = shapeAt(this, cell));
    return shape;
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

function latin(bytes: Uint8Array, from: number, length: number): string {
  if (length >= LATIN1_FROM) return latin1Slice!.call(bytes, from, from + length);
  if (length <= MOST_AT_ONCE) return textOf(bytes, from, length);
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
