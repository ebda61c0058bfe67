/**
 * Runs the examples of the documentation: every `ts` block of README.md and docs/*.md, and every `@example` in the
 * comments of the library, each as a program of its own on the three runtimes.
 *
 * A program must end with exit code 0 in time. All of them are type-checked together first. A block marked `ts ignore`
 * is not run and is counted. Programs are written to .tmp/docs, inside the project, so that `@pool/csp` resolves to it,
 * each with its lines where they are in the documentation.
 *
 * Usage: `node tools/check_docs.ts [--runtime deno,bun,node] [--jobs 2] [--timeout 30] [file …]`
 */

import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import process from "node:process";
import { type Example, examplesOf } from "./_examples.ts";
import { readFlags } from "./_flags.ts";
import { bin, chosenRuntimes, programArgs, ROOT, type RuntimeName } from "./_runtimes.ts";
import { run } from "./_spawn.ts";

/** Where examples are, when no file is given. */
const SOURCES: readonly string[] = [
  "README.md",
  "docs/*.md",
  "*.ts",
  "{kernel,runtime,sharing,channels,interpreters,csp}/**/*.ts",
];

/** An example that has been written to a file. */
interface ProgramFile {
  readonly example: Example;
  readonly path: string;
}

const { values: flags, positionals } = readFlags(import.meta.url, {
  allowPositionals: true,
  options: {
    runtime: { type: "string", multiple: true },
    jobs: { type: "string", default: "2" },
    timeout: { type: "string", default: "30" },
    root: { type: "string", default: ROOT },
  },
});

process.exitCode = await main(resolve(flags.root));

async function main(root: string): Promise<number> {
  const files = positionals.length > 0
    ? positionals.map((file) => relative(root, resolve(file)))
    : globSync([...SOURCES], { cwd: root }).sort();
  const examples = files.flatMap((file) => examplesOf(file, readFileSync(join(root, file), "utf8")));
  const ignored = examples.filter((example) => example.ignored).length;
  const programs = writePrograms(root, examples.filter((example) => !example.ignored));
  let failures = await checkTypes(root, programs);
  for (const runtime of chosenRuntimes(flags.runtime)) failures += await runAll(runtime, root, programs);
  console.log(`${programs.length} examples, ${ignored} ignored, ${failures} failures`);
  return failures > 0 ? 1 : 0;
}

/** Writes each example to a file of its own in an emptied folder. */
function writePrograms(root: string, examples: readonly Example[]): ProgramFile[] {
  const folder = join(root, ".tmp", "docs");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return examples.map((example) => {
    const path = join(folder, `${example.file.replaceAll(/[^\w]+/g, "_")}_${example.line}.ts`);
    // Empty lines before the code make a reported line the line of the documentation.
    writeFileSync(path, "\n".repeat(example.line - 1) + example.code + "\n");
    return { example, path };
  });
}

/** Type-checks all programs at once and returns the number of files with errors. */
async function checkTypes(root: string, programs: readonly ProgramFile[]): Promise<number> {
  if (programs.length === 0) return 0;
  const config = join(root, ".tmp", "docs", "tsconfig.json");
  const options = { declaration: false, isolatedDeclarations: false };
  const files = programs.map(({ path }) => path);
  writeFileSync(
    config,
    JSON.stringify({ extends: "../../tsconfig.json", compilerOptions: options, files, include: [] }),
  );
  const { code, output } = await run(bin("tsc"), ["--noEmit", "--pretty", "false", "-p", config], {
    cwd: root,
    timeout: 300_000,
  });
  if (code === 0) return 0;
  const wrong = programs.filter(({ path }) => output.includes(`${relative(root, path)}(`));
  for (const { example } of wrong) console.error(`${place(example)}: does not type-check`);
  console.error(indent(output));
  return Math.max(1, wrong.length);
}

/** Runs all programs on one runtime and returns how many failed. */
async function runAll(runtime: RuntimeName, root: string, programs: readonly ProgramFile[]): Promise<number> {
  const timeout = Number(flags.timeout) * 1000;
  const queue = programs.values();
  let failures = 0;
  async function worker(): Promise<void> {
    for (const { example, path } of queue) {
      const { code, timedOut, output } = await run(bin(runtime), programArgs(runtime, path), {
        cwd: root,
        timeout,
      });
      if (code === 0) continue;
      failures++;
      const how = timedOut ? `did not end within ${flags.timeout} s` : `ended with exit code ${code}`;
      console.error(`${place(example)}: ${how} on ${runtime}\n${indent(output)}`);
    }
  }
  await Promise.all(Array.from({ length: Number(flags.jobs) }, worker));
  return failures;
}

function place({ file, line, title }: Example): string {
  return `${file}:${line}${title === "" ? "" : ` (${title})`}`;
}

function indent(text: string): string {
  return text.trimEnd().split("\n").map((line) => `    ${line}`).join("\n");
}
