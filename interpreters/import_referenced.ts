/** Finds a task or an export by importing its module. */
import { loadModule } from "../runtime/inner.ts";
import { InterpreterError } from "./errors.ts";
import { importing } from "./main_guard.ts";
import type { FunctionRef } from "./protocol.ts";
import { loadExport } from "./remote.ts";
import type { AnyFunction } from "./callable.ts";
import { declaredTask } from "./task.ts";

/** See `resolveFunction`. */
export async function importReferenced(ref: FunctionRef & { by: "task" | "export" }): Promise<AnyFunction> {
  const { url, name } = ref;
  if (ref.by === "export") {
    return await importing(url, function load() {
      return loadExport(url, name);
    });
  }
  if (declaredTask(url, name) === undefined) {
    await importing(url, function load() {
      return loadModule(url);
    });
  }
  const fn = declaredTask(url, name);
  if (fn === undefined) {
    throw new InterpreterError(
      `Cannot run task "${name}": importing ${url} did not declare it; declare it at the top level`,
    );
  }
  return fn;
}
