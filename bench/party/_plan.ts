/** What is measured: the workloads, the ways of doing them, and with how many workers. */

import { availableParallelism } from "node:os";
import { makeItems } from "./workloads.ts";

/** A function of `workloads.ts`. */
export type TaskName = "nbody" | "increment" | "addPrices" | "makeItems" | "scatter";

/** How large runs are. */
export interface Size {
  readonly quick: boolean;
  /** Steps of a task of nbody. */
  readonly steps: number;
}

/** Many calls of one function. */
export interface Workload {
  readonly name: string;
  readonly task: TaskName;
  /** The tasks' arguments, made anew for each run. */
  arguments(size: Size): readonly unknown[];
  /** The same in small, to warm up. */
  warm(size: Size): readonly unknown[];
  /** Done with every number of workers, and by ways that know no other; the peak of memory is that of its runs. */
  readonly main?: true;
}

/** Tasks of nbody, and the milliseconds that a loop takes for all of them. */
export const BODIES_TASKS = 16;
export const BODIES_MS = 350;
export const QUICK_BODIES_MS = 100;

/** Bodies that compute, and the function that does. */
export const NBODY = "nbody";
export const NBODY_TASK: TaskName = "nbody";

/** See the file's description; nbody is the first, as it is what starts the ways. */
export const WORKLOADS: readonly Workload[] = [
  {
    name: NBODY,
    task: NBODY_TASK,
    main: true,
    arguments: ({ steps }) => repeated(BODIES_TASKS, steps),
    warm: ({ steps }) => repeated(BODIES_TASKS, Math.round(steps / 2)),
  },
  workload("many tiny tasks", "increment", ({ quick }) => counted(quick ? 1000 : 2000)),
  workload("large arguments", "addPrices", ({ quick }) => counted(quick ? 4 : 8).map(() => makeItems(2000))),
  workload("large results", "makeItems", ({ quick }) => repeated(quick ? 4 : 8, 2000)),
  // Every eighth takes sixteen times as long; the last of them comes late.
  workload(
    "uneven tasks",
    "nbody",
    ({ quick }) => counted(32).map((i) => (i % 8 === 6 ? 16 : 1) * (quick ? 500 : 5000)),
  ),
  workload("memory-bound tasks", "scatter", ({ quick }) => repeated(quick ? 4 : 8, quick ? 2 : 4)),
];

/** Numbers of workers: 1, 2, 4 and so on up to the cores, which a quick run measures alone. */
export function workerCounts(quick: boolean): readonly number[] {
  const cores = availableParallelism();
  const counts = quick ? [] : Array.from({ length: 8 }, (_, i) => 2 ** i).filter((count) => count < cores);
  return [...counts, cores];
}

/** Whether a way is of this library, and whether it is there whatever the number of workers. */
export interface Way {
  readonly mode: string;
  /** What the program of the way is told. */
  readonly program: string;
  /** Only with as many workers as there are cores. */
  readonly once?: true;
  /** Only for nbody. */
  readonly mainOnly?: true;
  /** Not of this library: that it fails is told in its row and fails nothing. */
  readonly foreign?: true;
  /** A way of `../controls/python/pool_party.py`. */
  readonly python?: true;
}

/** The ways; `interp` and its like are those of the seed that this benchmark comes from. */
export const WAYS: readonly Way[] = [
  { mode: "sequential", program: "sequential" },
  { mode: "thread: one interpreter", program: "thread" },
  { mode: "interp: Pool, channel", program: "channel" },
  { mode: "interp2: Pool, call", program: "call" },
  { mode: "interp3: Pool, port", program: "port" },
  { mode: "subprocess: tinypool", program: "tinypool processes", foreign: true },
  { mode: "subprocess: by hand", program: "processes" },
  { mode: "sequential, WebAssembly", program: "wasm", once: true, mainOnly: true },
  { mode: "interp, WebAssembly", program: "wasm interp", once: true, mainOnly: true },
  ...["tinypool", "piscina", "workerpool", "poolifier", "comlink", "multithreading"].map((peer): Way => ({
    mode: peer,
    program: peer,
    once: true,
    foreign: true,
  })),
];

/** CPython's executors, where it has interpreters. */
export const PYTHON_WAYS: readonly Way[] = ["sequential", "threads", "interpreters", "processes"]
  .map((program) => ({ mode: `CPython, ${program}`, program, once: true, foreign: true, python: true }));

/** How many times fewer steps of nbody Python does: its loops take that much longer, about. */
export const PYTHON_SHARE = 100;

/** The tasks that Python knows. */
export const PYTHON_TASKS: readonly TaskName[] = ["nbody", "increment", "addPrices", "makeItems"];

/** The case of a workload done by so many workers. */
export function caseOf(workload: string, workers: number): string {
  return `${workload}, ${workers} ${workers === 1 ? "worker" : "workers"}`;
}

function workload(
  name: string,
  task: TaskName,
  args: (size: Size) => readonly unknown[],
): Workload {
  return { name, task, arguments: args, warm: args };
}

function repeated(count: number, value: number): number[] {
  return Array.from({ length: count }, () => value);
}

function counted(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
