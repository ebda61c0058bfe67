/**
 * "Pool party": nbody and tasks of other character by all ways of doing them at once, with the memory that each takes.
 *
 * Each way is a process of its own. Those of a case are all there, and have their turns within a round.
 */

import { availableParallelism } from "node:os";
import type { Bench } from "../_benchmark.ts";
import { rotate, settle } from "../_settle.ts";
import { findPython } from "../controls/_twin.ts";
import { Entrant, startAll } from "./_entrants.ts";
import {
  BODIES_MS,
  BODIES_TASKS,
  caseOf,
  PYTHON_SHARE,
  PYTHON_WAYS,
  QUICK_BODIES_MS,
  type Size,
  WAYS,
  workerCounts,
  type Workload,
  WORKLOADS,
} from "./_plan.ts";
import { nbody } from "./workloads.ts";

/** Rounds that count, and those before them that warm up: of nbody, of nbody with fewer workers, and of all others. */
const ROUNDS = { counted: 3, warm: 1 } as const;
const ROUNDS_OF_FEWER = { counted: 1, warm: 1 } as const;
const ROUNDS_OF_OTHERS = { counted: 2, warm: 1 } as const;

/** Measures on the runtime it runs on. */
export async function measure(bench: Bench): Promise<void> {
  const failures: string[] = [];
  const size = { quick: bench.quick, steps: stepsFor(bench.quick ? QUICK_BODIES_MS : BODIES_MS) };
  const counts = workerCounts(bench.quick);
  const { twin: python, missing } = findPython("pool_party.py", ["sequential", "1"]);
  python?.end();
  for (const workers of counts) {
    const most = workers === counts.at(-1);
    const ways = [...WAYS, ...missing === undefined ? PYTHON_WAYS : []].filter(({ once }) => !once || most);
    const entrants = ways.map((way) => new Entrant(way, workers));
    try {
      for (const workload of WORKLOADS.filter(({ main }) => main || most)) {
        await measureWorkload(bench, workload, size, workers, entrants);
      }
    } finally {
      for (const entrant of entrants) entrant.end();
    }
    for (const { way, failure } of entrants) {
      if (failure !== undefined && !way.foreign) failures.push(`${way.mode}: ${failure}`);
    }
  }
  if (missing !== undefined) {
    const note = `not measured: ${missing}`;
    bench.row({ case: "all", mode: "CPython's executors", facts: {}, samples: {}, note });
  }
  if (failures.length > 0) throw new Error(`Cannot measure ${failures.join("\n")}`);
}

async function measureWorkload(
  bench: Bench,
  workload: Workload,
  size: Size,
  workers: number,
  entrants: readonly Entrant[],
): Promise<void> {
  const name = caseOf(workload.name, workers);
  const runs = entrants.filter((entrant) => entrant.knows(workload));
  const samples = new Map<Entrant, number[]>(runs.map((entrant) => [entrant, []]));
  const fewer = workload.main && workers < availableParallelism();
  const full = fewer ? ROUNDS_OF_FEWER : workload.main ? ROUNDS : ROUNDS_OF_OTHERS;
  const { counted, warm } = size.quick ? { counted: 1, warm: workload.main ? 1 : 0 } : full;
  let sum: number | undefined;
  // The first workload of all.
  if (workload === WORKLOADS[0]) await startAll(runs, workload, { ...size, warm: true });
  for (let round = 1 - warm; round <= counted; round++) {
    bench.progress(name, Math.max(round, 1), counted);
    for (const entrant of rotate(runs, round + warm)) {
      const told = await entrant.run(workload, { ...size, warm: round < 1 });
      if (told === undefined || round < 1) continue;
      if (entrant.comparable(workload)) sum ??= told.sum;
      if (entrant.comparable(workload) && told.sum !== sum) {
        entrant.fail(`its results add up to ${told.sum}, not ${sum}`);
      }
      samples.get(entrant)!.push(told.ms);
      await settle(2);
    }
  }
  const many = workload.arguments(size).length;
  for (const entrant of runs) {
    const { way: { mode }, failure } = entrant;
    const memory = workload.main ? entrant.memory : undefined;
    const note = failure === undefined ? remark(entrant, workload) : `not measured: ${failure}`;
    bench.row({
      case: name,
      mode,
      facts: {
        workers,
        many,
        ...(workload.main ? { steps: size.steps } : {}),
        ...(memory === undefined ? {} : { memory }),
      },
      samples: failure === undefined ? { ms: samples.get(entrant)! } : {},
      ...(note === undefined ? {} : { note }),
    });
  }
}

/** The steps with which all tasks of nbody take a loop so many milliseconds on this runtime. */
function stepsFor(ms: number): number {
  const steps = 100_000;
  const times = Array.from({ length: 6 }, () => {
    const from = performance.now();
    nbody(steps);
    return performance.now() - from;
  });
  return Math.ceil(steps * ms / BODIES_TASKS / Math.min(...times) / 1000) * 1000;
}

function remark(entrant: Entrant, workload: Workload): string | undefined {
  return entrant.comparable(workload) ? undefined : `1/${PYTHON_SHARE} of the steps, times ${PYTHON_SHARE}`;
}
