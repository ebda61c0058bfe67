/**
 * Checks the model of the channels' protocol with spin: each scenario in every order of steps, and that each fault that
 * can be put in is found.
 *
 * Where spin or a C compiler is not installed it says so and succeeds.
 *
 * Usage: `node tools/model/check.ts [--all] [--jobs 2] [scenario …]`. With `--all` also what takes minutes.
 */
import process from "node:process";
import { readFlags } from "../_flags.ts";
import { run } from "../_spawn.ts";
import { RUNS } from "./_runs.ts";
import { describe, objection, verify } from "./_verify.ts";

const { values: flags, positionals } = readFlags(import.meta.url, {
  allowPositionals: true,
  options: {
    all: { type: "boolean", default: false },
    jobs: { type: "string", default: "2" },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  for (const [program, flag] of [["spin", "-V"], ["cc", "--version"]] as const) {
    if (await isInstalled(program, flag)) continue;
    console.log(`not run: ${program} is not installed`);
    return 0;
  }
  const queue = RUNS.filter(({ scenario, long }) =>
    (flags.all || !long) && (positionals.length === 0 || positionals.includes(scenario))
  );
  let failures = 0;
  let next = 0;
  async function worker(): Promise<void> {
    while (next < queue.length) {
      const modelRun = queue[next++]!;
      const started = performance.now();
      const verdict = await verify(modelRun);
      const why = objection(modelRun, verdict);
      if (why !== undefined) failures++;
      const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6);
      const states = String(verdict.states).padStart(9);
      console.log(
        `${why === undefined ? "ok  " : "FAIL"} ${seconds} s ${states} states  ${describe(modelRun)}`,
      );
      if (why === undefined) continue;
      console.log(why);
      if (verdict.trail !== undefined) console.log(verdict.trail);
    }
  }
  await Promise.all(Array.from({ length: Number(flags.jobs) }, worker));
  console.log(`${queue.length} runs, ${failures} failures`);
  return failures > 0 || queue.length === 0 ? 1 : 0;
}

async function isInstalled(program: string, flag: string): Promise<boolean> {
  try {
    return (await run(program, [flag], { timeout: 10_000 })).code === 0;
  } catch {
    return false;
  }
}
