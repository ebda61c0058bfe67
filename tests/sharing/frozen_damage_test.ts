import assert from "node:assert/strict";
import { test } from "node:test";
import { freeze, type Frozen } from "@pool/csp";
import { describe, open } from "../../sharing/frozen/engine.ts";
import { touch } from "../../sharing/frozen/views.ts";

const shared = { s: 1 };
const value: Record<string, unknown> = {
  text: "text",
  wide: "\ud800é".repeat(5),
  list: [1.5, , "x", [true, null]],
  long: Array.from({ length: 35 }, (_, i) => i % 5 ? i : { i }),
  sparse: Object.assign([], { 5: 1, 90: shared }),
  map: new Map<unknown, unknown>([[1, "one"], ["k", shared], [shared, 2n ** 70n]]),
  table: new Map(Array.from({ length: 10 }, (_, i) => [`k${i}`, i])),
  set: new Set(Array.from({ length: 10 }, (_, i) => i)),
  bare: Object.assign(Object.create(null) as object, { a: Symbol.for("s") }),
  date: new Date(5),
  bytes: Uint8Array.of(1, 2, 3),
  view: new DataView(new ArrayBuffer(9), 1),
  words: new Int32Array(new SharedArrayBuffer(8), 4),
  inner: freeze([shared]),
  many: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, i])),
};
value["self"] = value;
/** The same in small portions: each byte's turn then costs little. */
const portions = Object.keys(value).filter((key) => key !== "self").map((key) => {
  const portion: Record<string, unknown> = { shared, part: value[key], more: [1, shared] };
  return Object.assign(portion, { self: portion });
});

/** The bytes of a graph that holds `value`, and what is beside it. */
function graphOf(value: unknown): { bytes: Uint8Array; side: readonly object[] } {
  const [, buffer, side] = describe(freeze(value) as Frozen<unknown>);
  return { bytes: new Uint8Array(buffer).slice(), side };
}

function sharedCopy(bytes: Uint8Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

/** Reads everything of a view up to a bound: damaged bytes may hold a cycle, or more than they had. */
function readAll(view: unknown): void {
  const queue = [view];
  const seen = new Set<unknown>();
  for (const part of queue) {
    if (seen.size > 100) return;
    if (typeof part !== "object" || part === null || seen.has(part)) continue;
    seen.add(part);
    if (part instanceof Map || part instanceof Set) {
      let left = 100;
      for (const [key, item] of part.entries()) {
        if (left-- === 0) break;
        part.has(key);
        queue.push(key, item);
      }
      part.has("k5");
    } else if (Array.isArray(part)) {
      for (let i = 0; i < Math.min(part.length, 100); i++) queue.push(part[i]);
      part.at(-1);
      if (part.length < 100) part.map(String);
    } else if (!ArrayBuffer.isView(part) && !(part instanceof Date)) {
      for (const key of Object.keys(part).slice(0, 100)) queue.push((part as Record<string, unknown>)[key]);
    }
  }
}

/** Opens damaged bytes and reads them, as objects, as proxies, and as copies: a value or an Error each. */
function survives(bytes: Uint8Array, side: readonly object[]): void {
  for (
    const way of [
      (frozen: Frozen<unknown>) => readAll(frozen.value),
      (frozen: Frozen<unknown>) => {
        const { least } = touch;
        touch.least = 40;
        try {
          readAll(frozen.value);
        } finally {
          touch.least = least;
        }
      },
      (frozen: Frozen<unknown>) => frozen.thaw(),
    ]
  ) {
    try {
      way(open(sharedCopy(bytes), side));
    } catch (error) {
      assert.ok(error instanceof Error, String(error));
    }
  }
}

test("open() reads intact bytes, and refuses what holds no graph with TypeError", () => {
  const { bytes, side } = graphOf(value);
  assert.deepEqual(Object.keys(open(sharedCopy(bytes), side).value as object), Object.keys(value));
  for (let length = 0; length < bytes.length; length += length < 80 ? 1 : 8) {
    assert.throws(() => open(sharedCopy(bytes.subarray(0, length)), side), TypeError, `length ${length}`);
  }
  assert.throws(() => open(sharedCopy(bytes), []), TypeError);
  assert.throws(() => open(new SharedArrayBuffer(4096), []), TypeError);
});

test("Frozen.value and thaw() give an Error or some value for truncated bytes that say they are whole", () => {
  const { bytes, side } = graphOf(value);
  for (let length = 64; length < bytes.length; length += 8) {
    const cut = bytes.slice(0, length);
    new DataView(cut.buffer).setFloat64(8, length, true);
    survives(cut, side);
  }
});

test("Frozen.value and thaw() give an Error or some value for altered bytes", { timeout: 60_000 }, () => {
  for (const { bytes, side } of portions.map(graphOf)) {
    for (let at = 16; at < bytes.length; at++) {
      for (
        const byte of at % 8 === 0
          ? [0, 8, 9, 14, 0xff, bytes[at]! ^ 1]
          : [at % 2 === 0 ? 0 : 0xff, bytes[at]! ^ 1]
      ) {
        if (byte === bytes[at]) continue;
        const altered = bytes.slice();
        altered[at] = byte;
        survives(altered, side);
      }
    }
  }
});

test("Frozen.value and thaw() give an Error or some value when tags and references are mixed up", (context) => {
  const seed = Date.now() >>> 0;
  context.diagnostic?.(`seed ${seed}`);
  let state = seed;
  const random = (below: number): number => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 >>> 0;
    return (state >>> 8) % below;
  };
  const { bytes, side } = graphOf(value);
  const cells = bytes.length / 8;
  for (let i = 0; i < 1500; i++) {
    const altered = new DataView(bytes.slice().buffer);
    for (let changes = 1 + random(3); changes > 0; changes--) {
      const at = 8 * (changes === 1 ? 3 : 3 + random(cells - 3));
      altered.setUint32(at, random(8) === 0 ? random(2 ** 24) * 256 : random(cells), true);
      if (random(3) > 0) altered.setUint32(at + 4, 0xfff90000 + random(18), true);
    }
    survives(new Uint8Array(altered.buffer), side);
  }
});

test("Frozen.value and thaw() allocate nothing for lengths that the bytes cannot hold", () => {
  const makers: (() => unknown)[] = [
    () => "some text",
    () => [1, 2],
    () => new Map([[1, 2]]),
    () => new Set([1]),
    () => ({ a: 1 }),
    () => new ArrayBuffer(8),
    () => new Float64Array(2),
    () => 2n ** 100n,
  ];
  for (const make of makers) {
    const { bytes } = graphOf(make());
    const at = 8 * new DataView(bytes.buffer).getUint32(24, true);
    for (const length of [2 ** 31, 2 ** 32 - 1]) {
      const altered = bytes.slice();
      const view = new DataView(altered.buffer);
      view.setUint32(at, length, true);
      for (
        const way of [
          (frozen: Frozen<unknown>) => readAll(frozen.value),
          (frozen: Frozen<unknown>) => frozen.thaw(),
        ]
      ) {
        try {
          way(open(sharedCopy(altered), []));
        } catch (error) {
          assert.ok(error instanceof TypeError, String(error));
        }
      }
      if (make() instanceof ArrayBuffer) {
        view.setFloat64(at, length, true);
        assert.throws(() => open(sharedCopy(altered), []).value, TypeError);
      }
    }
  }
});
