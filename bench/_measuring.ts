/**
 * Starts a benchmark on a runtime as a process of its own and gathers what it tells.
 *
 * Invariant: a measuring process leads a process group. Whatever it started is ended with it, when it ends and when this
 * program is told to stop.
 */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Measurement, Row, RuntimeName } from "./_benchmark.ts";
import type { Message } from "./measure.ts";

/** The runtimes, in the order of the tables. */
export const RUNTIMES: readonly RuntimeName[] = ["deno", "bun", "node"];

/** Milliseconds after which a measuring process is taken to hang. */
const LIMIT_MS = 5 * 60_000;

/** Lines of its standard error that are shown of a failed process. */
const SHOWN_LINES = 30;

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const measuring = new Set<ChildProcess>();
let handlesSignals = false;

/** What a measuring process gave, and why it is not all. */
export interface Outcome {
  readonly measurement: Measurement;
  readonly failure: string | undefined;
}

/** The version of an installed runtime; undefined when it is not installed. */
export function versionOf(runtime: RuntimeName): string | undefined {
  if (!existsSync(binary(runtime))) return undefined;
  const text = execFileSync(binary(runtime), ["--version"], { encoding: "utf8" });
  return /\d+\.\d+\.\d+\S*/.exec(text)?.[0];
}

/**
 * Runs a benchmark on a runtime; a failure is part of the outcome.
 *
 * @param name The benchmark.
 * @param runtime The runtime, which must be installed.
 * @param options Whether to be quick, the part to measure, the runtime's version, and what to call as it goes on.
 */
export async function measureOn(
  name: string,
  runtime: RuntimeName,
  options: {
    readonly quick: boolean;
    readonly part: string;
    readonly version: string;
    readonly progress: (what: string, round: number, rounds: number) => void;
  },
): Promise<Outcome> {
  if (!handlesSignals) handleSignals();
  const flags = runtime === "deno" ? ["run", "-A", "--no-check", "--quiet"] : [];
  const args = [...flags, "bench/measure.ts", name, runtime, options.quick ? "quick" : "full", options.part];
  const child = spawn(binary(runtime), args, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  measuring.add(child);
  const rows: Row[] = [];
  const errors: string[] = [];
  let ended = false;
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    killGroup(child);
  }, LIMIT_MS);
  createInterface({ input: child.stdout! }).on("line", (line) => {
    const message = parse(line);
    if (message?.bench === "progress") options.progress(message.what, message.round, message.rounds);
    else if (message?.bench === "row") rows.push(message.row);
    else if (message?.bench === "end") ended = true;
    else errors.push(line);
  });
  createInterface({ input: child.stderr! }).on("line", (line) => errors.push(line));
  const how = await new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    // What it leaves behind may hold its pipes open.
    child.on("exit", () => killGroup(child));
    child.on("close", (code, signal) => resolve(code === 0 ? "" : `exit ${code ?? signal}`));
  });
  clearTimeout(limit);
  measuring.delete(child);
  const reason = late ? `not done in ${LIMIT_MS / 60_000} minutes` : how || (ended ? "" : "ended early");
  return {
    measurement: { runtime, version: options.version, rows },
    failure: reason === "" ? undefined : [reason, ...errors.slice(-SHOWN_LINES)].join("\n"),
  };
}

function binary(runtime: RuntimeName): string {
  return fileURLToPath(new URL(`../node_modules/.bin/${runtime}`, import.meta.url));
}

function parse(line: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === "object" && message !== null && "bench" in message
      ? message as Message
      : undefined;
  } catch {
    return undefined;
  }
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, "SIGKILL");
  } catch {
    // The group is empty, or there are none on this system.
    child.kill("SIGKILL");
  }
}

function handleSignals(): void {
  handlesSignals = true;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      for (const child of measuring) killGroup(child);
      process.exit(130);
    });
  }
}
