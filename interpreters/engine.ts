/**
 * The machinery behind this folder's facades, as one module: loaded at first use on Node and Bun, along with the facades
 * elsewhere (see `engines_lazy.ts`).
 */
import { channels } from "#engines";
import "../sharing/handle_kinds.ts";
import "./error_registry.ts";
import { installSurroundings } from "./channel_surroundings.ts";
import { installParking } from "./carried.ts";
import { installRegistry } from "./registry.ts";
import { installQueues } from "./queues.ts";
import { installSignals } from "./signals.ts";

export * from "./operations.ts";
export { createDedicated, leastLoaded, noteEnded, noteStarted, setParallelism, shutdown } from "./crew.ts";
export { checkMainGuard } from "./main_guard.ts";
export { parallel } from "./parallel.ts";
export { processNow, trackProcesses } from "./process_context.ts";
export { startProcess, startProcessHere } from "./processes.ts";
export * as queues from "./queues.ts";
export { create, getCurrent, getMain, listAll } from "./registry.ts";
export { remote } from "./remote.ts";

/** Connects the parts; called once, before anything else is used. */
export function install(): void {
  installSignals();
  installQueues();
  installRegistry();
  installSurroundings();
  installParking(channels);
}
