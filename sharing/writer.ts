/**
 * The growing scratch buffer an encoder writes into, with the wire form of numbers and strings.
 *
 * *Memory.* Large runs of bytes are not copied into the scratch buffer: the message holds on to them, with the place where
 * they belong, until it is put together. So each of them is copied once.
 *
 * `bytes`, `view` and `end` are public for generated code (`generated.ts`), which keeps them in local variables.
 *
 * @module
 */

import {
  BIGINT,
  BIGINT64,
  DOUBLE,
  INT16,
  INT32,
  LATIN1,
  SHORT_STRING,
  SMALL_INT,
  UTF16,
  UTF8,
} from "./wire.ts";

const START = 16_384;
/** A scratch buffer that grew beyond this is not kept for the next message. */
const KEEP = 1 << 20;
/** From this size bytes are held on to instead of copied. */
const LARGE = 4096;
/** Up to this length a loop over the characters beats the text encoder. */
export const LOOP = 24;
/** Up to this length a loop over bytes beats the engine's copy. */
const FEW = 64;

const textEncoder = new TextEncoder();

/** Bytes under construction. */
export class Writer {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(START);
  view: DataView<ArrayBuffer> = new DataView(this.bytes.buffer);
  /** Bytes in the scratch buffer; may be set back to drop what was written after. */
  end = 0;
  /** Bytes held on to, where each belongs in the scratch buffer, and how many there were of it. */
  readonly #large: Uint8Array[] = [];
  readonly #places: number[] = [];
  readonly #sizes: number[] = [];

  /** Bytes held on to; may be set back, as `end`. */
  get held(): number {
    return this.#large.length;
  }

