/** The machinery behind this folder's facade. */
import { OpenNetwork } from "./network/open_network.ts";
import { processNow, trackProcesses } from "../interpreters/process_context.ts";

export { processNow as currentProcess };
export { alternation } from "./alternation.ts";
export { sendCase as sending } from "./case_set.ts";
export { launch, launchAlone, launcher, launchHere } from "./launch.ts";
export { runParallelFor } from "./parallel_for.ts";
export { workOnChunks } from "./parallel_for_worker.ts";
export { runPipeline } from "./pipeline.ts";
export { workOnItems } from "./pipeline_worker.ts";
export { runPlan } from "./plan_run.ts";
export { select, trySelect } from "./select.ts";
export { selectSync } from "./select_sync.ts";
export { sleep, yieldNow } from "./sleep.ts";
export { compose, describe, describeBy, repeat } from "./structure.ts";

/** From now on processes are told apart; called once, before anything else is used. */
export function install(): void {
  trackProcesses();
}

/** See `network` in network_api.ts. */
export function openNetwork(name: unknown): OpenNetwork {
  return new OpenNetwork(name);
}
