/** Checks of what selects are told beside their cases. */
import { checkOptions } from "../runtime/mod.ts";
import type { SelectLimits, SelectMode } from "./cases.ts";

/** Throws `TypeError` or `RangeError` when an option is unknown or of no use; `undefined` passes. */
export function checkSelectOptions(options: unknown, known: readonly string[]): void {
  if (options === undefined) return;
  checkOptions("Cannot select", options, known);
  const { mode, signal, timeout } = options as SelectLimits & { mode?: unknown };
  if (mode !== undefined && mode !== "random" && mode !== "priority") {
    throw new TypeError(`Cannot select: mode is ${show(mode)}; pass "random" or "priority"`);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`Cannot select: signal is ${show(signal)}; pass an AbortSignal`);
  }
  if (timeout === undefined) return;
  if (typeof timeout !== "number") {
    throw new TypeError(`Cannot select: timeout is ${show(timeout)}; pass milliseconds as a number`);
  }
  if (!(timeout >= 0)) {
    throw new RangeError(`Cannot select: timeout is ${timeout}; pass milliseconds of at least 0`);
  }
}

/** The mode, if none is chosen. */
export const DEFAULT_MODE: SelectMode = "random";

function show(value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
