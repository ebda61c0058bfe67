/** The benchmark of processes, as the registry lists it; only what measures loads the library. */

import type { Benchmark } from "../_benchmark.ts";
import { dots } from "../pictures/_points.ts";
import { reportProcesses } from "./_processes_report.ts";

/** Processes and channels together, see `processes.ts`. */
export const processes: Benchmark = {
  name: "processes",
  summary: "processes and channels together: commstime, a token ring, a sieve, a pipeline",
  async measure(bench) {
    await (await import("./processes.ts")).measure(bench);
  },
  report: reportProcesses,
  pictures(measurements) {
    return [dots(measurements, "Time of a round, a hop, a number, an item", { step: "total", many: "n" })];
  },
};
