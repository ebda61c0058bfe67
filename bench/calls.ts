/**
 * What a call costs: the round trip of an empty one, and ten thousand made at once on two interpreters, beside the messages
 * of bare Workers that carry as much.
 *
 * Samples are milliseconds for as many as the fact `many` says. "made" is the part of them in which the calling thread made
 * the calls and did nothing else.
 */

import type { Interpreter } from "@pool/csp";
import type { Bench, Benchmark } from "./_benchmark.ts";
import { reportCalls } from "./_calls_report.ts";
import { AT_ONCE, EMPTY_CALL, OBJECT_CALL, POSTED, STRING_CALL, TINY_CALL } from "./_calls_names.ts";
import { sampleRounds } from "./_rounds.ts";
import { dots } from "./pictures/_points.ts";
import { type Posting, startPostings } from "./controls/posting.ts";

const ROUNDS = 8;
const QUICK_ROUNDS = 1;

/** Round trips in a sample. */
const TRIPS = 1000;

/** A way of doing a case once; the steps' milliseconds. */
type Way = () => Promise<Record<string, number>>;

/** See the file's description. */
export const calls: Benchmark = {
  name: "calls",
  summary: "calls: round trips, and ten thousand at once on two interpreters",
  measure,
  report: reportCalls,
  pictures(measurements) {
    return [dots(measurements, "Time of one call", { step: "ms", many: "many" })];
  },
};

async function measure(bench: Bench): Promise<void> {
  const { create } = await import("@pool/csp");
  const postings = await startPostings();
  const pair = [create({ mode: "concurrent" }), create({ mode: "concurrent" })] as const;
  try {
    await measureCase(bench, EMPTY_CALL, TRIPS, {
      call: () => roundTrips(pair[0]),
      [POSTED]: () => postedTrips(postings[0]!),
    });
    const text = "0123456789".repeat(10);
    const object = { id: 7, name: "seven", on: true };
    const payloads: readonly (readonly [string, unknown])[] = [
      [TINY_CALL, 1],
      [STRING_CALL, text],
      [OBJECT_CALL, object],
    ];
    for (const [name, value] of payloads) {
      await measureCase(bench, name, AT_ONCE, {
        call: () => callAtOnce(pair, value),
        [POSTED]: () => postAtOnce(postings[0]!, value),
      });
    }
  } finally {
    for (const posting of postings) posting.end();
    await Promise.all(pair.map((interpreter) => interpreter.close({ force: true })));
  }
}

/** The first two rounds warm up; of a quick run the first. */
async function measureCase(
  bench: Bench,
  name: string,
  many: number,
  ways: Readonly<Record<string, Way>>,
): Promise<void> {
  const rounds = { counted: bench.quick ? QUICK_ROUNDS : ROUNDS, warm: bench.quick ? 1 : 2 };
  const samples = await sampleRounds(bench, name, Object.keys(ways), rounds, (mode) => ways[mode]!());
  for (const [mode, steps] of samples) bench.row({ case: name, mode, facts: { many }, samples: steps });
}

async function roundTrips(interpreter: Interpreter): Promise<Record<string, number>> {
  function empty(): void {}
  const from = performance.now();
  for (let i = 0; i < TRIPS; i++) await interpreter.call(empty);
  return { ms: performance.now() - from };
}

async function postedTrips(posting: Posting): Promise<Record<string, number>> {
  const from = performance.now();
  await posting.roundTrips(TRIPS);
  return { ms: performance.now() - from };
}

async function callAtOnce(
  pair: readonly [Interpreter, Interpreter],
  value: unknown,
): Promise<Record<string, number>> {
  function echo(given: unknown): unknown {
    return given;
  }
  const results: Promise<unknown>[] = [];
  const from = performance.now();
  for (let i = 0; i < AT_ONCE; i++) results.push(pair[(i & 1) as 0 | 1].call(echo, value));
  const made = performance.now() - from;
  const values = await Promise.all(results);
  const ms = performance.now() - from;
  if (JSON.stringify(values.at(-1)) !== JSON.stringify(value)) throw new Error("Cannot trust the results");
  return { ms, made };
}

/** The same values there and back, which is what calls carry at least; by one Worker. */
async function postAtOnce(posting: Posting, value: unknown): Promise<Record<string, number>> {
  const from = performance.now();
  await posting.echoes(value, AT_ONCE);
  return { ms: performance.now() - from };
}
