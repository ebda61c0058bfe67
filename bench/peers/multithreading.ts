/**
 * Peer: the channel and the mutex of multithreading, between two of its threads; a program of its own, as it replaces globals.
 *
 * Reads jobs and tells milliseconds, see `../controls/_twin.ts`. It knows the patterns spsc and ping-pong, capacities of
 * 1 or more, and values of JSON but null; mutex; and of the benchmark "go" the starting of threads.
 */

import process from "node:process";
import { createInterface } from "node:readline";
import { Barrier, channel, initRuntime, move, Mutex, spawn } from "multithreading";
import type { TwinJob } from "../controls/_twin.ts";

initRuntime({ maxWorkers: 2 });

for await (const line of createInterface({ input: process.stdin })) {
  let answer: object;
  try {
    answer = { ms: await run(JSON.parse(line) as TwinJob) };
  } catch (error) {
    answer = { error: (error as Error).message };
  }
  console.log(JSON.stringify(answer));
}

async function run({ pattern, capacity, n, form }: TwinJob): Promise<number> {
  if (pattern === "start, results" || pattern === "one after another") return await start(pattern, n);
  if (pattern === "mutex") return await runMutex(n, form);
  if (pattern !== "spsc" && pattern !== "ping-pong") throw new Error(`multithreading cannot do ${pattern}`);
  if (capacity < 1) throw new Error("multithreading has no channel without a buffer");
  const gate = new Barrier(2);
  const [there, thereEnd] = channel<number>(capacity);
  const [back, backEnd] = channel<number>(capacity);
  const both = pattern === "spsc"
    ? [
      spawn(move(gate, there, n, form), sendAll),
      spawn(move(gate, thereEnd, n, form), receiveAll),
    ]
    : [
      spawn(move(gate, there, backEnd, n, form), ping),
      spawn(move(gate, back, thereEnd, n, form), pong),
    ];
  const results = await Promise.all(both.map((handle) => handle.join()));
  const outcomes = results.map((result) => {
    if (!result.ok) throw result.error;
    return result.value;
  });
  const sum = outcomes.reduce((sum, outcome) => sum + outcome.sum, 0);
  if (sum !== n * (n - 1) / 2) throw new Error(`what was received adds up to ${sum}`);
  return Math.max(...outcomes.map((outcome) => outcome.ms));
}

/** Two threads lock and release, each in a loop of its own, `n` times together. */
async function runMutex(n: number, form: string): Promise<number> {
  const [gate, mutex, each] = [new Barrier(2), new Mutex(), Math.ceil(n / 2)];
  const both = [
    spawn(move(gate, mutex, each, form), lockAndRelease),
    spawn(move(gate, mutex, each, form), lockAndRelease),
  ];
  const results = await Promise.all(both.map((handle) => handle.join()));
  return Math.max(...results.map((result) => {
    if (!result.ok) throw result.error;
    return result.value.ms;
  }));
}

/** Its mutex, as far as it is used here. */
interface Locks {
  lock(): Promise<{ dispose(): void }>;
  blockingLock(): { dispose(): void };
}

async function lockAndRelease(gate: Barrier, mutex: Locks, n: number, form: string): Promise<Told> {
  await gate.wait();
  const from = performance.now();
  for (let i = 0; i < n; i++) {
    const guard = form === "blocking" ? mutex.blockingLock() : await mutex.lock();
    guard.dispose();
  }
  return { ms: performance.now() - from, sum: 0 };
}

/** What one side tells. */
interface Told {
  readonly ms: number;
  readonly sum: number;
}

/** Its sender and receiver, as far as they are used here. */
interface Sends {
  send(value: number): Promise<{ ok: boolean }>;
  blockingSend(value: number): { ok: boolean };
}
interface Receives {
  recv(): Promise<{ ok: true; value: number } | { ok: false; error: Error }>;
  blockingRecv(): { ok: true; value: number } | { ok: false; error: Error };
}

/** Threads that return a number: all at once, or each when the one before it is done. */
async function start(pattern: string, n: number): Promise<number> {
  const from = performance.now();
  let sum = 0;
  if (pattern === "start, results") {
    const handles = Array.from({ length: n }, (_, i) => spawn(move(i), (i: number) => i));
    for (const result of await Promise.all(handles.map((handle) => handle.join()))) {
      if (!result.ok) throw result.error;
      sum += result.value;
    }
  } else {
    for (let i = 0; i < n; i++) {
      const result = await spawn(move(i), (i: number) => i).join();
      if (!result.ok) throw result.error;
      sum += result.value;
    }
  }
  const ms = performance.now() - from;
  if (sum !== n * (n - 1) / 2) throw new Error(`the results add up to ${sum}`);
  return ms;
}

async function sendAll(gate: Barrier, to: Sends, n: number, form: string): Promise<Told> {
  await gate.wait();
  const from = performance.now();
  for (let i = 0; i < n; i++) {
    const { ok } = form === "blocking" ? to.blockingSend(i) : await to.send(i);
    if (!ok) throw new Error("Cannot send");
  }
  return { ms: performance.now() - from, sum: 0 };
}

async function receiveAll(gate: Barrier, from: Receives, n: number, form: string): Promise<Told> {
  await gate.wait();
  const began = performance.now();
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const result = form === "blocking" ? from.blockingRecv() : await from.recv();
    if (!result.ok) throw result.error;
    sum += result.value;
  }
  return { ms: performance.now() - began, sum };
}

async function ping(gate: Barrier, to: Sends, from: Receives, n: number, form: string): Promise<Told> {
  await gate.wait();
  const began = performance.now();
  let sum = 0;
  for (let i = 0; i < n; i++) {
    if (form === "blocking") to.blockingSend(i);
    else await to.send(i);
    const result = form === "blocking" ? from.blockingRecv() : await from.recv();
    if (!result.ok) throw result.error;
    sum += result.value;
  }
  return { ms: performance.now() - began, sum };
}

async function pong(gate: Barrier, to: Sends, from: Receives, n: number, form: string): Promise<Told> {
  await gate.wait();
  for (let i = 0; i < n; i++) {
    const result = form === "blocking" ? from.blockingRecv() : await from.recv();
    if (!result.ok) throw result.error;
    if (form === "blocking") to.blockingSend(result.value);
    else await to.send(result.value);
  }
  return { ms: 0, sum: 0 };
}
