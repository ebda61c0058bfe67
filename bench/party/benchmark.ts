/** The pool party, as the registry lists it; only what measures loads what it takes to measure. */

import type { Benchmark } from "../_benchmark.ts";
import { pictureParty, reportParty } from "./_report.ts";

/** See `party.ts`. */
export const party: Benchmark = {
  name: "party",
  summary: "nbody and tasks of other character by pools, processes and other libraries, with their memory",
  async measure(bench) {
    await (await import("./party.ts")).measure(bench);
  },
  report: reportParty,
  pictures: pictureParty,
};
