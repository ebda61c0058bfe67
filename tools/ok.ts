/**
 * The gate: everything that must hold before a change goes in, one line for each step, and then all tests.
 *
 * A step's output is shown only when it fails. The steps after a failed one still run, so that one run tells all.
 *
 * Usage: `node tools/ok.ts [--only fmt,lint] [--skip tests] [--list]`
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { readFlags } from "./_flags.ts";
import { bin, ROOT } from "./_runtimes.ts";
import { run } from "./_spawn.ts";

/** One step of the gate. */
interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Show what it prints as it comes. */
  readonly streams?: true;
  /** Minutes after which it has failed. */
  readonly minutes?: number;
}

const STEPS: readonly Step[] = [
  { name: "fmt", command: bin("deno"), args: ["fmt", "--check"] },
  { name: "lint", command: bin("deno"), args: ["lint"] },
  { name: "kernel", command: bin("node"), args: ["tools/build_kernel.ts", "--check"] },
  { name: "imports", command: bin("node"), args: ["tools/check_imports.ts"] },
  { name: "check", command: bin("deno"), args: ["check", "--quiet"] },
  { name: "tsc", command: bin("tsc"), args: ["--noEmit"] },
  { name: "doc", command: bin("deno"), args: ["doc", "--lint", ...entryPoints()] },
  { name: "examples", command: bin("node"), args: ["tools/check_docs.ts"], minutes: 5 },
  { name: "model", command: bin("node"), args: ["tools/model/check.ts"], minutes: 8 },
  { name: "figures", command: bin("node"), args: ["tools/update_figures.ts", "--check"] },
  { name: "publish", command: bin("deno"), args: ["publish", "--dry-run", "--allow-dirty", "--no-check"] },
  { name: "tests", command: bin("node"), args: ["tools/run_tests.ts"], streams: true, minutes: 13 },
];

/** What Deno adds to the findings: dependencies' types that it does not read, and an empty stack. */
const NOISE =
  /^Warning Failed resolving types.*\n\s+at .*node_modules.*\n|^Stack backtrace:\n(?: +0: <unknown>\n?)?/gm;

const { values: flags } = readFlags(import.meta.url, {
  options: {
    only: { type: "string" },
    skip: { type: "string" },
    list: { type: "boolean", default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const steps = chosenSteps();
  if (flags.list) {
    for (const { name, command, args } of steps) console.log([`${name}:`, command, ...args].join(" "));
    return 0;
  }
  const failed: string[] = [];
  for (const step of steps) {
    if (step.streams) {
      // The tests' closing line stays the last one: what failed before them is told before they start.
      if (failed.length > 0) console.log(`gate failed: ${failed.join(", ")}`);
      console.log(step.name);
    }
    const ok = await runStep(step);
    if (!ok) failed.push(step.name);
  }
  return failed.length > 0 ? 1 : 0;
}

async function runStep({ name, command, args, streams, minutes = 3 }: Step): Promise<boolean> {
  const { code, output, ms, timedOut } = await run(command, args, {
    cwd: ROOT,
    timeout: minutes * 60_000,
    ...(streams ? { onOutput: (text: string) => process.stdout.write(text) } : {}),
  });
  const ok = code === 0 && !timedOut;
  if (streams) {
    if (timedOut) console.log(`${name} did not end within ${minutes} minutes`);
    return ok;
  }
  // A step that cannot be done here says why.
  const note = /^not run: .*$/m.exec(output)?.[0];
  const title = ok && note !== undefined ? `${name} (${note})` : name;
  console.log(`${ok ? "ok  " : "FAIL"} ${(ms / 1000).toFixed(1).padStart(6)} s  ${title}`);
  if (!ok) {
    const lines = output.replaceAll(NOISE, "").trimEnd().split("\n");
    if (timedOut) lines.push(`did not end within ${minutes} minutes`);
    console.log(lines.map((line) => `     | ${line}`).join("\n"));
  }
  return ok;
}

/** The modules users import, as deno.json lists them; those that do not exist fail in `publish`. */
function entryPoints(): string[] {
  const { exports } = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8")) as {
    exports: Record<string, string>;
  };
  return Object.values(exports).filter((file) => existsSync(join(ROOT, file)));
}

function chosenSteps(): readonly Step[] {
  const only = names(flags.only);
  const skip = names(flags.skip);
  for (const name of [...only, ...skip]) {
    if (!STEPS.some((step) => step.name === name)) {
      throw new RangeError(
        `Cannot choose step "${name}": give some of ${STEPS.map((step) => step.name).join(", ")}`,
      );
    }
  }
  return STEPS.filter(({ name }) => (only.length === 0 || only.includes(name)) && !skip.includes(name));
}

function names(text: string | undefined): string[] {
  return text?.split(",").filter((name) => name !== "") ?? [];
}
