/**
 * Functions generated for one key list each: what writes and reads the values of objects that have these keys.
 *
 * Engines give them loads and stores of known fields instead of searches by key, objects that are made whole, and, since
 * they keep the position in local variables, numbers and short strings without a call. Where a policy forbids generated code there are
 * none, and the loops of encode.ts and decode.ts do the same.
 *
 * *Invariants.* Only the keys differ, and stand in the source as JSON. A row is taken by `RowsWriter` only if it is a
 * plain object that has exactly these keys and no symbols, and is new in this message; everything else is left to the
 * caller, together with the element, which is read once.
 *
 * @module
 */

import type { Numbering } from "./numbering.ts";
import type { Reader } from "./reader.ts";
import { DOUBLE, INT16, INT32, SHORT_STRING, SMALL_INT } from "./wire.ts";
import { LOOP, type Writer } from "./writer.ts";

/** What they need of an encoder. */
export interface ValueWriter {
  readonly numbering: Numbering;
  /** Where a `RowsWriter` stopped: the element it did not take, or the index at which it threw. */
  element: unknown;
  row: number;
  value(value: unknown): void;
  /** The error to go on with when the value under the key numbered `index` was refused. */
  located(error: unknown, keys: readonly string[], index: number): unknown;
}

/** What they need of a decoder. */
export interface ValueReader {
  /** The value behind `tag`. */
  value(tag: number): unknown;
}

/** Writes the values of `object`. */
export type ObjectWriter = (encoder: ValueWriter, out: Writer, object: object) => void;
/** Writes the values of the elements from `first` at `i` on; the index of the first that is none of these, or `end`. */
export type RowsWriter = (
  encoder: ValueWriter,
  out: Writer,
  list: readonly unknown[],
  i: number,
  end: number,
  first: object,
) => number;
/** Reads an object. */
export type ObjectReader = (decoder: ValueReader, input: Reader) => object;
/** Reads `count` objects and adds them to `list`. */
export type RowsReader = (decoder: ValueReader, input: Reader, list: unknown[], count: number) => void;

let generates = true;

/** A function from generated source, undefined where a policy forbids that. */
function generate<T>(source: string, keys: readonly string[]): T | undefined {
  if (!generates) return undefined;
  try {
    return new Function("keys", `"use strict";${source}`)(keys);
  } catch {
    generates = false;
    return undefined;
  }
}

/** See {@link ObjectWriter}. */
export function generateObjectWriter(keys: readonly string[]): ObjectWriter | undefined {
  return generate(
    `return (e, w, o) => {
  ${WRITING} let f = 0;
  try { ${fieldsWritten(keys)} } catch (x) { throw e.located(x, keys, f); }
  w.end = p;
};`,
    keys,
  );
}

/** See {@link RowsWriter}. */
export function generateRowsWriter(keys: readonly string[]): RowsWriter | undefined {
  // The first comparison lets engines know the object's layout, which makes the second free.
  const isPlain = `${
    keys.includes("constructor") ? "" : "o.constructor === Object && "
  }getPrototypeOf(o) === plain`;
  return generate(
    `const { getPrototypeOf, getOwnPropertySymbols, prototype: plain } = Object;
return (e, w, list, i, n, first) => {
  let o = e.element = first;
  for (const key in plain) return i;
  ${WRITING} let f = -1;
  const { numbering } = e;
  try {
    for (;; f = -1, o = e.element = list[i]) {
      if (typeof o !== "object" || o === null) break;
      let k = 0;
      for (const key in o) { if (key !== keys[k++]) { k = -1; break; } }
      if (k !== ${keys.length} || !(${isPlain}) || getOwnPropertySymbols(o).length > 0) break;
      if (!numbering.isNew(o)) break;
      if (p + ${roomFor(keys)} > b.length) { w.end = p; ${again(keys)} }
      ${fieldsWritten(keys)}
      if (++i === n) break;
    }
  } catch (x) {
    e.row = i;
    throw f < 0 ? x : e.located(x, keys, f);
  }
  w.end = p;
  return i;
};`,
    keys,
  );
}

