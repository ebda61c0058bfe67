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
import { party } from "./party/benchmark.ts";
import { pools } from "./pools.ts";
import { units } from "./units.ts";
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
  party,
  units,
  sharing,
];

/** Seconds that a benchmark is to take on one runtime and two cores, in full and when it is quick. */
const BUDGETS: Readonly<Record<string, readonly [full: number, quick: number]>> = {
  "factorial": [23, 3],
  "launch": [7, 1.9],
  "import": [2, 0.8],
  "calls": [6, 1.8],
  "channels": [28, 4.6],
  "channels-local": [6, 1],
  "channels-many": [7, 1.2],
  "go": [7, 2.8],
  "processes": [7, 1.8],
  "locks": [4, 0.8],
  "pools": [14, 4.2],
  "party": [29, 7.5],
  "units": [7, 1.8],
  "sharing": [32, 4],
};

/** What a benchmark without a budget may take. */
const DEFAULT_BUDGET = [10, 2] as const;

/** Milliseconds that a benchmark is to take on one runtime. */
export function budgetOf(name: string, quick: boolean): number {
  const [full, short] = BUDGETS[name] ?? DEFAULT_BUDGET;
  return (quick ? short : full) * 1000;
}
