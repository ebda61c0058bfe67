/**
 * The growing scratch buffer an encoder writes into, with the wire form of numbers and strings.
 *
 * @module
 */

import { BIGINT, BIGINT64, DOUBLE, INT, SHORT_STRING, SMALL_INT, UTF16, UTF8 } from "./wire.ts";

const START = 4096;
/** From this size the scratch buffer itself is handed over instead of a copy. */
const HAND_OVER = 1 << 16;
/** Up to this length a loop over the characters beats the text encoder. */
const LOOP = 24;

const textEncoder = new TextEncoder();

/** Bytes under construction. */
export class Writer {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(START);
  #view: DataView<ArrayBuffer> = new DataView(this.#bytes.buffer);
  #end = 0;

  /** Bytes written so far; may be set back to drop what was written after. */
  get end(): number {
    return this.#end;
  }

  set end(end: number) {
    this.#end = end;
  }

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    if (this.#end + size > this.#bytes.length) this.#grow(this.#end + size);
  }

  #grow(least: number): void {
    // 2 ** 33 is above what any of the runtimes allocates, so that a RangeError comes from the allocation itself
    const grown = new Uint8Array(Math.max(least, Math.min(this.#bytes.length * 2, 2 ** 33)));
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  /** Ends the message: its bytes, in a buffer of their own, and an empty scratch buffer. */
  take(): Uint8Array<ArrayBuffer> {
    const end = this.#end;
    this.#end = 0;
    if (end <= 64) {
      // small enough for engines to keep inside the object
      const copy = new Uint8Array(end);
      for (let i = 0; i < end; i++) copy[i] = this.#bytes[i]!;
      return copy;
    }
    if (end < HAND_OVER) return this.#bytes.slice(0, end);
    const bytes = this.#bytes.subarray(0, end);
    this.#bytes = new Uint8Array(START);
    this.#view = new DataView(this.#bytes.buffer);
    return bytes;
  }

  /** Drops the message. */
  drop(): void {
    this.#end = 0;
    if (this.#bytes.length > HAND_OVER) {
      this.#bytes = new Uint8Array(START);
      this.#view = new DataView(this.#bytes.buffer);
    }
  }

  /** Overwrites the byte at `at`. */
  patch(at: number, byte: number): void {
    this.#bytes[at] = byte;
  }

  /** One byte. */
  byte(byte: number): void {
    if (this.#end === this.#bytes.length) this.#grow(this.#end + 1);
    this.#bytes[this.#end++] = byte;
  }

  /** A non-negative safe integer, seven bits a byte, low ones first. */
  varint(value: number): void {
    this.reserve(8);
    while (value >= 0x80) {
      this.#bytes[this.#end++] = (value % 0x80) | 0x80;
      value = value > 0x7fffffff ? Math.floor(value / 0x80) : value >>> 7;
    }
    this.#bytes[this.#end++] = value;
  }

  /** Four bytes, the low one first. */
  u32(value: number): void {
    this.reserve(4);
    this.#view.setUint32(this.#end, value, true);
    this.#end += 4;
  }

  /** Eight bytes. */
  float64(value: number): void {
    this.reserve(8);
    this.#view.setFloat64(this.#end, value, true);
    this.#end += 8;
  }

  /** The bytes of `source`, as they are. */
  raw(source: Uint8Array): void {
    const length = source.length;
    this.reserve(length);
    if (length < 100) { for (let i = 0; i < length; i++) this.#bytes[this.#end + i] = source[i]!; }
    else this.#bytes.set(source, this.#end);
    this.#end += length;
  }

  /** A copy of what was written from `start` on. */
  copyFrom(start: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(start, this.#end);
  }

  /** A number, tagged. */
  number(value: number): void {
    this.reserve(9);
    const bytes = this.#bytes;
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      if (value >= 0 && value < 0x80) {
        bytes[this.#end++] = SMALL_INT + value;
        return;
      }
      bytes[this.#end++] = INT;
      let rest = ((value << 1) ^ (value >> 31)) >>> 0;
      while (rest >= 0x80) {
        bytes[this.#end++] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
      }
      bytes[this.#end++] = rest;
      return;
    }
    bytes[this.#end++] = DOUBLE;
    this.#view.setFloat64(this.#end, value, true);
    this.#end += 8;
  }

  /** All of `values`, each a 32-bit integer, without tags; false (and nothing written) if one is something else. */
  ints(values: readonly unknown[]): boolean {
    const length = values.length;
    this.reserve(length * 4);
    const view = this.#view;
    let at = this.#end;
    for (let i = 0; i < length; i++) {
      const value = values[i];
      if (typeof value !== "number" || (value | 0) !== value || (value === 0 && 1 / value < 0)) return false;
      view.setInt32(at, value, true);
      at += 4;
    }
    this.#end = at;
    return true;
  }

  /** All of `values`, each a number, without tags; false (and nothing written) if one is something else. */
  doubles(values: readonly unknown[]): boolean {
    const length = values.length;
    this.reserve(length * 8);
    const view = this.#view;
    let at = this.#end;
    for (let i = 0; i < length; i++) {
      const value = values[i];
      if (typeof value !== "number") return false;
      view.setFloat64(at, value, true);
      at += 8;
    }
    this.#end = at;
    return true;
  }

  /** A bigint, tagged. */
  bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.byte(BIGINT64);
      this.reserve(8);
      this.#view.setBigInt64(this.#end, value, true);
      this.#end += 8;
      return;
    }
    this.byte(BIGINT);
    this.byte(value < 0n ? 1 : 0);
    this.string((value < 0n ? -value : value).toString(16));
  }

  /** A string, tagged. */
  string(value: string): void {
    const length = value.length;
    if (length <= LOOP) {
      this.reserve(LOOP + 1);
      const bytes = this.#bytes;
      let at = this.#end;
      bytes[at++] = SHORT_STRING + length;
      let all = 0;
      for (let i = 0; i < length; i++) {
        const code = value.charCodeAt(i);
        all |= code;
        bytes[at++] = code;
      }
      if (all < 0x100) {
        this.#end = at;
        return;
      }
    }
    if (value.isWellFormed()) this.#utf8(value);
    else this.#utf16(value);
  }

  #utf8(value: string): void {
    const length = value.length;
    this.reserve(length + 5);
    const start = this.#end;
    const at = start + (length < 0x40 ? 1 : 5);
    const { read, written } = textEncoder.encodeInto(value, this.#bytes.subarray(at));
    if (read === length && written === length && length < 0x40) {
      this.#bytes[start] = SHORT_STRING + length;
      this.#end = at + written;
      return;
    }
    let size = written;
    if (length < 0x40) {
      size = 0;
      this.reserve(length * 3 + 5);
      size = textEncoder.encodeInto(value, this.#bytes.subarray(start + 5)).written;
    } else if (read < length) {
      this.#end = at + written;
      this.reserve((length - read) * 3);
      size += textEncoder.encodeInto(value.slice(read), this.#bytes.subarray(this.#end)).written;
    }
    this.#bytes[start] = UTF8;
    this.#view.setUint32(start + 1, size, true);
    this.#end = start + 5 + size;
  }

  #utf16(value: string): void {
    const length = value.length;
    this.reserve(length * 2 + 5);
    this.#bytes[this.#end] = UTF16;
    this.#view.setUint32(this.#end + 1, length, true);
    this.#end += 5;
    for (let i = 0; i < length; i++) {
      this.#view.setUint16(this.#end, value.charCodeAt(i), true);
      this.#end += 2;
    }
  }
}
