/** The files of results: what one benchmark gave on each runtime, with the machine and the versions. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Measurement } from "./_benchmark.ts";
import type { Library, Machine } from "./_machine.ts";

/** One file. */
export interface Results {
  readonly benchmark: string;
  /** When the last of it was measured, in ISO 8601. */
  readonly date: string;
  readonly library: Library;
  readonly machine: Machine;
  readonly options: { readonly quick: boolean; readonly part?: string };
  readonly runtimes: readonly Measurement[];
}

/** Where results are kept; those of quick runs apart, so that they replace no others. */
export function resultsFolder(quick: boolean): URL {
  return new URL(quick ? "./results/quick/" : "./results/", import.meta.url);
}

/**
 * Writes a benchmark's results.
 *
 * Runtimes that were not measured this time keep what an earlier run on the same machine gave.
 */
export function saveResults(results: Results, order: readonly string[]): void {
  const { benchmark, options: { quick, part } } = results;
  const folder = resultsFolder(quick);
  mkdirSync(folder, { recursive: true });
  const file = new URL(`${part === undefined ? benchmark : `${benchmark}.${part}`}.json`, folder);
  const earlier = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) as Results : undefined;
  writeFileSync(file, JSON.stringify(merge(earlier, results, order), compactSamples, 1) + "\n");
}

/** The results with those of the runtimes that only an earlier run measured, if it was on the same machine. */
export function merge(earlier: Results | undefined, results: Results, order: readonly string[]): Results {
  if (JSON.stringify(earlier?.machine) !== JSON.stringify(results.machine)) return results;
  const measured = new Set(results.runtimes.map(({ runtime }) => runtime));
  const kept = earlier!.runtimes.filter(({ runtime }) => !measured.has(runtime));
  const runtimes = [...kept, ...results.runtimes]
    .toSorted((a, b) => order.indexOf(a.runtime) - order.indexOf(b.runtime));
  return { ...results, runtimes };
}

/** All results of a folder that are of whole benchmarks, by the name of the benchmark. */
export function readResults(folder: URL): ReadonlyMap<string, Results> {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  const all = files.map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Results);
  return new Map(
    all.filter(({ options }) => options.part === undefined).map((results) => [results.benchmark, results]),
  );
}

/** Where figures come from, in one line: machine, version, commits, dates. */
export function originOf({ date, library, machine, options, runtimes }: Results): string {
  const commits = [...new Set(runtimes.map(({ commit }) => commit ?? library.commit ?? ""))].filter(Boolean);
  const dates = [...new Set(runtimes.map((one) => (one.date ?? date).slice(0, 10)))].toSorted();
  const version = `version ${library.version}${commits.length > 0 ? ` (${commits.join(", ")})` : ""}`;
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB`,
    version,
    `${dates.join(", ")}${options.quick ? ", a quick run" : ""}`,
  ].join("; ");
}

/** Microseconds are all that a sample is good for. */
function compactSamples(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Math.round(value * 1000) / 1000 : value;
}
