/**
 * Programs that run the same traffic elsewhere: each reads jobs from its standard input and tells the milliseconds of
 * each on its standard output, a line of JSON either way.
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Way } from "../channels/_sampling.ts";

/** What a twin is asked to do. */
export interface TwinJob {
  /** Name of a pattern, see `channels/_plan.ts`. */
  readonly pattern: string;
  readonly capacity: number;
  readonly n: number;
  /** Senders, and receivers, of the patterns with several. */
  readonly many: number;
  /** How it does it, if it knows several ways: "locked" threads in Go, "blocking" and "awaiting" elsewhere. */
  readonly form: string;
}

/** Milliseconds that building a twin may take. */
const BUILD_MS = 120_000;

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A running twin; one job at a time. */
export class Twin {
  #child: ChildProcess;
  #answered: ((line: string) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;
  #ended: Error | undefined;
  #errors = "";

  /** Starts the program. */
  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { cwd: ROOT, stdio: ["pipe", "pipe", "pipe"] });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => this.#answered?.(line));
    this.#child.stderr!.on("data", (text) => this.#errors = `${this.#errors}${text}`.slice(-2000));
    this.#child.stdin!.on("error", function nobodyReads() {});
    this.#child.on("error", (error) => this.#end(error));
    this.#child.on("close", (code, signal) => {
      const last = this.#errors.trim().split("\n").at(-1);
      this.#end(new Error(`${command} ended with ${code ?? signal}${last ? `: ${last}` : ""}`));
    });
  }

  /** Its process. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Has a job done; gives the milliseconds. */
  async ask(job: TwinJob): Promise<number> {
    return (await this.tell(job)).ms;
  }

  /** Has any job done that the program knows; gives all of its answer. */
  async tell<Answer extends { readonly ms: number }>(job: object): Promise<Answer> {
    const line = await new Promise<string>((resolve, reject) => {
      if (this.#ended !== undefined) reject(this.#ended);
      this.#answered = resolve;
      this.#failed = reject;
      this.#child.stdin!.write(JSON.stringify(job) + "\n");
    });
    const answer = JSON.parse(line) as Partial<Answer> & { error?: string };
    if (answer.ms === undefined) throw new Error(answer.error ?? `Cannot read the answer "${line}"`);
    return answer as Answer;
  }

  /** Ends it. */
  end(): void {
    this.#child.kill("SIGKILL");
  }

  /** Lets it end by itself, and with it what it has started. */
  close(): void {
    this.#child.stdin!.end();
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#failed?.(this.#ended);
  }
}

/** A twin, or why there is none here. */
export interface FoundTwin {
  readonly twin: Twin | undefined;
  readonly missing: string | undefined;
}

/** The way of a twin; the job's `n` is filled in. */
export function twinWay(mode: string, { twin, missing }: FoundTwin, job: Omit<TwinJob, "n">): Way {
  return {
    mode,
    run: (n) => twin!.ask({ ...job, n }),
    foreign: true,
    missing,
  };
}

/** The Go program of this folder, built if `go` is on PATH. */
export function findGo(): FoundTwin {
  const missing = { twin: undefined, missing: "go is not on PATH" };
  if (spawnSync("go", ["version"], { stdio: "ignore" }).status !== 0) return missing;
  mkdirSync(`${ROOT}.tmp/bench`, { recursive: true });
  const program = `${ROOT}.tmp/bench/go_traffic`;
  const built = spawnSync("go", ["build", "-o", program, "."], {
    cwd: fileURLToPath(new URL("./go", import.meta.url)),
    encoding: "utf8",
    timeout: BUILD_MS,
  });
  if (built.status !== 0) {
    return { twin: undefined, missing: `go build failed: ${built.stderr.trim().split("\n").at(-1)}` };
  }
  return { twin: new Twin(program, []), missing: undefined };
}

/** A Python program of this folder, if a Python with interpreters of its own is on PATH. */
export function findPython(name: string, args: readonly string[] = []): FoundTwin {
  const check = "import sys; sys.exit(0 if sys.version_info >= (3, 14) else 1)";
  const program = fileURLToPath(new URL(`./python/${name}`, import.meta.url));
  for (const command of ["python3", "python3.14", "python3.15", "python"]) {
    if (spawnSync(command, ["-c", check], { stdio: "ignore" }).status === 0) {
      return { twin: new Twin(command, [program, ...args]), missing: undefined };
    }
  }
  return { twin: undefined, missing: "no Python ≥ 3.14 is on PATH" };
}

/** A program of this repository on this runtime. */
export function startTwinProgram(program: URL, args: readonly string[] = []): FoundTwin {
  const flags = "Deno" in globalThis ? ["run", "-A", "--no-check", "--quiet"] : [];
  return {
    twin: new Twin(process.execPath, [...flags, fileURLToPath(program), ...args]),
    missing: undefined,
  };
}
