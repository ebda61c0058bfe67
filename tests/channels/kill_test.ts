/**
 * Interpreters that send, receive, batch and select are closed by force at random instants and replaced, again and again:
 * nobody is held up, nothing is doubled or out of order, nothing is lost but what the dead held, and the heap is in order.
 *
 * `CSP_KILL_SECONDS`: how long in all; `CSP_SEED`: the seed of what is random.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { chan, type Channel, create, type Interpreter } from "@pool/csp";
import { recoveries } from "../../channels/burial_survey.ts";
import { flags } from "../_interpreters.ts";
import { randomBelow } from "../_random.ts";
import { within } from "../_within.ts";
import { buried } from "./_buried.ts";
import { audit } from "./_heap_audit.ts";
import {
  ACKED,
  ASKED,
  BEATS,
  BEGUN,
  consume,
  ENDED,
  HEADER_WORDS,
  type Job,
  NOTED,
  numberOf,
  produce,
  SPAN,
} from "./_killed.ts";

const SECONDS = Number(process.env["CSP_KILL_SECONDS"] ?? 4);
const SEED = Number(process.env["CSP_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const STALL_MS = 5000;
const CAPACITIES = [0, 1, 16];
/** Values that a consumer can write down. */
const LOG = 400_000;

const random = randomBelow(SEED);

interface Worker {
  readonly interp: Interpreter;
  readonly job: Job;
  readonly role: "produce" | "consume";
  readonly call: Promise<unknown>;
  /** Why its call has failed. */
  ended: unknown;
  beats: number;
  since: number;
  killed: boolean;
}

/** One capacity's run. */
class Run {
  readonly #values: Channel<unknown>;
  readonly #workers: Worker[] = [];
  readonly #all: Worker[] = [];
  readonly #own: number[] = [];
  readonly #logs: Float64Array<SharedArrayBuffer>[] = [];
  #ids = 0;
  #sent = 0;
  kills = 0;

  constructor(capacity: number) {
    this.#values = chan(capacity);
  }

