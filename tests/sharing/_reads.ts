/**
 * Asserts that a frozen value's view reads like the original along every way in which an object is read, and cannot be
 * changed along any; and makes random values that can be frozen.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { NUMBER_VIEWS, own, tied } from "./_arbitrary.ts";

type AnyMethod = (this: unknown, ...args: unknown[]) => unknown;
type Fields = Record<string | symbol, unknown>;

/** Throws unless `view` reads like `original`: structure, identity, and each way to it. */
export function assertReads(view: unknown, original: unknown): void {
  const labels = new Map<unknown, number>();
  const pairs = new Map<object, object>();
  const reverse = new Map<object, object>();
  const arrays: [unknown[], unknown[], string][] = [];
  const collections: [Collection, Collection, string][] = [];
  function label(view: object, original: object): void {
    pairs.set(original, view);
    reverse.set(view, original);
    labels.set(original, labels.size + 1).set(view, labels.size);
  }
  function compare(a: unknown, b: unknown, path: string): void {
    if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) {
      assert.ok(Object.is(a, b), `${path}: ${String(typeof a)} is not ${String(typeof b)}, or another value`);
      return;
    }
    if (pairs.has(b) || reverse.has(a)) {
      assert.ok(pairs.get(b) === a && reverse.get(a) === b, `${path}: identity differs`);
      return;
    }
    if (b instanceof SharedArrayBuffer) {
      labels.set(b, labels.size + 1);
      return assert.equal(a, b, path);
    }
    label(a, b);
    assert.equal(Object.getPrototypeOf(a), Object.getPrototypeOf(b), `${path}: prototype`);
    if (b instanceof Date) return assert.ok(Object.is((a as Date).getTime(), b.getTime()), path);
    if (b instanceof ArrayBuffer) {
      return assert.deepEqual(new Uint8Array(a as ArrayBuffer), new Uint8Array(b), path);
    }
    if (ArrayBuffer.isView(b)) return compareBytes(a as typeof b, b, path);
    if (b instanceof Map) {
      assert.equal((a as typeof b).size, b.size, `${path}.size`);
      compareLists([...a as typeof b].flat(1), [...b].flat(1), path);
      collections.push([a as never, b as never, path]);
      return;
    }
    if (b instanceof Set) {
      assert.equal((a as typeof b).size, b.size, `${path}.size`);
      compareLists([...a as typeof b], [...b], path);
      collections.push([a as never, b as never, path]);
      return;
    }
    assert.equal(Array.isArray(a), Array.isArray(b), path);
    const keys = Object.keys(b);
    assert.deepEqual(Object.keys(a), keys, `${path}: keys`);
    assert.deepEqual(Reflect.ownKeys(a), Reflect.ownKeys(b), `${path}: own keys`);
    for (const key of keys) {
      const at = `${path}[${JSON.stringify(key)}]`;
      compare((a as Fields)[key], (b as Fields)[key], at);
      assert.ok(key in a && Object.hasOwn(a, key), `${at}: in`);
      assert.ok(Object.is((a as Fields)[key], (a as Fields)[key]), `${at}: read again`);
      assert.ok(
        Object.is(Object.getOwnPropertyDescriptor(a, key)?.value, (a as Fields)[key]),
        `${at}: descriptor`,
      );
    }
    for (const key of ["nothing", "-1", "1.5", "4294967295", "toString", Symbol.iterator, Symbol.for("x")]) {
      if (keys.includes(key as string)) continue;
      assert.equal(key in a, key in b, `${path}: ${String(key)} in`);
      if (typeof (b as Fields)[key] !== "function") {
        assert.equal((a as Fields)[key], (b as Fields)[key], `${path}: ${String(key)}`);
      } else assert.equal(typeof (a as Fields)[key], "function", `${path}: ${String(key)}`);
    }
    const [entries, copies] = [Object.entries(a), Object.entries(Array.isArray(b) ? [...a as []] : { ...a })];
    for (const [i, [key, item]] of entries.entries()) {
      assert.ok(key === keys[i] && Object.is(item, (a as Fields)[key]), `${path}: entries`);
    }
    assert.equal(entries.length, keys.length, `${path}: entries`);
    for (const [key, item] of copies) {
      assert.ok(Object.is(item, (a as Fields)[key]), `${path}: spread ${key}`);
    }
    if (Array.isArray(b)) arrays.push([a as unknown[], b, path]);
  }
  function compareLists(a: unknown[], b: unknown[], path: string): void {
    assert.equal(a.length, b.length, path);
    for (let i = 0; i < a.length; i++) compare(a[i], b[i], `${path}.values()[${i}]`);
  }
  compare(view, original, "value");
  // Only now are all of them known.
  for (const pair of arrays) compareArrays(...pair, labels);
  for (const pair of collections) compareCollections(...pair, labels);
  assert.deepEqual(json(view), json(original));
}

