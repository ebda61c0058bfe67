/** How a value rides on a letter: encoded, or as it is when the runtime's own clone is exact and cheaper. */
import { decode } from "../sharing/decode.ts";
import type { Wire } from "../sharing/wire.ts";

/** A value on a letter. */
export type Carried = Wire | { plain: unknown };

/** Whether structured clone carries `value` exactly, without looking into it: a primitive, but for symbols. */
export function isPlain(value: unknown): boolean {
  return value === null ||
    (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol");
}

/** What was carried. */
export function unpack(carried: Carried): unknown {
  return "plain" in carried ? carried.plain : decode(carried);
}
