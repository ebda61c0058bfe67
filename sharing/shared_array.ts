/**
 * Typed arrays over shared memory.
 *
 * @module
 */

/** A typed array class, whichever. */
export interface TypedArrayClass<T extends ArrayBufferView<SharedArrayBuffer>, V> {
  /** Bytes per element. */
  readonly BYTES_PER_ELEMENT: number;
  /** What elements are set through. */
  new (buffer: SharedArrayBuffer): T & { [index: number]: V };
}

const TypedArray = Object.getPrototypeOf(Uint8Array) as abstract new () => object;

/**
 * Makes a typed array over shared memory: every interpreter it is sent to sees the same elements.
 *
 * @typeParam T The typed array
 * @typeParam V Its elements: number, or bigint for the two 64-bit integer classes
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
export function sharedArray<T extends ArrayBufferView<SharedArrayBuffer>, V extends number | bigint>(
  cls: TypedArrayClass<T, V>,
  lengthOrValues: number | Iterable<V> | ArrayLike<V>,
): T {
  if (typeof cls !== "function" || !(cls.prototype instanceof TypedArray)) {
    throw new TypeError(`Cannot make a shared array of ${String(cls)}: give a typed array class such as Float64Array`);
  }
  if (typeof lengthOrValues === "number") return allocate(cls, lengthOrValues);
  if (typeof lengthOrValues !== "object" || lengthOrValues === null) {
    throw new TypeError(
      `Cannot make a shared array of ${String(lengthOrValues)}: give a length, an iterable or an array-like`,
    );
  }
  const values: ArrayLike<V> = Symbol.iterator in lengthOrValues && !ArrayBuffer.isView(lengthOrValues)
    ? Array.from(lengthOrValues)
    : lengthOrValues as ArrayLike<V>;
  const array = allocate(cls, values.length);
  (array as unknown as { set(values: ArrayLike<V>): void }).set(values);
  return array;
}

function allocate<T extends ArrayBufferView<SharedArrayBuffer>, V>(cls: TypedArrayClass<T, V>, length: number): T {
  if (!Number.isInteger(length) || length < 0 || length * cls.BYTES_PER_ELEMENT > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(`Cannot make a shared array of length ${length}: give a whole number of 0 or more`);
  }
  return new cls(new SharedArrayBuffer(length * cls.BYTES_PER_ELEMENT));
}
