/** The errors that refuse a function, made without the parser, since a receiver's answer leads to them as well. */
import { NotShareableError } from "../../sharing/errors.ts";

/**
 * The error for captured variables: names every one of them and shows both ways out.
 *
 * @param name The function's name, or "".
 * @param names What it captures, as it would be written: `limit`, `this`, `#secret`.
 */
export function capturedError(name: string, names: readonly string[]): NotShareableError {
  const sorted = [...new Set(names)].sort();
  const passed = sorted.every((one) => /^[\p{ID_Start}$_]/u.test(one) && !IMPLICIT.has(one));
  const call = passed ? `, as in call(${name === "" ? "fn" : name}, ${sorted.join(", ")})` : "";
  const itself = sorted.includes(name)
    ? `; a function that calls itself must carry its name: function ${name}(…) {…}`
    : "";
  return refusal(
    name,
    `it captures ${list(sorted)}, which ${sorted.length === 1 ? "exists" : "exist"} only here; ` +
      `pass what it needs as an argument${call}, or declare it at the top level of a module with ` +
      `task(import.meta, function ${name === "" ? "name" : plainName(name)}(…) {…})${itself}`,
    sorted,
  );
}

/** Captured, but not by a name that could become a parameter. */
const IMPLICIT: ReadonlySet<string> = new Set(["this", "super", "arguments", "new.target", "import.meta"]);

/** The error for a function that can never be sent. `reason` says what was found and, after a semicolon, what to do. */
export function refusal(
  name: string,
  reason: string,
  captured?: readonly string[],
  cause?: unknown,
): NotShareableError {
  const what = name === "" ? "an anonymous function" : `the function "${name}"`;
  return new NotShareableError(`Cannot send ${what}: ${reason}`, {
    path: "fn",
    ...(captured === undefined ? {} : { captured }),
    ...(cause === undefined ? {} : { cause }),
  });
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function plainName(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : "name";
}
