/**
 * What interpreters do in the benchmarks of channels.
 *
 * Each task waits at the gate, does its `n` operations, and tells the milliseconds since the gate and the sum of what it
 * received. Each form has a loop of its own, so that one is compiled for what it does.
 */

import * as csp from "@pool/csp";
import { type Channel, task } from "@pool/csp";
import type { Meeting, Task } from "./_crew.ts";
import { type Outcome, passGate } from "./_gate.ts";
import { type Payload, payloadOf, weightOf } from "./_payloads.ts";
import type { Form } from "./_plan.ts";

/** What a task has to do. */
export interface Job {
  readonly form: Form;
  readonly channels: readonly Channel<unknown>[];
  readonly n: number;
  /** Default: integers, each sender's own from 0. */
  readonly payload?: Payload;
  /** Microseconds to work between receiving and sending, in ping-pong. */
  readonly pause?: number;
}

/** Values in one batch. */
const BATCH = 1024;

/** Sends to its one channel. */
export const send: Task<Job> = task(import.meta, async function send(job: Job & Meeting): Promise<Outcome> {
  const from = passGate(job.gate, job.parties);
  await sendAll(job);
  return { ms: performance.now() - from, sum: 0 };
});

/** Receives from its one channel. */
export const receive: Task<Job> = task(
  import.meta,
  async function receive(job: Job & Meeting): Promise<Outcome> {
    const from = passGate(job.gate, job.parties);
    const sum = await receiveAll(job);
    return { ms: performance.now() - from, sum };
  },
);

/** Sends integers by select to whichever of its channels takes one. */
export const sendSelecting: Task<Job> = task(
  import.meta,
  async function sendSelecting({ form, channels, n, ...meeting }: Job & Meeting): Promise<Outcome> {
    const from = passGate(meeting.gate, meeting.parties);
    for (let i = 0; i < n; i++) {
      const cases = channels.map((channel) => csp.sending(channel, i));
      if (form === "awaiting") await csp.select(cases);
      else csp.selectSync(cases);
    }
    return { ms: performance.now() - from, sum: 0 };
  },
);

/** Receives integers by select from whichever of its channels has one. */
export const receiveSelecting: Task<Job> = task(
  import.meta,
  async function receiveSelecting(job: Job & Meeting): Promise<Outcome> {
    const from = passGate(job.gate, job.parties);
    const sum = await selectAll(job);
    return { ms: performance.now() - from, sum };
  },
);

/** Sends integers to its channels in turns. */
export const sendInTurns: Task<Job> = task(
  import.meta,
  async function sendInTurns(job: Job & Meeting): Promise<Outcome> {
    const from = passGate(job.gate, job.parties);
    await sendAllInTurns(job, 0);
    return { ms: performance.now() - from, sum: 0 };
  },
);

/** Receives integers from its channels in turns: what {@link receiveSelecting} does without a select. */
export const receiveInTurns: Task<Job> = task(
  import.meta,
  async function receiveInTurns(job: Job & Meeting): Promise<Outcome> {
    const from = passGate(job.gate, job.parties);
    const sum = await receiveAllInTurns(job);
    return { ms: performance.now() - from, sum };
  },
);

/** Fills its channels with integers and receives them by select, again and again; only receiving counts. */
export const drainSelecting: Task<Job> = task(
  import.meta,
  function drainSelecting(job: Job & Meeting): Promise<Outcome> {
    return drain(job, selectAll);
  },
);

/** Fills its channels with integers and receives them in turns: what {@link drainSelecting} does without a select. */
export const drainInTurns: Task<Job> = task(
  import.meta,
  function drainInTurns(job: Job & Meeting): Promise<Outcome> {
    return drain(job, receiveAllInTurns);
  },
);

/** Fills its channel with integers and empties it, again and again. */
export const fillAndEmpty: Task<Job> = task(
  import.meta,
  async function fillAndEmpty({ form, channels, n, ...meeting }: Job & Meeting): Promise<Outcome> {
    const channel = channels[0]!;
    const { capacity } = channel;
    const from = passGate(meeting.gate, meeting.parties);
    const batch = Int32Array.from({ length: capacity }, (_, i) => i);
    let sum = 0;
    for (let left = n; left > 0; left -= capacity) {
      const size = Math.min(capacity, left);
      if (form === "blocking") {
        for (let i = 0; i < size; i++) channel.sendSync(i);
        for (let i = 0; i < size; i++) sum += channel.receiveSync() as number;
      } else if (form === "awaiting") {
        for (let i = 0; i < size; i++) await channel.send(i);
        for (let i = 0; i < size; i++) sum += await channel.receive() as number;
      } else {
        channel.sendManySync(size === capacity ? batch : batch.subarray(0, size));
        const got = channel.receiveManySync(batch);
        for (let i = 0; i < got.length; i++) sum += got[i] as number;
      }
    }
    return { ms: performance.now() - from, sum };
  },
);

/** Sends an integer on its first channel and waits for the answer on its second. */
export const ping: Task<Job> = task(
  import.meta,
  async function ping({ form, channels, n, pause = 0, ...meeting }: Job & Meeting): Promise<Outcome> {
    const [there, back] = channels as [Channel<unknown>, Channel<unknown>];
    const from = passGate(meeting.gate, meeting.parties);
    let sum = 0;
    for (let i = 0; i < n; i++) {
      if (form === "awaiting") {
        await there.send(i);
        sum += await back.receive() as number;
      } else {
        there.sendSync(i);
        sum += back.receiveSync() as number;
      }
      if (pause > 0) work(pause);
    }
    return { ms: performance.now() - from - n * 2 * pause / 1000, sum };
  },
);

