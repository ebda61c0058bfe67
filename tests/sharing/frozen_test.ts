import { freeze, type Frozen, isShareable, owned } from "@pool/csp";
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { own } from "./_arbitrary.ts";
import { touch } from "../../sharing/frozen/views.ts";
import { anyFreezable } from "./_freezable.ts";
import { assertReadOnly } from "./_read_only.ts";
import { assertReads } from "./_reads.ts";
import { there } from "./same.ts";

/** A value on both sides of every limit. */
function ofSize(n: number): Record<string, unknown> {
  const numbers = Array.from({ length: n }, (_, i) => i);
  return {
    list: numbers,
    rows: numbers.map((i) => ({ i, name: `row ${i}` })),
    object: Object.fromEntries(numbers.map((i) => [`key ${i}`, { i }])),
    map: new Map<unknown, unknown>(numbers.map((i) => [i % 2 ? i : `${i}`, [i]])),
    set: new Set(numbers),
  };
}

const SIZES = [0, 1, 8, 9, 32, 33, 64, 65, 128, 140];
/** What one touch decodes: all of these values, some of them, next to nothing. */
const TOUCHES = [touch.least, 400, 40];

/** Does `check` for each of {@link TOUCHES}. */
function atEveryTouch(check: () => void): void {
  const { least } = touch;
  try {
    for (touch.least of TOUCHES) check();
  } finally {
    touch.least = least;
  }
}

/** Random values, with the seed in the output and in the error. */
function property(
  context: { diagnostic?(text: string): void },
  runs: number,
  check: (value: unknown) => void,
): void {
  const seed = Date.now() | 0;
  context.diagnostic?.(`seed ${seed}`);
  atEveryTouch(() => fc.assert(fc.property(anyFreezable(), check), { seed, numRuns: runs }));
}

test("Frozen.value reads like the original for random values", (context) => {
  property(context, 40, (value) => assertReads(freeze(value).value, value));
});

test("Frozen.thaw() copies out random values", (context) => {
  property(context, 40, (value) => assertReads(freeze(value).thaw(), value));
});

test("freeze() of a view, and sending it, give the same again", (context) => {
  property(context, 30, (value) => {
    const view = freeze(value).value;
    assertReads(freeze(view).value, value);
    if (isShareable(value)) assertReads(there(view), value);
  });
});

test("Frozen.value refuses every change of random values", (context) => {
  property(context, 30, (value) => {
    const frozen = freeze(value);
    assertReadOnly(frozen.value);
    assertReads(frozen.value, value);
  });
});

test("Frozen.value reads like the original, and refuses changes, on both sides of every limit", () => {
  for (const n of SIZES) {
    const value = ofSize(n);
    atEveryTouch(() => {
      const { value: view } = freeze(value);
      assertReads(view, value);
      assertReadOnly(view);
      for (const part of Object.values(value)) assertReads(freeze(part).value, part);
    });
    for (const part of Object.values(value)) assertReads(freeze([part, [part]]).thaw(), [part, [part]]);
  }
});

test("Frozen.value gives the elements of long arrays", () => {
  const n = 2_500;
  const rows = Array.from({ length: n }, (_, i) => ({ i }));
  atEveryTouch(() => {
    const { value } = freeze(rows);
    assert.equal(value.length, n);
    assert.equal(value.at(-1)!.i, n - 1);
    assert.equal(value[n - 1], value[n - 1]);
    assert.equal(value.indexOf(value[n - 2]!), n - 2);
    assert.equal(value.reduce((sum, { i }) => sum + i, 0), n * (n - 1) / 2);
    assert.equal(value.findLast(({ i }) => i < 5)!.i, 4);
    for (const key of [n, -1, "01", "1e2", "1.0", " 1", "+1", "", "12345678901", "4294967295"]) {
      assert.equal((value as unknown as Record<PropertyKey, unknown>)[key], undefined, String(key));
      assert.equal(key in value, false, String(key));
    }
    assert.equal((value as unknown as Record<PropertyKey, unknown>)["100"], value[100]);
    assertReadOnly(freeze(rows.map(({ i }) => i)).value);
  });
});

test("Frozen.value reads long arrays alike before and after most of their elements were read", () => {
  const n = 400;
  const values = Array.from({ length: n }, (_, i) => i % 4 > 0 ? { i } : i % 8 > 0 ? "text".repeat(i) : [i]);
  atEveryTouch(() => {
    const { value } = freeze(values);
    const { map, push, [Symbol.iterator]: iterator } = value as unknown[];
    const first = value[1];
    // What seven eighths of them make the rest become is seen when the next one is read.
    for (const count of [n - (n >>> 3) - 1, n]) {
      for (let i = 0; i < count; i++) assert.equal(value[i], value[i]);
      assertReads(value, values);
      assertReadOnly(value);
      assert.ok(value[1] === first && value[n] === undefined && !("0" in Object.getPrototypeOf(value)));
      assert.ok(value.map === map as unknown && (value as unknown[]).push === push);
      assert.equal(value[Symbol.iterator], iterator);
      assert.ok(!Object.hasOwn(value, "map") && !Object.hasOwn(value, Symbol.iterator));
      assert.deepEqual(value.slice(-3).map((one) => typeof one), values.slice(-3).map((one) => typeof one));
    }
  });
});

