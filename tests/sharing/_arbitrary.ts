/**
 * Random values of everything that crosses by copy, for fast-check.
 *
 * One seed gives the same values in every interpreter: errors get a stack of their own, since the real one tells where
 * they were made.
 *
 * @module
 */

import fc from "fast-check";

/** Sets an own property, also one named `__proto__`. */
export function own(object: object, key: string | symbol, value: unknown): object {
  return Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}

const FLOAT16 = (globalThis as unknown as { Float16Array?: Float32ArrayConstructor }).Float16Array;

/** The classes of typed arrays over numbers that this runtime has. */
export const NUMBER_VIEWS: readonly Float64ArrayConstructor[] = [
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
] as unknown as Float64ArrayConstructor[];

const ERRORS = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
const NAMES = ["AbortError", "TimeoutError", "DataCloneError", "NotFoundError", "OperationError", "My own"];
const SOURCES = ["", "a(b)", "\\/", "[/]\\n", "(?<x>.)\\k<x>", "\ud800", "é|😀", "^\\u{1F600}?$"];

/** Any sequence of UTF-16 code units, lone surrogates included. */
function text(maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength }).map((units) =>
    String.fromCharCode(...units)
  );
}

/** Values of the whole table, with shared references and cycles tied in afterwards. */
export function anyValue(): fc.Arbitrary<unknown> {
  const key = fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    text(3),
    fc.constantFrom("__proto__", "constructor", "then", "a", "b", "0", "17"),
  );
  const leaf = fc.oneof(
    fc.constantFrom(undefined, null, true, false, -0, NaN, Infinity, Symbol.for("x"), Symbol.for("\ud800")),
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.tuple(fc.bigInt(), fc.nat({ max: 3000 })).map(([n, bits]) => n << BigInt(bits)),
    text(40),
    fc.string({ unit: "binary", maxLength: 100 }),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      leaf,
      fc.array(tie("tree"), { maxLength: 6 }),
      fc.array(fc.tuple(fc.nat({ max: 300 }), tie("tree")), { maxLength: 5 }).map(sparse),
      fc.tuple(fc.array(tie("tree"), { maxLength: 3 }), fc.dictionary(key, tie("tree"), { maxKeys: 3 })).map(
        ([elements, fields]) => {
          const array = [...elements];
          // fast-check likes names with a meaning, and an array's length cannot be any value
          for (const [name, value] of Object.entries(fields)) if (name !== "length") own(array, name, value);
          return array;
        },
      ),
      fc.dictionary(key, tie("tree"), { maxKeys: 6, noNullPrototype: false }),
      fc.tuple(fc.dictionary(key, tie("tree"), { maxKeys: 3 }), text(3), tie("tree")).map(
        ([fields, name, value]) => {
          const object = Object.create(
            Object.getPrototypeOf(fields),
            Object.getOwnPropertyDescriptors(fields),
          );
          return own(object, Symbol.for(name), value);
        },
      ),
      fc.record({ a: tie("tree"), b: tie("tree"), c: tie("tree") }, { requiredKeys: [] }),
      fc.array(fc.tuple(tie("tree"), tie("tree")), { maxLength: 4 }).map((pairs) => new Map(pairs)),
      fc.array(tie("tree"), { maxLength: 4 }).map((values) => new Set(values)),
      fc.date({ noInvalidDate: false }),
      fc.tuple(fc.constantFrom(...SOURCES), fc.constantFrom("", "g", "iu", "sy", "dgimuy", "v")).map(regExp),
      bytes(),
      fc.tuple(fc.constantFrom(...ERRORS), text(20), tie("tree"), fc.nat({ max: 3 })).map(anyError),
      fc.tuple(text(10), fc.array(tie("tree"), { maxLength: 3 })).map(([message, errors]) =>
        withStack(new AggregateError(errors, message))
      ),
      fc.tuple(text(10), fc.constantFrom(...NAMES)).map(([message, name]) =>
        withStack(new DOMException(message, name))
      ),
    ),
  }));
  // tied in a fresh object: fast-check keeps the parts it generated for shrinking, so they may not change
  return fc.tuple(tree, fc.array(fc.nat(), { maxLength: 4 })).map(([value, picks]) => tied(value, picks));
}

/** Buffers and views, alone and several on one buffer. */
function bytes(): fc.Arbitrary<unknown> {
  return fc.oneof(
    fc.uint8Array().map((array) => array.buffer),
    fc.float64Array(),
    fc.bigInt64Array(),
    fc.bigUint64Array(),
    fc.tuple(fc.constantFrom(...NUMBER_VIEWS), fc.array(fc.double(), { maxLength: 10 })).map((
      [View, values],
    ) => new View(values)),
    fc.tuple(fc.uint8Array({ minLength: 8, maxLength: 64 }), fc.nat({ max: 8 })).map(([bytes, from]) => ({
      bytes,
      view: new DataView(bytes.buffer, from),
      part: bytes.subarray(from),
      words: new Uint16Array(bytes.buffer, 0, 2),
    })),
    fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 40 })).map(([size, room]) => {
      const buffer = new ArrayBuffer(size, { maxByteLength: size + room });
      return [new Uint8Array(buffer).fill(size), buffer, new Uint8Array(buffer, 0, size >> 1)];
    }),
  );
}

function sparse(pairs: [number, unknown][]): unknown[] {
  const array: unknown[] = [];
  for (const [i, value] of pairs) array[i] = value;
  return array;
}

function regExp([source, flags]: [string, string]): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    return new RegExp("", flags);
  }
}

/** `form`: bit 0 a cause, bit 1 a field. */
function anyError(
  [cls, message, extra, form]: [ErrorConstructor, string, unknown, number],
): Error {
  const error = new cls(message, form & 1 ? { cause: extra } : undefined);
  if (form & 2) own(error, "extra", extra);
  return withStack(error);
}

function withStack<T extends Error>(error: T): T {
  const stack = `${error.name}: ${error.message}\n    at somewhere (file:///a.ts:1:2)`;
  return Object.defineProperty(error, "stack", {
    value: stack,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}

/** A value with a set, a map and a list of objects in it, which `picks` choose: shared references and cycles. */
export function tied(value: unknown, picks: readonly number[]): unknown {
  if (picks.length === 0) return value;
  const objects: unknown[] = [];
  collect(value, objects);
  const set = new Set<unknown>();
  const map = new Map<unknown, unknown>();
  const list: unknown[] = [];
  const root = { value, set, map, list };
  objects.push(set, map, list, root);
  for (const pick of picks) {
    const object = objects[(pick >>> 2) % objects.length];
    if (pick % 3 === 0) set.add(object);
    else if (pick % 3 === 1) map.set(object, objects[pick % objects.length]);
    else list.push(object);
  }
  return root;
}

function collect(value: unknown, into: unknown[]): void {
  if (typeof value !== "object" || value === null || into.includes(value)) return;
  into.push(value);
  if (value instanceof Map) { for (const pair of value) for (const part of pair) collect(part, into); }
  else if (value instanceof Set) { for (const part of value) collect(part, into); }
  else if (!ArrayBuffer.isView(value)) { for (const part of Object.values(value)) collect(part, into); }
}
