/**
 * Asserts that a frozen value's view reads like the original along every way in which an object is read.
 *
 * @module
 */

import assert from "node:assert/strict";

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
