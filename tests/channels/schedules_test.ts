/**
 * Random schedules between three interpreters, checked step by step against local channels.
 *
 * CSP_SEED: the seed, printed by every run; CSP_SCHEDULES: how many.
 */
import assert from "node:assert/strict";
import { env } from "node:process";
import { test } from "node:test";
import fc from "fast-check";
import { Parties, Performance } from "./_conductor.ts";
import { KINDS, type Schedule, schedule } from "./_schedules.ts";

const SEED = Number(env["CSP_SEED"] ?? Date.now() % 2 ** 31);
const WANTED = env["CSP_SCHEDULES"];
const SCHEDULES = Number(WANTED ?? 300);
/** Where nobody has said how many, a machine that is busy need not do them all. */
const LIMIT_MS = 60_000 + (WANTED === undefined ? 0 : 50 * SCHEDULES);
/** But this many. */
const LEAST = Math.min(SCHEDULES, 100);

console.log(`CSP_SEED=${SEED} CSP_SCHEDULES=${SCHEDULES}`);

/** Runs schedules one after the other; after one that failed, with new parties. */
class Stage {
  #parties: Parties | undefined;
  /** Then it is about a smaller schedule that fails as well: there will be many that do. */
  #failed = false;
  steps = 0;
  schedules = 0;

  async run(schedule: Schedule): Promise<void> {
    if (this.#parties === undefined) {
      this.#parties = new Parties();
      await this.#parties.start();
    }
    try {
      this.steps += await new Performance(this.#parties, schedule, this.#failed ? 1000 : 10_000).run();
      this.schedules++;
    } catch (error) {
      const parties = this.#parties;
      this.#parties = undefined;
      this.#failed = true;
      await parties.drop();
      throw error;
    }
  }

  async finish(): Promise<void> {
    await this.#parties?.finish();
  }
}

test(
  "Channel means the same between three interpreters as in one, step by step",
  { timeout: LIMIT_MS * 2 },
  async () => {
    const stage = new Stage();
    const began = performance.now();
    await fc.assert(
      fc.asyncProperty(schedule(), (schedule) => stage.run(schedule)),
      // A schedule that fails is made smaller for a while.
      { seed: SEED, numRuns: SCHEDULES, interruptAfterTimeLimit: LIMIT_MS },
    );
    await stage.finish();
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(
      `${stage.schedules} schedules of ${KINDS.length} kinds of channels, ${stage.steps} steps, ${seconds} s`,
    );
    assert(stage.schedules >= LEAST, `only ${stage.schedules} schedules in ${seconds} s`);
  },
);
