/** What the caller is told of work that did not end with a value: the other side of `outcome.ts`. */
import { unpack } from "./carried.ts";
import { ExecutionFailed } from "./errors.ts";
import type { Outcome } from "./protocol.ts";
import { capturedError } from "./source/refusal.ts";

/** The error for an outcome that is not a value. `title`: the process, for its stack. */
export function errorOf(
  outcome: Outcome,
  from: number,
  original: boolean,
  name: string,
  title?: string,
): unknown {
  switch (outcome.is) {
    case "threw": {
      const { type, message, stack } = outcome;
      const revived = revive(outcome.error);
      if (original) {
        const error = revived === undefined ? new Error(`${type}: ${message}`) : revived.cause;
        if (title !== undefined) entitle(error, stack, title);
        return error;
      }
      return new ExecutionFailed({ type, message, stack }, `interpreter ${from}`, revived);
    }
    case "captured":
      return capturedError(name, outcome.names);
    case "refused": {
      const error = revive(outcome.error)?.cause;
      if (title !== undefined && error instanceof Error) entitle(error, error.stack ?? "", title);
      return error;
    }
    default:
      return undefined;
  }
}

/** Gives an error, which is a copy of ours, the stack over there, and names the process that failed in it. */
export function entitle(error: unknown, stack: string, title: string): void {
  if (!(error instanceof Error) || stack === "") return;
  Object.defineProperty(error, "stack", {
    value: `${stack}\n    at ${title}`,
    configurable: true,
    writable: true,
    enumerable: false,
  });
}

/** What was thrown, unless it cannot be revived here. */
function revive(error: (Outcome & { is: "threw" })["error"]): { cause: unknown } | undefined {
  if (error === undefined) return undefined;
  try {
    return { cause: unpack(error) };
  } catch {
    return undefined;
  }
}
