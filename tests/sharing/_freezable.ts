/** Random values that can be frozen. */
import fc from "fast-check";
import { NUMBER_VIEWS, own, tied } from "./_arbitrary.ts";

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
