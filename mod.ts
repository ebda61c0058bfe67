/**
 * Channels between threads, with select, and the interpreters that run there: on Deno, Bun and Node from one source.
 *
 * @example A pool of two threads
 * ```ts
 * import { chan, type Channel, create, select, sending } from "@pool/csp";
 * import assert from "node:assert/strict";
 *
 * async function square(jobs: Channel<number>, results: Channel<number>) {
 *   for await (const n of jobs) await results.send(n * n);
 * }
 *
 * const [jobs, results] = [chan<number>(), chan<number>()];
 * const threads = [create(), create()];
 * const running = threads.map((thread) => thread.call(square, jobs, results));
 *
 * let next = 1;
 * const squares: number[] = [];
 * while (squares.length < 10) {
 *   const ready = await select({ job: next <= 10 && sending(jobs, next), result: results });
 *   if (ready.case === "job") next++;
 *   else if (!ready.closed) squares.push(ready.value);
 * }
 * jobs.close();
 * await Promise.all(running);
 * assert.equal(Math.max(...squares), 100);
 * ```
 *
 * @module
 */
// Values that cross
export { isShareable, move, registerShareable, sharedArray, toShared } from "./sharing/api.ts";
export { type DeepReadonly, freeze, Frozen, type FrozenAtom, type Thawed } from "./sharing/frozen.ts";
export { Owned, owned } from "./sharing/owned.ts";
export { NotShareableError, OwnershipError } from "./sharing/errors.ts";
export type { Shareable, ShareableClass } from "./sharing/shareable.ts";
export type { SharedArrays, SharedElement, TypedArrayClass } from "./sharing/shared_array.ts";
// Channels
export { chan, promiseChan } from "./channels/api.ts";
export { Channel, type ChannelOptions } from "./channels/channel.ts";
export { type ReceivePort, Receiver, Sender, type SendPort } from "./channels/ends.ts";
export {
  ChannelClosedError,
  ChannelError,
  LockError,
  PeerLostError,
  TimeoutError,
} from "./channels/errors.ts";
export type { BlockOptions, Fillable, Overflow, TryReceived, WaitOptions } from "./channels/form.ts";
export type {
  Awaitable,
  Mix,
  MixState,
  Mult,
  PipeOptions,
  Pub,
  ReceivedFrom,
  SoloMode,
} from "./channels/hubs.ts";
export {
  filter,
  fromIterable,
  fromReadableStream,
  into,
  map,
  merge,
  mix,
  mult,
  pipe,
  pub,
  reduce,
  split,
  take,
  zip,
} from "./channels/operators_api.ts";
export { after, at, every, never, type Ticker } from "./channels/timers_api.ts";
// Interpreters
export { create, getCurrent, getMain, listAll, parallel, remote } from "./interpreters/api.ts";
export { AsyncResult } from "./interpreters/async_result.ts";
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
  ProcessRun,
  ProcessStatus,
  Remote,
  RemoteFunction,
} from "./interpreters/callable.ts";
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
} from "./interpreters/errors.ts";
export {
  type ExecutorOptions,
  InterpreterPoolExecutor,
  type Iterables,
  type PoolMetrics,
  type SubmitOptions,
} from "./interpreters/executor.ts";
export { Future } from "./interpreters/future.ts";
export {
  asCompleted,
  type CompletedFutures,
  type ReturnWhen,
  wait,
  type Waited,
} from "./interpreters/futures.ts";
export type { Histogram } from "./interpreters/pools/histogram.ts";
export { Interpreter } from "./interpreters/interpreter.ts";
export { type AnyIterable, Pool, type PoolOptions } from "./interpreters/pool.ts";
export { createQueue, Queue } from "./interpreters/queue.ts";
export { task } from "./interpreters/task.ts";
// Processes
export { type Go, go, type GoOptions, type Launch, setParallelism, shutdown } from "./csp/go_api.ts";
export { Network, network } from "./csp/network_api.ts";
export { DeadlockError, NetworkError, type WaitingProcess } from "./csp/network_errors.ts";
export type {
  NetworkChannelOptions,
  NetworkChannelReport,
  NetworkPorts,
  NetworkProcessOptions,
  NetworkProcessReport,
  NetworkProcessState,
  NetworkReport,
  NetworkState,
  NetworkStopOptions,
} from "./csp/network_types.ts";
export { type IndexRange, parallelFor, type ParallelForOptions } from "./csp/parallel_for_api.ts";
export { pipeline, PipelineError, type PipelineOptions } from "./csp/pipeline_api.ts";
export {
  blackhole,
  delta,
  fixedDelay,
  generate,
  identity,
  mux,
  pairs,
  plus,
  prefix,
  printer,
  successor,
  tail,
} from "./csp/plug_and_play.ts";
export { Process } from "./csp/process.ts";
export { Proc, type RunOptions } from "./csp/proc.ts";
export {
  type Describe,
  type DescribeProc,
  par,
  proc,
  type ProcResults,
  replicate,
  seq,
} from "./csp/proc_api.ts";
export {
  alternation,
  type CurrentProcess,
  currentProcess,
  select,
  selectSync,
  sending,
  sleep,
  trySelect,
  yieldNow,
} from "./csp/api.ts";
export { Guard, type LockOptions, Mutex, RWMutex, Semaphore } from "./csp/locks_api.ts";
export { AtomicCounter, Barrier, Once, WaitGroup } from "./csp/meetings_api.ts";
export type {
  Alternation,
  CaseResult,
  SelectCase,
  SelectCases,
  Selected,
  SelectedClosed,
  SelectLimits,
  SelectMode,
  SelectOptions,
  SelectResult,
  SelectSyncOptions,
  Sending,
  TrySelectOptions,
} from "./csp/cases.ts";
