/**
 * Reads numbers and strings of the wire form from bytes, never past their end.
 *
 * @module
 */

const textDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Up to this length a loop over the bytes beats the text decoder. */
const LOOP = 24;
const fromCharCode = String.fromCharCode;

/** The error of bytes that no encoder wrote. */
export function damaged(what: string): Error {
  return new Error(`Cannot decode a value: ${what}, the message was damaged or is of another version of the library`);
}

/** A position in the bytes of one message. */
export class Reader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView<ArrayBuffer>;
  #at = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The position of the next byte. */
  get at(): number {
    return this.#at;
  }

  /** The next byte; past the end, an error. */
  byte(): number {
    if (this.#at >= this.#bytes.length) throw damaged("its bytes end too early");
    return this.#bytes[this.#at++]!;
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

  /** A varint of at most 32 bits, zigzag. */
  int(): number {
    const rest = this.varint();
    return (rest >>> 1) ^ -(rest & 1);
  }

  u32(): number {
    this.need(4);
    const value = this.#view.getUint32(this.#at, true);
    this.#at += 4;
    return value;
  }

  float64(): number {
    this.need(8);
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  bigint64(): bigint {
    this.need(8);
    const value = this.#view.getBigInt64(this.#at, true);
    this.#at += 8;
    return value;
  }

  /** Throws unless `size` more bytes are there; called before anything of that size is allocated. */
  need(size: number): void {
    if (this.#at + size > this.#bytes.length) throw damaged("its bytes end too early");
  }

  /** A copy of the next `size` bytes in a buffer of its own. */
  copy(size: number): Uint8Array<ArrayBuffer> {
    this.need(size);
    const copy = this.#bytes.slice(this.#at, this.#at + size);
    this.#at += size;
    return copy;
  }

  /** The next `size` bytes, still part of the message. */
  part(size: number): Uint8Array<ArrayBuffer> {
    this.need(size);
    const part = this.#bytes.subarray(this.#at, this.#at + size);
    this.#at += size;
    return part;
  }

  /** A copy of what was read from `start` on. */
  since(start: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(start, this.#at);
  }

  /** True, and past them, if the next bytes are `expected`. */
  skip(expected: Uint8Array): boolean {
    const length = expected.length;
    const at = this.#at;
    for (let i = 0; i < length; i++) {
      if (this.#bytes[at + i] !== expected[i]) return false;
    }
    this.#at = at + length;
    return true;
  }

  /** `length` 32-bit integers. */
  ints(length: number, into: unknown[]): void {
    this.need(length * 4);
    for (let i = 0; i < length; i++) into.push(this.#view.getInt32(this.#at + i * 4, true));
    this.#at += length * 4;
  }

  /** `length` doubles. */
  doubles(length: number, into: unknown[]): void {
    this.need(length * 8);
    for (let i = 0; i < length; i++) into.push(this.#view.getFloat64(this.#at + i * 8, true));
    this.#at += length * 8;
  }

  /** A string of `length` bytes: Latin-1 up to the length that encoders write in a loop, ASCII above. */
  short(length: number): string {
    this.need(length);
    if (length > LOOP) return this.utf8(length);
    const bytes = this.#bytes;
    let at = this.#at;
    const end = this.#at = at + length;
    let text = "";
    for (; at + 4 <= end; at += 4) {
      text += fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
    }
    for (; at < end; at++) text += fromCharCode(bytes[at]!);
    return text;
  }

  /** A string of `size` bytes of UTF-8. */
  utf8(size: number): string {
    return textDecoder.decode(this.part(size));
  }

  /** A string of `length` UTF-16 units, lone surrogates included. */
  utf16(length: number): string {
    this.need(length * 2);
    let text = "";
    const units: number[] = [];
    for (let i = 0; i < length; i++) {
      units.push(this.#view.getUint16(this.#at + i * 2, true));
      if (units.length === 4096) text += fromCharCode(...units.splice(0));
    }
    this.#at += length * 2;
    return text + fromCharCode(...units);
  }
}
