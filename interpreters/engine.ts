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

/** Connects the parts; called once, before anything else is used. */
export function install(): void {
  installSignals();
  installRegistry();
}
