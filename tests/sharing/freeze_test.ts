/** `freeze`: what it takes, when, and what it refuses. */
import { freeze, NotShareableError, owned } from "@pool/csp";
import assert from "node:assert/strict";
import { test } from "node:test";
import { own } from "./_arbitrary.ts";

test("freeze() takes a snapshot", () => {
  const value = { a: [1], m: new Map([[1, 1]]) };
  const frozen = freeze(value);
  value.a.push(2);
  value.m.clear();
  assert.deepEqual(frozen.value.a, [1]);
  assert.equal(frozen.value.m.size, 1);
});

class Point {
  x = 1;
}
class List extends Array<number> {}
class Table extends Map<string, number> {}
class Bag extends Set<number> {}
class Bytes extends Uint8Array {}

test("freeze() refuses with NotShareableError and its path what cannot be frozen", () => {
  const detached = new ArrayBuffer(8);
  const view = new Uint8Array(detached);
  structuredClone(detached, { transfer: [detached] });
  const resizable = new ArrayBuffer(8, { maxByteLength: 8 });
  const cutOff = new DataView(resizable, 4, 4);
  resizable.resize(2);
  const local = Symbol("local");
  const rows: [make: () => unknown, message: RegExp][] = [
    [() => () => 1, /anonymous function/],
    [() => Point, /class "Point"/],
    [() => new Point(), /instance of Point/],
    [() => Promise.resolve(1), /await it/],
    [() => /a/, /instance of RegExp crosses, but not in a frozen value/],
    [() => new RangeError("x"), /instance of RangeError crosses, but not/],
    [() => new List(), /List/],
    [() => new Table(), /Table/],
    [() => new Bag(), /Bag/],
    [() => new Bytes(2), /Bytes/],
    [() => Object.assign([1, 2], { name: 1 }), /array with the named property "name"/],
    [() => Object.assign([], { 500: 1, name: 1 }), /array with the named property "name"/],
    [() => local, /Symbol\(local\)/],
    [() => ({ [Symbol.for("k")]: 1 }), /has the key Symbol\(k\)/],
    [() => new WeakMap(), /send a Map/],
    [() => Object.create(Map.prototype) as object, /Map/],
    [() => Object.create(Set.prototype) as object, /Set/],
    [() => Object.create(Date.prototype) as object, /Date/],
    [() => Object.create(Array.prototype) as object, /Array/],
    [() => Object.create(ArrayBuffer.prototype) as object, /ArrayBuffer/],
    [() => detached, /detached/],
    [() => view, /detached/],
    [() => cutOff, /shorter/],
    [() => owned(1), /instance of Owned crosses, but not in a frozen value/],
    [() => new AbortController().signal, /AbortSignal/],
  ];
  const places: [wrap: (bad: unknown) => unknown, path: string][] = [
    [(bad) => bad, "value"],
    [(bad) => ({ a: bad }), "value.a"],
    [(bad) => ({ "odd key": [1, bad] }), 'value["odd key"][1]'],
    [(bad) => new Map([["k", { bad }]]), 'value.get("k").bad'],
    [(bad) => new Map([[1, bad]]), "value.get(1)"],
    [(bad) => new Map([[bad, 1]]), "value.keys()[0]"],
    [(bad) => new Map([[{}, bad]]), "value.values()[0]"],
    [(bad) => [new Set([1, bad])], "value[0].values()[1]"],
    [(bad) => Object.assign([], { 500: bad }), "value[500]"],
    [(bad) => own({}, "__proto__", bad), "value.__proto__"],
  ];
  for (const [make, message] of rows) {
    for (const [wrap, path] of places) {
      assert.throws(() => freeze(wrap(make())), (error: unknown) => {
        assert.ok(error instanceof NotShareableError, `${String(message)} at ${path}: ${String(error)}`);
        assert.equal(error.path, path);
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(`Cannot freeze ${path}: `), error.message);
        return true;
      });
    }
  }
  // Nothing is left of a refusal.
  assert.deepEqual(freeze({ a: 1 }).value, { a: 1 });
});

test("freeze() leaves out local symbols and hidden properties, as sending does", () => {
  const value = Object.defineProperty({ a: 1, [Symbol("local")]: 2 }, "hidden", { value: 3 });
  assert.deepEqual(Reflect.ownKeys(freeze(value).value), ["a"]);
});

test("freeze() refuses what getters change meanwhile, and passes on what they throw", () => {
  const list: unknown[] = [0, 1];
  Object.defineProperty(list, 0, { get: () => list.push(7), enumerable: true, configurable: true });
  assert.throws(() => freeze(list), { name: "TypeError", message: /changed it meanwhile/ });
  const map = new Map<number, unknown>();
  map.set(1, {
    get a() {
      return map.set(2, 1).size;
    },
  });
  const set = new Set<unknown>();
  set.add({
    get a() {
      return set.add(1).size;
    },
  });
  const shrunk: Set<unknown> = new Set<unknown>([1, {
    get a(): boolean {
      return shrunk.delete(1);
    },
  }]);
  for (const changing of [map, set, shrunk]) {
    assert.throws(() => freeze({ changing }), { name: "TypeError", message: /changed it meanwhile/ });
  }
  const mine = new Error("mine");
  assert.throws(() =>
    freeze({
      get a() {
        throw mine;
      },
    }), mine);
  assert.equal(
    freeze({
      get a() {
        return 1;
      },
    }).value.a,
    1,
  );
});
