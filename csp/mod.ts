/**
 * Processes: `go` starts them, in parallel, in this interpreter, or on one of their own; composed, and as networks; locks.
 * From the inside: who am I, has anybody given up on me, and waiting, for time and for any of several operations.
 *
 * @module
 */
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
} from "./api.ts";
export { type Go, go, type GoOptions, type Launch, setParallelism, shutdown } from "./go_api.ts";
export { Network, network } from "./network_api.ts";
export { DeadlockError, NetworkError, type WaitingProcess } from "./network_errors.ts";
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
} from "./network_types.ts";
export { type IndexRange, parallelFor, type ParallelForOptions } from "./parallel_for_api.ts";
export { pipeline, PipelineError, type PipelineOptions } from "./pipeline_api.ts";
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
} from "./plug_and_play.ts";
export { Process } from "./process.ts";
export { Proc, type RunOptions } from "./proc.ts";
export { type Describe, type DescribeProc, par, proc, type ProcResults, replicate, seq } from "./proc_api.ts";
export type { ProcessRun, ProcessStatus } from "../interpreters/callable.ts";
export { Guard, type LockOptions, Mutex, RWMutex, Semaphore } from "./locks_api.ts";
export { LockError } from "../channels/errors.ts";
export { AtomicCounter, Barrier, Once, WaitGroup } from "./meetings_api.ts";
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
} from "./cases.ts";
