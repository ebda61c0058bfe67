/** The functions of this folder; a facade, so that importing the library loads no machinery. */
import { interpreters } from "#engines";
import type { CreateOptions, ParallelCall, ParallelResults, Remote } from "./callable.ts";
import type { Interpreter } from "./interpreter.ts";

/**
 * Makes an interpreter and returns at once; its thread boots meanwhile and calls wait for it. Works in any interpreter.
 * An idle interpreter does not keep the program alive.
 *
 * @param options Name and mode.
 * @returns The handle.
 * @throws {TypeError} When an option is unknown or of the wrong type.
 * @throws {RangeError} When the name is too long.
 * @throws {InterpreterError} When 1,023 interpreters are alive, or a module that is being imported to find a task calls this at its top level.
 *
 * @example A function in a thread of its own
 * ```ts
 * import { create } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const interp = create({ name: "counter" });
 * await interp.prepareMain({ step: 2 });
 * await interp.exec("var count = 40");
 * declare let count: number, step: number;
 * assert.equal(await interp.call(() => count += step), 42);
 * await interp.close();
 * ```
 */
export function create(options?: CreateOptions): Interpreter {
  return interpreters().create(options);
}

/** All interpreters in order of creation, main first; the same from inside any of them. */
export function listAll(): Interpreter[] {
  return interpreters().listAll();
}

/** The interpreter that this code runs in. */
export function getCurrent(): Interpreter {
  return interpreters().getCurrent();
}

/** The interpreter that the program was started in: id 0. */
export function getMain(): Interpreter {
  return interpreters().getMain();
}

/**
 * Refers to the functions that a module exports.
 *
 * @typeParam M The module's type: `typeof import("./m.ts")`.
 * @param url The module's absolute URL, from `import.meta.resolve("./m.ts")`.
 * @returns An object whose every property is a reference to the export of that name; whether it exists is seen at the call.
 * @throws {TypeError} When `url` is relative.
 *
 * @example A function of a built-in module
 * ```ts
 * import { create, remote } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * const path = remote<typeof import("node:path")>("node:path");
 * const interp = create();
 * assert.equal(await interp.call(path.basename, "/etc/hosts"), "hosts");
 * await interp.close();
 * ```
 */
export function remote<M extends object>(url: string | URL): Remote<M> {
  return interpreters().remote(url) as Remote<M>;
}

/**
 * Runs every call in a new interpreter of its own, all at once, and closes the interpreters again.
 *
 * @param calls `[fn, ...args]` or `[moduleUrl, "exportName", ...args]`.
 * @returns The results, in the order of the calls.
 * @throws Whatever the first call to fail threw, revived, once all interpreters are closed; the others are closed by force.
 * @throws {NotShareableError} When a function or argument cannot cross.
 * @throws {TypeError} When a call is neither form.
 *
 * **Gotchas**: an interpreter costs a few milliseconds to start; use it for calls that take longer than that. A
 * generator's values are gone with its interpreter: return an array.
 *
 * @example Two factorials on two cores
 * ```ts
 * import { parallel } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * function factorial(n: number): bigint {
 *   let product = 1n;
 *   for (let i = 2n; i <= n; i++) product *= i;
 *   return product;
 * }
 *
 * const [five, six] = await parallel([factorial, 5], [factorial, 6]);
 * assert.equal(five, 120n);
 * assert.equal(six, 720n);
 * ```
 */
export function parallel<const C extends readonly ParallelCall[]>(...calls: C): Promise<ParallelResults<C>> {
  return interpreters().parallel(calls) as Promise<ParallelResults<C>>;
}
