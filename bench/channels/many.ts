/**
 * Many channels: ten thousand at once, and a million reply channels that are made, used across interpreters and dropped
 * without a close; with the memory of the process.
 */

import { chan, type Channel } from "@pool/csp";
import process from "node:process";
import type { Bench } from "../_benchmark.ts";
import { settle } from "../_settle.ts";
import { Crew } from "./_crew.ts";
import type { Outcome } from "./_gate.ts";
import { AT_ONCE, REPLIES } from "./_names.ts";
import { expectedSum } from "./_payloads.ts";
import type { Form } from "./_plan.ts";
import * as tasks from "./reply_tasks.ts";

const CHANNELS = 10_000;
const REPLY_CHANNELS = 1_000_000;

/** Reply channels between two looks at the memory. */
const PART = 50_000;

/** Milliseconds after which no further part is begun. */
const LIMIT_MS = 5000;

/** Measures on the runtime it runs on. */
export async function measure(bench: Bench): Promise<void> {
  const crew = new Crew();
  try {
    await measureAtOnce(bench, crew);
    for (const form of ["blocking", "awaiting"] as const) await measureReplies(bench, crew, form);
  } finally {
    await crew.replace();
  }
}

/** All channels are made here, handed over in one call, and each carries one integer back. */
async function measureAtOnce(bench: Bench, crew: Crew): Promise<void> {
  const count = bench.quick ? CHANNELS / 10 : CHANNELS;
  const rounds = bench.quick ? 1 : 3;
  const [interpreter] = await crew.take(1);
  const samples: Record<string, number[]> = { make: [], total: [] };
  const before = memoryMiB();
  for (let round = 0; round <= rounds; round++) {
    bench.progress(AT_ONCE, Math.max(round, 1), rounds);
    const from = performance.now();
    const channels = Array.from({ length: count }, () => chan<number>(1));
    const made = performance.now() - from;
    const sending = interpreter!.call(tasks.sendToEach, channels);
    const receiving = Promise.all(channels.map((channel) => channel.receive()));
    const [received] = await Promise.all([receiving, sending]);
    const total = performance.now() - from;
    const sum = received.reduce((sum, value) => sum + value, 0);
    if (sum !== expectedSum("integer", count)) throw new Error(`Cannot trust the run: it adds up to ${sum}`);
    for (const channel of channels) channel.close();
    if (round === 0) continue;
    samples["make"]!.push(made);
    samples["total"]!.push(total);
  }
  const facts = { n: count, memoryBefore: before, memoryAfter: memoryMiB() };
  bench.row({ case: AT_ONCE, mode: "one call, one value each", facts, samples });
}

/** One interpreter asks with a new channel for each answer, another one answers on it. Samples are those of a part. */
async function measureReplies(bench: Bench, crew: Crew, form: Form): Promise<void> {
  const [asker, answerer] = await crew.take(2);
  const requests = chan<Channel<number>>(128);
  const part = bench.quick ? PART / 25 : PART;
  const parts = bench.quick ? 2 : REPLY_CHANNELS / PART;
  const answering = answerer!.call(tasks.answer, { form, requests });
  const stopped = answering.then(() => undefined);
  const total: number[] = [];
  await ask(2000);
  await settle(20);
  const memory = [memoryMiB()];
  const limit = performance.now() + LIMIT_MS;
  while (total.length < parts && performance.now() < limit) {
    bench.progress(`${REPLIES}, ${form}`, total.length + 1, parts);
    const { ms, sum } = await ask(part);
    if (sum !== expectedSum("integer", part)) throw new Error(`Cannot trust the run: it adds up to ${sum}`);
    total.push(ms);
    memory.push(memoryMiB());
  }
  requests.close();
  await stopped;
  const made = total.length * part;
  bench.row({
    case: REPLIES,
    mode: form,
    facts: {
      n: part,
      made,
      memoryBefore: memory[0]!,
      memoryHalfway: memory[memory.length >> 1]!,
      memoryAfter: memory.at(-1)!,
      memoryMost: Math.max(...memory),
    },
    samples: { total },
    ...(total.length < parts ? { note: `${made} channels, all of them would take too long` } : {}),
  });

  // An answerer that fails leaves the asker waiting.
  function ask(n: number): Promise<Outcome> {
    const asking = asker!.call(tasks.ask, { form, requests, n });
    const failing = stopped.then((): never => {
      throw new Error("Cannot go on asking: the answering interpreter has stopped");
    });
    return Promise.race([asking, failing]);
  }
}

/** Resident memory of the process, all threads together. */
function memoryMiB(): number {
  return process.memoryUsage().rss / 2 ** 20;
}
