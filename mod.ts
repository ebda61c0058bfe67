/**
 * Real parallelism for TypeScript: interpreters over real threads, on Deno, Bun and Node from one source.
 *
 * @example A plain function on two cores
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
 * const [a, b] = await parallel([factorial, 2000], [factorial, 2001]);
 * assert.equal(b / a, 2001n);
 * ```
 *
 * @module
 */
// Values that cross
export { isShareable, move, registerShareable, sharedArray, toShared } from "./sharing/api.ts";
export { NotShareableError } from "./sharing/errors.ts";
export type { Shareable, ShareableClass } from "./sharing/shareable.ts";
export type { SharedArrays, SharedElement, TypedArrayClass } from "./sharing/shared_array.ts";
// Channels
export { TimeoutError } from "./channels/errors.ts";
// Interpreters
export { create, getCurrent, getMain, listAll, parallel, remote } from "./interpreters/api.ts";
export type { Thread } from "./interpreters/call_thread.ts";
export type {
  AnyFunction,
  Callable,
  CallOptions,
  CallResult,
  CreateOptions,
  LimitedCalls,
  ParallelCall,
  ParallelResults,
  Remote,
  RemoteFunction,
} from "./interpreters/callable.ts";
export {
  type ExceptionInfo,
  ExecutionFailed,
  InterpreterError,
  InterpreterNotFoundError,
} from "./interpreters/errors.ts";
export { Interpreter } from "./interpreters/interpreter.ts";
export { task } from "./interpreters/task.ts";
// Processes
export { type CurrentProcess, currentProcess, sleep, yieldNow } from "./csp/api.ts";
