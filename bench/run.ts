/**
 * Measures the library on each installed runtime and prints tables; every sample goes to `bench/results/`.
 *
 * Usage: `npm run bench`, `deno task bench`, or `node bench/run.ts --help`.
 *
 * @module
 */

import { mkdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import type { Benchmark, Measurement, RuntimeName } from "./_benchmark.ts";
import { describeLibrary, describeMachine } from "./_machine.ts";
import { measureOn, RUNTIMES, versionOf } from "./_measuring.ts";
import { clearProgress, showProgress } from "./_progress.ts";
import { BENCHMARKS } from "./_registry.ts";

interface Plan {
  readonly benchmarks: readonly Benchmark[];
  readonly runtimes: readonly RuntimeName[];
  readonly quick: boolean;
  readonly part: string;
}

const OPTIONS = {
  only: { type: "string", multiple: true },
  runtime: { type: "string", multiple: true },
  quick: { type: "boolean" },
  part: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let plan: Plan | undefined;
  try {
    plan = readPlan(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage()}`);
    return 2;
  }
  if (plan === undefined) {
    console.log(usage());
    return 0;
  }
  return await carryOut(plan);
}

/** What the command line asks for; undefined when it asks for help. */
function readPlan(args: string[]): Plan | undefined {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.help) return undefined;
  return {
    benchmarks: pick("measure", BENCHMARKS, (benchmark) => benchmark.name, values.only),
    runtimes: pick("measure on", RUNTIMES, (runtime) => runtime, values.runtime),
    quick: values.quick ?? false,
    part: values.part ?? "",
  };
}

/** The members that are named, separated by commas or given apart; all when none is. */
function pick<T>(
  action: string,
  all: readonly T[],
  nameOf: (member: T) => string,
  named: string[] = [],
): readonly T[] {
  const names = named.flatMap((value) => value.split(","));
  const known = all.map(nameOf);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`Cannot ${action} "${unknown}": give some of ${known.join(", ")}`);
  }
  return names.length === 0 ? all : all.filter((member) => names.includes(nameOf(member)));
}

function usage(): string {
  return [
    "Usage: node bench/run.ts [--only NAME] [--runtime deno|bun|node] [--quick] [--part TEXT]",
    "",
    "  --only NAME     one benchmark, or several separated by commas:",
    ...BENCHMARKS.map(({ name, summary }) => `                  ${name}: ${summary}`),
    "  --runtime NAME  one runtime, or several separated by commas; default: all that are installed",
    "  --quick         fewer rounds: at most a minute, for a first look",
    "  --part TEXT     only cases with that in their name, in the benchmarks of channels; nothing is written",
    "  --help          this text",
    "",
    "Every sample is written to bench/results/NAME.json.",
  ].join("\n");
}

async function carryOut(plan: Plan): Promise<number> {
  const versions = new Map<RuntimeName, string>();
  for (const runtime of plan.runtimes) {
    const version = versionOf(runtime);
    if (version !== undefined) versions.set(runtime, version);
    else console.error(`Leaving out ${runtime}: it is not in node_modules, run npm ci`);
  }
  if (versions.size === 0) return 1;
  const failures: string[] = [];
  const reports: string[] = [];
  const [date, machine, library] = [new Date().toISOString(), describeMachine(), describeLibrary()];
  const steps = plan.benchmarks.length * versions.size;
  let step = 0;
  for (const benchmark of plan.benchmarks) {
    const measurements: Measurement[] = [];
    for (const [runtime, version] of versions) {
      step++;
      const subject = `[${step}/${steps}] ${benchmark.name} on ${runtime}`;
      const { measurement, failure } = await measureOn(benchmark.name, runtime, {
        quick: plan.quick,
        part: plan.part,
        version,
        progress(what, round, rounds) {
          showProgress(`${subject}: ${what}`, `round ${round} of ${rounds}`);
        },
      });
      if (measurement.rows.length > 0) measurements.push(measurement);
      if (failure !== undefined) failures.push(`Cannot finish ${benchmark.name} on ${runtime}: ${failure}`);
    }
    if (measurements.length === 0) continue;
    reports.push(`\n${benchmark.name}: ${benchmark.summary}\n\n${benchmark.report(measurements)}`);
    if (plan.part !== "") continue;
    const options = { quick: plan.quick };
    const runtimes = measurements;
    save(benchmark.name, { benchmark: benchmark.name, date, library, machine, options, runtimes });
  }
  clearProgress();
  for (const report of reports) console.log(report);
  const named = [...versions].map(([runtime, version]) => `${runtime} ${version}`).join(", ");
  console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.os}; ${named}`);
  console.log(
    `${library.name} ${library.version} ${
      library.commit ?? ""
    }; medians in ms, all samples in bench/results/`,
  );
  for (const failure of failures) console.error(`\n${failure}`);
  return failures.length === 0 ? 0 : 1;
}

function save(name: string, results: object): void {
  const folder = new URL("./results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${name}.json`, folder), JSON.stringify(results, compactSamples, 1) + "\n");
}

/** Microseconds are all that a sample is good for. */
function compactSamples(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Math.round(value * 1000) / 1000 : value;
}
