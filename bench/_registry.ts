/** All benchmarks, in the order in which they run. A new one is a file of its own and a line here. */

import type { Benchmark } from "./_benchmark.ts";
import { channels, localChannels, manyChannels } from "./channels/benchmarks.ts";
import { processes } from "./csp/benchmarks.ts";
import { factorial } from "./factorial.ts";
import { importing } from "./import.ts";
import { launch } from "./launch.ts";

/** See the file's description. */
export const BENCHMARKS: readonly Benchmark[] = [
  factorial,
  launch,
  importing,
  channels,
  localChannels,
  manyChannels,
  processes,
];
