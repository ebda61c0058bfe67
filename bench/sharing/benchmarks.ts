/** The benchmark of sharing, as the registry lists it; only what measures loads the library. */

import type { Benchmark } from "../_benchmark.ts";
import { PARTS } from "./_names.ts";
import { pictureSharing } from "./_pictures.ts";
import { reportSharing } from "./_report.ts";

/** See `measure.ts`. */
export const sharing: Benchmark = {
  name: "sharing",
  summary: "frozen values beside copies, reading them, and filling a shared array by all cores",
  parts: PARTS,
  async measure(bench) {
    await (await import("./measure.ts")).measure(bench);
  },
  report: reportSharing,
  pictures: pictureSharing,
};
