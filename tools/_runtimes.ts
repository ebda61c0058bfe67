/** Where the three runtimes are and how each runs a program or test files. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./_spawn.ts";

/** Name of a runtime. */
export type RuntimeName = "deno" | "bun" | "node";

/** The runtimes, in the order in which everything is reported. */
export const RUNTIMES: readonly RuntimeName[] = ["deno", "bun", "node"];

/** Folder of the project. */
export const ROOT: string = fileURLToPath(new URL("..", import.meta.url));

/** Path of a program that `npm ci` installed. */
export function bin(name: string): string {
  return join(ROOT, "node_modules", ".bin", name);
}

/** Arguments with which a runtime runs `file` as a program. */
export function programArgs(runtime: RuntimeName, file: string): string[] {
  return runtime === "deno" ? ["run", "-A", "--no-check", "--quiet", file] : [file];
}

/** Arguments with which a runtime runs test files and writes a JUnit report to `report`. */
export function testArgs(runtime: RuntimeName, files: readonly string[], report: string): string[] {
  switch (runtime) {
    case "deno":
      return ["test", "-A", "--no-check", `--junit-path=${report}`, ...files];
    case "bun":
      // A path without "./" would be a pattern that also matches other files.
      return ["test", "--timeout=60000", "--reporter=junit", `--reporter-outfile=${report}`]
        .concat(files.map((file) => file.startsWith("/") ? file : `./${file}`));
    case "node":
      return [
        "--test",
        "--test-reporter=spec",
        "--test-reporter-destination=stdout",
        "--test-reporter=junit",
        `--test-reporter-destination=${report}`,
        ...files,
      ];
  }
}

/** The runtime's name and version, such as "node 24.21.0"; rejects when it is not installed. */
export async function versionOf(runtime: RuntimeName): Promise<string> {
  const { stdout, code } = await run(bin(runtime), ["--version"], { timeout: 30_000 });
  const version = /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0];
  if (code !== 0 || version === undefined) {
    throw new Error(`Cannot run ${runtime}: ${bin(runtime)} ended with exit code ${code}, run npm ci`);
  }
  return `${runtime} ${version}`;
}

/** The runtimes that `--runtime` names, or all; throws `RangeError` for a name that is none. */
export function chosenRuntimes(named: readonly string[] = []): readonly RuntimeName[] {
  const names = named.flatMap((value) => value.split(","));
  for (const name of names) {
    if (!(RUNTIMES as readonly string[]).includes(name)) {
      throw new RangeError(`Cannot run on "${name}": give some of ${RUNTIMES.join(", ")}`);
    }
  }
  return names.length === 0 ? RUNTIMES : RUNTIMES.filter((runtime) => names.includes(runtime));
}