  #start(role: "produce" | "consume", blocks: boolean): Worker {
    const id = ++this.#ids;
    const log = this.#logs.pop() ??
      new Float64Array(new SharedArrayBuffer(role === "consume" ? LOG * 8 : 8)) as Float64Array<
        SharedArrayBuffer
      >;
    const job: Job = {
      values: this.#values,
      id,
      seed: random(2 ** 31),
      blocks,
      record: flags(HEADER_WORDS),
      log,
    };
    const interp = create({ name: `${role} ${id}`, mode: blocks ? "serial" : "concurrent" });
    const worker: Worker = {
      interp,
      job,
      role,
      call: interp.call(role === "produce" ? produce : consume, job).catch((error) => worker.ended = error),
      ended: undefined,
      beats: 0,
      since: performance.now(),
      killed: false,
    };
    this.#workers.push(worker);
    this.#all.push(worker);
    return worker;
  }

  /** Checks that every worker that has begun has gone on lately. */
  #watch(): void {
    const now = performance.now();
    for (const worker of this.#workers) {
      assert.equal(worker.ended, undefined, `${worker.interp.name} has ended`);
      const beats = Atomics.load(worker.job.record, BEATS);
      if (beats !== worker.beats) {
        worker.beats = beats;
        worker.since = now;
      }
      assert.ok(
        beats === 0 || now - worker.since < STALL_MS,
        `${worker.interp.name} has not gone on for ${STALL_MS} ms: ${worker.job.record}, blocks ${worker.job.blocks}`,
      );
    }
  }

  /** Main's own part: sends now and then, and receives, awaiting. */
  async #takePart(until: number): Promise<void> {
    while (performance.now() < until) {
      const sent = this.#values.send(this.#sent, { timeout: STALL_MS });
      this.#sent++;
      this.#own.push(numberOf(await this.#values.receive({ timeout: STALL_MS })));
      await sent;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async run(ms: number): Promise<void> {
    for (const blocks of [true, false]) {
      this.#start("produce", blocks);
      this.#start("consume", blocks);
    }
    const until = performance.now() + ms;
    const part = this.#takePart(until);
    part.catch(() => {});
    while (performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 3 + random(25)));
      this.#watch();
      const begun = this.#workers.filter(({ beats }) => beats > 0);
      if (begun.length < 3) continue;
      const worker = begun[random(begun.length)]!;
      this.#workers.splice(this.#workers.indexOf(worker), 1);
      worker.killed = true;
      await within(worker.interp.close({ force: true }), "a close", STALL_MS);
      await within(worker.call, "a killed call", STALL_MS);
      this.kills++;
      this.#start(worker.role, worker.job.blocks);
    }
    await within(part, "main's part", 2 * STALL_MS);
    // Those who have begun go on for a moment, then all end.
    for (const worker of this.#workers) await within(worker.interp.ready, "a start");
    this.#values.close();
    for (const worker of this.#workers) {
      const what = `the end of ${worker.interp.name}, ${worker.job.blocks ? "blocking" : "awaiting"}`;
      const ended = await within(worker.call, what, STALL_MS).catch((error) => {
        throw new Error(`${error.message}: ${worker.job.record}; ${audit().problems}`);
      });
      assert.equal(ended, undefined);
      await within(worker.interp.close(), "a close", STALL_MS);
    }
    for (let next = this.#values.tryReceive(); next.state === "ok"; next = this.#values.tryReceive()) {
      this.#own.push(numberOf(next.value));
    }
  }

  /** Closes whoever is left. */
  async end(): Promise<void> {
    await Promise.all(this.#workers.map(({ interp }) => interp.close({ force: true }).catch(() => {})));
  }

  /** Checks what was received. */
  check(): string {
    const seen = new Map<number, Set<number>>();
    const logs = this.#all.filter(({ role }) => role === "consume")
      .map(({ job }) => job.log.subarray(0, Atomics.load(job.record, NOTED)));
    let received = 0;
    for (const log of [this.#own, ...logs]) {
      const last = new Map<number, number>();
      for (const number of log) {
        const id = Math.floor(number / SPAN);
        const n = number % SPAN;
        received++;
        assert.ok(n > (last.get(id) ?? -1), `out of order: ${id}: ${n} after ${last.get(id)}`);
        last.set(id, n);
        let set = seen.get(id);
        if (set === undefined) seen.set(id, set = new Set());
        assert.ok(!set.has(n), `doubled: ${id}: ${n}`);
        set.add(n);
      }
    }
    let lost = 0;
    for (const { job, role } of this.#all) {
      if (role !== "produce") continue;
      const set = seen.get(job.id) ?? new Set();
      const begun = Atomics.load(job.record, BEGUN);
      for (const n of set) assert.ok(n < begun, `never sent: ${job.id}: ${n}`);
      for (let n = 0; n < Atomics.load(job.record, ACKED); n++) if (!set.has(n)) lost++;
    }
    for (let n = 0; n < this.#sent; n++) if (!seen.get(0)?.has(n)) lost++;
    const held = this.#all.filter(({ killed, role }) => killed && role === "consume")
      .reduce((sum, { job }) => sum + Atomics.load(job.record, ASKED), 0);
    assert.ok(lost <= held, `${lost} values were lost, the dead held ${held} at most`);
    for (const { killed, job } of this.#all) if (!killed) assert.equal(Atomics.load(job.record, ENDED), 1);
    return `${this.kills} kills, ${received} values, ${lost} lost with the dead (at most ${held})`;
  }
}

for (const capacity of CAPACITIES) {
  test(`Interpreters are killed at capacity ${capacity}`, { timeout: SECONDS * 1000 + 60_000 }, async () => {
    console.log(`seed ${SEED}`);
    const run = new Run(capacity);
    try {
      await run.run(SECONDS * 1000 / CAPACITIES.length);
    } finally {
      await run.end();
    }
    console.log(run.check());
    await buried();
    const { problems, counts, pages } = audit();
    assert.deepEqual(problems, []);
    console.log(`recoveries ${JSON.stringify(recoveries)}, blocks ${JSON.stringify(counts)}, ${pages} pages`);
  });
}
