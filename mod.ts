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
export {
  isShareable,
  move,
  NotShareableError,
  registerShareable,
  sharedArray,
  toShared,
} from "./sharing/mod.ts";
// Channels
export { TimeoutError } from "./channels/errors.ts";
// Interpreters
export {
  create,
  type CreateOptions,
  getCurrent,
  getMain,
  listAll,
  parallel,
  type ParallelCall,
  type ParallelResults,
  type Remote,
  remote,
  type RemoteFunction,
} from "./interpreters/api.ts";
export type { Thread } from "./interpreters/call_thread.ts";
export {
  type ExceptionInfo,
  ExecutionFailed,
  InterpreterError,
  InterpreterNotFoundError,
} from "./interpreters/errors.ts";
export {
  type Callable,
  type CallOptions,
  type CallResult,
  Interpreter,
  type LimitedCalls,
} from "./interpreters/interpreter.ts";
export { type AnyFunction, task } from "./interpreters/task.ts";
// Processes
export { type CurrentProcess, currentProcess, sleep, yieldNow } from "./csp/api.ts";
