/** The same as node_worker.ts without types: what Node's type stripping costs a thread is the difference. */

import { parentPort } from "node:worker_threads";

parentPort?.on("message", function answer(message) {
  parentPort?.postMessage(message);
});
parentPort?.postMessage("ready");
