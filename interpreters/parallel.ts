/** Several calls at once, each in a new interpreter of its own. Source: `parallel` of the subinterpreter_parallelism package. */
import { InterpreterError } from "./errors.ts";
import type { ParallelCall } from "./api.ts";
import type { Interpreter } from "./interpreter.ts";
import { create } from "./registry.ts";
import { checkModuleUrl, referTo } from "./remote.ts";
import { sendCall } from "./sending.ts";
import type { AnyFunction } from "./task.ts";

/** See `parallel` in api.ts. */
export async function parallel(calls: readonly ParallelCall[]): Promise<unknown[]> {
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
  return results;
}

function prepare(call: ParallelCall, i: number): [fn: AnyFunction, args: unknown[]] {
  const [first, second] = Array.isArray(call) ? call : [];
  if (typeof first === "function") return [first, call.slice(1)];
  if ((typeof first === "string" || first instanceof URL) && typeof second === "string") {
    return [referTo(checkModuleUrl(String(first), "Cannot run in parallel"), second), call.slice(2)];
  }
  throw new TypeError(
    `Cannot run call ${i} in parallel: pass [fn, ...args] or [moduleUrl, "exportName", ...args]`,
  );
}
