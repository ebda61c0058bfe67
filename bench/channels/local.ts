/**
 * A channel within one interpreter, awaited: one sender and one receiver that take turns, beside bare awaits and beside
 * the channels of other libraries.
 *
 * The bare awaits are two loops at once that each await a resolved promise, as often as the sender and the receiver do.
 */

import { chan } from "@pool/csp";
import * as csp from "@pool/csp";
import type { Bench } from "../_benchmark.ts";
import type { Peer } from "../peers/_peer.ts";
import { BARE_AWAITS, LOCAL_CAPACITIES, LOCAL_SELECT, localCase } from "./_names.ts";
import { expectedSum } from "./_payloads.ts";
import { measureCase, reportFailures, startSampling, type Way } from "./_sampling.ts";

/** Modules of the peers; each exports `peers`. */
const PEERS: Readonly<Record<string, () => Promise<{ readonly peers: readonly Peer[] }>>> = {
  "ts-chan": () => import("../peers/ts_chan.ts"),
  "effect Queue": () => import("../peers/effect_queue.ts"),
  "js-csp": () => import("../peers/js_csp.ts"),
};

/** Runs one sender and one receiver of the integers below `n`; gives the sum of what was received. */
type Run = (capacity: number, n: number) => Promise<number>;

const OWN: Readonly<Record<string, Run>> = {
  "await receive": awaitReceive,
  "for await": forAwait,
  "sendMany, receiveMany": inBatches,
  [LOCAL_SELECT]: selectOf2,
};

/** Measures on the runtime it runs on. */
export async function measure(bench: Bench): Promise<void> {
  const sampling = startSampling(bench, { rounds: 5, runMs: 20 }, () => Promise.resolve());
  const loaded: [mode: string, run: Run | undefined, missing: string | undefined][] = [];
  for (const [name, load] of Object.entries(PEERS)) {
    try {
      for (const { mode, run } of (await load()).peers) loaded.push([mode, run, undefined]);
    } catch (error) {
      loaded.push([name, undefined, (error as Error).message]);
    }
  }
  for (const capacity of LOCAL_CAPACITIES) {
    const ways: Way[] = [
      { mode: BARE_AWAITS, run: bareAwaits },
      ...Object.entries(OWN).map(([mode, run]) => ({ mode, run: timed(run, capacity) })),
      ...loaded.map(([mode, run, missing]) => ({
        mode,
        run: timed(run ?? awaitReceive, capacity),
        foreign: true,
        missing,
      })),
    ];
    await measureCase(sampling, localCase(capacity), ways, { capacity });
  }
  reportFailures(sampling);
}

function timed(run: Run, capacity: number): (n: number) => Promise<number> {
  return async function time(n) {
    const from = performance.now();
    const sum = await run(capacity, n);
    const ms = performance.now() - from;
    const expected = expectedSum("integer", n);
    if (sum !== expected) throw new Error(`Cannot trust the run: it adds up to ${sum}, not ${expected}`);
    return ms;
  };
}

async function bareAwaits(n: number): Promise<number> {
  const resolved = Promise.resolve(1);
  async function awaits(): Promise<number> {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += await resolved;
    return sum;
  }
  const from = performance.now();
  await Promise.all([awaits(), awaits()]);
  return performance.now() - from;
}

async function awaitReceive(capacity: number, n: number): Promise<number> {
  const channel = chan<number>(capacity);
  let sum = 0;
  async function receive(): Promise<void> {
    for (let i = 0; i < n; i++) sum += await channel.receive();
  }
  await Promise.all([sendTo(channel, n), receive()]);
  return sum;
}

async function forAwait(capacity: number, n: number): Promise<number> {
  const channel = chan<number>(capacity);
  let sum = 0;
  async function send(): Promise<void> {
    await sendTo(channel, n);
    channel.close();
  }
  async function receive(): Promise<void> {
    for await (const value of channel) sum += value;
  }
  await Promise.all([send(), receive()]);
  return sum;
}

async function inBatches(capacity: number, n: number): Promise<number> {
  const channel = chan<number>(capacity);
  const size = 1024;
  let sum = 0;
  async function send(): Promise<void> {
    for (let i = 0; i < n; i += size) {
      await channel.sendMany(Array.from({ length: Math.min(size, n - i) }, (_, k) => i + k));
    }
  }
  async function receive(): Promise<void> {
    for (let left = n; left > 0;) {
      const values = await channel.receiveMany(Math.min(size, left));
      for (const value of values) sum += value;
      left -= values.length;
    }
  }
  await Promise.all([send(), receive()]);
  return sum;
}

async function selectOf2(capacity: number, n: number): Promise<number> {
  const [channel, quiet] = [chan<number>(capacity), chan<number>(capacity)];
  let sum = 0;
  async function receive(): Promise<void> {
    for (let i = 0; i < n; i++) sum += (await csp.select([channel, quiet])).value as number;
  }
  await Promise.all([sendTo(channel, n), receive()]);
  return sum;
}

async function sendTo(channel: { send(value: number): Promise<void> }, n: number): Promise<void> {
  for (let i = 0; i < n; i++) await channel.send(i);
}
