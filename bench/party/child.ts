/** What child processes run: does each task that it is sent and sends the result back. */

import process from "node:process";
import type { Order } from "./_runners.ts";
import * as workloads from "./workloads.ts";

process.on("message", ({ task, argument, index }: Order) => {
  process.send!({ index, result: (workloads[task] as (argument: unknown) => unknown)(argument) });
});
process.on("disconnect", () => process.exit(0));
