/** The benchmarks of channels, as the registry lists them; only what measures loads the library. */

import type { Benchmark } from "../_benchmark.ts";
import { dots } from "../pictures/_points.ts";
import { reportChannels } from "./_channels_report.ts";
import { reportLocal } from "./_local_report.ts";
import { reportMany } from "./_many_report.ts";
import { pictureChannels, pictureLocal } from "./_pictures.ts";

/** Channels between interpreters, see `between.ts`. */
export const channels: Benchmark = {
  name: "channels",
  summary: "channels between interpreters: patterns, capacities, forms, payloads, select",
  parts: ["integers", "patterns", "payloads", "select"],
  async measure(bench) {
    await (await import("./between.ts")).measure(bench);
  },
  report: reportChannels,
  pictures: pictureChannels,
};

/** Channels within one interpreter, see `local.ts`. */
export const localChannels: Benchmark = {
  name: "channels-local",
  summary: "channels within one interpreter, beside bare awaits and other libraries",
  async measure(bench) {
    await (await import("./local.ts")).measure(bench);
  },
  report: reportLocal,
  pictures: pictureLocal,
};

/** Very many channels, see `many.ts`. */
export const manyChannels: Benchmark = {
  name: "channels-many",
  summary: "ten thousand channels at once, a million reply channels, and their memory",
  async measure(bench) {
    await (await import("./many.ts")).measure(bench);
  },
  report: reportMany,
  pictures(measurements) {
    return [
      dots(measurements, "Time of a channel, made, used once and dropped", { step: "total", many: "n" }),
    ];
  },
};
