/**
 * Runs the test files on the three runtimes and ends with one line over all of them: `N passed, N failed`.
 *
 * Each file runs in a process of its own on each runtime, so that a file that crashes, hangs or exits early is named
 * and costs only itself. A file that reports no test counts as a failure, and so does a process that ends badly though
 * all of its tests passed.
 *
 * Files run three at a time, since many tests wait, but for those that fill the memory, kill interpreters or look at the
 * clock: these come last, alone.
 *
 * Usage: `node tools/run_tests.ts [--runtime deno,bun,node] [--jobs 3] [--timeout 120] [--together] [filter …]`
 */

import { globSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import process from "node:process";
import { readFlags } from "./_flags.ts";
import { parseReport, type TestCase } from "./_junit.ts";
import { bin, chosenRuntimes, ROOT, type RuntimeName, testArgs, versionOf } from "./_runtimes.ts";
import { run } from "./_spawn.ts";

/** What one process reported. */
interface FileResult {
  readonly files: readonly string[];
  readonly tests: readonly TestCase[];
  /** What went wrong beside the tests themselves; counts as one failure. */
  readonly problem: string | undefined;
  readonly output: string;
  readonly ms: number;
}

/** Figures of one runtime. */
interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** How many of the slowest tests are named for each runtime. */
const SLOWEST = 5;

/** How many lines of an error the end of the run repeats. */
const SUMMARY_LINES = 8;

/** Files that need the machine for themselves. */
const ALONE = /(?:masses|kill|timers)_test\.ts$/;

/** A line in which a runner says that a test passed. */
const PASSED = /^\s*(?:\(pass\) |✔ )|\.\.\. ok \([\d.]+/;

const { values: flags, positionals: filters } = readFlags(import.meta.url, {
  allowPositionals: true,
  options: {
    runtime: { type: "string", multiple: true },
    jobs: { type: "string", default: "3" },
    timeout: { type: "string", default: "120" },
    root: { type: "string", default: ROOT },
    together: { type: "boolean", default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const root = flags.root;
  const runtimes = chosenRuntimes(flags.runtime);
  const files = testFiles(root);
  if (files.length === 0) {
    console.error(`Cannot find a test file: nothing in tests/ matches ${filters.join(" ") || "*_test.ts"}`);
    console.log("0 passed, 0 failed");
    return 1;
  }
  mkdirSync(join(root, ".tmp", "reports"), { recursive: true });
  const total: Tally = { passed: 0, failed: 0, skipped: 0 };
  const counts = new Map<string, Map<RuntimeName, number>>();
  const failures: string[] = [];
  let idle = false;
  for (const runtime of runtimes) {
    const tally = await runOn(runtime, root, files, counts, failures);
    total.passed += tally.passed;
    total.failed += tally.failed;
    total.skipped += tally.skipped;
    idle ||= tally.passed + tally.failed === 0;
  }
  reportDifferences(counts, runtimes);
  if (failures.length > 0) console.log(`\n${failures.join("\n")}`);
  if (total.skipped > 0) console.log(`${total.skipped} skipped`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed > 0 || idle ? 1 : 0;
}

/** Runs all files on one runtime, in order, and prints a line for each. */
async function runOn(
  runtime: RuntimeName,
  root: string,
  files: readonly string[],
  counts: Map<string, Map<RuntimeName, number>>,
  failures: string[],
): Promise<Tally> {
  const version = await versionOf(runtime);
  console.log(version);
  const started = performance.now();
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  const slow: { name: string; seconds: number }[] = [];
  const results = flags.together
    ? inOrder([files], 1, (batch) => runFiles(runtime, root, batch))
    : eachFile(files, (file) => runFiles(runtime, root, [file]));
  for await (const result of results) {
    const passed = count(result, "passed");
    const failed = count(result, "failed") + (result.problem === undefined ? 0 : 1);
    tally.passed += passed;
    tally.failed += failed;
    tally.skipped += count(result, "skipped");
    const name = result.files.length === 1 ? result.files[0] ?? "" : `${result.files.length} files`;
    for (const test of result.tests) slow.push({ name: `${name} ${test.name}`, seconds: test.seconds });
    if (!counts.has(name)) counts.set(name, new Map());
    counts.get(name)?.set(runtime, result.tests.length);
    console.log(fileLine(name, passed, failed, result.ms));
    if (failed > 0) {
      printFailure(result);
      failures.push(`FAIL ${runtime} ${summary(name, result)}`);
    }
  }
  for (const { name, seconds } of slow.sort((a, b) => b.seconds - a.seconds).slice(0, SLOWEST)) {
    if (seconds >= 1) console.log(`  slow  ${seconds.toFixed(1).padStart(5)} s  ${name}`);
  }
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : "";
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  // The closing line's form is kept for the closing line.
  console.log(
    `${version}: ${tally.passed} of ${tally.passed + tally.failed} tests passed${skipped}, ${seconds} s\n`,
  );
  return tally;
}

async function runFiles(runtime: RuntimeName, root: string, files: readonly string[]): Promise<FileResult> {
  const name = files.length === 1 ? files[0]?.replaceAll(/[^\w.]+/g, "_") : "all";
  const report = join(root, ".tmp", "reports", `${runtime}_${process.pid}_${name}.xml`);
  const timeout = positive("timeout") * 1000 * (files.length === 1 ? 1 : 10);
  const { code, timedOut, output, ms } = await run(bin(runtime), testArgs(runtime, files, report), {
    cwd: root,
    timeout,
  });
  let tests: TestCase[] = [];
  let problem: string | undefined;
  try {
    tests = parseReport(readFileSync(report, "utf8"), files);
  } catch (error) {
    problem = `left no report that can be read, exit code ${code}: ${(error as Error).message}`;
  }
  rmSync(report, { force: true });
  const failed = tests.some((test) => test.outcome === "failed");
  if (timedOut) problem = `did not end within ${timeout / 1000} s and was killed`;
  else if (problem === undefined && tests.length === 0) problem = `ran no test, exit code ${code}`;
  else if (problem === undefined && code !== 0 && !failed) problem = `ended with exit code ${code}`;
  return { files, tests, problem, output, ms };
}

/** Runs each file, first those that may run beside others. */
async function* eachFile<R>(files: readonly string[], work: (file: string) => Promise<R>): AsyncGenerator<R> {
  yield* inOrder(files.filter((file) => !ALONE.test(file)), positive("jobs"), work);
  yield* inOrder(files.filter((file) => ALONE.test(file)), 1, work);
}

/** Runs `work` on up to `jobs` items at a time and gives the results in the order of the items. */
async function* inOrder<T, R>(
  items: readonly T[],
  jobs: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const results = items.map(() => Promise.withResolvers<R>());
  for (const { promise } of results) promise.catch(function later() {});
  let next = 0;
  async function worker(): Promise<void> {
    while (next < items.length) {
      const at = next++;
      await work(items[at] as T).then(results[at]!.resolve, results[at]!.reject);
    }
  }
  for (let i = 0; i < jobs; i++) void worker();
  for (const { promise } of results) yield await promise;
}

function count(result: FileResult, outcome: TestCase["outcome"]): number {
  return result.tests.filter((test) => test.outcome === outcome).length;
}

function fileLine(name: string, passed: number, failed: number, ms: number): string {
  const mark = failed > 0 ? "FAIL" : "ok  ";
  return `  ${mark}  ${(ms / 1000).toFixed(1).padStart(5)} s  ${name}  ${passed} of ${passed + failed}`;
}

/** Shows what failed and the runner's own output, indented so that no line of it stands at the margin. */
function printFailure(result: FileResult): void {
  for (const test of result.tests) {
    if (test.outcome === "failed") console.log(`        failed: ${test.name}`);
  }
  if (result.problem !== undefined) console.log(`        ${result.problem}`);
  const lines = result.output.trimEnd().split("\n").filter((line) => !PASSED.test(line));
  const shown = lines.length > 400 ? [...lines.slice(0, 200), "…", ...lines.slice(-200)] : lines;
  console.log(shown.map((line) => `        | ${line}`).join("\n"));
}

/** What failed in a file and how its output tells of the first error: repeated at the end, where it is read first. */
function summary(name: string, { tests, problem, output }: FileResult): string {
  const titles = tests.filter((test) => test.outcome === "failed").map((test) => `  ${test.name}`);
  if (problem !== undefined) titles.push(`  ${problem}`);
  const lines = output.split("\n");
  const error = lines.findIndex((line) => /^\s*(?:error|\w*Error)\b/.test(line));
  const told = error < 0
    ? []
    : lines.slice(error, error + SUMMARY_LINES).filter((line) => line.trim() !== "");
  return [name, ...titles, ...told.map((line) => `    | ${line}`)].join("\n");
}

/** Names the files that did not report as many tests on every runtime. */
function reportDifferences(
  counts: ReadonlyMap<string, ReadonlyMap<RuntimeName, number>>,
  runtimes: readonly RuntimeName[],
): void {
  for (const [file, byRuntime] of counts) {
    const figures = runtimes.map((runtime) => `${byRuntime.get(runtime) ?? 0} on ${runtime}`);
    if (new Set(byRuntime.values()).size > 1) console.log(`note: ${file} has ${figures.join(", ")}`);
  }
}

/** The test files that match a filter, or all: paths relative to `root`, sorted. */
function testFiles(root: string): string[] {
  const all = globSync("tests/**/*_test.ts", { cwd: root }).map((file) => file.replaceAll("\\", "/")).sort();
  const wanted = filters.map((filter) =>
    filter.startsWith("/") ? relative(root, filter) : filter.replace(/^\.\//, "")
  );
  return wanted.length === 0 ? all : all.filter((file) => wanted.some((part) => file.includes(part)));
}

/** Value of a flag that must be a number above zero; `jobs` may be "max". */
function positive(flag: "jobs" | "timeout"): number {
  const text = flags[flag];
  const value = text === "max" ? availableParallelism() : Number(text);
  if (!(value > 0)) throw new RangeError(`Cannot use --${flag} ${text}: give a number above 0`);
  return value;
}