/** Most bytes that the values of an object take that are written without a call. */
function roomFor(keys: readonly string[]): number {
  return keys.length * (LOOP + 1);
}

const WRITING = "let p, b, d, v, l, a, q, j, c; w.reserve(1024); p = w.end; b = w.bytes; d = w.view;";

function again(keys: readonly string[]): string {
  return `w.reserve(${roomFor(keys)}); p = w.end; b = w.bytes; d = w.view;`;
}

function fieldsWritten(keys: readonly string[]): string {
  return keys.map((key, i) => `
f = ${i}; v = o[${JSON.stringify(key)}];
if (typeof v === "number") {
  if ((v | 0) === v && (v !== 0 || 1 / v > 0)) {
    if (v >= 0 && v < 0x80) b[p++] = ${SMALL_INT} + v;
    else if (v << 16 >> 16 === v) { b[p] = ${INT16}; b[p + 1] = v; b[p + 2] = v >> 8; p += 3; }
    else { b[p] = ${INT32}; d.setInt32(p + 1, v, true); p += 5; }
  } else { b[p] = ${DOUBLE}; d.setFloat64(p + 1, v, true); p += 9; }
} else {
  a = 0x100;
  if (typeof v === "string" && (l = v.length) <= ${LOOP}) {
    for (a = 0, q = p + 1, j = 0; j < l; j++) { c = v.charCodeAt(j); a |= c; b[q++] = c; }
    if (a < 0x100) { b[p] = ${SHORT_STRING} + l; p = q; }
  }
  if (a >= 0x100) { w.end = p; e.value(v); ${again(keys)} }
}`).join("");
}

/** See {@link ObjectReader}. */
export function generateObjectReader(keys: readonly string[]): ObjectReader | undefined {
  return generate(
    `return (s, r) => {
  ${READING} ${fieldsRead(keys, "textAt", (at) => `r.doubleAt(${at})`)}
  if (p > end) r.endTooEarly();
  r.at = p;
  return ${literal(keys)};
};`,
    keys,
  );
}

/** See {@link RowsReader}. */
export function generateRowsReader(keys: readonly string[]): RowsReader | undefined {
  return generate(
    `return (s, r, list, count) => {
  ${READING} const d = r.view;
  for (let i = 0; i < count; i++) {
    ${fieldsRead(keys, "partAt", (at) => `d.getFloat64(${at}, true)`)}
    if (p > end) r.endTooEarly();
    list.push(${literal(keys)});
  }
  r.at = p;
};`,
    keys,
  );
}

const READING = "const b = r.bytes, end = r.end; let p = r.at, t, q;";

function fieldsRead(
  keys: readonly string[],
  text: "textAt" | "partAt",
  double: (at: string) => string,
): string {
  return keys.map((_, i) => `
let v${i};
t = b[p++];
if (t >= ${SMALL_INT}) v${i} = t - ${SMALL_INT};
else if (t >= ${SHORT_STRING}) { q = p; p += t - ${SHORT_STRING}; v${i} = r.${text}(q, t - ${SHORT_STRING}); }
else if (t === ${DOUBLE}) { q = p; p += 8; if (p > end) r.endTooEarly(); v${i} = ${double("q")}; }
else if (t === ${INT16}) { v${i} = (b[p] | b[p + 1] << 8) << 16 >> 16; p += 2; }
else if (t === ${INT32}) { v${i} = b[p] | b[p + 1] << 8 | b[p + 2] << 16 | b[p + 3] << 24; p += 4; }
else { r.at = p; v${i} = s.value(t); p = r.at; }`).join("");
}

/** The object, made whole; `__proto__` as a computed key is a key like any other. */
function literal(keys: readonly string[]): string {
  const fields = keys.map((key, i) =>
    `${key === "__proto__" ? '["__proto__"]' : JSON.stringify(key)}: v${i}`
  );
  return `{${fields.join()}}`;
}
