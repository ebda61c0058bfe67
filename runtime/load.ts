/**
 * Turns sent text and sent specifiers into functions and modules.
 *
 * Bare specifiers resolve from the program's own entry, wherever the library is installed. Deno needs no help: its
 * import map holds for every module. Bun resolves a specifier from any folder. Node has a hook for it.
 */
import { builtin, globals, runtimeName } from "./detect.ts";

type Import = (specifier: string, options?: ImportCallOptions) => Promise<Record<string, unknown>>;

let importFromBase: Import | undefined;
let base: string | undefined;

/** Path or URL of the module that the program was started with. */
export function programBase(): string {
  if (base !== undefined) return base;
  if (runtimeName === "deno") return globals.Deno!.mainModule ?? "file:///";
  if (runtimeName === "bun") return globals.Bun!.main;
  if (runtimeName === "node") return globals.process!.argv[1] ?? `${globals.process!.cwd()}/[eval]`;
  return String(globalThis.location);
}

/** Inside a thread: the base that main tells, where the runtime knows only the thread's own entry. */
export function setProgramBase(entry: string): void {
  base = entry;
}

/** Imports a module: absolute URL, bare, `node:`, `npm:` or `jsr:` specifier. */
export function loadModule(specifier: string, options?: ImportCallOptions): Promise<Record<string, unknown>> {
  if (importFromBase === undefined && runtimeName === "node" && !isBare(specifier)) {
    return plainImport(specifier, options);
  }
  importFromBase ??= runtimeName === "node" ? nodeImport() : runtimeName === "bun" ? bunImport : plainImport;
  return importFromBase(specifier, options);
}

function plainImport(specifier: string, options?: ImportCallOptions): Promise<Record<string, unknown>> {
  return options === undefined ? import(specifier) : import(specifier, options);
}

function isBare(specifier: string): boolean {
  return !/^([a-z][a-z0-9+.-]*:|\/|\.\.?\/)/i.test(specifier);
}

async function bunImport(specifier: string, options?: ImportCallOptions): Promise<Record<string, unknown>> {
  const folder = programBase().replace(/[^/\\]*$/, "");
  return await plainImport(
    isBare(specifier) ? globals.Bun!.resolveSync(specifier, folder) : specifier,
    options,
  );
}

/** Marks a specifier that `nodeImport` has to resolve from the program's base. */
const FROM_BASE = "csp-from-base:";

/** Node resolves `import()` from the module it stands in; a hook puts the program's entry in its place. */
function nodeImport(): Import {
  const { registerHooks, pathToFileURL } = {
    ...builtin<{ registerHooks(hooks: { resolve: Resolve }): unknown }>("node:module"),
    ...builtin<{ pathToFileURL(path: string): URL }>("node:url"),
  };
  const parentURL = pathToFileURL(programBase()).href;
  registerHooks({
    resolve(specifier, context, next) {
      if (!specifier.startsWith(FROM_BASE)) return next(specifier, context);
      return next(specifier.slice(FROM_BASE.length), { ...context, parentURL });
    },
  });
  return function importFromEntry(specifier, options) {
    return plainImport(isBare(specifier) ? FROM_BASE + specifier : specifier, options);
  };
}

/** A synchronous resolve hook of `node:module`. */
type Resolve = (
  specifier: string,
  context: object,
  next: (specifier: string, context: object) => unknown,
) => unknown;

/** Evaluates text as a script in the global scope; `name` stands in stack traces. */
export function evaluate(code: string, name: string): unknown {
  const url = encodeURI(name.toWellFormed()).replace(/[\s'"]/g, "_");
  return (0, eval)(`${code}\n//# sourceURL=csp:${url}`);
}
