/**
 * Notices modules that are imported to find a task and start interpreters at their top level: Python's main guard.
 * Without it every interpreter would run the whole program again, and start interpreters that do the same.
 */
import { InterpreterError } from "./errors.ts";
import { insideProcess, runOutside, trackProcesses } from "./process_context.ts";

const underway = new Set<string>();

/** Runs an import for the sake of a task. */
export async function importing<T>(url: string, load: () => Promise<T>): Promise<T> {
  // Code of a call that runs meanwhile may start what it likes: it is told from top-level code by its process.
  trackProcesses();
  underway.add(url);
  try {
    // The loop of a pool's interpreter, and so what it imports, is part of the call that began it.
    return await runOutside(load);
  } finally {
    underway.delete(url);
  }
}

/** Throws when called from the top level of a module that is being imported for a task. `action`: "Cannot create interpreter". */
export function checkMainGuard(action: string): void {
  if (underway.size === 0 || insideProcess()) return;
  throw new InterpreterError(
    `${action}: ${
      [...underway].join(", ")
    } is being imported to find a task; guard what only the program should do with if (import.meta.main) { … }`,
  );
}