function json(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // Cycles and bigints.
    return (error as Error).name;
  }
}

function compareBytes(a: ArrayBufferView, b: ArrayBufferView, path: string): void {
  assert.equal(a.byteLength, b.byteLength, path);
  assert.deepEqual(
    new Uint8Array(a.buffer, a.byteOffset, a.byteLength),
    new Uint8Array(b.buffer, b.byteOffset, b.byteLength),
    path,
  );
  if (b.buffer instanceof SharedArrayBuffer) assert.equal(a.buffer, b.buffer, path);
}

/** What a method gave, with numbers in place of the objects. */
function labelled(value: unknown, labels: ReadonlyMap<unknown, number>): unknown {
  const known = labels.get(value);
  if (known !== undefined) return { label: known };
  // Numbers and the like in one form that tells all of them apart.
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : value;
  if (Array.isArray(value)) return value.map((item) => labelled(item, labels));
  return [...value as Iterable<unknown>].map((item) => labelled(item, labels));
}

function isOdd(_item: unknown, i: unknown): boolean {
  return Number(i) % 3 === 1;
}

function numbered(item: unknown, i: unknown): unknown {
  return [item, i];
}

function weighed(sum: unknown, _item: unknown, i: unknown): number {
  return Number(sum) * 3 % 1000 + Number(i);
}

/** Names of methods, and what they are called with. */
function* calls(b: readonly unknown[]): Generator<[string, ...unknown[]]> {
  const { length } = b;
  for (const i of [0, 1, -1, length - 1, -length, length, -length - 1, 2.7, -0.5, NaN, Infinity, -Infinity]) {
    yield ["at", i];
    yield ["slice", i];
    yield ["slice", 1, i];
    yield ["indexOf", b[length - 1], i];
    yield ["includes", b[0], i];
    yield ["lastIndexOf", b[0], i];
  }
  yield ["slice"];
  yield ["slice", undefined, undefined];
  for (const wanted of [undefined, NaN, 0, -0, "nothing", b[length >> 1]]) {
    yield ["includes", wanted];
    yield ["indexOf", wanted];
    yield ["lastIndexOf", wanted];
  }
  for (
    const name of [
      "filter",
      "some",
      "every",
      "find",
      "findIndex",
      "findLast",
      "findLastIndex",
      "map",
      "flatMap",
    ]
  ) {
    yield [name, name === "map" || name === "flatMap" ? numbered : isOdd];
    yield [name, () => true];
    yield [name, () => false];
  }
  for (const name of ["reduce", "reduceRight"]) {
    yield [name, weighed, 7];
    yield [name, weighed];
  }
  for (const name of ["keys", "values", "entries", "toReversed"]) yield [name];
  yield ["toSorted", () => 0];
  yield ["toSpliced", 1, 2, "in"];
  if (length > 0) yield ["with", -1, "other"];
  yield ["concat", [1, [2]], 3];
  yield ["concat"];
  yield ["flat", 0];
}

function compareArrays(
  a: unknown[],
  b: unknown[],
  path: string,
  labels: ReadonlyMap<unknown, number>,
): void {
  if (b.length > 10_000) return;
  const primitive = b.every((item) => typeof item !== "object" && typeof item !== "symbol");
  const all = [...calls(b)];
  if (primitive) all.push(["join"], ["join", "-"], ["toString"]);
  for (const [name, ...args] of all) {
    // What is looked for is the view's own.
    const ours = args.map((arg) => typeof arg === "object" ? a[b.indexOf(arg)] ?? arg : arg);
    assert.deepEqual(outcome(a, name, ours, labels), outcome(b, name, args, labels), `${path}.${name}`);
  }
  const seen: unknown[] = [];
  a.forEach((item, i, array) => {
    assert.equal(array, a);
    seen.push(i, item);
  });
  const wanted: unknown[] = [];
  b.forEach((item, i) => wanted.push(i, item));
  assert.deepEqual(labelled(seen, labels), labelled(wanted, labels), `${path}.forEach`);
  assert.deepEqual(Object.keys(a.slice()), Object.keys(b.slice()), `${path}: holes of slice()`);
  assert.deepEqual(Object.keys(a.map(() => 1)), Object.keys(b.map(() => 1)), `${path}: map()`);
}

