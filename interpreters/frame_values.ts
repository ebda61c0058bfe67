/**
 * Values in the frames of a ring: primitives in a compact form of their own, all else as encoded bytes.
 *
 * Writers are told the ring, and where its next word is; so are readers. Nothing here checks that there is room: a letter's
 * bound was reserved.
 *
 * *Memory.* Words of 32 bits. A double takes two. Bytes and characters are packed, four or two to a word.
 */
import { decode } from "../sharing/decode.ts";
import { encode } from "../sharing/encode.ts";
import type { Wire } from "../sharing/wire.ts";
import type { Carried } from "./carried.ts";
import type { RingReader, RingWriter } from "./ring.ts";

/** How a value stands in a frame: the low byte of its first word. */
const UNDEFINED = 0;
const NULL = 1;
const TRUE = 2;
const FALSE = 3;
const INT = 4;
const DOUBLE = 5;
/** Characters below 0x80; how many stands above the low byte, as it does for the next two. */
const ASCII = 6;
const LATIN1 = 7;
const UTF16 = 8;
/** Encoded: a block of references or 0, the length, then the bytes. */
const BYTES = 9;
/** The same, with handles in it. */
const BYTES_WITH_HANDLES = 10;
/** The same as BYTES, but what it decodes to is plain. */
const LIST = 11;

/** Longer strings are encoded. */
const LONG_STRING = 2048;
/** Bytes up to this many are copied one by one. */
const FEW_BYTES = 64;
/** Characters up to this many are made a string at once. */
const FEW_CHARACTERS = 32;

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);
const textDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
const fromCharCode = String.fromCharCode;

// Bounds

/** The sum of two bounds; -1 if one of them is, as what it stands for has no frame. */
export function plus(most: number, more: number): number {
  return more < 0 ? -1 : most + more;
}

/** The most words that a string up to the longest takes. */
export function boundOfString(text: string): number {
  return 1 + ((text.length + 1) >>> 1);
}

/** The most words that `carried` takes; -1 if a part of it stays beside. */
export function boundOfCarried(carried: Carried): number {
  if (!("plain" in carried)) {
    return carried.side === undefined ? 3 + ((carried.bytes.length + 3) >>> 2) : -1;
  }
  const { plain } = carried;
  if (!Array.isArray(plain)) return boundOfPlain(plain);
  let most = 1;
  for (let i = 0; i < plain.length; i++) most += boundOfPlain(plain[i]);
  return most;
}

/** What `isPlain` holds for. */
function boundOfPlain(value: unknown): number {
  if (typeof value === "string") {
    // Encoded it takes three bytes for a character at most, and as many units of two at most.
    return value.length > LONG_STRING ? 8 + value.length : boundOfString(value);
  }
  return typeof value === "bigint" ? 8 + (value.toString(16).length >>> 2) : 3;
}

// Writing

/** Writes two words. */
export function writeDouble(ring: RingWriter, value: number): void {
  const { words } = ring;
  double[0] = value;
  words[ring.at++] = halves[0]!;
  words[ring.at++] = halves[1]!;
}

/** Writes what {@link readCarried} reads. */
export function writeCarried(ring: RingWriter, carried: Carried): void {
  if (!("plain" in carried)) return writeBytes(ring, carried, BYTES);
  const { plain } = carried;
  if (!Array.isArray(plain)) return writePlain(ring, plain);
  ring.words[ring.at++] = LIST | plain.length << 8;
  for (let i = 0; i < plain.length; i++) writePlain(ring, plain[i]);
}

function writePlain(ring: RingWriter, value: unknown): void {
  const { words } = ring;
  switch (typeof value) {
    case "number":
      if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
        words[ring.at++] = INT;
        words[ring.at++] = value;
      } else {
        words[ring.at++] = DOUBLE;
        writeDouble(ring, value);
      }
      break;
    case "string":
      if (value.length <= LONG_STRING) writeString(ring, value);
      else writeBytes(ring, encode(value, "value").wire, BYTES);
      break;
    case "boolean":
      words[ring.at++] = value ? TRUE : FALSE;
      break;
    case "bigint":
      writeBytes(ring, encode(value, "value").wire, BYTES);
      break;
    default:
      words[ring.at++] = value === null ? NULL : UNDEFINED;
  }
}

