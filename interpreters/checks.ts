/** What can be refused of a call before it is made: looked at, and nothing else has happened. */
import { analyzer } from "#engines";
import { check } from "../sharing/encode.ts";
import { isPlain } from "./carried.ts";
import type { AnyFunction } from "./callable.ts";
import { capturedError } from "./source/refusal.ts";
import { referenceOf } from "./task.ts";

/** Throws when `fn` can never be sent. `bare`: nothing is bound over there, so what the function captures is refused. */
export function checkFunction(fn: AnyFunction, bare: boolean): void {
  if (referenceOf(fn) !== undefined) return;
  const sent = analyzer().analyzeFunction(fn);
  if (!bare) return;
  const unbound = analyzer().captured(sent);
  if (unbound.length > 0) throw capturedError(fn.name, unbound);
}

/** Throws when `value` cannot cross; `root` begins the path in the error. */
export function checkValue(value: unknown, root: string): void {
  check(value, root);
}

/** Throws when an argument cannot cross. */
export function checkArguments(args: readonly unknown[]): void {
  if (!args.every(isPlain)) check(args, "args");
}
