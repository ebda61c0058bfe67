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
export { type DeepReadonly, freeze, Frozen, type Thawed } from "./sharing/frozen.ts";
export { Owned, owned } from "./sharing/owned.ts";
export { NotShareableError, OwnershipError } from "./sharing/errors.ts";
export type { Shareable, ShareableClass } from "./sharing/shareable.ts";
export type { SharedArrays, SharedElement, TypedArrayClass } from "./sharing/shared_array.ts";
// Channels
export { chan, promiseChan } from "./channels/api.ts";
export { Channel, type ChannelOptions } from "./channels/channel.ts";
export { type ReceivePort, Receiver, Sender, type SendPort } from "./channels/ends.ts";
export { ChannelClosedError, ChannelError, PeerLostError, TimeoutError } from "./channels/errors.ts";
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
  type ExceptionInfo,
  ExecutionFailed,
  InterpreterError,
  InterpreterNotFoundError,
  QueueEmpty,
  QueueError,
  QueueFull,
} from "./interpreters/errors.ts";
export { Interpreter } from "./interpreters/interpreter.ts";
export { createQueue, Queue } from "./interpreters/queue.ts";
export { task } from "./interpreters/task.ts";
// Processes
export { type Go, go, type GoOptions, type Launch, setParallelism, shutdown } from "./csp/go_api.ts";
export { Process } from "./csp/process.ts";
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
