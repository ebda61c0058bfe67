/** Functions that are sent by reference: the module they stand in and their name. */
import type { AnyFunction } from "./callable.ts";
import type { FunctionRef } from "./protocol.ts";

/** The tasks of each module that was loaded here, by URL and name. */
const declared = new Map<string, Map<string, AnyFunction>>();
const references = new WeakMap<AnyFunction, FunctionRef>();

/**
 * Declares a function that other interpreters run by importing its module: imports and module-level helpers work in it.
 *
 * Declare it at the top level of a module, exported or not. Calling it directly runs it here, unchanged. Guard what only
 * the program's entry should do with `if (import.meta.main)`: the module is imported once in each interpreter that
 * runs the task, and `create` or `go` at its top level throws there.
 *
 * @typeParam F The function's type, kept.
 * @param meta The module's `import.meta`.
 * @param fn A named function: declaration, expression, async or generator.
 * @returns `fn` itself.
 * @throws {TypeError} When `fn` is anonymous, or the module has declared another task of this name.
 *
 * @example A task that uses an import
 * ```ts
 * import { basename } from "node:path";
 * import { create, task } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const nameOf = task(import.meta, function nameOf(path: string): string {
 *   return basename(path);
 * });
 *
 * if (import.meta.main) {
 *   const interp = create();
 *   assert.equal(await interp.call(nameOf, "/etc/hosts"), "hosts");
 *   await interp.close();
 * }
 * ```
 */
export function task<F extends AnyFunction>(meta: { readonly url: string }, fn: F): F {
  const url = (meta as { url?: unknown } | undefined)?.url;
  if (typeof url !== "string") {
    throw new TypeError("Cannot declare a task: pass import.meta as the first argument");
  }
  if (typeof fn !== "function") throw new TypeError(`Cannot declare a task: ${typeof fn} is not a function`);
  if (fn.name === "") {
    throw new TypeError(
      "Cannot declare a task: the function is anonymous; write task(import.meta, function name(…) {…})",
    );
  }
  const names = declared.get(url) ?? new Map<string, AnyFunction>();
  if (names.has(fn.name)) {
    throw new TypeError(
      `Cannot declare task "${fn.name}": ${url} has declared one of this name; choose another`,
    );
  }
  declared.set(url, names.set(fn.name, fn));
  references.set(fn, { by: "task", url, name: fn.name });
  return fn;
}

/** The task that a module which was loaded here has declared. */
export function declaredTask(url: string, name: string): AnyFunction | undefined {
  return declared.get(url)?.get(name);
}

/** How `fn` is sent by reference, if it is a task or a remote function. */
export function referenceOf(fn: AnyFunction): FunctionRef | undefined {
  return references.get(fn);
}

/** Makes `fn` cross as `ref`. */
export function setReference(fn: AnyFunction, ref: FunctionRef): void {
  references.set(fn, ref);
}
