/**
 * One way of doing tasks with so many workers, in a process of its own so that its memory can be told from others'.
 *
 * Started by `party.ts`: `program.ts <way> <workers>`. Reads jobs and tells the milliseconds of each, see
 * `../controls/_twin.ts`, with the sum of the results to check them by.
 */

import process from "node:process";
import { createInterface } from "node:readline";
import { type Size, WORKLOADS } from "./_plan.ts";
import { type Runner, startRunner } from "./_runners.ts";
import { weigh } from "./workloads.ts";

/** A job: a run of a workload, or of the small one that warms it up. */
export interface PartyJob extends Size {
  readonly workload: string;
  readonly warm: boolean;
}

/** What a run told. */
export interface Party {
  readonly ms: number;
  readonly sum: number;
}

const [program, workers] = process.argv.slice(2);
let runner: Runner | undefined;

for await (const line of createInterface({ input: process.stdin })) {
  let answer: object;
  try {
    answer = await run(JSON.parse(line) as PartyJob);
  } catch (error) {
    answer = { error: (error as Error).message };
  }
  console.log(JSON.stringify(answer));
}
process.exit(0);

async function run({ workload, warm, ...size }: PartyJob): Promise<Party> {
  runner ??= await startRunner(program!, Number(workers));
  const { task, ...made } = WORKLOADS.find(({ name }) => name === workload)!;
  const args = warm ? made.warm(size) : made.arguments(size);
  const from = performance.now();
  const results = await runner.run(task, args);
  const ms = performance.now() - from;
  if (results.length !== args.length) throw new Error("Cannot trust the run: results are missing");
  return { ms, sum: results.reduce((sum: number, result) => sum + weigh(result), 0) };
}
