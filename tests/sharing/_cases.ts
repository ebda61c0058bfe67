/** Values of every kind that crosses by copy, chosen by hand. */
import { NUMBER_VIEWS, own } from "./_arbitrary.ts";

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

/** Values by what is special about them; every interpreter that loads this module has equal ones. */
export const CASES: Readonly<Record<string, unknown>> = {
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
  "each view class": NUMBER_VIEWS.map((View) => new View([1, 2, 250])),
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
