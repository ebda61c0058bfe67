/** Runs a program in a process of its own, on the runtime that runs this test. */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The runtime that runs this test. */
export const runtime: "deno" | "bun" | "node" = "Deno" in globalThis
  ? "deno"
  : "Bun" in globalThis
  ? "bun"
  : "node";

/** With these flags of the runtime a program can call its collector. */
export const GC_FLAGS: readonly string[] = runtime === "deno"
  ? ["--v8-flags=--expose-gc"]
  : runtime === "node"
  ? ["--expose-gc"]
  : [];

/**
 * With these flags of Node an interpreter is soon out of memory, and ends by it alone: Node gives a thread 16 MiB more than its
 * limit to end in, into which all has to fit that one scavenge lets grow old. By default that may be more; then V8 ends the
 * program.
 */
export const SMALL_HEAP: readonly string[] = ["--max-old-space-size=60", "--max-semi-space-size=2"];

/** For the source of a program that has {@link GC_FLAGS}: `collect`, which can be called in an interpreter as well. */
export const COLLECT = `
  const collect = async () => {
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (typeof Bun === "object") Bun.gc(true);
      else globalThis.gc();
    }
  };
`;

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDER = join(ROOT, ".tmp", "programs");

/** How a program ended. */
export interface ProgramResult {
  /** Exit code; null when it was killed. */
  readonly code: number | null;
  /** It did not end by itself in time and was killed. */
  readonly late: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from start to end. */
  readonly ms: number;
}

/** What a program gets beside its source. */
export interface ProgramOptions {
  /** Milliseconds until it is killed; default 20,000. */
  readonly limit?: number;
  /** Arguments of the runtime, before the file. */
  readonly flags?: readonly string[];
  /** Arguments of the program, behind the file. */
  readonly args?: readonly string[];
}

let written = 0;

/** Writes `source` to a file where `@pool/csp` resolves to the working tree; returns its path. */
export function writeProgram(source: string, extension = "ts"): string {
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, `${process.pid}_${++written}.${extension}`);
  writeFileSync(file, source);
  return file;
}

/** The URL of a program that is written to a file. */
export function programUrl(source: string): string {
  return pathToFileURL(writeProgram(source)).href;
}

/** Runs `source` as a program's entry module. */
export function runProgram(source: string, options: ProgramOptions = {}): Promise<ProgramResult> {
  return runFile(writeProgram(source), options);
}

/** Runs the program in `file`. */
export function runFile(
  file: string,
  { limit = 20_000, flags = [], args = [] }: ProgramOptions = {},
): Promise<ProgramResult> {
  const own = runtime === "deno" ? ["run", "-A", "--no-check", "--quiet", ...flags] : flags;
  return runRuntime([...own, file, ...args], { limit });
}

/** Runs the runtime itself with `args`; `stdin` is what it reads there. */
export function runRuntime(
  args: readonly string[],
  { limit = 20_000, stdin }: { readonly limit?: number; readonly stdin?: string } = {},
): Promise<ProgramResult> {
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env;
  return new Promise(function started(resolve, reject) {
    const begin = performance.now();
    const input = stdin === undefined ? "ignore" : "pipe";
    const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: [input, "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    let late = false;
    const timer = setTimeout(function expired() {
      late = true;
      child.kill("SIGKILL");
    }, limit);
    child.stdin?.on("error", function nobodyReads() {}).end(stdin);
    child.stdout!.setEncoding("utf8").on("data", (text: string) => stdout += text);
    child.stderr!.setEncoding("utf8").on("data", (text: string) => stderr += text);
    child.on("error", reject);
    child.on("close", function closed(code) {
      clearTimeout(timer);
      resolve({ code, late, stdout, stderr, ms: performance.now() - begin });
    });
  });
}
