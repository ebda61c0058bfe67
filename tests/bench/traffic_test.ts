import assert from "node:assert/strict";
import { test } from "node:test";
import { Crew } from "../../bench/channels/_crew.ts";
import { addingWays } from "../../bench/channels/_integers.ts";
import { PAYLOADS } from "../../bench/channels/_payloads.ts";
import { CAPACITIES, PATTERNS } from "../../bench/channels/_plan.ts";
import {
  asleepWay,
  libraryWays,
  payloadWay,
  readyWay,
  twoChannelsWay,
} from "../../bench/channels/_traffic.ts";
import { futexWay } from "../../bench/controls/futex.ts";
import { oneWayWay, roundTripWay, startPostings } from "../../bench/controls/posting.ts";
import { findGo, findPython, startTwinProgram, twinWay } from "../../bench/controls/_twin.ts";
import type { Way } from "../../bench/channels/_sampling.ts";
import { peers as effectQueue } from "../../bench/peers/effect_queue.ts";
import { peers as jsCsp } from "../../bench/peers/js_csp.ts";
import { peers as tsChan } from "../../bench/peers/ts_chan.ts";

/** Values that each way moves here: it must be right, not fast. */
const N = 12;

async function runAll(ways: readonly Way[]): Promise<void> {
  for (const way of ways) {
    const ms = await way.run(N);
    assert.ok(ms >= 0 || way.mode.startsWith("futex"), `${way.mode}: ${ms} ms`);
  }
}

async function withCrew(body: (crew: Crew) => Promise<void>): Promise<void> {
  const crew = new Crew();
  try {
    await body(crew);
  } finally {
    await crew.replace();
  }
}

for (const pattern of PATTERNS) {
  test(`libraryWays() move every value of ${pattern}, at each capacity`, { timeout: 60_000 }, async () => {
    await withCrew(async (crew) => {
      for (const capacity of CAPACITIES) await runAll(libraryWays(crew, pattern, capacity));
    });
  });
}

test("Other ways between interpreters move every value", { timeout: 60_000 }, async () => {
  await withCrew(async (crew) => {
    await runAll(addingWays(crew, true));
    for (const form of ["blocking", "awaiting"] as const) {
      await runAll(PAYLOADS.map((payload) => payloadWay(crew, 128, form, payload)));
      for (const selecting of [false, true]) {
        await runAll([twoChannelsWay(crew, form, selecting), readyWay(crew, form, selecting)]);
      }
      await runAll([asleepWay(crew, form, 100)]);
    }
    await runAll([futexWay(crew, true, 100), futexWay(crew, false, 0)]);
  });
});

test(
  "startPostings() gives workers that count messages and send them back",
  { timeout: 30_000 },
  async () => {
    const postings = await startPostings();
    try {
      assert.deepEqual(postings.map((posting) => posting.mode), ["postMessage", "MessageChannel"]);
      for (const posting of postings) {
        await runAll([oneWayWay(posting, "value", 10), roundTripWay(posting), oneWayWay(posting, 1, 8)]);
      }
    } finally {
      for (const posting of postings) posting.end();
    }
  },
);

test("Peers in one thread move every value", { timeout: 30_000 }, async () => {
  for (const { mode, run } of [...tsChan, ...effectQueue, ...jsCsp]) {
    for (const capacity of CAPACITIES) assert.equal(await run(capacity, 100), 4950, `${mode} at ${capacity}`);
  }
});

test("Twins do jobs, or tell why there are none", { timeout: 120_000 }, async () => {
  const found = {
    multithreading: startTwinProgram(new URL("../../bench/peers/multithreading.ts", import.meta.url)),
    Go: findGo(),
    CPython: findPython("queue_traffic.py"),
  };
  try {
    assert.notEqual(found.multithreading.twin, undefined);
    for (const [name, one] of Object.entries(found)) {
      const way = twinWay(name, one, { pattern: "spsc", capacity: 1, many: 2, form: "blocking" });
      if (one.twin === undefined) assert.match(way.missing!, /PATH/);
      else assert.ok(await way.run(N) > 0, name);
    }
    const impossible = { pattern: "spsc", capacity: 0, many: 2, form: "blocking" };
    await assert.rejects(twinWay("", found.multithreading, impossible).run(N), /no channel without a buffer/);
  } finally {
    for (const { twin } of Object.values(found)) twin?.end();
  }
});
