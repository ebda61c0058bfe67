/** Several calls at once, each in a new interpreter of its own. Source: `parallel` of the subinterpreter_parallelism package. */
import { InterpreterError } from "./errors.ts";
import type { AnyFunction, ParallelCall } from "./callable.ts";
import type { Interpreter } from "./interpreter.ts";
import { request } from "./calls.ts";
import { createOwned } from "./registry.ts";
import { checkModuleUrl, referTo } from "./remote.ts";
import { sendCall } from "./sending.ts";

/** See `parallel` in api.ts. */
export async function parallel(calls: readonly ParallelCall[]): Promise<unknown[]> {
  const prepared = calls.map(prepare);
  const interpreters: Interpreter[] = [];
  const results: unknown[] = [];
  try {
    // Each call leaves right after its interpreter was made: on Deno, which starts threads one after the other in the
    // calling thread, the first runs while the second starts.
    await Promise.all(prepared.map(async function run([fn, args], i) {
      const { id } = interpreters[i] = createOwned();
      const result = results[i] = await sendCall(id, fn, args, { original: true });
      if (typeof (result as AsyncIterator<unknown> | undefined)?.next === "function") {
        throw new InterpreterError(
          "Cannot collect a generator in parallel(): its values end with its interpreter; return an array, or use call",
        );
      }
      await discard(id);
    }));
    return results;
  } catch (error) {
    await Promise.all(interpreters.map(function end(interpreter) {
      return interpreter[Symbol.asyncDispose]();
    }));
    throw error;
  }
}

/** Closes an interpreter whose only call is done: it is gone for everybody; that its thread ends is not waited for. */
async function discard(id: number): Promise<void> {
  await request(0, { do: "close", id, force: true, wait: false }, "close", {});
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
