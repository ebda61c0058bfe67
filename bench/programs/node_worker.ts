/** The least of a `node:worker_threads` Worker that says it is ready and answers. */

import { parentPort } from "node:worker_threads";

parentPort?.on("message", function answer(message: unknown) {
  parentPort?.postMessage(message);
});
parentPort?.postMessage("ready");
