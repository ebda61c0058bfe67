/**
 * The functions of this folder; a facade, so that importing the library loads no machinery.
 *
 * @module
 */
import { sharing, surroundings } from "#engines";
import type { ShareableClass } from "./shareable.ts";
import type { SharedArrays, SharedElement, TypedArrayClass } from "./shared_array.ts";

/**
 * Tells whether a value can cross to another interpreter, all parts of it included.
 *
 * It walks the value as a send would and sends nothing: properties are read and `[toShared]()` of registered instances
 * is called; a value marked by `move` stays attached.
 *
 * @param value Anything
 * @returns True if a send of it would not be refused
 *
 * **Gotchas**: it costs about as much as encoding the value. It never throws: a getter that does makes it false.
 *
 * @example Data crosses, functions and promises do not
 * ```ts
 * import { isShareable } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isShareable({ list: [1, 2n, new Date()], when: new Map([["a", new Set([1])]]) }), true);
 * assert.equal(isShareable({ later: Promise.resolve(1) }), false);
 * ```
 */
export function isShareable(value: unknown): boolean {
  // Which says what crosses as a handle.
  surroundings();
  return sharing().isShareable(value);
}

/**
 * Marks a value to be moved by the next send instead of copied.
 *
 * The marker stands for the value in whatever is sent: an argument, a part of one, a value on a channel. Once that send
 * has succeeded the value is detached here and works over there; a send that fails leaves it as it was. A moved view
 * takes its whole buffer along, and plain references to a moved buffer in the same value arrive as references to it.
 *
 * @typeParam T What is moved
 * @param value An ArrayBuffer, a typed array or DataView over one, a MessagePort, or a stream that is not locked
 * @returns A marker, typed like the value; it is not the value
 * @throws {TypeError} When the value is of another kind, is shared memory already, or is detached
 *
 * **Gotchas**: do not use the marker for anything but a send. Other views of a moved buffer are empty afterwards.
 *
 * @example A buffer can be moved, a plain object cannot
 * ```ts
 * import { isShareable, move } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const pixels = new Uint8Array(1024);
 * assert.equal(isShareable({ pixels: move(pixels) }), true);
 * assert.equal(pixels.length, 1024);
 * assert.throws(() => move({ x: 1 }), TypeError);
 * ```
 */
export function move<T>(value: T): T {
  return sharing().move(value);
}

/** The method name under which an instance gives the shareable value that stands for it. */
export const toShared: unique symbol = Symbol.for("@pool/csp.toShared") as never;

/**
 * Makes the instances of a class cross to other interpreters by the class's own protocol.
 *
 * `[toShared]()` gives a shareable value for an instance, the static `fromShared(value)` an instance for that value.
 * Register at the top level of a module that both interpreters load. Instances whose prototype is exactly
 * `cls.prototype` cross, at any depth; subclasses need a name of their own.
 *
 * @param name The name on the wire, the same in every interpreter
 * @param cls The class
 * @throws {TypeError} When the name belongs to another class, the class to another name, or a method is missing
 *
 * **Gotchas**: an instance that contains itself through `[toShared]()` cannot cross. Registering the same class again
 * under the same name does nothing.
 *
 * @example A point that stays a point
 * ```ts
 * import { isShareable, registerShareable, toShared } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * class Point {
 *   x: number;
 *   y: number;
 *   constructor(x: number, y: number) {
 *     this.x = x;
 *     this.y = y;
 *   }
 *   [toShared](): [number, number] {
 *     return [this.x, this.y];
 *   }
 *   static fromShared([x, y]: [number, number]): Point {
 *     return new Point(x, y);
 *   }
 * }
 * assert.equal(isShareable(new Point(1, 2)), false);
 * registerShareable("example.Point", Point);
 * assert.equal(isShareable(new Point(1, 2)), true);
 * ```
 */
export function registerShareable(name: string, cls: ShareableClass): void {
  sharing().registerShareable(name, cls);
}

/**
 * Makes a typed array over shared memory: every interpreter it is sent to sees the same elements.
 *
 * @typeParam N The name of the class
 * @param cls The class: Float64Array, Int32Array, BigInt64Array …
 * @param lengthOrValues The number of elements (zero-filled), 0 or more, or an iterable or array-like of their values
 * @returns A typed array over a new SharedArrayBuffer of exactly its size
 * @throws {TypeError} When `cls` is no typed array class, or a value does not suit it
 * @throws {RangeError} When the length is negative, fractional or more than this runtime can allocate
 *
 * @example Zero-filled or filled
 * ```ts
 * import { sharedArray } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([...sharedArray(Float64Array, 3)], [0, 0, 0]);
 * const primes = sharedArray(Int32Array, [2, 3, 5]);
 * assert.equal(primes[2], 5);
 * assert.equal(primes.buffer instanceof SharedArrayBuffer, true);
 * ```
 */
export function sharedArray<N extends keyof SharedArrays>(
  cls: TypedArrayClass<N>,
  lengthOrValues: number | Iterable<SharedElement<N>> | ArrayLike<SharedElement<N>>,
): SharedArrays[N] {
  return sharing().sharedArray(cls, lengthOrValues);
}
