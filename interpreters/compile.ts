/** Makes a function of what a caller sent: compiles source once, or finds the task or export in its module. */
import { evaluate, loadLater } from "../runtime/inner.ts";
import { InterpreterError } from "./errors.ts";
import { importSent, loadLibrary } from "./library.ts";
import { trackProcesses } from "./process_context.ts";
import type { FunctionRef, SourceCode } from "./protocol.ts";
import { IMPORT_NAME, LIBRARY_NAME } from "./source/names.ts";
import type { AnyFunction } from "./callable.ts";

/** Compiled functions by sender and key: a source crosses once. */
const compiled = new Map<number, Map<number, AnyFunction | Promise<AnyFunction> | SourceCode>>();
/** Tasks and exports that were called before. */
const imported = new Map<string, AnyFunction>();

/** Drops what an interpreter that has ended had sent. */
export function forgetSources(sender: number): void {
  compiled.delete(sender);
}

/**
 * Keeps a source that has arrived, or the function that it was compiled to before this module was loaded: the call that
 * brought it may never run, later ones rely on it.
 */
export function keepSource(sender: number, key: number, source: SourceCode | AnyFunction): void {
  const kept = compiled.get(sender) ?? new Map<number, AnyFunction | Promise<AnyFunction> | SourceCode>();
  compiled.set(sender, kept);
  // What came in between has been compiled already.
  if (typeof kept.get(key) !== "function") kept.set(key, source);
}

/**
 * The function that `ref` names. Rejects with `InterpreterError` without cause when there is none of that name, with
 * whatever the module threw when it cannot be imported.
 */
export function resolveFunction(sender: number, ref: FunctionRef): AnyFunction | Promise<AnyFunction> {
  if (ref.by !== "source") return imported.get(`${ref.by} ${ref.url} ${ref.name}`) ?? importFunction(ref);
  const sources = compiled.get(sender);
  const known = sources?.get(ref.key);
  if (known === undefined) throw new InterpreterError(`Cannot run "${ref.name}": its source never arrived`);
  if (typeof known === "function" || known instanceof Promise) return known;
  // A promise is kept as well: calls that come while the supplies load shall not load them again.
  const fn = known.library || known.helpers.length > 0
    ? compileWithSupplies(ref.name, known)
    : compile(ref.name, known, undefined, []);
  sources!.set(ref.key, fn);
  return fn;
}

async function importFunction(ref: FunctionRef & { by: "task" | "export" }): Promise<AnyFunction> {
  const { importReferenced } = await loadLater<typeof import("./import_referenced.ts")>(
    "./import_referenced",
    import.meta.url,
  );
  const fn = await importReferenced(ref);
  imported.set(`${ref.by} ${ref.url} ${ref.name}`, fn);
  return fn;
}

/** Compiles a function that needs the library or what tools call in the code they write. */
async function compileWithSupplies(name: string, code: SourceCode): Promise<AnyFunction> {
  if (code.library) trackProcesses();
  const library = code.library ? await loadLibrary() : undefined;
  if (code.helpers.length === 0) return compile(name, code, library, []);
  const helpers = await loadLater<typeof import("./source/helpers.ts")>("./source/helpers", import.meta.url);
  return compile(name, code, library, helpers.helperValues(code.helpers));
}

function compile(name: string, code: SourceCode, library: unknown, helpers: unknown[]): AnyFunction {
  const names = [LIBRARY_NAME, IMPORT_NAME, ...code.helpers].join(", ");
  const strict = code.strict ? '"use strict";' : "";
  const make = evaluate(`(function (${names}) {${strict}return (${code.text}\n);})`, name || "anonymous");
  return (make as AnyFunction)(library, importSent, ...helpers) as AnyFunction;
}

/** Runs the text of an `exec`, already rewritten by its sender. */
export async function evaluateProgram(code: string, library: unknown): Promise<void> {
  const run = evaluate(
    `(async function (${LIBRARY_NAME}, ${IMPORT_NAME}) {${code}\n})`,
    "exec",
  ) as AnyFunction;
  await run(library, importSent);
}