/** Answers what it gets on its first channel on its second. */
export const pong: Task<Job> = task(
  import.meta,
  async function pong({ form, channels, n, pause = 0, ...meeting }: Job & Meeting): Promise<Outcome> {
    const [there, back] = channels as [Channel<unknown>, Channel<unknown>];
    passGate(meeting.gate, meeting.parties);
    for (let i = 0; i < n; i++) {
      const value = form === "awaiting" ? await there.receive() : there.receiveSync();
      if (pause > 0) work(pause);
      if (form === "awaiting") await back.send(value);
      else back.sendSync(value);
    }
    return { ms: 0, sum: 0 };
  },
);

/** Adds up the integers below `n` that nobody sends: the loop that a receiver of them runs. */
export const addUp: Task<Job> = task(
  import.meta,
  function addUp({ n, gate, parties }: Job & Meeting): Outcome {
    const from = passGate(gate, parties);
    let sum = 0;
    for (let i = 0; i < n; i++) sum += i;
    return { ms: performance.now() - from, sum };
  },
);

/** Sends `n` values to the first channel of a job. */
export async function sendAll({ form, channels, n, payload = "integer" }: Job): Promise<void> {
  const channel = channels[0]!;
  if (form === "batch" || form === "awaiting batch") {
    for (const batch of batches(n)) {
      if (form === "batch") channel.sendManySync(batch);
      else await channel.sendMany(batch);
    }
  } else if (payload === "integer") {
    if (form === "blocking") {
      for (let i = 0; i < n; i++) channel.sendSync(i);
    } else {
      for (let i = 0; i < n; i++) await channel.send(i);
    }
  } else {
    const value = payloadOf(payload);
    if (form === "blocking") {
      for (let i = 0; i < n; i++) channel.sendSync(value);
    } else {
      for (let i = 0; i < n; i++) await channel.send(value);
    }
  }
}

/** Receives `n` values from the first channel of a job; gives their sum. */
export async function receiveAll({ form, channels, n, payload = "integer" }: Job): Promise<number> {
  const channel = channels[0]!;
  let sum = 0;
  if (form === "batch" || form === "awaiting batch") {
    const buffer = new Int32Array(Math.min(BATCH, n));
    for (let left = n; left > 0;) {
      const into = left < buffer.length ? buffer.subarray(0, left) : buffer;
      const got = form === "batch" ? channel.receiveManySync(into) : await channel.receiveMany(into);
      for (let i = 0; i < got.length; i++) sum += got[i] as number;
      left -= got.length;
    }
  } else if (form === "blocking") {
    if (payload === "integer") {
      for (let i = 0; i < n; i++) sum += channel.receiveSync() as number;
    } else {
      for (let i = 0; i < n; i++) sum += weightOf(payload, channel.receiveSync());
    }
  } else if (n > 0) {
    let left = n;
    for await (const value of channel) {
      sum += payload === "integer" ? value as number : weightOf(payload, value);
      if (--left === 0) break;
    }
  }
  return sum;
}

async function selectAll({ form, channels, n }: Job): Promise<number> {
  let sum = 0;
  if (form === "awaiting") {
    for (let i = 0; i < n; i++) sum += (await csp.select(channels)).value as number;
  } else {
    for (let i = 0; i < n; i++) sum += csp.selectSync(channels).value as number;
  }
  return sum;
}

/** Sends the `n` integers from `first` on to the channels of a job in turns. */
async function sendAllInTurns({ form, channels, n }: Job, first: number): Promise<void> {
  const many = channels.length;
  if (form === "awaiting") {
    for (let i = 0; i < n; i++) await channels[i % many]!.send(first + i);
  } else {
    for (let i = 0; i < n; i++) channels[i % many]!.sendSync(first + i);
  }
}

async function receiveAllInTurns({ form, channels, n }: Job): Promise<number> {
  const many = channels.length;
  let sum = 0;
  if (form === "awaiting") {
    for (let i = 0; i < n; i++) sum += (await channels[i % many]!.receive()) as number;
  } else {
    for (let i = 0; i < n; i++) sum += channels[i % many]!.receiveSync() as number;
  }
  return sum;
}

async function drain(job: Job & Meeting, receiveFull: (job: Job) => Promise<number>): Promise<Outcome> {
  const { form, channels, n } = job;
  const full = channels.length * channels[0]!.capacity;
  passGate(job.gate, job.parties);
  let [ms, sum] = [0, 0];
  for (let done = 0; done < n; done += full) {
    const part = { form, channels, n: Math.min(full, n - done) };
    await sendAllInTurns({ ...part, form: "blocking" }, done);
    const from = performance.now();
    sum += await receiveFull(part);
    ms += performance.now() - from;
  }
  return { ms, sum };
}

function* batches(n: number): Generator<Int32Array> {
  const full = new Int32Array(Math.min(BATCH, n));
  for (let i = 0; i < n; i += full.length) {
    const batch = n - i < full.length ? full.subarray(0, n - i) : full;
    for (let k = 0; k < batch.length; k++) batch[k] = i + k;
    yield batch;
  }
}

/** Keeps this thread busy, so that whoever waits for it falls asleep. */
function work(microseconds: number): void {
  const until = performance.now() + microseconds / 1000;
  while (performance.now() < until);
}
