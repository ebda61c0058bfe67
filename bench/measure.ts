/**
 * Runs one benchmark on the runtime it is started with and tells about it on standard output, a line of JSON each.
 *
 * Started by `run.ts`: `measure.ts <benchmark> <runtime> <quick|full> [part]`.
 *
 * @module
 */

import process from "node:process";
import type { Row, RuntimeName } from "./_benchmark.ts";
import { BENCHMARKS } from "./_registry.ts";

/** What a measuring process tells, as one line. */
export type Message =
  | { readonly bench: "progress"; readonly what: string; readonly round: number; readonly rounds: number }
  | { readonly bench: "row"; readonly row: Row }
  | { readonly bench: "end" };

if (import.meta.main) await main(process.argv.slice(2));

async function main([name, runtime, extent, part = ""]: string[]): Promise<void> {
  const benchmark = BENCHMARKS.find((benchmark) => benchmark.name === name);
  if (benchmark === undefined) throw new RangeError(`Cannot measure "${name}": start bench/run.ts instead`);
  await benchmark.measure({
    runtime: runtime as RuntimeName,
    quick: extent === "quick",
    part,
    progress(what, round, rounds) {
      tell({ bench: "progress", what, round, rounds });
    },
    row(row) {
      tell({ bench: "row", row });
    },
  });
  tell({ bench: "end" });
}

function tell(message: Message): void {
  console.log(JSON.stringify(message));
}
