/** What operators are given, checked at the call: nothing has begun, nothing is taken, when one of them is refused. */
import { checkOptions } from "../../runtime/mod.ts";
import { GUARD } from "../guard_symbols.ts";
import type { PipeOptions } from "../hubs.ts";

/** Throws `TypeError` unless `value` can be received from. `action` begins the message: "Cannot map". */
export function checkInput(
  action: string,
  value: unknown,
  what = "input",
): void {
  // What sends is a case of a select too, but gives nothing.
  if (has(value, GUARD) && has(value, "receive")) return;
  throw new TypeError(`${action}: ${what} is ${named(value)}; pass a channel or what can be received from`);
}

/** Throws `TypeError` unless `value` can be sent to. */
export function checkOutput(action: string, value: unknown): void {
  if (has(value, "send") && has(value, "close")) return;
  throw new TypeError(`${action}: output is ${named(value)}; pass a channel or a sender`);
}

/** Throws `TypeError` unless `value` is a function. */
export function checkFunction(action: string, value: unknown, what = "fn"): void {
  if (typeof value !== "function") {
    throw new TypeError(`${action}: ${what} is ${named(value)}; pass a function`);
  }
}

/** Whether the end of the input is to close an output that was given. */
export function readCloses(action: string, options: PipeOptions | undefined): boolean {
  checkOptions(action, options, ["close"]);
  const closes = options?.close ?? true;
  checkBoolean(action, closes, "close");
  return closes;
}

/** Throws `TypeError` unless `value` is one. */
export function checkBoolean(action: string, value: unknown, what: string): void {
  if (typeof value !== "boolean") {
    throw new TypeError(`${action}: ${what} is ${named(value)}; pass true or false`);
  }
}

/** Whether `value` has a method of this name. */
export function has(value: unknown, key: string | symbol): boolean {
  return value !== null && value !== undefined &&
    typeof (value as Record<string | symbol, unknown>)[key] === "function";
}

/** How a message tells a value. */
function named(value: unknown): string {
  if (typeof value === "function") return `the function ${value.name || "(anonymous)"}`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  const { constructor } = value as { constructor?: unknown };
  return `an object of class ${typeof constructor === "function" ? constructor.name : "(none)"}`;
}
