/**
 * The machinery behind this folder's facades, as one module: loaded at first use on Node and Bun, along with the facades
 * elsewhere (see `engines_lazy.ts`).
 */
import { installCrew } from "./crew.ts";
import { installRegistry } from "./registry.ts";
import { installPorts } from "./membership.ts";
import { installQueues } from "./queues.ts";
import { installSignals } from "./signals.ts";

export * from "./operations.ts";
export { leave, parallelism, place, placeApart, setParallelism, shutdown } from "./crew.ts";
export { checkArguments, checkFunction, checkValue } from "./checks.ts";
export { checkSendable } from "./check_sendable.ts";
export { checkMainGuard } from "./main_guard.ts";
export { Member, nameProcess, openPorts, Ports } from "./membership.ts";
export { parallel } from "./parallel.ts";
export { processNow, trackProcesses } from "./process_context.ts";
export { startCancelled, startProcess, startProcessHere } from "./processes.ts";
export * as queues from "./queues.ts";
export { create, createDedicated, getCurrent, getMain, listAll } from "./registry.ts";
export { remote } from "./remote.ts";
export { checkProcess } from "./sending.ts";
export { functionOf, sendable } from "./sent_function.ts";

/** Connects the parts; called once, before anything else is used. */
export function install(): void {
  installSignals();
  installQueues();
  installPorts();
  installRegistry();
  installCrew();
}
