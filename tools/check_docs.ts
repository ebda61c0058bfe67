/**
 * Runs the examples of the documentation: every `ts` block of README.md and docs/*.md, and every `@example` in the
 * comments of the library, on the three runtimes.
 *
 * A program must end with exit code 0 in time. All of them are type-checked together first. A block marked `ts ignore`
 * is not run and is counted. Programs are written to .tmp/docs, inside the project, so that `@pool/csp` resolves to it,
 * each with its lines where they are in the documentation.
 *
 * On the runtime that starts quickest each program is a process of its own. On the others ten share one, one after another,
 * since starting takes longer than most of them run; if that fails, each of these is run by itself as well, and that decides.
 *
 * Usage: `node tools/check_docs.ts [--runtime deno,bun,node] [--jobs 2] [--timeout 30] [file …]`
 */

import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import process from "node:process";
import { type Example, examplesOf } from "./_examples.ts";
import { readFlags } from "./_flags.ts";
import { bin, chosenRuntimes, programArgs, ROOT, type RuntimeName } from "./_runtimes.ts";
import { run, type RunResult } from "./_spawn.ts";

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

/** How many programs share a process. */
const TOGETHER = 10;

/** The runtime that starts quickest. */
const QUICKEST: RuntimeName = "bun";

/** What must be the entry of its process, or may end it. */
const NEEDS_A_PROCESS = /\bimport\.meta\.main\b|\bprocess\.exit|\bshutdown\(/;

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
  const runtimes = chosenRuntimes(flags.runtime);
  const [alone = QUICKEST] = runtimes.includes(QUICKEST) ? [QUICKEST] : runtimes;
  for (const runtime of runtimes) {
    const groups = runtime === alone ? programs.map((program) => [program]) : grouped(programs);
    failures += await runAll(runtime, root, groups);
  }
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

/** Programs that share a process on a runtime where not each has one. */
function grouped(programs: readonly ProgramFile[]): ProgramFile[][] {
  const [alone, others] = [[] as ProgramFile[], [] as ProgramFile[]];
  for (const program of programs) {
    (NEEDS_A_PROCESS.test(program.example.code) ? alone : others).push(program);
  }
  const groups = alone.map((program) => [program]);
  for (let at = 0; at < others.length; at += TOGETHER) groups.push(others.slice(at, at + TOGETHER));
  return groups;
}

/** Runs all programs on one runtime and returns how many failed. */
async function runAll(
  runtime: RuntimeName,
  root: string,
  groups: readonly (readonly ProgramFile[])[],
): Promise<number> {
  const queue = groups.values();
  let failures = 0;
  async function worker(): Promise<void> {
    for (const group of queue) {
      if (group.length > 1 && await start(runtime, root, writeGroup(group)).then(passed)) continue;
      for (const { example, path } of group) {
        const result = await start(runtime, root, path);
        if (passed(result)) continue;
        failures++;
        const { timedOut, code, output } = result;
        const how = timedOut ? `did not end within ${flags.timeout} s` : `ended with exit code ${code}`;
        console.error(`${place(example)}: ${how} on ${runtime}\n${indent(output)}`);
      }
    }
  }
  await Promise.all(Array.from({ length: Number(flags.jobs) }, worker));
  return failures;
}

function start(runtime: RuntimeName, root: string, path: string): Promise<RunResult> {
  return run(bin(runtime), programArgs(runtime, path), { cwd: root, timeout: Number(flags.timeout) * 1000 });
}

function passed({ code, timedOut }: RunResult): boolean {
  return code === 0 && !timedOut;
}

/** Writes a program that is all of the group, one after another. */
function writeGroup(group: readonly ProgramFile[]): string {
  const path = group[0]!.path.replace(/\.ts$/, "_and_others.ts");
  writeFileSync(path, group.map((one) => `await import(${JSON.stringify(one.path)});\n`).join(""));
  return path;
}

function place({ file, line, title }: Example): string {
  return `${file}:${line}${title === "" ? "" : ` (${title})`}`;
}

function indent(text: string): string {
  return text.trimEnd().split("\n").map((line) => `    ${line}`).join("\n");
}