test("Frozen.value keeps holes, also where nearly all is holes", () => {
  const arrays: unknown[][] = [
    [, 1],
    [1, , 3, ,],
    Object.assign([], { 99: 1 }),
    Object.assign([], { 299: {} }),
  ];
  arrays.push(Object.assign([], { length: 100 }), Object.assign([1], { length: 300 }));
  for (const array of arrays) {
    assertReads(freeze(array).value, array);
    assertReads(freeze(array).thaw(), array);
    assertReadOnly(freeze(array).value);
  }
  const vast: unknown[] = [];
  vast[7] = "seven";
  vast[2 ** 32 - 2] = { last: true };
  const frozen = freeze(vast);
  assert.ok(frozen.byteLength < 1000);
  assert.equal(frozen.value.length, 2 ** 32 - 1);
  assert.deepEqual(Object.keys(frozen.value), ["7", "4294967294"]);
  assert.deepEqual(frozen.value.at(-1), { last: true });
  assert.equal(8 in frozen.value, false);
  assert.deepEqual(Object.entries(frozen.thaw()), Object.entries(vast));
});

test("Frozen.value reads what is nested deeply: objects, arrays, Maps, Sets", () => {
  const wraps: ((inner: unknown) => unknown)[] = [
    (inner) => ({ inner }),
    (inner) => [inner],
    (inner) => new Map([["inner", inner]]),
    (inner) => new Map([[inner, 1]]),
    (inner) => new Set([inner]),
    (inner) => [[new Map([[new Set([{ inner }]), 1]])]],
  ];
  for (const wrap of wraps) {
    let value: unknown = "ground";
    for (let i = 0; i < 2_000; i++) value = wrap(value);
    const frozen = freeze(value);
    assert.equal(groundOf(frozen.value), 2_000 * groundOf(wrap("ground")));
    assert.equal(groundOf(frozen.thaw()), 2_000 * groundOf(wrap("ground")));
  }
});

/** How deep it goes. */
function groundOf(value: unknown): number {
  let depth = 0;
  for (; typeof value === "object" && value !== null; depth++) {
    if (value instanceof Set || value instanceof Map) {
      const [key] = value.keys();
      value = value instanceof Map && typeof key !== "object" && value.has("inner")
        ? value.get("inner")
        : key;
    } else value = Object.values(value)[0];
  }
  assert.equal(value, "ground");
  return depth;
}

test("Frozen.value finds every key of large objects, Maps and Sets, and no other", () => {
  const keys: unknown[] = [NaN, 0, undefined, null, true, false, "", "__proto__", "\ud800", -1.5, Infinity];
  for (let i = 1; i < 700; i++) {
    keys.push(i, -i / 3, `k${i}`, BigInt(i) << 70n, BigInt(-i), Symbol.for(`s${i}`));
  }
  const map = new Map(keys.map((key, i) => [key, i]));
  const names = keys.filter((key) => typeof key === "string");
  const object = {};
  for (const name of names) own(object, name, `${name}!`);
  const { value } = freeze({ map, set: new Set(keys), object });
  for (const [i, key] of keys.entries()) {
    assert.equal(value.map.get(key), i);
    assert.ok(value.map.has(key) && value.set.has(key));
  }
  for (const key of ["k0", 700, 1.25, 700n, Symbol.for("s0"), Symbol("s1"), {}, () => 1]) {
    assert.ok(!value.map.has(key) && !value.set.has(key) && value.map.get(key) === undefined);
  }
  for (const name of names) assert.equal((value.object as Record<string, string>)[name], `${name}!`);
  assert.equal("k0" in value.object, false);
  assert.deepEqual(Object.keys(value.object), names);
  assert.equal(value.map.get(-0), 1);
});

test("Frozen.thaw() copies chains of frozen values, however long", () => {
  let chain: Frozen<unknown> = freeze({ next: undefined, end: true });
  for (let i = 0; i < 3000; i++) chain = freeze({ next: chain });
  let [view, copy] = [chain.value, chain.thaw()] as Record<string, unknown>[];
  let depth = 0;
  for (; copy!["next"] !== undefined; depth++) [view, copy] = [view!["next"], copy!["next"]] as typeof view[];
  assert.equal(depth, 3000);
  assert.equal(view!["end"], true);
  assert.equal(copy!["end"], true);
});

test("Frozen.value is one object for what several values refer to", () => {
  for (const shared of [{ a: 1 }, [1], new Map([[1, 2]]), new Set([1]), new Date(5), new Uint8Array(3)]) {
    const filler = Array.from({ length: 140 }, () => [{}]);
    const value: Record<string, unknown> = {
      shared,
      filler,
      list: [shared, [shared]],
      map: new Map([[shared, shared]]),
    };
    value["self"] = value;
    atEveryTouch(() => {
      const { value: view } = freeze(value);
      assertReads(view, value);
      assert.equal((view as typeof value)["self"], view);
      assert.equal((view as { map: Map<unknown, unknown> }).map.get(view["shared"]), view["shared"]);
    });
  }
});

