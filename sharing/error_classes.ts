/**
 * Which class an error revives as.
 *
 * @module
 */

import { type ErrorClass, errorClassNamed, errorNameOf } from "./errors.ts";

const BUILT_IN = new Map<string, ErrorClass>();
for (
  const cls of [
    Error,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
    AggregateError,
  ]
) {
  BUILT_IN.set(cls.name, cls);
}
const suppressed = (globalThis as { SuppressedError?: ErrorClass }).SuppressedError;
if (suppressed !== undefined) BUILT_IN.set("SuppressedError", suppressed);
BUILT_IN.set("DOMException", DOMException as unknown as ErrorClass);

const builtInNames = new Map<object, string>();
for (const [name, cls] of BUILT_IN) builtInNames.set(cls.prototype, name);

/** The nearest class of `value` that is known by name, undefined if it is no error. */
export function baseErrorOf(
  value: object,
  prototype: object,
): { name: string; prototype: Error } | undefined {
  let known: { name: string; prototype: Error } | undefined;
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at)) {
    const name = errorNameOf(at) ?? builtInNames.get(at);
    if (name !== undefined) {
      known = { name, prototype: at as Error };
      break;
    }
  }
  if (known !== undefined) return known;
  // an error of another realm
  if (Object.prototype.toString.call(value) !== "[object Error]") return undefined;
  const cls = BUILT_IN.get(String((value as Error).name)) ?? Error;
  return { name: cls.name, prototype: cls.prototype };
}

/** A new error of the class known as `name`, without own message and stack of interest; undefined if none is. */
export function newError(
  name: string,
  message: string | undefined,
  errorName: string | undefined,
): Error | undefined {
  if (name === "DOMException") return new DOMException(message ?? "", errorName ?? "Error");
  const builtIn = BUILT_IN.get(name);
  if (name === "AggregateError") {
    const error = new AggregateError([]);
    delete (error as { errors?: unknown }).errors;
    return error;
  }
  if (name === "SuppressedError" && builtIn !== undefined) {
    return Object.setPrototypeOf(new Error(), builtIn.prototype);
  }
  if (builtIn !== undefined) return new (builtIn as new () => Error)();
  const cls = errorClassNamed(name);
  return cls === undefined ? undefined : Object.setPrototypeOf(new Error(), cls.prototype);
}

/** Sets what an error looks like: the same own properties whatever engine made it. */
export function errorFields(
  error: Error,
  cls: string,
  message: string | undefined,
  name: string | undefined,
  stack: string | undefined,
): void {
  const own = { writable: true, enumerable: false, configurable: true };
  if (cls !== "DOMException") {
    if (message !== undefined) Object.defineProperty(error, "message", { value: message, ...own });
    if (name !== undefined) Object.defineProperty(error, "name", { value: name, ...own });
  }
  Object.defineProperty(error, "stack", { value: stack, ...own });
}
