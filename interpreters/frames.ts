/**
 * Letters as frames of a ring: a few header words, then what the letter carries, primitives in a compact form of their own.
 *
 * Not every letter has one: what needs structured clone or a transfer, what is long, and what is rare goes by the port.
 *
 * *Memory.* Words of 32 bits. A key or a double takes two. Bytes and characters are packed, four or two to a word.
 */
import { decode } from "../sharing/decode.ts";
import { encode } from "../sharing/encode.ts";
import type { Wire } from "../sharing/wire.ts";
import type { Carried } from "./carried.ts";
import type { FunctionRef, Letter, Outcome, Work } from "./protocol.ts";
import { KIND_SHIFT, LENGTH_MASK, MOST_WORDS, type RingReader, type RingWriter } from "./ring.ts";

/** Kinds of frames; 0 is the ring's. */
const MARK = 1;
const REQUEST = 2;
const VALUE = 3;
const STREAM = 4;
const THREW = 5;
const ABORT = 6;
const PULL = 7;
const END = 8;
const ITEM = 9;
const LAST = 10;
const WATCH = 11;
const FIRED = 12;
const UNWATCH = 13;

/** Words of a frame before what its letter carries: length and kind, from, to, key. */
const HEADER = 5;

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

/** In the word that tells how a call's function is named: it runs as a process, whose name follows. */
const AS_PROCESS = 4;

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

// Writing

/** Where the next word goes. */
let end = 0;

/**
 * Writes `letter`, behind a mark to wait for the port's message number `awaited` if that is not 0. False if the letter has no
 * frame or the ring no room; nothing has happened then.
 */
export function writeLetter(ring: RingWriter, letter: Letter, awaited: number): boolean {
  const body = boundOf(letter);
  if (body < 0 || body > MOST_WORDS - HEADER) return false;
  const at = ring.reserve(body + HEADER + 2);
  if (at < 0) return false;
  const { words } = ring;
  let frame = at;
  if (awaited !== 0) {
    words[at] = MARK << KIND_SHIFT | 2;
    words[at + 1] = awaited;
    frame += 2;
  }
  words[frame + 1] = letter.from;
  words[frame + 2] = letter.to;
  double[0] = letter.key;
  words[frame + 3] = halves[0]!;
  words[frame + 4] = halves[1]!;
  end = frame + HEADER;
  const kind = writeBody(ring, letter);
  words[frame] = kind << KIND_SHIFT | end - frame;
  ring.publish(end - at);
  return true;
}

/** The most words that what the letter carries may take; -1 if it has no frame. */
function boundOf(letter: Letter): number {
  switch (letter.t) {
    case "request":
      return letter.stop?.words === undefined ? boundOfWork(letter.work) : -1;
    case "reply":
      return boundOfOutcome(letter.outcome);
    case "item":
      return plus(1, boundOfCarried(letter.value));
    case "abort":
    case "fired":
      return boundOfCarried(letter.reason);
    case "last":
      return letter.outcome === undefined ? 0 : -1;
    default:
      return 1;
  }
}

function boundOfWork(work: Work): number {
  // What is sent once for each interpreter, or now and then, is left to the port.
  if (work.do !== "call") return -1;
  const { fn, args, unbound, as } = work;
  if (fn.by === "source" && fn.code !== undefined) return -1;
  let most = 7 + (as === undefined ? 0 : boundOfString(as)) + boundOfString(fn.name) +
    (fn.by === "source" ? 2 : boundOfString(fn.url));
  for (const name of unbound) most += boundOfString(name);
  return plus(most, boundOfCarried(args));
}

function boundOfOutcome(outcome: Outcome): number {
  switch (outcome.is) {
    case "value":
      return boundOfCarried(outcome.value);
    case "stream":
      return 0;
    case "threw": {
      const texts = 2 + boundOfString(outcome.type) + boundOfString(outcome.message) +
        boundOfString(outcome.stack);
      return plus(texts, outcome.error === undefined ? 0 : boundOfCarried(outcome.error));
    }
    default:
      return -1;
  }
}

function plus(most: number, more: number): number {
  return more < 0 ? -1 : most + more;
}

function boundOfString(text: string): number {
  return 1 + ((text.length + 1) >>> 1);
}

