/**
 * Runs a program to its end and keeps what it printed, within a bound of time.
 *
 * Invariant: when the promise settles, neither the program nor anything it started is left running.
 */

import { spawn } from "node:child_process";
import process from "node:process";

/** What {@linkcode run} is told about the program. */
export interface RunOptions {
  /** Milliseconds after which the program and all it started is killed. */
  readonly timeout: number;
  /** Folder to start in. */
  readonly cwd?: string;
  /** Variables added to this process's environment; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Receives the output as it comes; it is kept all the same. */
  readonly onOutput?: (text: string) => void;
}

/** How a program ended. */
export interface RunResult {
  /** Exit code; 128 and more when a signal ended it. */
  readonly code: number;
  /** Whether it was killed because its time was up. */
  readonly timedOut: boolean;
  /** Standard output and standard error, as they came. */
  readonly output: string;
  /** Standard output alone. */
  readonly stdout: string;
  /** Duration in milliseconds. */
  readonly ms: number;
}

/** Process groups that are running, killed when this process is told to stop. */
const running = new Set<number>();

/** Milliseconds a program has to end after it was asked to. */
const GRACE = 2000;

let handlesSignals = false;

/** Runs `command` and resolves when it has ended, however it ended; rejects only when it cannot be started. */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  if (!handlesSignals) handleSignals();
  const started = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: environment(options.env),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const pid = child.pid;
  if (pid !== undefined) running.add(pid);
  let output = "";
  let stdout = "";
  let timedOut = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    take(text);
  });
  child.stderr.setEncoding("utf8").on("data", take);
  function take(text: string): void {
    output += text;
    options.onOutput?.(text);
  }
  const timer = setTimeout(() => {
    timedOut = true;
    if (pid === undefined) return;
    // Asked first: a program that runs others in this way ends them when it is asked.
    killGroup(pid, "SIGTERM");
    setTimeout(() => killGroup(pid), GRACE).unref();
  }, options.timeout);
  // What the program leaves behind may hold its pipes open: they are not waited for once it has exited.
  child.on("exit", () => {
    if (pid !== undefined) killGroup(pid);
  });
  return new Promise((resolve, reject) => {
    child.on("error", (error) => {
      clearTimeout(timer);
      if (pid !== undefined) running.delete(pid);
      reject(error);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (pid !== undefined) running.delete(pid);
      resolve({
        code: code ?? 128 + (signal === "SIGKILL" ? 9 : 15),
        timedOut,
        output,
        stdout,
        ms: performance.now() - started,
      });
    });
  });
}

/** This process's environment for a program: plain text output, and no test runner's own variables. */
function environment(changes: RunOptions["env"]): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: "1", ...changes };
  // Set by `node --test` for its children: a nested runner would take itself for one of them.
  delete env["NODE_TEST_CONTEXT"];
  for (const [name, value] of Object.entries(changes ?? {})) {
    if (value === undefined) delete env[name];
  }
  return env;
}

function killGroup(pid: number, signal: "SIGTERM" | "SIGKILL" = "SIGKILL"): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is empty: all of it has ended.
  }
}

function handleSignals(): void {
  handlesSignals = true;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      for (const pid of running) killGroup(pid);
      process.exit(130);
    });
  }
}
