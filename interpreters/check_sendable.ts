/** Whether a function can be started elsewhere with some arguments, before anything is. */
import { analyzer } from "#engines";
import { check } from "../sharing/encode.ts";
import type { AnyFunction } from "./callable.ts";
import { capturedError } from "./source/refusal.ts";
import { referenceOf } from "./task.ts";

/** Throws what starting `fn` with `args` in an interpreter where nothing is bound would throw. */
export function checkSendable(fn: AnyFunction, args: readonly unknown[]): void {
  if (referenceOf(fn) === undefined) {
    const unbound = analyzer().captured(analyzer().analyzeFunction(fn));
    if (unbound.length > 0) throw capturedError(fn.name, unbound);
  }
  check(args, "args");
}