function boundOfCarried(carried: Carried): number {
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

/** Writes what the letter carries; its kind. */
function writeBody(ring: RingWriter, letter: Letter): number {
  const { words } = ring;
  switch (letter.t) {
    case "request": {
      const { fn, args, unbound, as } = letter.work as Work & { do: "call" };
      words[end++] = letter.process;
      words[end++] = letter.stop === undefined ? 0 : letter.stop.table + 1;
      words[end++] = letter.stop?.index ?? 0;
      const by = fn.by === "source" ? 0 : fn.by === "task" ? 1 : 2;
      words[end++] = unbound.length << 3 | (as === undefined ? 0 : AS_PROCESS) | by;
      if (as !== undefined) writeString(ring, as);
      writeString(ring, fn.name);
      if (fn.by === "source") writeDouble(words, fn.key);
      else writeString(ring, fn.url);
      for (const name of unbound) writeString(ring, name);
      writeCarried(ring, args);
      return REQUEST;
    }
    case "reply": {
      const { outcome } = letter;
      if (outcome.is === "value") {
        writeCarried(ring, outcome.value);
        return VALUE;
      }
      if (outcome.is === "stream") return STREAM;
      const { type, message, stack, error, aborted } = outcome as Outcome & { is: "threw" };
      words[end++] = aborted === true ? 1 : 0;
      writeString(ring, type);
      writeString(ring, message);
      writeString(ring, stack);
      if (error === undefined) words[end++] = UNDEFINED;
      else writeBytes(ring, error, BYTES);
      return THREW;
    }
    case "abort":
      writeCarried(ring, letter.reason);
      return ABORT;
    case "fired":
      writeCarried(ring, letter.reason);
      return FIRED;
    case "item":
      words[end++] = letter.idle ? 1 : 0;
      writeCarried(ring, letter.value);
      return ITEM;
    case "pull":
      words[end++] = letter.credit;
      return PULL;
    case "end":
      return END;
    case "last":
      return LAST;
    case "watch":
      return WATCH;
    case "unwatch":
      return UNWATCH;
  }
}

function writeDouble(words: Int32Array, value: number): void {
  double[0] = value;
  words[end++] = halves[0]!;
  words[end++] = halves[1]!;
}

function writeCarried(ring: RingWriter, carried: Carried): void {
  if (!("plain" in carried)) return writeBytes(ring, carried, BYTES);
  const { plain } = carried;
  if (!Array.isArray(plain)) return writePlain(ring, plain);
  ring.words[end++] = LIST | plain.length << 8;
  for (let i = 0; i < plain.length; i++) writePlain(ring, plain[i]);
}

function writePlain(ring: RingWriter, value: unknown): void {
  const { words } = ring;
  switch (typeof value) {
    case "number":
      if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
        words[end++] = INT;
        words[end++] = value;
      } else {
        words[end++] = DOUBLE;
        writeDouble(words, value);
      }
      break;
    case "string":
      if (value.length <= LONG_STRING) writeString(ring, value);
      else writeBytes(ring, encode(value, "value").wire, BYTES);
      break;
    case "boolean":
      words[end++] = value ? TRUE : FALSE;
      break;
    case "bigint":
      writeBytes(ring, encode(value, "value").wire, BYTES);
      break;
    default:
      words[end++] = value === null ? NULL : UNDEFINED;
  }
}

function writeString(ring: RingWriter, text: string): void {
  const { length } = text;
  const { words, bytes } = ring;
  const first = end++;
  let all = 0;
  for (let i = 0, at = end * 4; i < length; i++, at++) {
    const code = text.charCodeAt(i);
    all |= code;
    bytes[at] = code;
  }
  if (all < 0x100) {
    words[first] = (all < 0x80 ? ASCII : LATIN1) | length << 8;
    end += (length + 3) >>> 2;
    return;
  }
  const units = ring.halves;
  for (let i = 0, at = end * 2; i < length; i++, at++) units[at] = text.charCodeAt(i);
  words[first] = UTF16 | length << 8;
  end += (length + 1) >>> 1;
}

function writeBytes(ring: RingWriter, wire: Wire, form: number): void {
  const source = wire.bytes;
  const { length } = source;
  const { words, bytes } = ring;
  words[end++] = wire.handles === true ? BYTES_WITH_HANDLES : form;
  words[end++] = wire.block ?? 0;
  words[end++] = length;
  const to = end * 4;
  if (length <= FEW_BYTES) { for (let i = 0; i < length; i++) bytes[to + i] = source[i]!; }
  else bytes.set(source, to);
  end += (length + 3) >>> 2;
}

// Reading

/** Where the next word is. */
let next = 0;

/** If the frame at `at` is a mark: the number of the port's message that it waits for; else 0. */
export function markAt(ring: RingReader, at: number): number {
  return ring.words[at]! >>> KIND_SHIFT === MARK ? ring.words[at + 1]! : 0;
}

/** Words of the frame at `at`. */
export function lengthAt(ring: RingReader, at: number): number {
  return ring.words[at]! & LENGTH_MASK;
}

