/**
 * What it costs to launch an interpreter, beside a child process and a bare Worker of the same runtime.
 *
 * Each is started, waited for until it has said its first word, asked for a first answer where it can give one, and ended:
 * one after another, all kinds in turns; then many of a kind at once.
 */

import type { Bench, Benchmark } from "./_benchmark.ts";
import { startChild } from "./_child_process.ts";
import { reportLaunch } from "./_launch_report.ts";
import { dots } from "./pictures/_points.ts";
import { rotate, settle } from "./_settle.ts";
import { startBareWorker } from "./_bare_worker.ts";

/** One launched thing. */
interface Launched {
  /** Settles at its first word. */
  readonly ready: Promise<unknown>;
  /** Asks for an answer; undefined for what cannot be asked. */
  readonly answer: (() => Promise<unknown>) | undefined;
  /** Ends it; settles when it is gone, as far as the runtime tells. */
  end(): Promise<unknown>;
}

const ROUNDS = 10;
const QUICK_ROUNDS = 2;
const ROUNDS_AT_ONCE = 3;
const QUICK_ROUNDS_AT_ONCE = 1;

/** How many of a kind are launched at once. */
const MANY = 16;

/** See the file's description. */
export const launch: Benchmark = {
  name: "launch",
  summary: "launching an interpreter, a child process and a bare Worker",
  measure,
  report: reportLaunch,
  pictures(measurements) {
    return [
      dots(measurements, "Time until its first word", { step: "ready" }, "ready"),
      dots(measurements, "Time until the result of a first call", { step: "answer" }, "answer"),
    ];
  },
};

async function measure(bench: Bench): Promise<void> {
  const { create } = await import("@pool/csp");

  function startInterpreter(): Launched {
    const interpreter = create();
    return {
      ready: interpreter.ready,
      answer: () => interpreter.call(() => 1),
      end: () => interpreter.close(),
    };
  }

  const kinds: Record<string, () => Launched> = { "bare Worker": () => startWorker(bench, false) };
  if (bench.runtime === "node") kinds["bare Worker, .js entry"] = () => startWorker(bench, true);
  kinds["interpreter"] = startInterpreter;
  kinds["child process"] = startProcess;
  const rounds = bench.quick ? QUICK_ROUNDS : ROUNDS;
  await measureCase(bench, { name: "one after another", many: 1, rounds, warm: 1, settleMs: 10 }, kinds);
  const roundsAtOnce = bench.quick ? QUICK_ROUNDS_AT_ONCE : ROUNDS_AT_ONCE;
  await measureCase(
    bench,
    { name: `${MANY} at once`, many: MANY, rounds: roundsAtOnce, warm: bench.quick ? 0 : 1, settleMs: 150 },
    kinds,
  );
}

/** Samples of a case are milliseconds per launched thing, each step counted from the start. The first `warm` rounds are dropped. */
async function measureCase(
  bench: Bench,
  plan: {
    readonly name: string;
    readonly many: number;
    readonly rounds: number;
    readonly warm: number;
    readonly settleMs: number;
  },
  kinds: Record<string, () => Launched>,
): Promise<void> {
  const samples = new Map(Object.keys(kinds).map((kind) => [kind, {} as Record<string, number[]>]));
  for (let round = 1 - plan.warm; round <= plan.rounds; round++) {
    bench.progress(plan.name, Math.max(round, 1), plan.rounds);
    for (const kind of rotate(Object.keys(kinds), round + plan.warm)) {
      const steps = await runOnce(kinds[kind]!, plan.many);
      for (const [step, ms] of round < 1 ? [] : Object.entries(steps)) {
        (samples.get(kind)![step] ??= []).push(ms / plan.many);
      }
      await settle(plan.settleMs);
    }
  }
  for (const [mode, steps] of samples) {
    bench.row({ case: plan.name, mode, facts: { many: plan.many }, samples: steps });
  }
}

async function runOnce(start: () => Launched, many: number): Promise<Record<string, number>> {
  const steps: Record<string, number> = {};
  const began = performance.now();
  const launched = Array.from({ length: many }, start);
  await Promise.all(launched.map((one) => one.ready));
  steps["ready"] = performance.now() - began;
  const answers = launched.flatMap((one) => one.answer?.() ?? []);
  if (answers.length > 0) {
    await Promise.all(answers);
    steps["answer"] = performance.now() - began;
  }
  const ending = performance.now();
  await Promise.all(launched.map((one) => one.end()));
  steps["end"] = performance.now() - ending;
  return steps;
}

function startWorker({ runtime }: Bench, plain: boolean): Launched {
  const worker = startBareWorker(runtime === "node" ? "node" : "web", plain ? "echo.js" : "echo");
  return { ready: worker.message(), answer: () => worker.ask(1), end: () => worker.terminate() };
}

function startProcess(): Launched {
  const child = startChild(new URL("./programs/hello_process.ts", import.meta.url));
  return { ready: child.line(), answer: undefined, end: () => child.exited };
}
