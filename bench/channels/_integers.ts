/** The ways of sending many integers: between two interpreters, and from here to one interpreter that adds them up. */

import { chan } from "@pool/csp";
import { type Crew, longest } from "./_crew.ts";
import { gateOf, othersAtGate, passGate } from "./_gate.ts";
import { BASELINE } from "./_names.ts";
import { expectedSum } from "./_payloads.ts";
import type { Form } from "./_plan.ts";
import type { Way } from "./_sampling.ts";
import { checkSum, trafficWay } from "./_traffic.ts";
import * as tasks from "./tasks.ts";

/** How many integers it is about. */
const INTEGERS = 10_000_000;

const CAPACITY = 1024;

const FORMS: readonly Form[] = ["blocking", "awaiting", "batch", "awaiting batch"];

/** Milliseconds before anything counts: these are the first operations of all, and engines compile in the background. */
const WARM_MS = 300;

/** Between two interpreters. */
export function integerWays(crew: Crew, quick: boolean): Way[] {
  return FORMS.map((form) => ({
    ...trafficWay(crew, "spsc", CAPACITY, form, { aim: aimOf(quick) }),
    warmMs: WARM_MS,
  }));
}

/** From this interpreter to another one, beside the same additions in that one without a channel. */
export function addingWays(crew: Crew, quick: boolean): Way[] {
  const sending = FORMS.map((form): Way => ({
    mode: form,
    run: (n) => sendToOne(crew, form, n),
    aim: aimOf(quick),
  }));
  const alone: Way = {
    mode: BASELINE,
    async run(n) {
      const job = { form: "blocking" as const, channels: [], n };
      const outcomes = await crew.run([{ task: tasks.addUp, job }]);
      checkSum(outcomes, expectedSum("integer", n));
      return longest(outcomes);
    },
    aim: aimOf(quick),
  };
  return [alone, ...sending];
}

function aimOf(quick: boolean): number {
  return quick ? INTEGERS / 100 : INTEGERS;
}

async function sendToOne(crew: Crew, form: Form, n: number): Promise<number> {
  const [interpreter] = await crew.take(1);
  const job = { form, channels: [chan<unknown>(CAPACITY)], n };
  const meeting = { gate: gateOf(), parties: 2 };
  const receiving = interpreter!.call(tasks.receive, { ...job, ...meeting });
  await Promise.race([receiving, othersAtGate(meeting.gate, meeting.parties)]);
  passGate(meeting.gate, meeting.parties);
  await tasks.sendAll(job);
  const outcome = await receiving;
  checkSum([outcome], expectedSum("integer", n));
  return outcome.ms;
}
