/** Makes a function of what a caller sent: compiles source once, or finds the task or export in its module. */
import { evaluate, loadModule } from "../runtime/mod.ts";
import { InterpreterError } from "./errors.ts";
import { helperValues } from "./source/helpers.ts";
import { importSent, loadLibrary } from "./library.ts";
import { importing } from "./main_guard.ts";
import type { FunctionRef, SourceCode } from "./protocol.ts";
import { loadExport } from "./remote.ts";
import { type AnyFunction, declaredTask } from "./task.ts";

/** Compiled functions by sender and key: a source crosses once. */
const compiled = new Map<number, Map<number, AnyFunction>>();

/** Exports that were called before, by URL and name. */
const exported = new Map<string, AnyFunction>();

/** Drops what an interpreter that has ended had sent. */
export function forgetSources(sender: number): void {
  compiled.delete(sender);
}

/**
 * The function that `ref` names. Rejects with `InterpreterError` without cause when there is none of that name, with
 * whatever the module threw when it cannot be imported.
 */
export function resolveFunction(sender: number, ref: FunctionRef): AnyFunction | Promise<AnyFunction> {
  switch (ref.by) {
    case "task":
      return declaredTask(ref.url, ref.name) ?? importTask(ref.url, ref.name);
    case "export":
      return exported.get(`${ref.url} ${ref.name}`) ?? importExport(ref.url, ref.name);
    case "source": {
      const known = compiled.get(sender)?.get(ref.key);
      if (known !== undefined) return known;
      if (ref.code === undefined) throw new InterpreterError(`Cannot run "${ref.name}": its source never arrived`);
      return ref.code.library
        ? compileWithLibrary(sender, ref.key, ref.name, ref.code)
        : compile(sender, ref.key, ref.name, ref.code, undefined);
    }
  }
}

async function importExport(url: string, name: string): Promise<AnyFunction> {
  const fn = await importing(url, function load() {
    return loadExport(url, name);
  });
  exported.set(`${url} ${name}`, fn);
  return fn;
}

async function importTask(url: string, name: string): Promise<AnyFunction> {
  await importing(url, function load() {
    return loadModule(url);
  });
  const fn = declaredTask(url, name);
  if (fn === undefined) {
    throw new InterpreterError(`Cannot run task "${name}": importing ${url} did not declare it; declare it at the top level`);
  }
  return fn;
}

async function compileWithLibrary(sender: number, key: number, name: string, code: SourceCode): Promise<AnyFunction> {
  return compile(sender, key, name, code, await loadLibrary());
}

function compile(sender: number, key: number, name: string, code: SourceCode, library: unknown): AnyFunction {
  const names = ["csp", "__cspImport", ...code.helpers];
  const strict = code.strict ? '"use strict";' : "";
  const make = evaluate(`(function (${names.join(", ")}) {${strict}return (${code.text}\n);})`, name || "anonymous");
  const fn = (make as AnyFunction)(library, importSent, ...helperValues(code.helpers)) as AnyFunction;
  const known = compiled.get(sender) ?? new Map<number, AnyFunction>();
  compiled.set(sender, known.set(key, fn));
  return fn;
}

/** Runs the text of an `exec`, already rewritten by its sender. */
export async function evaluateProgram(code: string, library: unknown): Promise<void> {
  const run = evaluate(`(async function (csp, __cspImport) {${code}\n})`, "exec") as AnyFunction;
  await run(library, importSent);
}
