/**
 * Memory that a graph is laid out in, as it grows: blocks, and those that are written once however often they are needed,
 * strings and lists of keys.
 */
import { weigh } from "../../runtime/weight.ts";
import {
  BOX,
  FIRST_CELL,
  hashString,
  HEADER,
  INDEXED_FROM,
  MAGIC,
  maskFor,
  NULL_PROTOTYPE,
  VERSION,
} from "./layout.ts";

/** A list of keys that has its block. */
export interface LaidShape {
  readonly cell: number;
  readonly keys: readonly string[];
  readonly bare: boolean;
}

/** Larger buffers are not to be had everywhere. */
const MOST_BYTES = 2 ** 32 - 64;

/** See the file's description. */
export class Cells {
  #halves = new Uint32Array(2048);
  #doubles = new Float64Array(this.#halves.buffer);
  #bytes = new Uint8Array(this.#halves.buffer);
  #next = FIRST_CELL;
  readonly #strings = new Map<string, number>();
  readonly #shapes = new Map<string, LaidShape>();
  /** The last shape that began with a key: as a rule the next one is the same. */
  readonly #recent = new Map<string | undefined, LaidShape>();

  /** A block of so many cells, all 0. */
  reserve(cells: number): number {
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

  /** The lower half of a cell. */
  low(cell: number): number {
    return this.#halves[2 * cell]!;
  }

  /** Its upper half. */
  high(cell: number): number {
    return this.#halves[2 * cell + 1]!;
  }

  setHalves(cell: number, low: number, high: number): void {
    this.#halves[2 * cell] = low;
    this.#halves[2 * cell + 1] = high;
  }

  /** Half cell `i` from `cell` on. */
  half(cell: number, i: number): number {
    return this.#halves[2 * cell + i]!;
  }

  /** Sets it. */
  setHalf(cell: number, i: number, value: number): void {
    this.#halves[2 * cell + i] = value;
  }

  /** A value that is no number. */
  box(cell: number, tag: number, payload: number): void {
    this.#halves[2 * cell] = payload;
    this.#halves[2 * cell + 1] = BOX | tag;
  }

  setDouble(cell: number, value: number): void {
    this.#doubles[cell] = value;
  }

  /** A number as a value. */
  number(cell: number, value: number): void {
    // One NaN for all: others might look like a box.
    if (value !== value) this.setHalves(cell, 0, 0x7ff80000);
    else this.#doubles[cell] = value;
  }

  /** Copies bytes into the cells from `cell` on. */
  setBytes(cell: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, 8 * cell);
  }

  /** The block of a string. */
  string(text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    const { length } = text;
    const cell = this.#latin(text, length) ?? this.#units(text, length);
    this.#strings.set(text, cell);
    return cell;
  }

  /** The block of a text of one byte a character, undefined if it is none. */
  #latin(text: string, length: number): number | undefined {
    const cell = this.reserve(1 + Math.ceil(length / 8));
    const bytes = this.#bytes;
    const at = 8 * (cell + 1);
    let all = 0;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      all |= code;
      bytes[at + i] = code;
    }
    if (all > 0xff) {
      bytes.fill(0, at, at + length);
      this.#next = cell;
      return undefined;
    }
    this.setHalves(cell, length, 0);
    return cell;
  }

  #units(text: string, length: number): number {
    const cell = this.reserve(1 + Math.ceil(length / 4));
    this.setHalves(cell, length, 1);
    const units = new Uint16Array(this.#halves.buffer, 8 * (cell + 1), length);
    for (let i = 0; i < length; i++) units[i] = text.charCodeAt(i);
    return cell;
  }

  /** The block of a list of keys. */
  shape(keys: readonly string[], bare: boolean): LaidShape {
    const recent = this.#recent.get(keys[0]);
    if (recent !== undefined && recent.bare === bare && areSame(recent.keys, keys)) return recent;
    // A key's length keeps keys apart that have the separator in them.
    let name = bare ? "0" : "";
    for (const key of keys) name += `${key.length}:${key}`;
    let shape = this.#shapes.get(name);
    if (shape === undefined) this.#shapes.set(name, shape = this.#newShape(keys, bare));
    this.#recent.set(keys[0], shape);
    return shape;
  }

  #newShape(keys: readonly string[], bare: boolean): LaidShape {
    const strings = keys.map((key) => this.string(key));
    const mask = keys.length > INDEXED_FROM ? maskFor(keys.length) : 0;
    const first = Math.ceil(keys.length / 2);
    const cell = this.reserve(2 + first + (mask === 0 ? 0 : (mask + 1) / 2));
    this.setHalves(cell, keys.length, mask);
    this.setHalves(cell + 1, bare ? NULL_PROTOTYPE : 0, 0);
    for (const [i, string] of strings.entries()) this.setHalf(cell + 2, i, string);
    if (mask !== 0) {
      for (const [i, key] of keys.entries()) this.enter(2 * (cell + 2 + first), mask, hashString(key), i);
    }
    return { cell, keys, bare };
  }

  /** Enters position `i` into the index that begins at half cell `from`. */
  enter(from: number, mask: number, hash: number, i: number): void {
    let slot = hash & mask;
    while (this.#halves[from + slot] !== 0) slot = (slot + 1) & mask;
    this.#halves[from + slot] = i + 1;
  }

  /** All of it in shared memory, under the header of a graph. */
  share(id: number, side: number): SharedArrayBuffer {
    this.setHalves(HEADER.MAGIC, MAGIC, VERSION);
    this.#doubles[HEADER.BYTES] = this.#next * 8;
    this.#doubles[HEADER.ID] = id;
    this.setHalves(HEADER.SIDE, side, 0);
    const buffer = new SharedArrayBuffer(this.#next * 8);
    weigh(buffer);
    new Uint8Array(buffer).set(this.#bytes.subarray(0, this.#next * 8));
    return buffer;
  }
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false;
  return true;
}
