/** Frozen values; a facade, what it does is in `frozen/`. Source: the read-only views of the 2016 proposal. */
import { sharing } from "#engines";

/** Primitives, and what is given as it is. */
export type FrozenAtom =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Date
  | ArrayBuffer
  | ArrayBufferView
  | SharedArrayBuffer;

/** A type whose every part can be read and not changed. A Frozen in it is read as its value. */
export type DeepReadonly<T> = T extends FrozenAtom ? T
  : T extends Frozen<infer V> ? DeepReadonly<V>
  : T extends Map<infer K, infer V> ? ReadonlyMap<DeepReadonly<K>, DeepReadonly<V>>
  : T extends Set<infer V> ? ReadonlySet<DeepReadonly<V>>
  : T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
  : T;

/** A value without anything frozen in it: what `thaw` gives. */
export type Thawed<T> = T extends FrozenAtom ? T
  : T extends Frozen<infer V> ? Thawed<V>
  : T extends Map<infer K, infer V> ? Map<Thawed<K>, Thawed<V>>
  : T extends Set<infer V> ? Set<Thawed<V>>
  : T extends object ? { [K in keyof T]: Thawed<T[K]> }
  : T;

/**
 * A value that any number of interpreters read in one memory. Sending it costs the same whatever its size.
 *
 * **Gotchas**: what was read stays decoded as long as this object lives. Typed arrays and ArrayBuffers are copies that belong
 * to this interpreter: changing one changes nothing elsewhere. Views read like the original through properties and
 * methods; what looks past these, `structuredClone` and `Object.isFrozen` for two, does not know large ones: `thaw` first.
 *
 * @typeParam T The value's type.
 */
export class Frozen<T> {
  readonly #graph: object;
  #value: { readonly value: unknown } | undefined;

  /** Not for programs: use `freeze`. */
  constructor(graph: never) {
    this.#graph = graph;
    Object.freeze(this);
  }

  /** @internal What it is made of. */
  static graphOf(frozen: Frozen<unknown>): object {
    return frozen.#graph;
  }

  /** A read-only view of the value; the same each time. Parts are decoded when they are touched. Changing it throws `TypeError`. */
  get value(): DeepReadonly<T> {
    this.#value ??= { value: sharing().frozen.read(this) };
    return this.#value.value as DeepReadonly<T>;
  }

  /** Bytes of shared memory that the value takes. */
  get byteLength(): number {
    return sharing().frozen.byteLengthOf(this);
  }

  /** A copy of the value that can be changed. */
  thaw(): Thawed<T> {
    return sharing().frozen.thawed(this) as Thawed<T>;
  }
}

/**
 * Copies a value into shared memory once, for any number of interpreters to read it there.
 *
 * Plain objects, arrays, Maps, Sets, Dates, ArrayBuffers and typed arrays, strings, numbers, bigints and the other primitives;
 * cycles and shared references are kept. Other frozen values and shared arrays can be part of it. Of a buffer, a view of it
 * takes what it shows, for itself: two views of one buffer are two buffers then.
 *
 * @typeParam T The value's type.
 * @param value What is to be shared; later changes of it do not show.
 * @returns The frozen value; one that is frozen already is given back.
 * @throws {NotShareableError} When a part of it is something else: a class, an error, a channel, an object with keys of
 *   `Symbol.for`, an array with named properties; `path` says where.
 * @throws {TypeError} When a getter in it changes it meanwhile.
 * @throws {RangeError} When it takes more than 4 GiB.
 *
 * @example A table that every interpreter reads
 * ```ts
 * import { create, freeze, type Frozen } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const prices = freeze(new Map([["tea", { cents: 250 }], ["coffee", { cents: 310 }]]));
 * const interp = create();
 * const cents = await interp.call(
 *   (table: Frozen<Map<string, { cents: number }>>) => table.value.get("tea")!.cents,
 *   prices,
 * );
 * assert.equal(cents, 250);
 * await interp.close();
 * ```
 */
export function freeze<T>(value: T): Frozen<T> {
  return sharing().frozen.freeze(value) as Frozen<T>;
}
