/** Typed references to the exports of a module, which needs no declaration for it. */
import { loadModule } from "../runtime/inner.ts";
import { InterpreterError } from "./errors.ts";
import type { AnyFunction } from "./callable.ts";
import { setReference } from "./task.ts";

/** See `remote` in api.ts. */
export function remote(url: string | URL): object {
  const action = "Cannot make a remote reference";
  if (typeof url !== "string" && !(url instanceof URL)) {
    throw new TypeError(
      `${action}: the module is ${url === null ? "null" : `a ${typeof url}`}; pass its URL`,
    );
  }
  const from = checkModuleUrl(String(url), action);
  const known = new Map<string, AnyFunction>();
  return new Proxy(Object.create(null), {
    get(_target, name) {
      // Not a thenable: a remote that is awaited stays itself.
      if (typeof name === "symbol" || name === "then") return undefined;
      let fn = known.get(name);
      if (fn === undefined) known.set(name, fn = referTo(from, name));
      return fn;
    },
  });
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
    throw new InterpreterError(
      `Cannot call "${name}": ${url} exports ${fn === undefined ? "nothing of this name" : `a ${typeof fn}`}`,
    );
  }
  return fn as AnyFunction;
}