function outcome(
  list: unknown[],
  name: string,
  args: unknown[],
  labels: ReadonlyMap<unknown, number>,
): unknown {
  let result: unknown;
  try {
    result = (list as unknown as Record<string, AnyMethod>)[name]!(...args);
  } catch (error) {
    return (error as Error).name;
  }
  return labelled(result, labels);
}

interface Collection extends Iterable<unknown> {
  readonly size: number;
  get?(key: unknown): unknown;
  has(key: unknown): boolean;
  keys(): Iterable<unknown>;
  values(): Iterable<unknown>;
  entries(): Iterable<[unknown, unknown]>;
  forEach(fn: (value: unknown, key: unknown, all: unknown) => void): void;
}

function compareCollections(
  a: Collection,
  b: Collection,
  path: string,
  labels: ReadonlyMap<unknown, number>,
): void {
  for (const name of ["keys", "values", "entries"] as const) {
    assert.deepEqual(labelled([...a[name]()], labels), labelled([...b[name]()], labels), `${path}.${name}`);
  }
  for (const key of a.keys()) assert.ok(a.has(key), `${path}.has`);
  for (const key of b.keys()) {
    if (typeof key === "object" && key !== null && !(key instanceof SharedArrayBuffer)) {
      assert.ok(!a.has(key), `${path}.has of the original`);
    }
  }
  for (const [key, item] of a.entries()) {
    if (a.get !== undefined) assert.ok(Object.is(a.get(key), item), `${path}.get`);
  }
  for (
    const key of [0, -0, NaN, "", "a", undefined, null, true, 5n, {}, Symbol.for("x"), Symbol("y"), isOdd]
  ) {
    assert.equal(a.has(key), b.has(key), `${path}.has ${String(key)}`);
    if (a.get !== undefined) {
      assert.deepEqual(labelled(a.get(key), labels), labelled(b.get!(key), labels), `${path}.get`);
    }
  }
  const seen: unknown[] = [];
  a.forEach((value, key, all) => {
    assert.equal(all, a);
    seen.push(value, key);
  });
  const wanted: unknown[] = [];
  b.forEach((value, key) => wanted.push(value, key));
  assert.deepEqual(labelled(seen, labels), labelled(wanted, labels), `${path}.forEach`);
}

/** Throws unless every part of `view` refuses every change with a TypeError, and is then as it was. */
export function assertReadOnly(view: unknown): void {
  const seen = new Set<unknown>();
  const queue = [view];
  for (const part of queue) {
    if (typeof part !== "object" || part === null || seen.has(part)) continue;
    seen.add(part);
    if (ArrayBuffer.isView(part) || part instanceof ArrayBuffer || part instanceof Date) continue;
    if (part instanceof SharedArrayBuffer) continue;
    const before = Reflect.ownKeys(part);
    for (const [name, change] of changesOf(part as Fields)) {
      assert.throws(() => change(), TypeError, name);
    }
    assert.deepEqual(Reflect.ownKeys(part), before);
    if (part instanceof Map) { for (const pair of part) queue.push(...pair); }
    else if (part instanceof Set) queue.push(...part);
    else queue.push(...Object.values(part));
  }
}

function changesOf(part: Fields): [string, () => void][] {
  const changes: [string, () => void][] = [
    ["set", () => part["a new key"] = 1],
    ["set a symbol", () => part[Symbol.for("a new key")] = 1],
    ["defineProperty", () => Object.defineProperty(part, "a new key", { value: 1 })],
    ["setPrototypeOf", () => Object.setPrototypeOf(part, { other: 1 })],
    ["assign", () => Object.assign(part, { "a new key": 1 })],
  ];
  for (const key of Object.keys(part).slice(0, 3)) {
    changes.push(
      [`set ${key}`, () => part[key] = 1],
      [`delete ${key}`, () => delete part[key]],
      [`define ${key}`, () => Object.defineProperty(part, key, { value: {} })],
      [`get ${key}`, () => Object.defineProperty(part, key, { get: () => 1 })],
    );
  }
  if (Array.isArray(part)) {
    const list = part as unknown[];
    changes.push(
      ["push", () => list.push(1)],
      ["unshift", () => list.unshift(1)],
      ["splice", () => list.splice(0, 0, 1)],
      ["length", () => list.length++],
      ["index", () => list[list.length] = 1],
      ["Array.prototype.push", () => Array.prototype.push.call(list, 1)],
    );
    if (list.length > 0) {
      changes.push(
        ["pop", () => list.pop()],
        ["shift", () => list.shift()],
        ["length 0", () => list.length = 0],
        ["fill", () => list.fill(0)],
        ["Array.prototype.pop", () => Array.prototype.pop.call(list)],
        ["Array.prototype.fill", () => Array.prototype.fill.call(list, 0)],
      );
    }
    if (list.length > 1 && 0 in list && 1 in list) {
      changes.push(
        ["sort", () => list.sort(() => -1)],
        ["reverse", () => list.reverse()],
        ["copyWithin", () => list.copyWithin(0, 1)],
        ["Array.prototype.sort", () => Array.prototype.sort.call(list, () => -1)],
        ["Array.prototype.reverse", () => Array.prototype.reverse.call(list)],
      );
    }
  } else if (part instanceof Map) {
    changes.push(
      ["Map.set", () => part.set(1, 1)],
      ["Map.delete", () => part.delete(1)],
      ["Map.clear", () => part.clear()],
    );
  } else if (part instanceof Set) {
    changes.push(
      ["Set.add", () => part.add(1)],
      ["Set.delete", () => part.delete(1)],
      ["Set.clear", () => part.clear()],
    );
  }
  return changes;
}

