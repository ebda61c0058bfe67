/**
 * What encode + decode costs on one thread, beside structuredClone and JSON on the same data: into bytes of their own, as
 * letters go, and where they stand in shared memory, as values go through channels.
 *
 * Usage: node bench/micro/codec.ts | deno run bench/micro/codec.ts | bun bench/micro/codec.ts
 *
 * @module
 */

import { decode, decodeAt } from "../../sharing/decode.ts";
import { encode, encodeInto } from "../../sharing/encode.ts";

const small = { id: 7, name: "worker", load: 0.25, ready: true, parent: null };
const list = Array.from({ length: 1000 }, (_, i) => ({ id: i, name: `item ${i}`, price: i * 1.25 }));
const nested = {
  user: { id: 1, name: "Ada", tags: ["a", "b"] },
  items: [{ sku: "x-1", n: 2 }, { sku: "x-2", n: 5 }],
  total: 12.5,
};

const CASES: [name: string, value: unknown][] = [
  ["integer", 5],
  ["short string", "hello"],
  ["100-byte string", "0123456789".repeat(10)],
  ["small list, as in a letter", [1, "abc", { a: 1 }]],
  ["5-field object", small],
  ["nested object", nested],
  ["1,000 objects of 3 fields", list],
  ["1,000 integers", Array.from({ length: 1000 }, (_, i) => i * 7)],
  ["Map of 100", new Map(Array.from({ length: 100 }, (_, i) => [`key ${i}`, i]))],
  ["1 MB Uint8Array", new Uint8Array(1 << 20)],
  ["1 MB string, ASCII", "0123456789abcdef".repeat(1 << 16)],
  ["300 K string, CJK", "漢字かな交じり文".repeat(12_500 * 3)],
];

let sink: unknown;

/** Shared memory that one message goes to. */
const target = new Uint8Array(new SharedArrayBuffer(1 << 22));
const view = new DataView(target.buffer);
const at = 16;
let end = at;
const place = {
  target,
  at,
  make(length: number): void {
    end = at + length;
  },
};

/** Nanoseconds per call: the best of several rounds of about 20 ms. */
function time(run: () => void): number {
  const deadline = performance.now() + 60;
  let calls = 0;
  while (performance.now() < deadline) {
    run();
    calls++;
  }
  const round = Math.max(1, Math.round(calls / 3));
  let best = Infinity;
  for (let i = 0; i < 7; i++) {
    const start = performance.now();
    for (let j = 0; j < round; j++) run();
    best = Math.min(best, (performance.now() - start) * 1e6 / round);
  }
  return best;
}

function text(nanoseconds: number): string {
  if (nanoseconds < 10_000) return `${nanoseconds.toFixed(0)} ns`;
  return `${(nanoseconds / 1000).toFixed(nanoseconds < 1e5 ? 1 : 0)} µs`;
}

const rows: string[][] = [[
  "value",
  "encode",
  "decode",
  "both",
  "in shared memory: encode",
  "decode",
  "both",
  "structuredClone",
  "ratio",
  "JSON",
]];
for (const [name, value] of CASES) {
  const { wire } = encode(value, "value");
  const encoding = time(() => sink = encode(value, "value"));
  const decoding = time(() => sink = decode(wire));
  const both = time(() => sink = decode(encode(value, "value").wire));
  const encodingThere = time(() => encodeInto(value, "value", place));
  const decodingThere = time(() => sink = decodeAt(target, at, end, view, undefined));
  const bothThere = time(() => {
    encodeInto(value, "value", place);
    sink = decodeAt(target, at, end, view, undefined);
  });
  const clone = time(() => sink = structuredClone(value));
  const isJson = !(value instanceof Map) && !ArrayBuffer.isView(value);
  const json = isJson ? text(time(() => sink = JSON.parse(JSON.stringify(value)))) : "";
  const own = [encoding, decoding, both, encodingThere, decodingThere, bothThere, clone].map(text);
  rows.push([name, ...own, (clone / bothThere).toFixed(1), json]);
}
const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
for (const row of rows) {
  console.log(row.map((cell, i) => i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join("  "));
}
if (sink === undefined) throw new Error("Cannot measure: nothing was encoded");
