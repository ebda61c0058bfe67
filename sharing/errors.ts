/**
 * The errors of values that cannot cross to another interpreter, or have gone there; and which classes of errors revive
 * as themselves, and which objects of the library stay where they are: whoever declares one says so without loading any
 * machinery.
 *
 * @module
 */

/**
 * Thrown at the sender, before anything is sent, when a value or function cannot cross to another interpreter.
 *
 * @example A function inside a value is refused by its path
 * ```ts
 * import { isShareable, NotShareableError } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const error = new NotShareableError("Cannot share value.onDone: a function", { path: "value.onDone" });
 * assert.equal(error.path, "value.onDone");
 * assert.equal(isShareable({ onDone() {} }), false);
 * ```
 */
export class NotShareableError extends TypeError {
  /** Where the value sits: a root (`args[0]`, `value`, `result`, `bindings.x`, `fn`), then `.key`, `[3]`, `.get(key)`; "" if untold. */
  readonly path: string;
  /** For a function: the names it captures from its surroundings. */
  declare readonly captured?: readonly string[];

  /**
   * Makes the error.
   *
   * @param message What failed, with the path, the value found there and what to do
   * @param options Where it was found, what a function captured, and the cause
   */
  constructor(
    message: string,
    options?: { path?: string; captured?: readonly string[]; cause?: unknown },
  ) {
    super(message, options);
    this.name = "NotShareableError";
    this.path = options?.path ?? "";
    if (options?.captured !== undefined) this.captured = options.captured;
  }
}

/**
 * Something was used here after it had been passed on: an end of a channel that was sent, a value that is owned elsewhere.
 *
 * @example An end that was passed on
 * ```ts
 * import { chan, OwnershipError, type Sender } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const results = chan<number>();
 * const post = chan<Sender<number>>(1);
 * const sender = results.sender();
 * await post.send(sender);
 * await assert.rejects(sender.send(1), OwnershipError);
 * ```
 */
export class OwnershipError extends Error {
  /**
   * Makes the error.
   *
   * @param message What was used, and what to do.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "OwnershipError";
  }
}

/** A class of errors, whatever its constructor takes: that is never called. */
export interface ErrorClass {
  readonly name: string;
  readonly prototype: Error;
}

const errorNames = new Map<object, string>([[NotShareableError.prototype, "NotShareableError"]]);
const errorClasses = new Map<string, ErrorClass>([["NotShareableError", NotShareableError]]);

/**
 * Makes errors whose prototype is exactly `errorClass.prototype` revive as that class; its constructor is not run.
 *
 * @throws {TypeError} When another class has this name
 */
export function registerErrorClass(name: string, errorClass: ErrorClass): void {
  const known = errorClasses.get(name);
  if (known !== undefined && known !== errorClass) {
    throw new TypeError(
      `Cannot register the error class "${name}": another class has this name, choose a new one`,
    );
  }
  errorClasses.set(name, errorClass);
  errorNames.set(errorClass.prototype, name);
}

/** The registered name of the error class with exactly this prototype. */
export function errorNameOf(prototype: object): string | undefined {
  return errorNames.get(prototype);
}

/** The error class registered under this name. */
export function errorClassNamed(name: string): ErrorClass | undefined {
  return errorClasses.get(name);
}

const staying = new Map<object, string>();

/** Objects of this prototype cannot cross; `why` says so in the error, and what to send instead. */
export function staysHere(prototype: object, why: string): void {
  staying.set(prototype, why);
}

/** Why `value` stays here, if it is an object of the library that does. */
export function whyStays(value: object): string | undefined {
  for (let at = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) {
    const why = staying.get(at);
    if (why !== undefined) return why;
  }
  return undefined;
}
