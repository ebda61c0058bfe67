/** What the threads of comlink load: the module's functions as the object that is exposed. */

import { expose } from "comlink";
import process from "node:process";
import * as workloads from "../party/workloads.ts";
import { endpointOf } from "./_comlink_node.ts";

// A global Worker is an endpoint itself.
if ("Deno" in globalThis || "Bun" in globalThis) expose({ ...workloads });
else {
  const { parentPort } = process.getBuiltinModule("node:worker_threads");
  expose({ ...workloads }, await endpointOf(parentPort));
}
