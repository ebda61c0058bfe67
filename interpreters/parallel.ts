/** Several calls at once, each in a new interpreter of its own. Source: `parallel` of the subinterpreter_parallelism package. */
import { InterpreterError } from "./errors.ts";
import type { CallResult, Interpreter } from "./interpreter.ts";
import { create } from "./registry.ts";
import { checkModuleUrl, referTo } from "./remote.ts";
import { sendCall } from "./sending.ts";
import type { AnyFunction } from "./task.ts";

/** One call of {@link parallel}: a function with its arguments, or a module URL and an export's name with them. */
export type ParallelCall =
  | readonly [fn: AnyFunction, ...args: unknown[]]
  | readonly [url: string | URL, name: string, ...args: unknown[]];

/** The results of calls, in their order. */
export type ParallelResults<C extends readonly ParallelCall[]> = {
  -readonly [K in keyof C]: C[K] extends readonly [infer F, ...unknown[]]
    ? F extends (...args: never[]) => infer R ? CallResult<R> : unknown
    : unknown;
};

/**
 * Runs every call in a new interpreter of its own, all at once, and closes the interpreters again.
 *
 * @param calls `[fn, ...args]` or `[moduleUrl, "exportName", ...args]`.
 * @returns The results, in the order of the calls.
 * @throws Whatever the first call to fail threw, revived, once all interpreters are closed; the others are closed by force.
 * @throws {NotShareableError} When a function or argument cannot cross.
 * @throws {TypeError} When a call is neither form.
 *
 * **Gotchas**: an interpreter costs a few milliseconds to start; use it for calls that take longer than that. A
 * generator's values are gone with its interpreter: return an array.
 *
 * @example Two factorials on two cores
 * ```ts
 * import { parallel } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * function factorial(n: number): bigint {
 *   let product = 1n;
 *   for (let i = 2n; i <= n; i++) product *= i;
 *   return product;
 * }
 *
 * const [five, six] = await parallel([factorial, 5], [factorial, 6]);
 * assert.equal(five, 120n);
 * assert.equal(six, 720n);
 * ```
 */
export async function parallel<const C extends readonly ParallelCall[]>(...calls: C): Promise<ParallelResults<C>> {
  const prepared = calls.map(prepare);
  const interpreters: Interpreter[] = [];
  let failure: { error: unknown } | undefined;
  const results: unknown[] = [];
  try {
    for (const _ of prepared) interpreters.push(create());
    await Promise.all(prepared.map(async function run([fn, args], i) {
      const interpreter = interpreters[i]!;
      results[i] = await sendCall(interpreter.id, fn, args, { original: true });
      if (typeof (results[i] as AsyncIterator<unknown> | undefined)?.next === "function") {
        throw new InterpreterError(
          "Cannot collect a generator in parallel(): its values end with its interpreter; return an array, or use call",
        );
      }
      await interpreter.close();
    }));
  } catch (error) {
    failure = { error };
  }
  if (failure !== undefined) {
    await Promise.all(interpreters.map(function end(interpreter) {
      return interpreter[Symbol.asyncDispose]();
    }));
    throw failure.error;
  }
  return results as ParallelResults<C>;
}

function prepare(call: ParallelCall, i: number): [fn: AnyFunction, args: unknown[]] {
  const [first, second] = call ?? [];
  if (typeof first === "function") return [first, call.slice(1)];
  if ((typeof first === "string" || first instanceof URL) && typeof second === "string") {
    return [referTo(checkModuleUrl(String(first), "Cannot run in parallel"), second), call.slice(2)];
  }
  throw new TypeError(`Cannot run call ${i} in parallel: pass [fn, ...args] or [moduleUrl, "exportName", ...args]`);
}
