/** Ways as processes that do runs: started together, left out from their first failure on. */

import { setTimeout } from "node:timers";
import { peakMemoryMiB } from "../_memory.ts";
import { findPython, startTwinProgram, type Twin } from "../controls/_twin.ts";
import { NBODY_TASK, PYTHON_SHARE, PYTHON_TASKS, type Way, type Workload } from "./_plan.ts";
import type { Party, PartyJob } from "./program.ts";

/** Milliseconds that a run may take. */
const LIMIT_MS = 30_000;

/** Milliseconds that other libraries have to start when this one's ways are there, and at least as long as those took. */
const MORE_MS = 1500;

/** A way, and what became of it. */
export class Entrant {
  readonly way: Way;
  #twin: Twin | undefined;
  #failure: string | undefined;

  /** Starts its process. */
  constructor(way: Way, workers: number) {
    this.way = way;
    const args = [way.program, String(workers)];
    const { twin, missing } = way.python
      ? findPython("pool_party.py", args)
      : startTwinProgram(new URL("./program.ts", import.meta.url), args);
    this.#twin = twin;
    this.#failure = missing;
  }

  /** Why it is left out, if it is. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** The most memory it has had. */
  get memory(): number | undefined {
    const pid = this.#twin?.pid;
    return pid === undefined || this.#failure !== undefined ? undefined : peakMemoryMiB(pid);
  }

  /** Whether it can do a workload. */
  knows({ main, task }: Workload): boolean {
    if (this.way.mainOnly) return main === true;
    return !this.way.python || PYTHON_TASKS.includes(task);
  }

  /** Whether its results are those of all others: Python does fewer steps. */
  comparable({ task }: Workload): boolean {
    return !this.way.python || task !== NBODY_TASK;
  }

  /** Does a run, or notes why not. `limit` settles when nobody waits any longer. */
  async run(
    workload: Workload,
    options: Omit<PartyJob, "workload">,
    limit: Promise<void> = waiting(LIMIT_MS),
  ): Promise<Party | undefined> {
    if (this.#failure !== undefined) return undefined;
    const from = performance.now();
    try {
      const late = limit.then((): never => {
        throw new Error(`no result within ${Math.round((performance.now() - from) / 1000)} s`);
      });
      return await Promise.race([this.#tell(workload, options), late]);
    } catch (error) {
      this.fail((error as Error).message.split("\n", 1)[0]!);
      return undefined;
    }
  }

  /** Leaves it out from now on. */
  fail(reason: string): void {
    this.#failure ??= reason;
    this.end();
  }

  /** Ends its process. */
  end(): void {
    if (this.way.python) this.#twin?.close();
    else this.#twin?.end();
  }

  async #tell(workload: Workload, options: Omit<PartyJob, "workload">): Promise<Party> {
    const { name, task } = workload;
    if (!this.way.python) return await this.#twin!.tell<Party>({ workload: name, ...options });
    const args = options.warm ? workload.warm(options) : workload.arguments(options);
    if (task !== NBODY_TASK) return await this.#twin!.tell<Party>({ task, args });
    const fewer = args.map((steps) => Math.round(steps as number / PYTHON_SHARE));
    const { ms, sum } = await this.#twin!.tell<Party>({ task, args: fewer });
    return { ms: ms * PYTHON_SHARE, sum };
  }
}

/** All start at once, by a first run: some libraries hang on some runtimes, and all that do are waited for together. */
export async function startAll(
  entrants: readonly Entrant[],
  workload: Workload,
  options: Omit<PartyJob, "workload">,
): Promise<void> {
  const began = performance.now();
  const own = entrants.filter(({ way }) => !way.foreign).map((entrant) => entrant.run(workload, options));
  const ownThere = Promise.all(own).then(() => waiting(Math.max(performance.now() - began, MORE_MS)));
  const foreign = entrants.filter(({ way }) => way.foreign)
    .map((entrant) => entrant.run(workload, options, ownThere));
  await Promise.all([...own, ...foreign]);
}

/** Settles when nobody waits longer; keeps no program alive. */
function waiting(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
