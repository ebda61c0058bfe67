/**
 * A function as a value that can be passed on to where it will be called; a protocol file, for what sends work by channels
 * instead of calls.
 */
import { analyzer } from "#engines";
import type { AnyFunction } from "./callable.ts";
import { keepSource, resolveFunction } from "./compile.ts";
import type { FunctionRef } from "./protocol.ts";
import { realm } from "./realm.ts";
import { wholeReference } from "./sending.ts";
import { referenceOf } from "./task.ts";

/** A function, and who has sent it: sources are kept by their sender. */
export interface SentFunction {
  readonly from: number;
  readonly ref: FunctionRef;
}

/** `fn`, which `checkFunction` has let pass, as a value. */
export function sendable(fn: AnyFunction): SentFunction {
  const ref = referenceOf(fn);
  if (ref !== undefined) return { from: realm.id, ref };
  return { from: realm.id, ref: wholeReference(analyzer().analyzeFunction(fn)) };
}

/** The function, here. Rejects with what its module threw, or when there is none of its name. */
export async function functionOf({ from, ref }: SentFunction): Promise<AnyFunction> {
  if (ref.by === "source" && ref.code !== undefined) keepSource(from, ref.key, ref.code);
  return await resolveFunction(from, ref);
}
