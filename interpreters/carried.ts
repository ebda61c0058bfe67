/** How a value rides on a letter: encoded, or as it is when the runtime's own clone is exact and cheaper. */
import type { Given } from "../channels/given_ends.ts";
import { decode } from "../sharing/decode.ts";
import { encode } from "../sharing/encode.ts";
import type { Outgoing, Wire } from "../sharing/wire.ts";

/** A value on a letter. */
export type Carried = Wire | { plain: unknown };

/** Whether structured clone carries `value` exactly, without looking into it: a primitive, but for symbols. */
export function isPlain(value: unknown): boolean {
  return value === null ||
    (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol");
}

/** How references to the shared heap ride along; installed with the machinery, before anything can refer to it. */
export interface Parking {
  park(references: readonly number[]): number;
  readdress(block: number, slot: number): void;
  openParked(wire: Wire, block: number): unknown;
  dropParked(block: number): void;
  openGiven<T>(open: () => T): Given<T>;
  forget(block: number): void;
}

let parking: () => Parking;

/** Once. */
export function installParking(installed: () => Parking): void {
  parking = installed;
}

/** Encodes a value for a letter. */
export function pack(value: unknown, root: string): Outgoing {
  const outgoing = encode(value, root);
  const { wire } = outgoing;
  if (wire.references === undefined) return outgoing;
  try {
    wire.block = parking().park(wire.references);
  } catch (error) {
    outgoing.abandon?.();
    throw error;
  }
  delete wire.references;
  const { abandon } = outgoing;
  outgoing.abandon = function undo() {
    // The references themselves are undone by what made them.
    parking().forget(wire.block!);
    abandon?.();
  };
  return outgoing;
}

/** What was carried. */
export function unpack(carried: Carried): unknown {
  if ("plain" in carried) return carried.plain;
  return carried.block === undefined ? decode(carried) : parking().openParked(carried, carried.block);
}

/** What was carried, and the ends in it, for somebody who has them for himself. */
export function unpackGiven(carried: Carried): Given<unknown> {
  return parking().openGiven(function open() {
    return unpack(carried);
  });
}

/** The letter with `carried` goes to the interpreter in `slot`; whether it refers to the shared heap. */
export function readdress(carried: Carried, slot: number): boolean {
  if ("plain" in carried || carried.block === undefined) return false;
  parking().readdress(carried.block, slot);
  return true;
}

/** Whether there may be channels or ends in it. */
export function refers(carried: Carried): boolean {
  return !("plain" in carried) && carried.block !== undefined;
}

/** The letter with `carried` will not be read. */
export function drop(carried: Carried): void {
  if (!("plain" in carried) && carried.block !== undefined) parking().dropParked(carried.block);
}
