/**
 * The machinery behind this folder's facades, as one module: loaded at first use on Node and Bun, along with the facades
 * elsewhere (see `engines_lazy.ts`).
 */
import "./error_registry.ts";
import { installRegistry } from "./registry.ts";
import { installSignals } from "./signals.ts";

export * from "./operations.ts";
export { parallel } from "./parallel.ts";
export { processNow, trackProcesses } from "./process_context.ts";
export { create, getCurrent, getMain, listAll } from "./registry.ts";
export { remote } from "./remote.ts";

/** Never called: a literal `import()` is what keeps the inside of an interpreter in the module graph of a package. */
export function inside(): Promise<unknown> {
  return import("./inside.ts");
}

/** Connects the parts; called once, before anything else is used. */
export function install(): void {
  installSignals();
  installRegistry();
}
