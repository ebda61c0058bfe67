import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { encode } from "../../sharing/encode.ts";
import { across, assertSame, there } from "./same.ts";

const own = (object: object, key: string, value: unknown): object =>
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
const holes: unknown[] = [1, , undefined, , 4];
const extra = Object.assign([1, 2], { index: 0, groups: undefined, "-1": "x", "01": "y", "4294967295": "z" });
const doubleView = (() => {
  const buffer = new ArrayBuffer(32);
  const bytes = new Uint8Array(buffer, 8, 16).fill(7);
  return { bytes, floats: new Float64Array(buffer), view: new DataView(buffer, 3, 5), buffer };
})();
const cycle: Record<string, unknown> = {
  list: [],
  map: new Map(),
  set: new Set(),
  date: new Date(0),
  regexp: /x/y,
};
(cycle["list"] as unknown[]).push(cycle, cycle["list"], cycle["date"], cycle["regexp"], cycle["date"]);
(cycle["map"] as Map<unknown, unknown>).set(cycle, cycle["map"]).set(cycle["set"], cycle["regexp"]);
(cycle["set"] as Set<unknown>).add(cycle["set"]).add(cycle);

const FLOAT16 = (globalThis as unknown as { Float16Array?: Float32ArrayConstructor }).Float16Array;
const VIEWS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  ...FLOAT16 === undefined ? [] : [FLOAT16],
];

const CASES: Record<string, unknown> = {
  primitives: [undefined, null, true, false],
  integers: [0, -0, 1, -1, 127, 128, -128, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53)],
  doubles: [0.1, -0.5, NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE],
  "minus zero": -0,
  "an array of -0": [-0, -0],
  bigints: [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, -(2n ** 64n), 7n ** 999n, -(7n ** 999n)],
  strings: [
    "",
    "a",
    "é",
    "\xff",
    "€",
    "😀",
    "\0",
    "\ufeffbom",
    "\ufeff",
    "\ud800",
    "x\udc00y",
    "\udfff\ud800",
  ],
  "long strings": ["a", "é", "€", "😀", "\ud800", "\ufeff"].flatMap((unit) =>
    [24, 25, 63, 64, 100, 5000].map((n) => unit.repeat(n))
  ),
  symbols: [Symbol.for("a"), Symbol.for(""), Symbol.for("\ud800")],
  "empty containers": [[], {}, new Map(), new Set(), Object.create(null), new ArrayBuffer(0)],
  holes,
  "only holes": new Array(3),
  "a huge sparse array": Object.assign([], { 5: 1, 100_000_000: 2, length: 1e9 }),
  "further keys of arrays": extra,
  "holes and as many further keys": Object.assign([1, , 3], { x: 1 }),
  "holes, numbers and further keys": Object.assign([, 1.5, , 3], { x: 1, y: 2, [Symbol.for("s")]: 3 }),
  "match of a regular expression": /b(?<name>.)/.exec("abc"),
  "__proto__ as a key": own({}, "__proto__", { a: 1 }),
  "__proto__ among more keys": own(own({ b: 1 }, "__proto__", null), "c", 2),
  "__proto__ without a prototype": own(Object.create(null), "__proto__", 1),
  "__proto__ on an array": own([1], "__proto__", 5),
  "keys like integers": { 2: "b", 1: "a", x: 0, "-1": 1, "1.5": 2 },
  "no prototype": Object.assign(Object.create(null), { a: 1, b: [Object.create(null)] }),
  "symbol keys": { a: 1, [Symbol.for("k")]: { b: 2 }, [Symbol.for("l")]: 3 },
  "many keys": Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`key ${i}`, i])),
  "odd keys": { "": 1, " ": 2, constructor: 3, toString: 4, hasOwnProperty: 5, "\ud800": 6, "é": 7 },
  map: new Map<unknown, unknown>([[NaN, 1], [{ a: 1 }, new Map()], ["k", [new Set([1])]], [null, undefined]]),
  set: new Set<unknown>(["b", "a", NaN, {}, [], undefined]),
  dates: [new Date(0), new Date(NaN), new Date(8.64e15), new Date(-1)],
  "regular expressions": [/a/, /[/]\n/giu, new RegExp(""), /(?<x>.)\k<x>/dsmy, /\//v],
  "buffers and views": doubleView,
  "each view class": VIEWS.map((View) => new View([1, 2, 250])),
  "bigint views": [new BigInt64Array([-1n, 5n]), new BigUint64Array([2n ** 64n - 1n])],
  "shared references": (() => {
    const one = { x: 1 };
    return { a: one, b: [one, one], m: new Map([[one, one]]) };
  })(),
  "a shared reference among many objects": (() => {
    const list: unknown[] = Array.from({ length: 100 }, (_, i) => ({ i }));
    return [...list, list[0], list[50], list[99], list];
  })(),
  cycle,
  "repeated shapes": Array.from(
    { length: 100 },
    (_, i) => i % 3 ? { a: i, b: "x" } : { b: i, a: { a: 1, b: 2 } },
  ),
  "more shapes than a message names": Array.from({ length: 200 }, (_, i) => ({ [`k${i}`]: i, x: 1 })),
};

