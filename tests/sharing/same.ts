/**
 * Asserts that two values are equal in everything that can cross: kinds, prototypes, holes, signs of zero, key order,
 * and which parts are one object.
 *
 * @module
 */

import assert from "node:assert/strict";
import { decode } from "../../sharing/decode.ts";
import { encode } from "../../sharing/encode.ts";

/** What arrives when `value` is sent, without anything structured clone does. */
export function there(value: unknown): unknown {
  return decode(encode(value, "value").wire);
}

/** The same over a real MessageChannel, with side entries and transfers. */
export async function across(value: unknown): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  try {
    const { wire, transfer } = encode(value, "value");
    const arrived = new Promise<unknown>((resolve) => port2.onmessage = (event) => resolve(event.data));
    port1.postMessage(wire, [wire.bytes.buffer, ...transfer]);
    return decode(await arrived as typeof wire);
  } finally {
    port1.close();
  }
}

/** Throws unless `actual` is a faithful copy of `expected`, in which `things` are the same objects. */
export function assertSame(actual: unknown, expected: unknown, things: readonly object[] = []): void {
  const pairs = new Map<object, object>();
  const reverse = new Map<object, object>();
  function compare(a: unknown, b: unknown, path: string): void {
    if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) {
      if (!Object.is(a, b)) assert.fail(`${path}: ${typeof a} ${shown(a)} is not ${typeof b} ${shown(b)}`);
      return;
    }
    if (things.includes(b)) return assert.ok(a === b, `${path}: another object for the same thing`);
    if (pairs.has(b) || reverse.has(a)) {
      assert.ok(pairs.get(b) === a && reverse.get(a) === b, `${path}: identity differs`);
      return;
    }
    pairs.set(b, a);
    reverse.set(a, b);
    assert.equal(Object.getPrototypeOf(a), Object.getPrototypeOf(b), `${path}: prototype`);
    if (a instanceof Date) assert.ok(Object.is(a.getTime(), (b as Date).getTime()), `${path}: time`);
    else if (a instanceof RegExp) {
      assert.equal(String(a), String(b), path);
      assert.equal(a.lastIndex, 0, path);
    } else if (a instanceof Map) {
      compareLists([...a].flat(1), [...b as typeof a].flat(1), `${path}<map>`);
    } else if (a instanceof Set) compareLists([...a], [...b as typeof a], `${path}<set>`);
    else if (ArrayBuffer.isView(a)) {
      const other = b as typeof a;
      assert.equal(a.byteOffset, other.byteOffset, `${path}: byteOffset`);
      assert.equal(a.byteLength, other.byteLength, `${path}: byteLength`);
      compare(a.buffer, other.buffer, `${path}.buffer`);
    } else if (a instanceof ArrayBuffer) {
      const other = b as ArrayBuffer;
      assert.equal(a.resizable, other.resizable, `${path}: resizable`);
      assert.equal(a.maxByteLength, other.maxByteLength, `${path}: maxByteLength`);
      assert.deepEqual(new Uint8Array(a), new Uint8Array(other), path);
    } else if (a instanceof SharedArrayBuffer) {
      const other = b as SharedArrayBuffer;
      assert.equal(a.growable, other.growable, `${path}: growable`);
      assert.equal(a.maxByteLength, other.maxByteLength, `${path}: maxByteLength`);
      assert.deepEqual(new Uint8Array(a), new Uint8Array(other), path);
    } else {
      if (a instanceof DOMException) assert.equal(a.code, (b as DOMException).code, `${path}.code`);
      if (a instanceof Error) {
        for (const key of ["name", "message", "stack", "cause", "errors"] as const) {
          // some runtimes give some errors no stack at all
          if (key !== "stack") assert.equal(key in a, key in b, `${path}.${key}`);
          compare(
            (a as AggregateError)[key as "cause"],
            (b as AggregateError)[key as "cause"],
            `${path}.${key}`,
          );
        }
      }
      if (Array.isArray(a)) assert.equal(a.length, (b as unknown[]).length, `${path}.length`);
      const keys = keysOf(b);
      assert.deepEqual(keysOf(a), keys, `${path}: keys`);
      for (const key of keys) {
        compare(
          (a as Record<string | symbol, unknown>)[key],
          (b as Record<string | symbol, unknown>)[key],
          `${path}.${String(key)}`,
        );
      }
    }
  }
  function compareLists(a: unknown[], b: unknown[], path: string): void {
    assert.equal(a.length, b.length, `${path}.length`);
    for (let i = 0; i < a.length; i++) compare(a[i], b[i], `${path}[${i}]`);
  }
  compare(actual, expected, "value");
}

/** The keys that cross; runtimes keep fields of their own under local symbols. */
function keysOf(object: object): (string | symbol)[] {
  return Reflect.ownKeys(object).filter((key) =>
    Object.prototype.propertyIsEnumerable.call(object, key) &&
    (typeof key === "string" || Symbol.keyFor(key) !== undefined)
  );
}

function shown(value: unknown): string {
  return typeof value === "object" ? Object.prototype.toString.call(value) : String(value).slice(0, 100);
}
