/**
 * Interpreters that use locks are closed by force at random instants and replaced, again and again: nobody is held up, never
 * do two hold what one may, permits are neither lost nor made, and the heap is in order.
 *
 * `CSP_KILL_SECONDS`: how long; `CSP_SEED`: the seed of what is random.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { AtomicCounter, create, type Interpreter, Mutex, RWMutex, Semaphore } from "@pool/csp";
import { recoveries } from "../../channels/burial_survey.ts";
import { flags } from "../_interpreters.ts";
import { randomBelow } from "../_random.ts";
import { within } from "../_within.ts";
import { buried } from "../channels/_buried.ts";
import { audit } from "../channels/_heap_audit.ts";
import { assertIdle } from "./_lock_crowd.ts";
import {
  ADDED,
  ADDING,
  BEATS,
  ENDED,
  FIRST,
  KILLED,
  type LockJob,
  LockWorker,
  useLocks,
  WAS_AT,
  WIDTH,
  WORDS,
  WORKERS,
  WRONG,
  WRONG_AT,
} from "./_lock_killed.ts";

const SECONDS = Number(process.env["CSP_KILL_SECONDS"] ?? 3);
const SEED = Number(process.env["CSP_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const STALL_MS = 5000;
/** How long a start may take beside threads that use all cores, in milliseconds. */
const START_MS = 20_000;

const next = randomBelow(SEED);

interface Worker {
  readonly interp: Interpreter;
  readonly job: LockJob;
  readonly call: Promise<unknown>;
  ended: unknown;
  beats: number;
  since: number;
}

const words = flags(WORDS);
const shared = {
  words,
  mutex: new Mutex(),
  shelf: new RWMutex(),
  semaphore: new Semaphore(3),
  counter: new AtomicCounter(),
};
const workers: Worker[] = [];
const all: Worker[] = [];
let ids = 1;
let kills = 0;

function start(blocks: boolean): void {
  const job: LockJob = { ...shared, id: ++ids, seed: next(2 ** 31), blocks, record: flags(8) };
  assert.ok(job.id < WORKERS, "too many workers for the table");
  const interp = create({ name: `worker ${job.id}`, mode: blocks ? "serial" : "concurrent" });
  const worker: Worker = {
    interp,
    job,
    call: interp.call(useLocks, job).catch((error) => worker.ended = error),
    ended: undefined,
    beats: 0,
    since: performance.now(),
  };
  workers.push(worker);
  all.push(worker);
}

/** Checks that nothing wrong was seen and that every worker has gone on lately. */
function watch(): void {
  assert.equal(WRONG[Atomics.load(words, WRONG_AT)], "");
  const now = performance.now();
  for (const worker of workers) {
    assert.equal(worker.ended, undefined, `${worker.interp.name} has ended`);
    const { record, blocks } = worker.job;
    const beats = Atomics.load(record, BEATS);
    if (beats !== worker.beats) {
      worker.beats = beats;
      worker.since = now;
    }
    assert.ok(
      now - worker.since < (beats === 0 ? START_MS : STALL_MS),
      `${worker.interp.name} has not gone on: step ${record[WAS_AT]}, ${beats} beats, blocks ${blocks}`,
    );
  }
}

/** Main does what the others do, awaiting, a step each millisecond. */
async function takePart(until: number): Promise<void> {
  const own = new LockWorker({ ...shared, id: 1, seed: next(2 ** 31), blocks: false, record: flags(8) });
  while (performance.now() < until) {
    await within(own.step(), "a step of main", STALL_MS);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function kill(worker: Worker): Promise<void> {
  workers.splice(workers.indexOf(worker), 1);
  Atomics.store(words, FIRST + worker.job.id * WIDTH + KILLED, 1);
  await within(worker.interp.close({ force: true }), "a close", STALL_MS);
  await within(worker.call, "a killed call", STALL_MS);
  kills++;
  start(worker.job.blocks);
}

test("Interpreters that use locks are killed", { timeout: SECONDS * 1000 + 60_000 }, async () => {
  console.log(`seed ${SEED}`);
  let added = 0;
  try {
    for (const blocks of [true, false, true, false]) start(blocks);
    const until = performance.now() + SECONDS * 1000;
    const part = takePart(until);
    part.catch(() => {});
    while (performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 3 + next(25)));
      watch();
      const begun = workers.filter(({ beats }) => beats > 0);
      if (begun.length >= 3) await kill(begun[next(begun.length)]!);
    }
    await within(part, "main's part", 2 * STALL_MS);
    for (const worker of workers) await within(worker.interp.ready, "a start");
    Atomics.store(words, 0, 1);
    for (const worker of workers) {
      await within(worker.call, `the end of ${worker.interp.name}`, STALL_MS);
      assert.equal(worker.ended, undefined);
      assert.equal(Atomics.load(worker.job.record, ENDED), 1);
    }
  } finally {
    await Promise.all(workers.map(({ interp }) => interp.close({ force: true }).catch(() => {})));
  }
  assert.equal(WRONG[Atomics.load(words, WRONG_AT)], "");
  await buried();
  assertIdle(shared.mutex);
  assertIdle(shared.shelf);
  assertIdle(shared.semaphore);
  // Main's own additions stand in no record: it is the counter's lower bound that counts.
  for (const { job } of all) added += Atomics.load(job.record, ADDED);
  assert.ok(shared.counter.value >= added, `${shared.counter.value} of ${added}`);
  const beats = all.reduce((sum, { job }) => sum + Atomics.load(job.record, BEATS), 0);
  const { problems, counts } = audit();
  assert.deepEqual(problems, []);
  const adding = all.reduce((sum, { job }) => sum + Atomics.load(job.record, ADDING), 0);
  console.log(
    `${kills} kills, ${beats} steps, ${added} to ${adding} additions, recoveries ${
      JSON.stringify(recoveries)
    }, blocks ${JSON.stringify(counts)}`,
  );
});
