/**
 * Interpreters: threads with their own globals and modules that run real code in parallel, after PEP 734's
 * `concurrent.interpreters`.
 *
 * @module
 */
export { isShareable } from "../sharing/api.ts";
export type { Thread } from "./call_thread.ts";
export { type ExceptionInfo, ExecutionFailed, InterpreterError, InterpreterNotFoundError } from "./errors.ts";
export {
  type Callable,
  type CallOptions,
  type CallResult,
  Interpreter,
  type LimitedCalls,
} from "./interpreter.ts";
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
} from "./api.ts";
export { type AnyFunction, task } from "./task.ts";
