import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { encode } from "../../sharing/encode.ts";
import { anyValue, own } from "./_arbitrary.ts";
import { CASES } from "./_cases.ts";
import { across, assertSame, there } from "./same.ts";

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

test("encode() and decode() keep large buffers, several in one value and between other things", () => {
  const sizes = [4095, 4096, 4097, 10_000, 65_536, 1_000_003];
  const buffers = sizes.map((size) => Uint8Array.from({ length: size }, (_, i) => i * 7 + (i >> 8)));
  const value = {
    buffers,
    text: "x".repeat(5000),
    mixed: buffers.flatMap((bytes, i) => ["a".repeat(i), bytes, { i }]),
    part: buffers[3]!.subarray(5, 5005),
    copy: buffers[4]!.slice(),
    resizable: new ArrayBuffer(6000, { maxByteLength: 7000 }),
  };
  new Uint8Array(value.resizable).set(buffers[3]!.subarray(0, 6000));
  assertSame(there(value), value);
});

test("encode() refuses a large buffer that is detached or resized while the rest is read", () => {
  for (
    const change of [
      (buffer: ArrayBuffer) => buffer.transfer(),
      (buffer: ArrayBuffer) => buffer.resize(5000),
    ]
  ) {
    const bytes = new Uint8Array(new ArrayBuffer(10_000, { maxByteLength: 20_000 }));
    const value = {
      bytes,
      get later(): unknown {
        return change(bytes.buffer);
      },
    };
    assert.throws(() => encode(value, "value"), {
      name: "RangeError",
      message:
        "Cannot share a buffer of 10000 bytes: it was resized or detached while the value was read, leave it as it is until then",
    });
  }
  assertSame(there([1]), [1]);
});

test("encode() and decode() keep arrays of objects that are alike but for something", () => {
  const make = (i: number): Record<string, unknown> => ({ id: i, name: `item ${i}`, price: i / 4 });
  const list: unknown[] = Array.from({ length: 400 }, (_, i) => make(i));
  const others: unknown[] = [
    { name: "", id: 1, price: 2 },
    { id: 1, name: "x" },
    { id: 1, name: "x", price: 2, more: 3 },
    { ...make(1), [Symbol.for("s")]: 1 },
    Object.assign(Object.create(null), make(2)),
    Object.defineProperty(make(3), "hidden", { value: 1 }),
    Object.defineProperty(make(4), "price", { enumerable: false }),
    list[0],
    undefined,
    null,
    7,
    "text",
    [1],
    new Map([[make(1), make(2)]]),
    { id: -0, name: "\ud800", price: NaN },
    { id: 2 ** 31, name: "é".repeat(30), price: -129 },
    { id: { id: 1, name: "inner", price: 2 }, name: [make(5), make(6)], price: list },
    make(1),
  ];
  for (let i = 0; i < others.length; i++) {
    const mixed = list.slice();
    mixed.splice(100 + i, 0, others[i]);
    delete mixed[300];
    assertSame(there(mixed), mixed);
    assertSame(there(list.flatMap((item) => [others[i], item])), list.flatMap((item) => [others[i], item]));
  }
  assertSame(there([list, { list }, list[7]]), [list, { list }, list[7]]);
  class Alike {
    id = 1;
    name = "x";
    price = 2;
  }
  const bad: [unknown, string][] = [
    [new Alike(), "value[150]"],
    [{ id: 1, name: "x", price: () => 1 }, "value[150].price"],
    [{ id: 1, name: [{ a: Symbol("x") }], price: 1 }, "value[150].name[0].a"],
  ];
  for (const [item, path] of bad) {
    assert.throws(() => encode(list.toSpliced(150, 0, item), "value"), { path });
  }
  let reads = 0;
  const counting = list.toSpliced(150, 0, {
    id: 1,
    name: "x",
    get price(): number {
      return ++reads;
    },
  });
  assert.deepEqual((there([...counting, counting[150]]) as unknown[])[401], { id: 1, name: "x", price: 1 });
  assert.equal(reads, 1);
});

test("encode() and decode() keep arrays of objects in arrays of objects to any depth", () => {
  let value: unknown = "end";
  for (let i = 0; i < 1000; i++) {
    value = Array.from({ length: 6 }, (_, j) => ({ i, j, value: j === 3 ? value : j }));
  }
  let [copy, original]: unknown[] = [there(value), value];
  for (let i = 999; i >= 0; i--) {
    const [one, other] = [copy, original] as { i: number; j: number; value: unknown }[][];
    assert.deepEqual(one!.map(({ i, j }) => [i, j]), other!.map(({ i, j }) => [i, j]));
    [copy, original] = [one![3]!.value, other![3]!.value];
  }
  assert.equal(copy, "end");
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
