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
export { isShareable, move, NotShareableError, registerShareable, sharedArray, toShared } from "./sharing/mod.ts";
// Channels
export { TimeoutError } from "./channels/mod.ts";
// Interpreters
export {
  type AnyFunction,
  type Callable,
  type CallOptions,
  type CallResult,
  CallThread,
  create,
  type CreateOptions,
  type ExceptionInfo,
  ExecutionFailed,
  getCurrent,
  getMain,
  Interpreter,
  InterpreterError,
  InterpreterNotFoundError,
  type LimitedCalls,
  listAll,
  parallel,
  type ParallelCall,
  type ParallelResults,
  type Remote,
  remote,
  type RemoteFunction,
  task,
} from "./interpreters/mod.ts";
// Processes
export { currentProcess, type CurrentProcess, sleep, yieldNow } from "./csp/mod.ts";
