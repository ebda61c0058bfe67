/** The ways of each traffic pattern between interpreters: this library's forms. */

import { chan, type Channel } from "@pool/csp";
import { type Crew, longest, type Party } from "./_crew.ts";
import type { Outcome } from "./_gate.ts";
import { expectedSum, type Payload } from "./_payloads.ts";
import { type Form, formsOf, MANY, type Pattern } from "./_plan.ts";
import type { Way } from "./_sampling.ts";
import * as tasks from "./tasks.ts";

/** Who takes part in one run, and the sum of all that is received. */
interface Traffic {
  readonly parties: readonly Party<tasks.Job>[];
  readonly sum: number;
}

/** The library's ways of a pattern at a capacity. */
export function libraryWays(crew: Crew, pattern: Pattern, capacity: number): Way[] {
  return formsOf(pattern, capacity).map((form) => trafficWay(crew, pattern, capacity, form));
}

/** One way: `n` operations are round trips in ping-pong, values received elsewhere. */
export function trafficWay(
  crew: Crew,
  pattern: Pattern,
  capacity: number,
  form: Form,
  options: Partial<Way> = {},
): Way {
  return {
    mode: form,
    run: (n) => runTraffic(crew, trafficOf(pattern, capacity, form, n)),
    ...options,
  };
}

/** One sender, one receiver, values of a kind. */
export function payloadWay(crew: Crew, capacity: number, form: Form, payload: Payload): Way {
  return {
    mode: form,
    run(n) {
      const job = { form, channels: [chan<unknown>(capacity)], n, payload };
      return runTraffic(crew, { parties: oneToOne(job), sum: expectedSum(payload, n) });
    },
  };
}

/** One sender that serves two channels in turns, and a receiver that takes turns too or selects. */
export function twoChannelsWay(crew: Crew, form: Form, selecting: boolean): Way {
  return {
    mode: waitingMode(form, selecting),
    run(n) {
      const job = { form, channels: channels(2, 128), n };
      const receiver = selecting ? tasks.receiveSelecting : tasks.receiveInTurns;
      const parties = [{ task: tasks.sendInTurns, job }, { task: receiver, job }];
      return runTraffic(crew, { parties, sum: expectedSum("integer", n) });
    },
  };
}

/** The same in one interpreter from two full channels; filling them does not count. */
export function readyWay(crew: Crew, form: Form, selecting: boolean): Way {
  return {
    mode: waitingMode(form, selecting),
    run(n) {
      const job = { form, channels: channels(2, 128), n };
      const task = selecting ? tasks.drainSelecting : tasks.drainInTurns;
      return runTraffic(crew, { parties: [{ task, job }], sum: expectedSum("integer", n) });
    },
  };
}

/** How a receiver of two channels does it. */
function waitingMode(form: Form, selecting: boolean): string {
  return `${form}, ${selecting ? "select of 2" : "plain receive"}`;
}

/** Ping-pong without a buffer whose sides work so long in between that the other one sleeps. */
export function asleepWay(crew: Crew, form: Form, pause: number): Way {
  return {
    mode: form,
    run(n) {
      const job = { form, channels: channels(2, 0), n, pause };
      const parties = [{ task: tasks.ping, job }, { task: tasks.pong, job }];
      return runTraffic(crew, { parties, sum: expectedSum("integer", n) });
    },
  };
}

async function runTraffic(crew: Crew, { parties, sum }: Traffic): Promise<number> {
  const outcomes = await crew.run(parties);
  checkSum(outcomes, sum);
  return longest(outcomes);
}

/** Throws unless what was received adds up. */
export function checkSum(outcomes: readonly Outcome[], expected: number): void {
  const sum = outcomes.reduce((sum, outcome) => sum + outcome.sum, 0);
  if (sum !== expected) {
    throw new Error(`Cannot trust the run: what was received adds up to ${sum}, not ${expected}`);
  }
}

function trafficOf(pattern: Pattern, capacity: number, form: Form, n: number): Traffic {
  const each = Math.max(Math.round(n / MANY), 1);
  const sum = expectedSum("integer", n);
  switch (pattern) {
    case "seq":
      return {
        parties: [{ task: tasks.fillAndEmpty, job: { form, channels: channels(1, capacity), n } }],
        sum: fillingSum(capacity, n),
      };
    case "spsc":
      return { parties: oneToOne({ form, channels: channels(1, capacity), n }), sum };
    case "mpsc": {
      const one = channels(1, capacity);
      const senders = times(MANY, () => ({ task: tasks.send, job: { form, channels: one, n: each } }));
      const receiver = { task: tasks.receive, job: { form, channels: one, n: each * MANY } };
      return { parties: [...senders, receiver], sum: MANY * expectedSum("integer", each) };
    }
    case "mpmc": {
      const job = { form, channels: channels(1, capacity), n: each };
      const parties = [tasks.send, tasks.receive].flatMap((task) => times(MANY, () => ({ task, job })));
      return { parties, sum: MANY * expectedSum("integer", each) };
    }
    case "select_rx": {
      const all = channels(MANY, capacity);
      const senders = all.map((one) => ({ task: tasks.send, job: { form, channels: [one], n: each } }));
      const receiver = { task: tasks.receiveSelecting, job: { form, channels: all, n: each * MANY } };
      return { parties: [...senders, receiver], sum: MANY * expectedSum("integer", each) };
    }
    case "select_both": {
      const job = { form, channels: channels(MANY, capacity), n: each };
      const both = [tasks.sendSelecting, tasks.receiveSelecting];
      const parties = both.flatMap((task) => times(MANY, () => ({ task, job })));
      return { parties, sum: MANY * expectedSum("integer", each) };
    }
    case "ping-pong": {
      const job = { form, channels: channels(2, capacity), n };
      return { parties: [{ task: tasks.ping, job }, { task: tasks.pong, job }], sum };
    }
  }
}

/** What filling and emptying a channel receives: 0, 1, 2 … again and again. */
function fillingSum(capacity: number, n: number): number {
  const full = Math.floor(n / capacity);
  return full * expectedSum("integer", capacity) + expectedSum("integer", n - full * capacity);
}

function oneToOne(job: tasks.Job): Party<tasks.Job>[] {
  return [{ task: tasks.send, job }, { task: tasks.receive, job }];
}

function channels(count: number, capacity: number): Channel<unknown>[] {
  return times(count, () => chan<unknown>(capacity));
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}
