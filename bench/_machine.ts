/** What the figures were measured on: enough to compare by, nothing that tells whose machine it is. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, machine, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";

/** The machine. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly os: string;
}

/** The library as it was measured. */
export interface Library {
  readonly name: string;
  readonly version: string;
  /** Commit of the working tree, with "+" when files were changed since; undefined outside a clone. */
  readonly commit: string | undefined;
}

/** Describes this machine. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()} ${machine()}`,
  };
}

/** Describes the library in this clone. */
export function describeLibrary(): Library {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return { name: manifest.name, version: manifest.version, commit: commit() };
}

function commit(): string | undefined {
  const head = git("rev-parse", "--short", "HEAD");
  return head === undefined ? undefined : head + (git("status", "--porcelain") === "" ? "" : "+");
}

function git(...args: string[]): string | undefined {
  try {
    const cwd = fileURLToPath(new URL("..", import.meta.url));
    return execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}
