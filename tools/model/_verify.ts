/** Runs spin on one scenario: its program is made, compiled and run in a folder of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, type RunResult } from "../_spawn.ts";
import type { ModelRun } from "./_runs.ts";

/** Folder of the scenarios. */
const MODEL: string = fileURLToPath(new URL(".", import.meta.url));

/** Milliseconds for one step of a run. */
const STEP_MS = 60_000;
const LONG_MS = 1_800_000;
/** Megabytes that the checker may use. */
const MEMORY = 6000;

/** What the checker has found. */
export interface Verdict {
  /** Every order of steps was looked at, or a fault was found before. */
  readonly complete: boolean;
  /** First assertion that fails, or that there is a circle; undefined if there is none. */
  readonly error: string | undefined;
  readonly states: number;
}

/** Reads what the checker printed. */
export function readVerdict(output: string): Verdict {
  const errors = /errors: (\d+)/.exec(output)?.[1];
  const message = /^pan:\d+: (.*?)(?: \(at depth \d+\))?$/m.exec(output)?.[1];
  const failed = errors !== undefined && errors !== "0";
  return {
    complete: errors !== undefined &&
      !/max search depth too small|out of memory|reached -DMEMLIM/.test(output) &&
      (failed || !/Search not completed/.test(output)),
    error: failed ? message ?? "an error" : undefined,
    states: Number(/(\d+(?:\.\d+e\+\d+)?) states, stored/.exec(output)?.[1] ?? 0),
  };
}

/** Why a run is not as expected; undefined if it is. */
export function objection({ expect }: ModelRun, { complete, error }: Verdict): string | undefined {
  if (!complete) return "the search did not end";
  if (expect === "breaks") return error === undefined ? "the fault was not found" : undefined;
  return error;
}

/** How one would start the same by hand. */
export function describe({ scenario, macros }: ModelRun): string {
  return [`${scenario}.pml`, ...macros].join(" ");
}

/** A verdict on one run; throws if a step of it fails. Where an error was found that should not be, `trail` tells the steps. */
export async function verify(modelRun: ModelRun): Promise<Verdict & { readonly trail?: string }> {
  const { scenario, macros, expect, large, long } = modelRun;
  const folder = mkdtempSync(join(tmpdir(), "model-"));
  const file = join(MODEL, `${scenario}.pml`);
  const defines = macros.map((macro) => `-D${macro}`);
  async function step(command: string, args: readonly string[]): Promise<RunResult> {
    const result = await run(command, args, { cwd: folder, timeout: long ? LONG_MS : STEP_MS });
    if (result.timedOut) {
      throw new Error(`Cannot check ${describe(modelRun)}: ${command} did not end in time`);
    }
    return result;
  }
  try {
    const made = await step("spin", ["-a", ...defines, file]);
    const kind = expect === "ends" ? ["-DNP"] : ["-DSAFETY"];
    const limits = ["-DNOFAIR", "-DCOLLAPSE", "-DVECTORSZ=256", `-DMEMLIM=${MEMORY}`];
    const compiled = await step("cc", [
      large ? "-Og" : "-O0",
      "-w",
      ...kind,
      ...limits,
      "-o",
      "pan",
      "pan.c",
    ]);
    if (compiled.code !== 0) {
      throw new Error(`Cannot check ${describe(modelRun)}: ${made.output}${compiled.output}`);
    }
    // -E: who waits at the end is judged by the model's Monitor.
    const searched = await step("./pan", ["-E", "-n", "-m20000", ...(expect === "ends" ? ["-l"] : [])]);
    const verdict = readVerdict(searched.output);
    if (verdict.error === undefined || expect === "breaks") return verdict;
    const told = await step("spin", ["-t", "-k", `${scenario}.pml.trail`, "-p", ...defines, file]);
    return { ...verdict, trail: stepsOf(told.output) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The steps of the threads, a line each. */
function stepsOf(output: string): string {
  return output.split("\n")
    .filter((line) => /^ *\d+:\s+proc/.test(line))
    .map((line) =>
      line.replace(
        /^ *(\d+):\s+proc +(\d+) \((\w+)[^)]*\) .*?(\w+\.pml:\d+) .*?\t?\[(.*)\]$/,
        "$1 $3 $2 $4 $5",
      )
    )
    .slice(-120)
    .join("\n");
}
