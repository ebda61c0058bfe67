/** The most memory that a process has had, with the processes it started. */

import { readdirSync, readFileSync } from "node:fs";

/**
 * MiB that were resident at most, of the process and of all below it; undefined where the system does not tell, which is
 * everywhere but on Linux.
 *
 * The sum of each one's peak: pages that several share, such as those of the runtime's binary, count for each.
 */
export function peakMemoryMiB(pid: number): number | undefined {
  const own = peakKiB(pid);
  if (own === undefined) return undefined;
  return childrenOf(pid).reduce((sum, child) => sum + (peakMemoryMiB(child) ?? 0), own / 1024);
}

function peakKiB(pid: number): number | undefined {
  const found = /^VmHWM:\s*(\d+) kB$/m.exec(read(`/proc/${pid}/status`));
  return found === null ? undefined : Number(found[1]);
}

/** A thread's children are its process's. */
function childrenOf(pid: number): number[] {
  return threadsOf(pid)
    .flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).split(" "))
    .filter((text) => text.trim() !== "")
    .map(Number);
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Nothing when it has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
