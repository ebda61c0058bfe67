/**
 * Channels between interpreters: traffic patterns, payloads, many integers, select, and threads that sleep.
 *
 * Beside them, in the same run: the runtime's own messages, two threads with nothing but Atomics, multithreading's channel,
 * and the same traffic in Go and with CPython's Queue where those are installed.
 */

import type { Bench } from "../_benchmark.ts";
import { futexWay } from "../controls/futex.ts";
import { oneWayWay, type Posting, roundTripWay, startPostings } from "../controls/posting.ts";
import { findGo, findPython, type FoundTwin, startTwinProgram, twinWay } from "../controls/_twin.ts";
import { Crew } from "./_crew.ts";
import { addingWays, integerWays } from "./_integers.ts";
import { ADDING, ASLEEP, INTEGERS_BETWEEN, payloadCase, SELECT_OF_2, SELECT_READY } from "./_names.ts";
import { type Payload, PAYLOAD_BYTES, payloadOf, PAYLOADS } from "./_payloads.ts";
import { CAPACITIES, caseName, formsOf, MANY, type Pattern, PATTERNS, UNBOUNDED } from "./_plan.ts";
import { measureCase, reportFailures, type Sampling, startSampling, type Way } from "./_sampling.ts";
import { asleepWay, libraryWays, payloadWay, readyWay, twoChannelsWay } from "./_traffic.ts";

/** Microseconds that each side works in between where the other one is to fall asleep: longer than anybody polls. */
const PAUSE = 200;

/** Capacity of the channels that carry payloads. */
const PAYLOAD_CAPACITY = 128;

/** The first 400 messages of a thousand objects take two to three times as long as later ones: the engines compile. */
const PAYLOAD_WARM_MS = 150;

/**
 * What has a target by the nanosecond runs longer: engines compile a select for a quarter of a million operations, and the
 * machine's own moods last longer than a few milliseconds.
 */
const TARGETED = { rounds: 5, runMs: 20 } as const;
const TARGETED_WARM_MS = 120;

/** Patterns that the peers know. */
const PEER_PATTERNS: readonly Pattern[] = ["spsc", "ping-pong"];

/** Programs that run the same traffic elsewhere. */
interface Twins {
  readonly go: FoundTwin;
  readonly python: FoundTwin;
  readonly multithreading: FoundTwin;
}

/** Measures on the runtime it runs on. */
export async function measure(bench: Bench): Promise<void> {
  const crew = new Crew();
  const sampling = startSampling(bench, { rounds: 3, runMs: 7 }, () => crew.replace());
  bench.progress("starting others", 1, 1);
  const twins: Twins = {
    go: findGo(),
    python: findPython("queue_traffic.py"),
    multithreading: startTwinProgram(new URL("../peers/multithreading.ts", import.meta.url)),
  };
  const postings = await startPostings();
  try {
    if (isWanted(bench, "integers")) {
      await measureCase(sampling, INTEGERS_BETWEEN, integerWays(crew, bench.quick));
      await measureCase(sampling, ADDING, addingWays(crew, bench.quick));
    }
    if (isWanted(bench, "patterns")) await measureTraffic(sampling, crew, twins, postings);
    if (isWanted(bench, "payloads")) await measurePayloads(sampling, crew, postings);
    if (isWanted(bench, "select")) await measureSelect(sampling, crew);
  } finally {
    for (const { twin } of Object.values(twins) as FoundTwin[]) twin?.end();
    for (const posting of postings) posting.end();
    await crew.replace();
  }
  reportFailures(sampling);
}

function isWanted({ part }: Bench, name: string): boolean {
  return part === undefined || part === name;
}

async function measureSelect(sampling: Sampling, crew: Crew): Promise<void> {
  const both = [false, true];
  const forms = ["blocking", "awaiting"] as const;
  const two = forms.flatMap((form) => both.map((selecting) => twoChannelsWay(crew, form, selecting)));
  await measureTargeted(sampling, SELECT_OF_2, two);
  const ready = forms.flatMap((form) => both.map((selecting) => readyWay(crew, form, selecting)));
  await measureTargeted(sampling, SELECT_READY, ready);
  const asleep = forms.map((form) => asleepWay(crew, form, PAUSE));
  await measureCase(sampling, ASLEEP, [...asleep, futexWay(crew, true, PAUSE)]);
}

