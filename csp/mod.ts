/**
 * Processes from the inside: who am I, has anybody given up on me, and waiting, for time and for any of several
 * operations. Starting them: alone, by `go`, and as networks.
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
export { Process } from "./process.ts";
export type { ProcessRun, ProcessStatus } from "../interpreters/callable.ts";
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
