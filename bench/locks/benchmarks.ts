/** The benchmark of locks, as the registry lists it; only what measures loads the library. */

import type { Benchmark } from "../_benchmark.ts";
import { drawCases, drawNotes } from "../channels/_figures.ts";
import { dots } from "../pictures/_points.ts";
import { CASES } from "./_names.ts";

/** A mutex, see `measure.ts`. */
export const locks: Benchmark = {
  name: "locks",
  summary: "a mutex: locked and released by one, and by two interpreters at once, beside a bare futex",
  async measure(bench) {
    await (await import("./measure.ts")).measure(bench);
  },
  report(measurements) {
    return [
      "Time of one lock and release. By two: each in a loop of its own, so that they take turns; the bare futex does not, who",
      "has released it as a rule takes it again.",
      "",
      drawCases(measurements, { group: "", columns: CASES }, [{ name: "", cases: CASES }]),
      drawNotes(measurements),
    ].join("\n");
  },
  pictures(measurements) {
    return [dots(measurements, "Time of one lock and release", { step: "total", many: "n" })];
  },
};
