/** Makes plans of functions and of other plans. The functions behind `proc_api.ts`. */
import { interpreters } from "#engines";
import type { AnyFunction } from "../interpreters/callable.ts";
import type { GoOptions } from "./go_api.ts";
import { launch, launcher } from "./launch.ts";
import type { Group, Leaf, Plan, Replica } from "./plan.ts";
import { Proc } from "./proc.ts";

/** A process as `go` starts it. Throws when the function can never be sent. */
export function describe(fn: AnyFunction, args: unknown[]): Leaf {
  return leaf(fn, args, "bare", launch);
}

/** Checks the options of `proc.with`; what it gives describes a process by them. */
export function describeBy(options: GoOptions): (fn: AnyFunction, args: unknown[]) => Leaf {
  const start = launcher(options);
  const place = options?.local ? "here" : options?.interpreter !== undefined ? "named" : "bare";
  return function describe(fn, args) {
    return leaf(fn, args, place, start);
  };
}

function leaf(fn: AnyFunction, args: unknown[], place: Leaf["place"], start: Leaf["start"]): Leaf {
  if (typeof fn !== "function") {
    throw new TypeError(
      `Cannot describe a process: ${
        fn === null ? "null" : typeof fn
      } is not a function; pass a function first`,
    );
  }
  if (place !== "here") interpreters().checkFunction(fn, place === "bare");
  return { is: "process", fn, args, place, start };
}

/** Parts at once, or one after the other. */
export function compose(is: "par" | "seq", procs: readonly unknown[]): Group {
  return {
    is,
    parts: procs.map((part, i) => planOf(part, `Cannot compose processes by ${is}`, `part ${i}`)),
  };
}

/** One part `n` times at once. */
export function repeat(n: number, proc: unknown): Replica {
  const action = "Cannot replicate a process";
  if (!Number.isInteger(n) || n < 0) {
    throw new RangeError(`${action}: ${String(n)} is no number of processes; pass an integer of at least 0`);
  }
  return { is: "replicate", n, part: planOf(proc, action, "what is replicated") };
}

function planOf(value: unknown, action: string, what: string): Plan {
  const plan = Proc.planOf(value);
  if (plan !== undefined) return plan;
  const found = value === null ? "null" : typeof value === "object" ? "another object" : `a ${typeof value}`;
  throw new TypeError(`${action}: ${what} is ${found}; pass what proc(fn, …), par, seq or replicate gives`);
}
