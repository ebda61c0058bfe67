/**
 * Reads numbers and strings of the wire form from bytes, never past their end.
 *
 * @module
 */

const textDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Up to this length a loop over the bytes beats the text decoder. */
const LOOP = 24;
const fromCharCode = String.fromCharCode;
/** Eight bytes seen as a number: reading through it spares the message a DataView, whose buffer is costly to make. */
const eight = new Uint8Array(8);
const asFloat = new Float64Array(eight.buffer);
const asBigInt = new BigInt64Array(eight.buffer);

/** The error of bytes that no encoder wrote. */
export function damaged(what: string): Error {
  return new Error(
    `Cannot decode a value: ${what}, the message was damaged or is of another version of the library`,
  );
}

/** A position in the bytes of one message. */
export class Reader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
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
    const bytes = this.#bytes;
    const at = this.#at;
    this.#at = at + 4;
    return (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>> 0;
  }

  float64(): number {
    this.#eight();
    return asFloat[0]!;
  }

  bigint64(): bigint {
    this.#eight();
    return asBigInt[0]!;
  }

  #eight(): void {
    this.need(8);
    const bytes = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < 8; i++) eight[i] = bytes[at + i]!;
    this.#at = at + 8;
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

  /** `length` 32-bit integers, added to `into`. */
  ints(length: number, into: unknown[]): void {
    this.need(length * 4);
    const values = new Int32Array(this.copy(length * 4).buffer);
    for (let i = 0; i < length; i++) into.push(values[i]);
  }

  /** `length` doubles, added to `into`. */
  doubles(length: number, into: unknown[]): void {
    this.need(length * 8);
    const values = new Float64Array(this.copy(length * 8).buffer);
    for (let i = 0; i < length; i++) into.push(values[i]);
  }

  /** A string of `length` bytes: Latin-1 up to the length that encoders write in a loop, ASCII above. */
  short(length: number): string {
    this.need(length);
    if (length > LOOP) return this.utf8(length);
    const bytes = this.#bytes;
    const at = this.#at;
    this.#at = at + length;
    // one call each, never a concatenation: ropes are dear once they become keys
    switch (length) {
      case 0:
        return "";
      case 1:
        return fromCharCode(bytes[at]!);
      case 2:
        return fromCharCode(bytes[at]!, bytes[at + 1]!);
      case 3:
        return fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!);
      case 4:
        return fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
    }
    const codes = new Array<number>(length);
    for (let i = 0; i < length; i++) codes[i] = bytes[at + i]!;
    return fromCharCode.apply(null, codes);
  }

  /** A string of `size` bytes of UTF-8. */
  utf8(size: number): string {
    return textDecoder.decode(this.part(size));
  }

  /** A string of `length` UTF-16 units, lone surrogates included. */
  utf16(length: number): string {
    const units = new Uint16Array(this.copy(length * 2).buffer);
    let text = "";
    for (let i = 0; i < length; i += 4096) text += fromCharCode(...units.subarray(i, i + 4096));
    return text;
  }
}
