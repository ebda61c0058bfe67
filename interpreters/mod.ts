/**
 * Interpreters: threads with their own globals and modules that run real code in parallel, after PEP 734's
 * `concurrent.interpreters`.
 *
 * @module
 */
import "./signals.ts";

export { isShareable } from "../sharing/mod.ts";
export { CallThread } from "./call_thread.ts";
export { type ExceptionInfo, ExecutionFailed, InterpreterError, InterpreterNotFoundError } from "./errors.ts";
export {
  type Callable,
  type CallOptions,
  type CallResult,
  Interpreter,
  type LimitedCalls,
} from "./interpreter.ts";
export { parallel, type ParallelCall, type ParallelResults } from "./parallel.ts";
export { create, type CreateOptions, getCurrent, getMain, listAll } from "./registry.ts";
export { type Remote, remote, type RemoteFunction } from "./remote.ts";
export { type AnyFunction, task } from "./task.ts";
