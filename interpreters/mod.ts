/**
 * Interpreters: threads with their own globals and modules that run real code in parallel, after PEP 734's
 * `concurrent.interpreters`.
 *
 * @module
 */
export { isShareable } from "../sharing/api.ts";
export { create, getCurrent, getMain, listAll, parallel, remote } from "./api.ts";
export { AsyncResult } from "./async_result.ts";
export type { Thread } from "./call_thread.ts";
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
} from "./callable.ts";
export {
  BrokenInterpreterPool,
  CancelledError,
  type ExceptionInfo,
  ExecutionFailed,
  InterpreterError,
  InterpreterNotFoundError,
  QueueEmpty,
  QueueError,
  QueueFull,
} from "./errors.ts";
export {
  type ExecutorOptions,
  InterpreterPoolExecutor,
  type Iterables,
  type PoolMetrics,
  type SubmitOptions,
} from "./executor.ts";
export { Future } from "./future.ts";
export { asCompleted, type CompletedFutures, type ReturnWhen, wait, type Waited } from "./futures.ts";
export type { Histogram } from "./pools/histogram.ts";
export { Interpreter } from "./interpreter.ts";
export { type AnyIterable, Pool, type PoolOptions } from "./pool.ts";
export { createQueue, Queue } from "./queue.ts";
export { task } from "./task.ts";