/** Strings with any code units. */
const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 5 }).map((units) =>
    String.fromCharCode(...units)
  ),
  fc.constantFrom(
    "",
    "__proto__",
    "constructor",
    "length",
    "then",
    "a",
    "0",
    "17",
    "-1",
    "\ud800",
    "x".repeat(5000),
  ),
);

/** Values of everything that can be frozen, on both sides of the limits; shared references and cycles are tied in. */
export function anyFreezable(): fc.Arbitrary<unknown> {
  const leaf = fc.oneof(
    fc.constantFrom(
      undefined,
      null,
      true,
      false,
      -0,
      NaN,
      Infinity,
      -Infinity,
      Symbol.for("x"),
      Symbol.for("\ud800"),
    ),
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.tuple(fc.bigInt(), fc.nat({ max: 3000 })).map(([n, bits]) => n << BigInt(bits)),
    text,
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      leaf,
      fc.array(tie("tree"), { maxLength: 6 }),
      fc.tuple(fc.constantFrom(30, 32, 33, 40), tie("tree"), leaf).map(([length, one, other]) =>
        Array.from({ length }, (_, i) => i % 9 === 0 ? one : other)
      ),
      fc.array(fc.tuple(fc.nat({ max: 300 }), tie("tree")), { maxLength: 5 }).map((pairs) => {
        const array: unknown[] = [];
        for (const [i, value] of pairs) array[i] = value;
        return array;
      }),
      fc.dictionary(text, tie("tree"), { maxKeys: 6, noNullPrototype: false }),
      fc.tuple(fc.constantFrom(7, 8, 9, 63, 64, 65), tie("tree")).map(([size, value]) => {
        const object = {};
        for (let i = 0; i < size; i++) own(object, i === 3 ? "__proto__" : `k${i}`, i === 5 ? value : i);
        return object;
      }),
      fc.array(fc.tuple(tie("tree"), tie("tree")), { maxLength: 4 }).map((pairs) => new Map(pairs)),
      fc.tuple(fc.constantFrom(8, 9, 63, 64, 65), tie("tree"), fc.array(leaf, { maxLength: 3 })).map(
        ([size, value, keys]) => {
          const map = new Map<unknown, unknown>(keys.map((key) => [key, key]));
          for (let i = 0; map.size < size; i++) map.set(i % 2 ? i : `${i}`, i === 4 ? value : i);
          return map;
        },
      ),
      fc.array(tie("tree"), { maxLength: 4 }).map((values) => new Set(values)),
      fc.tuple(fc.constantFrom(8, 9, 64, 65), tie("tree")).map(([size, value]) =>
        new Set([value, ...Array.from({ length: size }, (_, i) => i)])
      ),
      fc.date({ noInvalidDate: false }),
      fc.uint8Array().map((array) => array.buffer),
      fc.bigInt64Array(),
      fc.bigUint64Array(),
      fc.tuple(fc.constantFrom(...NUMBER_VIEWS), fc.array(fc.double(), { maxLength: 10 })).map(
        ([View, values]) => new View(values),
      ),
      fc.uint8Array({ minLength: 8 }).map((bytes) => new DataView(bytes.buffer, 3, 4)),
      fc.uint8Array().map((bytes) => {
        const shared = new SharedArrayBuffer(bytes.length + 8);
        return [
          shared,
          new Uint8Array(shared, 3),
          new Float64Array(shared, 8 * (bytes.length > 7 ? 1 : 0), 1),
        ];
      }),
    ),
  }));
  return fc.tuple(tree, fc.array(fc.nat(), { maxLength: 4 })).map(([value, picks]) => tied(value, picks));
}
