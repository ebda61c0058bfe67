/**
 * Random schedules between three interpreters, checked step by step against local channels.
 *
 * CSP_SEED: the seed, printed by every run; CSP_SCHEDULES: how many.
 */
import { env } from "node:process";
import { test } from "node:test";
import fc from "fast-check";
import { Parties, Performance } from "./_conductor.ts";
import { KINDS, type Schedule, schedule } from "./_schedules.ts";

const SEED = Number(env["CSP_SEED"] ?? Date.now() % 2 ** 31);
const SCHEDULES = Number(env["CSP_SCHEDULES"] ?? 1500);

console.log(`CSP_SEED=${SEED} CSP_SCHEDULES=${SCHEDULES}`);

/** Runs schedules one after the other; after one that failed, with new parties. */
class Stage {
  #parties: Parties | undefined;
  steps = 0;

  async run(schedule: Schedule): Promise<void> {
    if (this.#parties === undefined) {
      this.#parties = new Parties();
      await this.#parties.start();
    }
    try {
      this.steps += await new Performance(this.#parties, schedule).run();
    } catch (error) {
      const parties = this.#parties;
      this.#parties = undefined;
      await parties.drop();
      throw error;
    }
  }

  async finish(): Promise<void> {
    await this.#parties?.finish();
  }
}

test("Channel means the same between three interpreters as in one, step by step", { timeout: 300_000 }, async () => {
  const stage = new Stage();
  const began = performance.now();
  await fc.assert(
    fc.asyncProperty(schedule(), (schedule) => stage.run(schedule)),
    { seed: SEED, numRuns: SCHEDULES, interruptAfterTimeLimit: 200_000, markInterruptAsFailure: true, endOnFailure: true },
  );
  await stage.finish();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${SCHEDULES} schedules on ${KINDS.length} kinds of channels, ${stage.steps} steps, ${seconds} s`);
});