for (const [name, value] of Object.entries(CASES)) {
  test(`encode() and decode() keep ${name}`, async () => {
    assertSame(there(value), value);
    assertSame(there([value, { value }]), [value, { value }]);
    assertSame(await across(value), value);
  });
}

test("decode() sets lastIndex to 0", () => {
  const regexp = /a/g;
  regexp.exec("a");
  assert.equal((there(regexp) as RegExp).lastIndex, 0);
});

test("encode() keeps resizable buffers and views that follow them", () => {
  const full = new ArrayBuffer(8, { maxByteLength: 8 });
  new Uint8Array(full).set([1, 2, 3, 4, 5, 6, 7, 8]);
  const room = new ArrayBuffer(8, { maxByteLength: 32 });
  for (const buffer of [full, room]) {
    const value = {
      buffer,
      follows: new Uint16Array(buffer),
      later: new Uint8Array(buffer, 4),
      fixed: new Uint8Array(buffer, 4, 4),
      view: new DataView(buffer, 2),
      fixedView: new DataView(buffer, 2, 6),
    };
    const copy = there(value) as typeof value;
    assertSame(copy, value);
    for (const one of [value, copy]) one.buffer.resize(6);
    assertSame([copy.follows.length, copy.later.length, copy.fixed.length, copy.view.byteLength], [
      3,
      2,
      0,
      4,
    ]);
    assert.throws(() => copy.fixedView.byteLength, TypeError);
  }
});

test("encode() takes a snapshot", () => {
  const bytes = new Uint8Array(100_000);
  const value = { a: [1], bytes };
  const { wire } = encode(value, "value");
  value.a.push(2);
  bytes.fill(9);
  return import("../../sharing/decode.ts").then(({ decode }) => {
    assertSame(decode(wire), { a: [1], bytes: new Uint8Array(100_000) });
  });
});

test("encode() reads each getter once", () => {
  let reads = 0;
  const value = {
    get x(): number {
      return ++reads;
    },
  };
  assert.deepEqual(there(value), { x: 1 });
  assert.equal(reads, 1);
});

test("encode() lets a getter's error through", () => {
  const value = {
    get x(): number {
      throw new RangeError("mine");
    },
  };
  assert.throws(() => encode(value, "value"), { name: "RangeError", message: "mine" });
  assert.deepEqual(there({ a: 1 }), { a: 1 });
});

test("encode() can be called from within a getter", () => {
  const value = {
    a: { p: 1, q: 2 },
    get b(): unknown {
      return there([{ p: 3, q: 4 }, { r: 5 }, value.a]);
    },
    c: { p: 6, q: 7 },
  };
  assert.deepEqual(there(value), {
    a: { p: 1, q: 2 },
    b: [{ p: 3, q: 4 }, { r: 5 }, { p: 1, q: 2 }],
    c: { p: 6, q: 7 },
  });
});

test("encode() carries lists of 100,000 levels", () => {
  const makers: Record<string, (inner: unknown) => unknown> = {
    objects: (inner) => ({ inner }),
    arrays: (inner) => [inner],
    maps: (inner) => new Map([[1, inner]]),
    sets: (inner) => new Set([inner]),
  };
  for (const [name, make] of Object.entries(makers)) {
    let value: unknown = 0;
    for (let i = 0; i < 100_000; i++) value = make(value);
    let copy = there(value);
    let depth = 0;
    while (typeof copy === "object" && copy !== null) {
      depth++;
      copy = copy instanceof Map || copy instanceof Set ? [...copy.values()][0] : Object.values(copy)[0];
    }
    assert.equal(depth, 100_000, name);
  }
});

test("encode() keeps cycles that span what is put off", () => {
  const top: unknown[] = [];
  let value: unknown[] = top;
  for (let i = 0; i < 1000; i++) value.push({ top, value, i }, value = []);
  value.push(top);
  const copy = there(top) as unknown[];
  let at = copy;
  for (let i = 0; i < 1000; i++) {
    const entry = at[0] as { top: unknown; value: unknown; i: number };
    assert.ok(entry.top === copy && entry.value === at && entry.i === i);
    at = at[1] as unknown[];
  }
  assert.equal(at[0], copy);
});

test("encode() shares SharedArrayBuffer, views over it, shared Memory and Module", async () => {
  const buffer = new SharedArrayBuffer(16);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
  const module = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  const value = { buffer, ints: new Int32Array(buffer, 4, 2), view: new DataView(buffer), memory, module };
  const copy = await across([value, buffer, module]) as [typeof value, SharedArrayBuffer, WebAssembly.Module];
  Atomics.store(value.ints, 0, 42);
  assert.equal(copy[0].ints[0], 42);
  assert.equal(copy[0].view.getInt32(4, true), 42);
  assert.equal(copy[0].ints.buffer, copy[0].buffer);
  assert.equal(copy[1], copy[0].buffer);
  new Uint8Array(memory.buffer)[5] = 9;
  assert.equal(new Uint8Array(copy[0].memory.buffer)[5], 9);
  assert.ok(copy[0].module instanceof WebAssembly.Module);
  assert.equal(copy[2], copy[0].module);
});

