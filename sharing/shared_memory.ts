/**
 * Shared memory that crosses. Structured clone makes a new object of it each time; what an interpreter has already is taken
 * instead, so that it weighs once (`runtime/weight.ts`) and is the same object whichever way it came.
 */
import { weigh } from "../runtime/weight.ts";

/** What several interpreters have, known by numbers: one object for each in this interpreter, as long as somebody has it. */
export class Known<T extends object> {
  readonly #found = new Map<number, WeakRef<T>>();
  readonly #dropped = new FinalizationRegistry<number>((number) => {
    if (this.get(number) === undefined) this.#found.delete(number);
  });

  /** The one of this number. */
  get(number: number): T | undefined {
    return this.#found.get(number)?.deref();
  }

  /** From now on `thing` is the one of this number. */
  keep(number: number, thing: T): T {
    this.#found.set(number, new WeakRef(thing));
    this.#dropped.register(thing, number);
    return thing;
  }
}

/** A number for something new. Random: interpreters do not ask each other. 52 bits are enough for a billion things. */
export function newNumber(): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
  return (high & 0xfffff) * 2 ** 32 + low + 1;
}

const known = new Known<SharedArrayBuffer>();
const numbers = new WeakMap<SharedArrayBuffer, number>();

/** The number under which `memory` is sent. */
export function numberOf(memory: SharedArrayBuffer): number {
  return numbers.get(memory) ?? keep(newNumber(), memory);
}

/** The object for memory that came as `come`. */
export function adopt(number: number, come: SharedArrayBuffer): SharedArrayBuffer {
  const found = known.get(number);
  if (found !== undefined && found.byteLength === come.byteLength) return found;
  keep(number, come);
  return come;
}

function keep(number: number, memory: SharedArrayBuffer): number {
  weigh(memory);
  numbers.set(memory, number);
  known.keep(number, memory);
  return number;
}
