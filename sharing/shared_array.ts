/**
 * Typed arrays over shared memory.
 *
 * @module
 */

import { weigh } from "../runtime/weight.ts";

/** The typed arrays over shared memory, by class name. */
export interface SharedArrays {
  /** Signed bytes. */
  Int8Array: Int8Array<SharedArrayBuffer>;
  /** Bytes. */
  Uint8Array: Uint8Array<SharedArrayBuffer>;
  /** Bytes, set to the nearest value in range. */
  Uint8ClampedArray: Uint8ClampedArray<SharedArrayBuffer>;
  /** Signed 16-bit integers. */
  Int16Array: Int16Array<SharedArrayBuffer>;
  /** 16-bit integers. */
  Uint16Array: Uint16Array<SharedArrayBuffer>;
  /** Signed 32-bit integers. */
  Int32Array: Int32Array<SharedArrayBuffer>;
  /** 32-bit integers. */
  Uint32Array: Uint32Array<SharedArrayBuffer>;
  /** 16-bit floats, where the runtime has them. */
  Float16Array: Float16Array<SharedArrayBuffer>;
  /** Floats. */
  Float32Array: Float32Array<SharedArrayBuffer>;
  /** Doubles. */
  Float64Array: Float64Array<SharedArrayBuffer>;
  /** Signed 64-bit integers. */
  BigInt64Array: BigInt64Array<SharedArrayBuffer>;
  /** 64-bit integers. */
  BigUint64Array: BigUint64Array<SharedArrayBuffer>;
}

/** A typed array class by its name. */
export interface TypedArrayClass<N extends keyof SharedArrays> {
  /** Bytes per element. */
  readonly BYTES_PER_ELEMENT: number;
  /** What tells the classes apart. */
  readonly prototype: { readonly [Symbol.toStringTag]: N };
}

/** The elements of a typed array: bigint for the two classes of 64-bit integers, number for the others. */
export type SharedElement<N extends keyof SharedArrays> = SharedArrays[N] extends ArrayLike<infer V> ? V
  : never;

const TypedArray = Object.getPrototypeOf(Uint8Array) as abstract new () => object;

/** See `sharedArray` in api.ts. */
export function sharedArray<N extends keyof SharedArrays>(
  cls: TypedArrayClass<N>,
  lengthOrValues: number | Iterable<SharedElement<N>> | ArrayLike<SharedElement<N>>,
): SharedArrays[N] {
  if (typeof cls !== "function" || !((cls as TypedArrayClass<N>).prototype instanceof TypedArray)) {
    throw new TypeError(
      `Cannot make a shared array of ${String(cls)}: give a typed array class such as Float64Array`,
    );
  }
  if (typeof lengthOrValues === "number") return allocate(cls, lengthOrValues);
  if (typeof lengthOrValues !== "object" || lengthOrValues === null) {
    throw new TypeError(
      `Cannot make a shared array of ${String(lengthOrValues)}: give a length, an iterable or an array-like`,
    );
  }
  const values = Symbol.iterator in lengthOrValues && !ArrayBuffer.isView(lengthOrValues)
    ? Array.from(lengthOrValues)
    : lengthOrValues as ArrayLike<SharedElement<N>>;
  const array: unknown = allocate(cls, values.length);
  (array as { set(values: ArrayLike<unknown>): void }).set(values);
  return array as SharedArrays[N];
}

function allocate<N extends keyof SharedArrays>(cls: TypedArrayClass<N>, length: number): SharedArrays[N] {
  if (!Number.isInteger(length) || length < 0 || length * cls.BYTES_PER_ELEMENT > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(`Cannot make a shared array of length ${length}: give a whole number of 0 or more`);
  }
  const Class = cls as unknown as new (buffer: SharedArrayBuffer) => SharedArrays[N];
  const buffer = new SharedArrayBuffer(length * cls.BYTES_PER_ELEMENT);
  weigh(buffer);
  return new Class(buffer);
}
