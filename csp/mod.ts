/**
 * Processes: `go` starts them, in parallel, in this interpreter, or on one of their own. From the inside: who am I, has
 * anybody given up on me, and waiting, for time and for any of several operations.
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