/** The letter in the frame at `at`, which is no mark. All of it is copied. */
export function readLetter(ring: RingReader, at: number): Letter {
  const { words } = ring;
  const from = words[at + 1]!;
  const to = words[at + 2]!;
  next = at + 3;
  const key = readDouble(words);
  switch (words[at]! >>> KIND_SHIFT) {
    case REQUEST: {
      const process = words[next++]!;
      const table = words[next++]! - 1;
      const index = words[next++]!;
      const work = readCall(ring);
      if (table < 0) return { from, to, key, t: "request", work, process };
      return { from, to, key, t: "request", work, process, stop: { table, index } };
    }
    case VALUE:
      return { from, to, key, t: "reply", outcome: { is: "value", value: readCarried(ring) } };
    case STREAM:
      return { from, to, key, t: "reply", outcome: { is: "stream" } };
    case THREW:
      return { from, to, key, t: "reply", outcome: readThrown(ring) };
    case ABORT:
      return { from, to, key, t: "abort", reason: readCarried(ring) as Wire };
    case FIRED:
      return { from, to, key, t: "fired", reason: readCarried(ring) as Wire };
    case ITEM: {
      const idle = words[next++] === 1;
      return { from, to, key, t: "item", value: readCarried(ring), idle };
    }
    case PULL:
      return { from, to, key, t: "pull", credit: words[next]! };
    case END:
      return { from, to, key, t: "end" };
    case LAST:
      return { from, to, key, t: "last" };
    case WATCH:
      return { from, to, key, t: "watch" };
    default:
      return { from, to, key, t: "unwatch" };
  }
}

function readDouble(words: Int32Array): number {
  halves[0] = words[next++]!;
  halves[1] = words[next++]!;
  return double[0]!;
}

function readCall(ring: RingReader): Work {
  const { words } = ring;
  const how = words[next++]!;
  const by = how & 3;
  const as = (how & AS_PROCESS) === 0 ? undefined : readValue(ring) as string;
  const name = readValue(ring) as string;
  const fn: FunctionRef = by === 0
    ? { by: "source", key: readDouble(words), name }
    : { by: by === 1 ? "task" : "export", url: readValue(ring) as string, name };
  const unbound: string[] = [];
  for (let i = how >>> 3; i > 0; i--) unbound.push(readValue(ring) as string);
  const args = readCarried(ring);
  return as === undefined ? { do: "call", fn, args, unbound } : { do: "call", fn, args, unbound, as };
}

function readThrown(ring: RingReader): Outcome {
  const aborted = ring.words[next++] === 1;
  const type = readValue(ring) as string;
  const message = readValue(ring) as string;
  const stack = readValue(ring) as string;
  const outcome: Outcome & { is: "threw" } = { is: "threw", type, message, stack };
  if ((ring.words[next]! & 0xff) !== UNDEFINED) outcome.error = readCarried(ring) as Wire;
  if (aborted) outcome.aborted = true;
  return outcome;
}

function readCarried(ring: RingReader): Carried {
  const first = ring.words[next]!;
  const form = first & 0xff;
  if (form === BYTES || form === BYTES_WITH_HANDLES) return readBytes(ring);
  if (form !== LIST) return { plain: readValue(ring) };
  next++;
  const plain: unknown[] = [];
  for (let i = first >>> 8; i > 0; i--) plain.push(readValue(ring));
  return { plain };
}

function readBytes(ring: RingReader): Wire {
  const { words } = ring;
  const handles = (words[next++]! & 0xff) === BYTES_WITH_HANDLES;
  const block = words[next++]! >>> 0;
  const length = words[next++]!;
  const from = next * 4;
  const bytes = new Uint8Array(length);
  if (length <= FEW_BYTES) { for (let i = 0; i < length; i++) bytes[i] = ring.bytes[from + i]!; }
  else bytes.set(ring.bytes.subarray(from, from + length));
  next += (length + 3) >>> 2;
  const wire: Wire = { bytes };
  if (handles) wire.handles = true;
  if (block !== 0) wire.block = block;
  return wire;
}

function readValue(ring: RingReader): unknown {
  const { words } = ring;
  const first = words[next]!;
  switch (first & 0xff) {
    case INT:
      next += 2;
      return words[next - 1];
    case DOUBLE:
      next++;
      return readDouble(words);
    case ASCII:
    case LATIN1:
    case UTF16:
      next++;
      return readString(ring, first & 0xff, first >>> 8);
    case BYTES:
      return decode(readBytes(ring));
    case TRUE:
      next++;
      return true;
    case FALSE:
      next++;
      return false;
    case NULL:
      next++;
      return null;
    default:
      next++;
      return undefined;
  }
}

function readString(ring: RingReader, form: number, length: number): string {
  if (form === UTF16) {
    const from = next * 2;
    next += (length + 1) >>> 1;
    return fromCharCode.apply(null, Array.from(ring.halves.subarray(from, from + length)));
  }
  const from = next * 4;
  next += (length + 3) >>> 2;
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
