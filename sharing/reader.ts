/**
 * Reads numbers and strings of the wire form from bytes, never past their end.
 *
 * The bytes may be shared memory. Nothing but damage changes them meanwhile, and then no more happens than with other
 * damage: every number is read once, and checked after it was read.
 *
 * @module
 */

import { LATIN1_FROM, latin1Slice, sharesText } from "../runtime/latin1.ts";
import { textOf } from "./text.ts";

const textDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Eight bytes seen as a number: reading through it spares a small message a DataView, which is costly to make. */
const eight = new Uint8Array(8);
const asFloat = new Float64Array(eight.buffer);
const asBigInt = new BigInt64Array(eight.buffer);
/** Text on its way from shared memory to the text decoder, which need not take that. */
const scratch = new Uint8Array(2048);

/** The error of bytes that no encoder wrote. */
export function damaged(what: string): Error {
  return new Error(
    `Cannot decode a value: ${what}, the message was damaged or is of another version of the library`,
  );
}

/** A copy of bytes; `slice` goes byte by byte on JavaScriptCore if they are shared. */
function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes.subarray(from, to));
}

const NOTHING = new Uint8Array(0);
/** Bytes that are made into one text, of which short strings are parts: what one of them keeps alive at most. */
const WINDOW = 512;

/** A position in the bytes of one message. Its fields are public for generated code, see `generated.ts`. */
export class Reader {
  bytes: Uint8Array = NOTHING;
  at = 0;
  end = 0;
  #view: DataView | undefined;
  #shared = false;
  /** The bytes from here to there as text, garbage where they are none. */
  #window = "";
  #windowFrom = 0;
  #windowTo = 0;