  set held(count: number) {
    this.#large.length = this.#places.length = this.#sizes.length = count;
  }

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    if (this.end + size > this.bytes.length) this.#grow(this.end + size);
  }

  #grow(least: number): void {
    // 2 ** 33 is above what any of the runtimes allocates, so that a RangeError comes from the allocation itself
    const grown = new Uint8Array(Math.max(least, Math.min(this.bytes.length * 2, 2 ** 33)));
    grown.set(this.bytes.subarray(0, this.end));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** Bytes of the whole message. Throws when what is held on to has changed its size meanwhile. */
  measure(): number {
    let length = this.end;
    for (let i = 0; i < this.#large.length; i++) {
      const size = this.#sizes[i]!;
      if (this.#large[i]!.length !== size) {
        throw new RangeError(
          `Cannot share a buffer of ${size} bytes: it was resized or detached while the value was read, leave it as it is until then`,
        );
      }
      length += size;
    }
    return length;
  }

  /** A copy of the whole message in a buffer of its own. */
  copy(): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(this.measure());
    this.putInto(copy, 0);
    return copy;
  }

  /** Copies the whole message, which was measured, to `at` in `target`. */
  putInto(target: Uint8Array, at: number): void {
    let from = 0;
    for (let i = 0; i < this.#large.length; i++) {
      const place = this.#places[i]!;
      const large = this.#large[i]!;
      target.set(this.bytes.subarray(from, place), at);
      at += place - from;
      target.set(large, at);
      at += large.length;
      from = place;
    }
    const bytes = this.bytes;
    const end = this.end;
    if (end - from <= FEW) { for (let i = from; i < end; i++) target[at++] = bytes[i]!; }
    else target.set(bytes.subarray(from, end), at);
  }

  /** Drops the message. */
  drop(): void {
    this.end = 0;
    if (this.#large.length > 0) this.held = 0;
    if (this.bytes.length > KEEP) {
      this.bytes = new Uint8Array(START);
      this.view = new DataView(this.bytes.buffer);
    }
  }

  /** Overwrites the byte at `at`. */
  patch(at: number, byte: number): void {
    this.bytes[at] = byte;
  }

  /** One byte. */
  byte(byte: number): void {
    if (this.end === this.bytes.length) this.#grow(this.end + 1);
    this.bytes[this.end++] = byte;
  }

  /** A non-negative safe integer, seven bits a byte, low ones first. */
  varint(value: number): void {
    this.reserve(8);
    while (value >= 0x80) {
      this.bytes[this.end++] = (value % 0x80) | 0x80;
      value = value > 0x7fffffff ? Math.floor(value / 0x80) : value >>> 7;
    }
    this.bytes[this.end++] = value;
  }

  /** Four bytes, the low one first. */
  u32(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.end, value, true);
    this.end += 4;
  }

  /** Eight bytes. */
  float64(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.end, value, true);
    this.end += 8;
  }

  /** A number of zero bytes, which it tells first, so that what follows begins at a multiple of 8. */
  align(): void {
    let at = this.end + 1;
    for (const size of this.#sizes) at += size;
    const padding = -at & 7;
    this.reserve(8);
    this.bytes[this.end++] = padding;
    for (let i = 0; i < padding; i++) this.bytes[this.end++] = 0;
  }

  /** The bytes of `source`, as they are; if there are many, as they are when the message is put together. */
  raw(source: Uint8Array): void {
    const length = source.length;
    if (length >= LARGE) {
      this.#large.push(source);
      this.#places.push(this.end);
      this.#sizes.push(length);
      return;
    }
    this.reserve(length);
    if (length <= FEW) { for (let i = 0; i < length; i++) this.bytes[this.end + i] = source[i]!; }
    else this.bytes.set(source, this.end);
    this.end += length;
  }

  /** A copy of what was written from `start` on. */
  copyFrom(start: number): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(start, this.end);
  }

  /** A number, tagged. */
  number(value: number): void {
    this.reserve(9);
    const bytes = this.bytes;
    const at = this.end;
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      if (value >= 0 && value < 0x80) {
        bytes[at] = SMALL_INT + value;
        this.end = at + 1;
      } else if (value << 16 >> 16 === value) {
        bytes[at] = INT16;
        bytes[at + 1] = value;
        bytes[at + 2] = value >> 8;
        this.end = at + 3;
      } else {
        bytes[at] = INT32;
        this.view.setInt32(at + 1, value, true);
        this.end = at + 5;
      }
      return;
    }
    bytes[at] = DOUBLE;
    this.view.setFloat64(at + 1, value, true);
    this.end = at + 9;
  }

  /** All of `values`, each a 32-bit integer, without tags; false (and nothing written) if one is something else. */
  ints(values: readonly unknown[]): boolean {
    const length = values.length;
    this.reserve(length * 4);
    const view = this.view;
    let at = this.end;
    for (let i = 0; i < length; i++) {
      const value = values[i];
      if (typeof value !== "number" || (value | 0) !== value || (value === 0 && 1 / value < 0)) return false;
      view.setInt32(at, value, true);
      at += 4;
    }
    this.end = at;
    return true;
  }

  /** All of `values`, each a number, without tags; false (and nothing written) if one is something else. */
  doubles(values: readonly unknown[]): boolean {
    const length = values.length;
    this.reserve(length * 8);
    const view = this.view;
    let at = this.end;
    for (let i = 0; i < length; i++) {
      const value = values[i];
      if (typeof value !== "number") return false;
      view.setFloat64(at, value, true);
      at += 8;
    }
    this.end = at;
    return true;
  }

  /** A bigint, tagged. */
  bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.byte(BIGINT64);
      this.reserve(8);
      this.view.setBigInt64(this.end, value, true);
      this.end += 8;
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
      const bytes = this.bytes;
      let at = this.end;
      bytes[at++] = SHORT_STRING + length;
      let all = 0;
      for (let i = 0; i < length; i++) {
        const code = value.charCodeAt(i);
        all |= code;
        bytes[at++] = code;
      }
      if (all < 0x100) {
        this.end = at;
        return;
      }
    }
    if (value.isWellFormed()) this.#utf8(value);
    else this.#utf16(value);
  }

  #utf8(value: string): void {
    const length = value.length;
    this.reserve(length + 5);
    const start = this.end;
    const at = start + (length < 0x40 ? 1 : 5);
    const { read, written } = textEncoder.encodeInto(value, this.bytes.subarray(at));
    if (read === length && written === length) {
      this.end = at + written;
      if (length < 0x40) this.bytes[start] = SHORT_STRING + length;
      else {
        this.bytes[start] = LATIN1;
        this.view.setUint32(start + 1, length, true);
      }
      return;
    }
    let size = written;
    if (length < 0x40) {
      size = 0;
      this.reserve(length * 3 + 5);
      size = textEncoder.encodeInto(value, this.bytes.subarray(start + 5)).written;
    } else if (read < length) {
      this.end = at + written;
      this.reserve((length - read) * 3);
      size += textEncoder.encodeInto(value.slice(read), this.bytes.subarray(this.end)).written;
    }
    this.bytes[start] = UTF8;
    this.view.setUint32(start + 1, size, true);
    this.end = start + 5 + size;
  }

  #utf16(value: string): void {
    const length = value.length;
    this.reserve(length * 2 + 5);
    this.bytes[this.end] = UTF16;
    this.view.setUint32(this.end + 1, length, true);
    this.end += 5;
    for (let i = 0; i < length; i++) {
      this.view.setUint16(this.end, value.charCodeAt(i), true);
      this.end += 2;
    }
  }
}