/** Writes a string of at most 65,535 units. */
export function writeString(ring: RingWriter, text: string): void {
  const { length } = text;
  const { words, bytes } = ring;
  const first = ring.at++;
  let all = 0;
  for (let i = 0, at = ring.at * 4; i < length; i++, at++) {
    const code = text.charCodeAt(i);
    all |= code;
    bytes[at] = code;
  }
  if (all < 0x100) {
    words[first] = (all < 0x80 ? ASCII : LATIN1) | length << 8;
    ring.at += (length + 3) >>> 2;
    return;
  }
  const units = ring.halves;
  for (let i = 0, at = ring.at * 2; i < length; i++, at++) units[at] = text.charCodeAt(i);
  words[first] = UTF16 | length << 8;
  ring.at += (length + 1) >>> 1;
}

/** Writes what {@link readWire} reads. */
export function writeWire(ring: RingWriter, wire: Wire | undefined): void {
  if (wire === undefined) ring.words[ring.at++] = UNDEFINED;
  else writeBytes(ring, wire, BYTES);
}

function writeBytes(ring: RingWriter, wire: Wire, form: number): void {
  const source = wire.bytes;
  const { length } = source;
  const { words, bytes } = ring;
  words[ring.at++] = wire.handles === true ? BYTES_WITH_HANDLES : form;
  words[ring.at++] = wire.block ?? 0;
  words[ring.at++] = length;
  const to = ring.at * 4;
  if (length <= FEW_BYTES) { for (let i = 0; i < length; i++) bytes[to + i] = source[i]!; }
  else bytes.set(source, to);
  ring.at += (length + 3) >>> 2;
}

// Reading

/** Reads two words. */
export function readDouble(ring: RingReader): number {
  const { words } = ring;
  halves[0] = words[ring.at++]!;
  halves[1] = words[ring.at++]!;
  return double[0]!;
}

/** What {@link writeCarried} has written. */
export function readCarried(ring: RingReader): Carried {
  const first = ring.words[ring.at]!;
  const form = first & 0xff;
  if (form === BYTES || form === BYTES_WITH_HANDLES) return readBytes(ring);
  if (form !== LIST) return { plain: readValue(ring) };
  ring.at++;
  const plain: unknown[] = [];
  for (let i = first >>> 8; i > 0; i--) plain.push(readValue(ring));
  return { plain };
}

/** What {@link writeWire} has written. */
export function readWire(ring: RingReader): Wire | undefined {
  if ((ring.words[ring.at]! & 0xff) !== UNDEFINED) return readBytes(ring);
  ring.at++;
  return undefined;
}

function readBytes(ring: RingReader): Wire {
  const { words } = ring;
  const handles = (words[ring.at++]! & 0xff) === BYTES_WITH_HANDLES;
  const block = words[ring.at++]! >>> 0;
  const length = words[ring.at++]!;
  const from = ring.at * 4;
  const bytes = new Uint8Array(length);
  if (length <= FEW_BYTES) { for (let i = 0; i < length; i++) bytes[i] = ring.bytes[from + i]!; }
  else bytes.set(ring.bytes.subarray(from, from + length));
  ring.at += (length + 3) >>> 2;
  const wire: Wire = { bytes };
  if (handles) wire.handles = true;
  if (block !== 0) wire.block = block;
  return wire;
}

/** A value that stands by itself: a primitive. */
export function readValue(ring: RingReader): unknown {
  const { words } = ring;
  const first = words[ring.at]!;
  switch (first & 0xff) {
    case INT:
      ring.at += 2;
      return words[ring.at - 1];
    case DOUBLE:
      ring.at++;
      return readDouble(ring);
    case ASCII:
    case LATIN1:
    case UTF16:
      ring.at++;
      return readString(ring, first & 0xff, first >>> 8);
    case BYTES:
      return decode(readBytes(ring));
    case TRUE:
      ring.at++;
      return true;
    case FALSE:
      ring.at++;
      return false;
    case NULL:
      ring.at++;
      return null;
    default:
      ring.at++;
      return undefined;
  }
}

function readString(ring: RingReader, form: number, length: number): string {
  if (form === UTF16) {
    const from = ring.at * 2;
    ring.at += (length + 1) >>> 1;
    return fromCharCode.apply(null, Array.from(ring.halves.subarray(from, from + length)));
  }
  const from = ring.at * 4;
  ring.at += (length + 3) >>> 2;
  if (length === 0) return "";
  const { bytes } = ring;
  if (form === ASCII && length > FEW_CHARACTERS) {
    // A copy: pages of browsers decode no shared memory.
    return textDecoder.decode(bytes.slice(from, from + length) as unknown as Uint8Array<ArrayBuffer>);
  }
  const codes = new Array<number>(length);
  for (let i = 0; i < length; i++) codes[i] = bytes[from + i]!;
  return fromCharCode.apply(null, codes);
}