  /** Begins a message: the bytes from `at` to `end` of `bytes`. `view`: a view of the same bytes, if one is at hand. */
  begin(bytes: Uint8Array, at: number, end: number, view: DataView | undefined): void {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.#view = view;
    this.#shared = view !== undefined && view.buffer instanceof SharedArrayBuffer;
    if (this.#windowTo > 0) this.#closeWindow();
  }

  /** A view of `bytes`. */
  get view(): DataView {
    const { bytes } = this;
    return this.#view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next byte; past the end, an error. */
  byte(): number {
    if (this.at >= this.end) this.endTooEarly();
    return this.bytes[this.at++]!;
  }

  varint(): number {
    let value = this.byte();
    if (value < 0x80) return value;
    value &= 0x7f;
    let scale = 0x80;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
      if (scale > 2 ** 49) throw damaged("a number is too long");
    }
  }

  int16(): number {
    this.need(2);
    const bytes = this.bytes;
    const at = this.at;
    this.at = at + 2;
    return (bytes[at]! | bytes[at + 1]! << 8) << 16 >> 16;
  }

  int32(): number {
    this.need(4);
    const bytes = this.bytes;
    const at = this.at;
    this.at = at + 4;
    return bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
  }

  u32(): number {
    return this.int32() >>> 0;
  }

  float64(): number {
    this.need(8);
    const at = this.at;
    this.at = at + 8;
    return this.doubleAt(at);
  }

  /** The double at `at`; that it ends in time is the caller's to see to. */
  doubleAt(at: number): number {
    if (this.#view !== undefined) return this.#view.getFloat64(at, true);
    const bytes = this.bytes;
    for (let i = 0; i < 8; i++) eight[i] = bytes[at + i]!;
    return asFloat[0]!;
  }

  bigint64(): bigint {
    this.need(8);
    const bytes = this.bytes;
    const at = this.at;
    for (let i = 0; i < 8; i++) eight[i] = bytes[at + i]!;
    this.at = at + 8;
    return asBigInt[0]!;
  }

  /** Throws unless `size` more bytes are there; called before anything of that size is allocated. */
  need(size: number): void {
    if (this.at + size > this.end) this.endTooEarly();
  }

  /** Throws. */
  endTooEarly(): never {
    throw damaged("its bytes end too early");
  }

  /** A copy of the next `size` bytes in a buffer of its own. */
  copy(size: number): Uint8Array<ArrayBuffer> {
    this.need(size);
    const { at } = this;
    this.at = at + size;
    return copyOf(this.bytes, at, at + size);
  }

  /** The same, behind padding. */
  aligned(size: number): Uint8Array<ArrayBuffer> {
    const padding = this.byte();
    this.at += padding;
    return this.copy(size);
  }

  /** A copy of what was read from `start` on. */
  since(start: number): Uint8Array<ArrayBuffer> {
    return copyOf(this.bytes, start, this.at);
  }

  /** True, and past them, if the next bytes are `expected`. */
  skip(expected: Uint8Array): boolean {
    const length = expected.length;
    const { bytes, at } = this;
    if (at + length > this.end) return false;
    for (let i = 0; i < length; i++) {
      if (bytes[at + i] !== expected[i]) return false;
    }
    this.at = at + length;
    return true;
  }

  /** `length` 32-bit integers, added to `into`. */
  ints(length: number, into: unknown[]): void {
    this.need(length * 4);
    const { view, at } = this;
    for (let i = 0; i < length; i++) into.push(view.getInt32(at + 4 * i, true));
    this.at = at + length * 4;
  }

  /** `length` doubles, added to `into`. */
  doubles(length: number, into: unknown[]): void {
    this.need(length * 8);
    const { view, at } = this;
    for (let i = 0; i < length; i++) into.push(view.getFloat64(at + 8 * i, true));
    this.at = at + length * 8;
  }

  /** A string of `length` bytes, Latin-1. */
  short(length: number): string {
    const at = this.at;
    this.at = at + length;
    return this.textAt(at, length);
  }

  /** The string of `length` bytes at `at`, Latin-1. */
  textAt(at: number, length: number): string {
    if (at + length > this.end) this.endTooEarly();
    if (length >= LATIN1_FROM) return latin1Slice!.call(this.bytes, at, at + length);
    return textOf(this.bytes, at, length);
  }

  /** The same for one of many that stand close together: where engines share text, a part of a longer one. */
  partAt(at: number, length: number): string {
    if (!sharesText) return this.textAt(at, length);
    if (at < this.#windowFrom || at + length > this.#windowTo) this.#openWindow(at, length);
    const from = at - this.#windowFrom;
    return this.#window.substring(from, from + length);
  }

  #openWindow(at: number, length: number): void {
    if (at + length > this.end) this.endTooEarly();
    const to = Math.min(this.end, at + WINDOW);
    this.#window = latin1Slice!.call(this.bytes, at, to);
    this.#windowFrom = at;
    this.#windowTo = to;
  }

  #closeWindow(): void {
    this.#window = "";
    this.#windowFrom = this.#windowTo = 0;
  }

  /** A string of `size` bytes below 0x80. */
  ascii(size: number): string {
    if (latin1Slice === undefined) return this.utf8(size);
    this.need(size);
    const at = this.at;
    this.at = at + size;
    return latin1Slice.call(this.bytes, at, at + size);
  }

  /** A string of `size` bytes of UTF-8. */
  utf8(size: number): string {
    this.need(size);
    const at = this.at;
    const to = this.at = at + size;
    if (!this.#shared) return textDecoder.decode(this.bytes.subarray(at, to) as Uint8Array<ArrayBuffer>);
    if (size > scratch.length) return textDecoder.decode(copyOf(this.bytes, at, to));
    scratch.set(this.bytes.subarray(at, to));
    return textDecoder.decode(scratch.subarray(0, size));
  }

  /** A string of `length` UTF-16 units, lone surrogates included. */
  utf16(length: number): string {
    const units = new Uint16Array(this.copy(length * 2).buffer);
    let text = "";
    for (let i = 0; i < length; i += 4096) text += String.fromCharCode(...units.subarray(i, i + 4096));
    return text;
  }
}
