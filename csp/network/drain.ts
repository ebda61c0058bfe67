/**
 * Stopping a network so that what is in it is worked off.
 *
 * Processes without in ports are called off: their out ports retire, so the channels close behind what they hold, and the next
 * processes end when they have received it all. So it goes on downstream. Processes in a cycle would wait for each other: once
 * nothing feeds the cycle any more they are called off when they are all at rest, or after a grace period.
 */
import type { Flow } from "./graph.ts";
import type { Run } from "./run.ts";
import type { Watchdog } from "./watchdog.ts";

/** How long a cycle that nothing feeds any more may go on, in milliseconds. */
const GRACE_MS = 1_000;
const WHY = "was stopped";

/** See the file's description. */
export class Drain {
  readonly #run: Run;
  readonly #flow: Flow;
  readonly #watchdog: Watchdog;
  /** When each cycle was found to be fed by nobody. */
  readonly #since = new Map<number, number>();

  constructor(run: Run, flow: Flow, watchdog: Watchdog) {
    this.#run = run;
    this.#flow = flow;
    this.#watchdog = watchdog;
  }

  /** Calls off what is to be called off now; called when a process has ended, and again and again. */
  step(): void {
    const { members } = this.#run;
    const { group, cyclic, sources } = this.#flow;
    const live = new Set(members.flatMap(({ node, end }) => end === undefined ? [node] : []));
    const fed = new Set<number>();
    for (const node of live) {
      for (const source of sources[node]!) {
        if (group[source] !== group[node] && live.has(source)) fed.add(group[node]!);
      }
    }
    for (const g of cyclic.keys()) {
      const inside = [...members.keys()].filter((n) =>
        group[members[n]!.node] === g && members[n]!.end === undefined
      );
      if (inside.length === 0 || fed.has(g)) continue;
      if (cyclic[g]) {
        const since = this.#since.get(g) ?? performance.now();
        this.#since.set(g, since);
        if (performance.now() - since < GRACE_MS && !this.#watchdog.atRest(inside)) continue;
      } else if (sources[members[inside[0]!]!.node]!.size > 0) continue;
      for (const n of inside) this.#run.callOff(n, WHY);
    }
  }
}
