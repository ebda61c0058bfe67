/**
 * Measures the library on each installed runtime, prints tables, and draws a page; every sample goes to `bench/results/`.
 *
 * Usage: `npm run bench`, `deno task bench`, or `node bench/run.ts --help`.
 *
 * @module
 */

import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Benchmark, Measurement, RuntimeName } from "./_benchmark.ts";
import { describeLibrary, describeMachine } from "./_machine.ts";
import { measureOn, RUNTIMES, versionOf } from "./_measuring.ts";
import { minutes, Progress } from "./_progress.ts";
import { BENCHMARKS, budgetOf } from "./_registry.ts";
import { readResults, resultsFolder, saveResults } from "./_results.ts";

interface Plan {
  readonly benchmarks: readonly Benchmark[];
  readonly runtimes: readonly RuntimeName[];
  readonly quick: boolean;
  readonly part: string | undefined;
}

const OPTIONS = {
  only: { type: "string", multiple: true },
  runtime: { type: "string", multiple: true },
  part: { type: "string" },
  quick: { type: "boolean" },
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
  const benchmarks = pick("measure", BENCHMARKS, (benchmark) => benchmark.name, values.only);
  const { part } = values;
  const whole = benchmarks.find(({ parts }) => part !== undefined && !parts?.includes(part));
  if (whole !== undefined) {
    const parts = whole.parts === undefined ? "it has no parts" : `give one of ${whole.parts.join(", ")}`;
    throw new RangeError(`Cannot measure part "${part}" of ${whole.name}: ${parts}`);
  }
  return {
    benchmarks,
    part,
    runtimes: pick("measure on", RUNTIMES, (runtime) => runtime, values.runtime),
    quick: values.quick ?? false,
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
    "Usage: node bench/run.ts [--only NAME] [--part PART] [--runtime deno|bun|node] [--quick]",
    "",
    "  --only NAME     one benchmark, or several separated by commas:",
    ...BENCHMARKS.map(({ name, summary }) => `                  ${name}: ${summary}`),
    "  --part PART     one part of a benchmark:",
    ...BENCHMARKS.filter(({ parts }) => parts !== undefined)
      .map(({ name, parts }) => `                  ${name}: ${parts!.join(", ")}`),
    "  --runtime NAME  one runtime, or several separated by commas; default: all that are installed",
    "  --quick         few rounds: at most two minutes, for a first look",
    "  --help          this text",
    "",
    "Every sample is written to bench/results/NAME.json, of a part to NAME.PART.json, and all of them are drawn in",
    "bench/results/index.html; of a quick run in bench/results/quick/. Runtimes that are left out keep what they had.",
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
  const late: string[] = [];
  const [machine, library] = [describeMachine(), describeLibrary()];
  const budgets = plan.benchmarks.map(({ name }) => budgetOf(name, plan.quick));
  const progress = new Progress(versions.size * budgets.reduce((sum, ms) => sum + ms, 0));
  for (const [i, benchmark] of plan.benchmarks.entries()) {
    const measurements: Measurement[] = [];
    for (const [runtime, version] of versions) {
      const began = performance.now();
      progress.begin(`${benchmark.name} on ${runtime}`, budgets[i]!);
      const { measurement, failure } = await measureOn(benchmark.name, runtime, {
        quick: plan.quick,
        part: plan.part,
        version,
        progress: (what, round, rounds) => progress.tell(`${what}, round ${round} of ${rounds}`),
      });
      const date = new Date().toISOString();
      const { commit } = library;
      if (measurement.rows.length > 0) {
        measurements.push({ ...measurement, date, ...(commit === undefined ? {} : { commit }) });
      }
      if (failure !== undefined) failures.push(`Cannot finish ${benchmark.name} on ${runtime}: ${failure}`);
      const took = performance.now() - began;
      if (took > budgets[i]! * 1.25) {
        late.push(`${benchmark.name} on ${runtime}: ${seconds(took)}, expected ${seconds(budgets[i]!)}`);
      }
    }
    if (measurements.length === 0) continue;
    reports.push(`\n${benchmark.name}: ${benchmark.summary}\n\n${benchmark.report(measurements)}`);
    saveResults({
      benchmark: benchmark.name,
      date: measurements.at(-1)!.date!,
      library,
      machine,
      options: { quick: plan.quick, ...(plan.part === undefined ? {} : { part: plan.part }) },
      runtimes: measurements,
    }, RUNTIMES);
  }
  const took = progress.end();
  for (const report of reports) console.log(report);
  const named = [...versions].map(([runtime, version]) => `${runtime} ${version}`).join(", ");
  console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.os}; ${named}`);
  const folder = relative(process.cwd(), fileURLToPath(resultsFolder(plan.quick)));
  console.log(
    `${library.name} ${library.version} ${library.commit ?? ""}; medians, all samples in ${folder}/`,
  );
  if (late.length > 0) console.log(`Longer than expected: ${late.join("; ")}`);
  const page = await writePage(plan.quick);
  console.log(`${minutes(took)} minutes; all results as a page: ${relative(process.cwd(), page)}`);
  for (const failure of failures) console.error(`\n${failure}`);
  return failures.length === 0 ? 0 : 1;
}

/** Writes the page of all results there are, also of earlier runs; gives its path. */
async function writePage(quick: boolean): Promise<string> {
  // Measuring processes do not load what it takes to draw, and a wrong option is refused before it is loaded.
  const { drawPage, sectionsOf } = await import("./pictures/page.ts");
  const folder = resultsFolder(quick);
  const page = fileURLToPath(new URL("index.html", folder));
  writeFileSync(page, drawPage(sectionsOf(BENCHMARKS, readResults(folder))));
  return page;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