async function measureTargeted(
  sampling: Sampling,
  name: string,
  ways: readonly Way[],
  facts?: Readonly<Record<string, number>>,
): Promise<void> {
  const longer = sampling.bench.quick ? sampling : { ...sampling, ...TARGETED };
  await measureCase(longer, name, ways.map((way) => ({ warmMs: TARGETED_WARM_MS, ...way })), facts);
}

async function measureTraffic(
  sampling: Sampling,
  crew: Crew,
  twins: Twins,
  postings: readonly Posting[],
): Promise<void> {
  for (const pattern of PATTERNS) {
    for (const capacity of CAPACITIES) {
      const ways = [...libraryWays(crew, pattern, capacity)];
      const isTargeted = pattern === "ping-pong" && capacity === 0;
      if (isTargeted) ways.push(futexWay(crew, false, 0));
      if (formsOf(pattern, capacity).length > 0) ways.push(...twinWays(twins, pattern, capacity));
      const measure = isTargeted ? measureTargeted : measureCase;
      if (ways.length > 0) await measure(sampling, caseName(pattern, capacity), ways, { capacity });
    }
    const unbounded = unboundedWays(pattern, twins, postings);
    if (unbounded.length > 0) {
      await measureCase(sampling, caseName(pattern, UNBOUNDED), unbounded, { capacity: UNBOUNDED });
    }
  }
}

function twinWays({ go, python, multithreading }: Twins, pattern: Pattern, capacity: number): Way[] {
  const job = { pattern, capacity, many: MANY };
  const ways = [twinWay("Go", go, { ...job, form: "" })];
  if (PEER_PATTERNS.includes(pattern)) {
    ways.push(twinWay("Go, locked threads", go, { ...job, form: "locked" }));
    if (capacity > 0) {
      for (const form of ["blocking", "awaiting"]) {
        ways.push(twinWay(`multithreading, ${form}`, multithreading, { ...job, form }));
      }
    }
  }
  // Its queue has no rendezvous and no select.
  if (capacity > 0 && !pattern.startsWith("select_")) {
    ways.push(twinWay("CPython Queue", python, { ...job, form: "blocking" }));
  }
  return ways;
}

/** What takes messages without limit, and so has no capacity. */
function unboundedWays(pattern: Pattern, { python }: Twins, postings: readonly Posting[]): Way[] {
  if (!PEER_PATTERNS.includes(pattern)) return [];
  const own = postings.map((posting) =>
    pattern === "spsc" ? oneWayWay(posting, 1, PAYLOAD_BYTES["integer"]) : roundTripWay(posting)
  );
  const job = { pattern, capacity: 0, many: MANY, form: "blocking" };
  return [...own, twinWay("CPython Queue", python, job)];
}

async function measurePayloads(sampling: Sampling, crew: Crew, postings: readonly Posting[]): Promise<void> {
  for (const payload of PAYLOADS) {
    const value = payloadOf(payload);
    const ways = [
      payloadWay(crew, PAYLOAD_CAPACITY, "blocking", payload),
      payloadWay(crew, PAYLOAD_CAPACITY, "awaiting", payload),
      ...postings.map((posting) => oneWayWay(posting, value, PAYLOAD_BYTES[payload])),
      cloneWay(value, payload),
    ];
    const warm = ways.map((way) => ({ ...way, warmMs: PAYLOAD_WARM_MS }));
    await measureCase({ ...sampling, rounds: sampling.rounds + 1 }, payloadCase(payload), warm);
  }
}

/** Control: a structured clone in one thread. */
function cloneWay(value: unknown, payload: Payload): Way {
  return {
    mode: "structuredClone, one thread",
    run(n) {
      let clone: unknown;
      const from = performance.now();
      for (let i = 0; i < n; i++) clone = structuredClone(value);
      const ms = performance.now() - from;
      if (typeof clone !== typeof value) throw new Error(`Cannot trust the clone of a ${payload}`);
      return Promise.resolve(ms);
    },
  };
}
