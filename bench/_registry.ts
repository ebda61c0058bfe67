/** All benchmarks, in the order in which they run. A new one is a file of its own and a line here. */

import type { Benchmark } from "./_benchmark.ts";
import { calls } from "./calls.ts";
import { channels, localChannels, manyChannels } from "./channels/benchmarks.ts";
import { processes as networks } from "./csp/benchmarks.ts";
import { factorial } from "./factorial.ts";
import { processes } from "./go.ts";
import { importing } from "./import.ts";
import { launch } from "./launch.ts";
import { locks } from "./locks/benchmarks.ts";
import { pools } from "./pools.ts";
import { sharing } from "./sharing/benchmarks.ts";

/** See the file's description. */
export const BENCHMARKS: readonly Benchmark[] = [
  factorial,
  launch,
  importing,
  calls,
  channels,
  localChannels,
  manyChannels,
  processes,
  networks,
  locks,
  pools,
  sharing,
];