test("encode() keeps growable shared buffers growable", async () => {
  const buffer = new SharedArrayBuffer(8, { maxByteLength: 64 });
  const ints = await across(new Int32Array(buffer)) as Int32Array;
  buffer.grow(32);
  assert.equal(ints.length, 8);
});

/** Values of the whole table, with shared references and cycles tied in afterwards. */
function anyValue(): fc.Arbitrary<unknown> {
  const key = fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.constantFrom("__proto__", "a", "b", "0", "17"),
  );
  const text = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) =>
    String.fromCharCode(...units)
  );
  const leaf = fc.oneof(
    fc.constantFrom(undefined, null, true, false, -0, NaN, Infinity, Symbol.for("x")),
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    text,
    fc.string({ unit: "binary", maxLength: 100 }),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      leaf,
      fc.array(tie("tree"), { maxLength: 6 }),
      fc.array(fc.tuple(fc.nat({ max: 300 }), tie("tree")), { maxLength: 5 }).map((pairs) => {
        const array: unknown[] = [];
        for (const [i, value] of pairs) array[i] = value;
        return array;
      }),
      fc.tuple(fc.array(tie("tree"), { maxLength: 3 }), fc.dictionary(key, tie("tree"), { maxKeys: 3 })).map(
        ([array, fields]) => {
          for (const [name, value] of Object.entries(fields)) own(array, name, value);
          return array;
        },
      ),
      fc.dictionary(key, tie("tree"), { maxKeys: 6, noNullPrototype: false }),
      fc.record({ a: tie("tree"), b: tie("tree"), c: tie("tree") }, { requiredKeys: [] }),
      fc.array(fc.tuple(tie("tree"), tie("tree")), { maxLength: 4 }).map((pairs) => new Map(pairs)),
      fc.array(tie("tree"), { maxLength: 4 }).map((values) => new Set(values)),
      fc.date({ noInvalidDate: false }),
      fc.constantFrom("", "g", "iu", "sy").map((flags) => new RegExp("a(b)", flags)),
      fc.uint8Array().map((bytes) => bytes.buffer),
      fc.float64Array(),
      fc.bigInt64Array(),
      fc.tuple(fc.uint8Array({ minLength: 8, maxLength: 64 }), fc.nat({ max: 8 })).map(([bytes, from]) => ({
        bytes,
        view: new DataView(bytes.buffer, from),
        part: bytes.subarray(from),
      })),
      fc.tuple(fc.constantFrom(Error, TypeError, RangeError), fc.string(), tie("tree")).map((
        [cls, message, extra],
      ) => Object.assign(new cls(message, { cause: extra }), { extra })),
    ),
  }));
  // tied in a fresh object: fast-check keeps the parts it generated for shrinking, so they may not change
  return fc.tuple(tree, fc.array(fc.nat(), { maxLength: 4 })).map(([value, picks]) => {
    if (picks.length === 0) return value;
    const objects: unknown[] = [];
    collect(value, objects);
    const root: Record<string, unknown> = { value, set: new Set(), map: new Map(), list: [] };
    objects.push(root["set"], root["map"], root["list"], root);
    for (const pick of picks) {
      const object = objects[(pick >>> 2) % objects.length];
      if (pick % 3 === 0) (root["set"] as Set<unknown>).add(object);
      else if (pick % 3 === 1) {
        (root["map"] as Map<unknown, unknown>).set(object, objects[pick % objects.length]);
      } else (root["list"] as unknown[]).push(object);
    }
    return root;
  });
}

function collect(value: unknown, into: unknown[]): void {
  if (typeof value !== "object" || value === null || into.includes(value)) return;
  into.push(value);
  if (value instanceof Map) { for (const pair of value) for (const part of pair) collect(part, into); }
  else if (value instanceof Set) { for (const part of value) collect(part, into); }
  else if (!ArrayBuffer.isView(value)) { for (const part of Object.values(value)) collect(part, into); }
}

test("encode() and decode() keep random values of the whole table", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(anyValue(), (value) => {
      assertSame(there(value), value);
    }),
    { numRuns: 600 },
  );
});

test("encode() and decode() keep random values across a MessageChannel", { timeout: 60_000 }, async () => {
  await fc.assert(fc.asyncProperty(anyValue(), async (value) => assertSame(await across(value), value)), {
    numRuns: 100,
  });
});

test("encode() and decode() keep objects once their keys have functions of their own", () => {
  const make = (i: number): object => own({ ["odd\nkey\u2028\ud800\"'"]: i, a: { b: i } }, "__proto__", [i]);
  const list = Array.from({ length: 300 }, (_, i) => make(i));
  assertSame(there(list), list);
  assertSame(there([...list, list[5]]), [...list, list[5]]);
  const bad = Object.assign(make(1), { a: { b: () => 1 } });
  assert.throws(() => encode([...list, bad], "value"), { path: "value[300].a.b" });
  assert.throws(() => encode(Object.assign(make(1), { a: Symbol("x") }), "value"), { path: "value.a" });
});