test("Frozen.value has Maps and Sets with the methods of theirs", () => {
  for (const n of [3, 100]) {
    const { value } = freeze(new Set(Array.from({ length: n }, (_, i) => i)));
    const other = new Set([1, -1]);
    const set = value as unknown as Set<number>;
    assert.deepEqual([...set.union(other)], [...Array.from({ length: n }, (_, i) => i), -1]);
    assert.deepEqual([...set.intersection(other)], [1]);
    assert.equal(set.difference(other).size, n - 1);
    assert.equal(set.symmetricDifference(other).size, n);
    assert.equal(set.isSubsetOf(other), false);
    assert.equal(set.isSupersetOf(new Set([0, 2])), true);
    assert.equal(set.isDisjointFrom(new Set([-5])), true);
    assert.deepEqual([...other.intersection(set)], [1]);
    assert.equal(new Set(set).size, n);
    assert.ok(value instanceof Set);
    const map = freeze(new Map(Array.from({ length: n }, (_, i) => [i, i]))).value;
    assert.ok(map instanceof Map);
    assert.equal(new Map(map).size, n);
    assert.equal(Object.prototype.toString.call(map), "[object Map]");
  }
});

test("Frozen.value holds copies of dates and bytes that belong to this interpreter", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const frozen = freeze({ bytes, date: new Date(7), part: bytes.subarray(1) });
  const { date } = frozen.value;
  assert.throws(() => date.setFullYear(1999), TypeError);
  assert.throws(() => Object.assign(date, { zone: "UTC" }), TypeError);
  assert.deepEqual(date, new Date(7));
  assert.equal(frozen.thaw().date.setTime(8), 8);
  bytes[1] = 9;
  assert.deepEqual([...frozen.value.bytes], [1, 2, 3]);
  assert.deepEqual([...frozen.value.part], [2, 3]);
  assert.equal(frozen.value.part.buffer.byteLength, 2);
  frozen.value.bytes[0] = 5;
  assert.equal(frozen.thaw().bytes[0], 1);
  assert.equal(frozen.value.bytes, frozen.value.bytes);
});

test("Frozen.value shares shared memory", () => {
  const words = new Int32Array(new SharedArrayBuffer(16), 4, 2);
  const frozen = freeze({ words, buffer: words.buffer });
  words[1] = 5;
  assert.equal(frozen.value.words[1], 5);
  assert.equal(frozen.value.words.buffer, words.buffer);
  assert.equal(frozen.value.buffer, words.buffer);
  assert.equal(frozen.thaw().words.buffer, words.buffer);
});

test("Frozen.value reads a frozen value in it as its view; thaw() copies it out", () => {
  const inner = freeze({ list: [1, { deep: true }] });
  const outer = freeze({ inner, again: [inner], map: new Map([["k", inner]]) });
  assert.equal(outer.value.inner, inner.value);
  assert.equal(outer.value.again[0], inner.value);
  assert.equal(outer.value.map.get("k"), inner.value);
  const copy = outer.thaw();
  assert.deepEqual(copy.inner, { list: [1, { deep: true }] });
  assert.equal(copy.again[0], copy.inner);
  copy.inner.list.push(2);
  assert.equal(inner.value.list.length, 2);
  assert.equal(freeze(freeze(5)).value, 5);
  assert.equal(freeze([freeze("text")]).value[0], "text");
  assert.deepEqual(freeze([freeze("text"), freeze(undefined)]).thaw(), ["text", undefined]);
});

test("freeze() gives back what is frozen", () => {
  const frozen = freeze([1]);
  assert.equal(freeze(frozen as unknown), frozen);
  assert.equal(frozen.value, frozen.value);
  assert.throws(() => Object.assign(frozen, { more: 1 }), TypeError);
});

test("Frozen.byteLength tells the memory it takes; equal strings and keys take theirs once", () => {
  const text = "a long text that stands there many times";
  const one = freeze([text]).byteLength;
  assert.ok(one % 8 === 0 && one > text.length && one < 500);
  const many = freeze(Array.from({ length: 100 }, () => ({ text, other: text }))).byteLength;
  assert.ok(many < 100 * 8 * 5, `${many}`);
  assert.ok(freeze(new Uint8Array(1000)).byteLength < 1200);
});

test("isShareable() knows frozen and owned values before anything was sent", () => {
  assert.equal(isShareable([freeze([1]), owned([1])]), true);
});

test("Frozen.value types are read-only", () => {
  const frozen: Frozen<{ a: number[] }> = freeze({ a: [1] });
  // @ts-expect-error: it cannot be written
  assert.throws(() => frozen.value.a = [], TypeError);
  // @ts-expect-error: it cannot be written
  assert.throws(() => frozen.value.a[0] = 1, TypeError);
});
