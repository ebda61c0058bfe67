/** The factorial in a bare `node:worker_threads` Worker: says that it is ready, then answers `[n, times]`. */

import { parentPort } from "node:worker_threads";
import { factorial } from "./factorial.ts";

parentPort?.on("message", function answer(message: [number, number]) {
  parentPort?.postMessage(factorial(...message));
});
parentPort?.postMessage("ready");
