/**
 * Shared memory that crosses. Structured clone makes a new object of it each time; what an interpreter has already is taken
 * instead, so that it weighs once (`runtime/weight.ts`) and is the same object whichever way it came.
 */
import { weigh } from "../runtime/weight.ts";
import { Known, newNumber } from "./known.ts";

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
