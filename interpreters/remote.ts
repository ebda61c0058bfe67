/** Typed references to the exports of a module, which needs no declaration for it. */
import { loadModule } from "../runtime/mod.ts";
import { InterpreterError } from "./errors.ts";
import { type AnyFunction, setReference } from "./task.ts";

/** A function of another module: sent by reference, or, called directly, run here after importing the module. */
export type RemoteFunction<F> = F extends (...args: infer A) => infer R
  ? (...args: A) => R extends AsyncIterable<unknown> ? R : Promise<Awaited<R>>
  : never;

/** The functions that a module exports, as references. */
export type Remote<M> = {
  readonly [K in keyof M as M[K] extends AnyFunction ? K : never]: RemoteFunction<M[K]>;
};

/**
 * Refers to the functions that a module exports.
 *
 * @typeParam M The module's type: `typeof import("./m.ts")`.
 * @param url The module's absolute URL, from `import.meta.resolve("./m.ts")`.
 * @returns An object whose every property is a reference to the export of that name; whether it exists is seen at the call.
 * @throws {TypeError} When `url` is relative.
 *
 * @example A function of a built-in module
 * ```ts
 * import { create, remote } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const path = remote<typeof import("node:path")>("node:path");
 * const interp = create();
 * assert.equal(await interp.call(path.basename, "/etc/hosts"), "hosts");
 * await interp.close();
 * ```
 */
export function remote<M extends object>(url: string | URL): Remote<M> {
  const from = checkModuleUrl(String(url), "Cannot make a remote reference");
  const known = new Map<string, AnyFunction>();
  return new Proxy(Object.create(null), {
    get(_target, name) {
      // Not a thenable: a remote that is awaited stays itself.
      if (typeof name === "symbol" || name === "then") return undefined;
      let fn = known.get(name);
      if (fn === undefined) known.set(name, fn = referTo(from, name));
      return fn;
    },
  }) as Remote<M>;
}

/** A function that crosses as the export `name` of the module at `url`. */
export function referTo(url: string, name: string): AnyFunction {
  async function remoteFunction(...args: unknown[]): Promise<unknown> {
    return await (await loadExport(url, name))(...args);
  }
  Object.defineProperty(remoteFunction, "name", { value: name });
  setReference(remoteFunction, { by: "export", url, name });
  return remoteFunction;
}

/** Throws for a specifier that means something else in another module. */
export function checkModuleUrl(url: string, action: string): string {
  if (/^\.{0,2}\//.test(url) || url === "") {
    throw new TypeError(`${action}: "${url}" is relative; pass import.meta.resolve("${url}")`);
  }
  return url;
}

/** The function that the module at `url` exports as `name`. */
export async function loadExport(url: string, name: string): Promise<AnyFunction> {
  const fn = (await loadModule(url))[name];
  if (typeof fn !== "function") {
    throw new InterpreterError(`Cannot call "${name}": ${url} exports ${fn === undefined ? "nothing of this name" : `a ${typeof fn}`}`);
  }
  return fn as AnyFunction;
}
