/**
 * An interpreter may be terminated between any two steps of its JavaScript, and may take some more after it was cut off: it is
 * stopped before each step that others can notice of what sends, receives and drops channels and ends, and closed by force.
 * Afterwards every block of the heap is accounted for.
 *
 * `CSP_STEPS`: only acts with this in their name. `CSP_STRIDE`: 1 to look at each step, `CSP_SEED`: which ones else.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { channels } from "#engines";
import { chan, create } from "@pool/csp";
import { DESK_OPEN, DESK_SIZE, DESK_STOPPED, DESKS } from "../../kernel/heap_layout.ts";
import { within } from "../_within.ts";
import { audit } from "./_heap_audit.ts";
import { type ActName, countSteps, type Manner, stopBefore } from "./_steps.ts";

const STALL_MS = 5000;

/** Steps from one that is looked at to the next; where the first one is, the seed says. */
const STRIDE = Number(process.env["CSP_STRIDE"] ?? 8);
const SEED = Number(process.env["CSP_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

const ACTS: readonly ActName[] = [
  "sendEnds",
  "sendMany",
  "takeBack",
  "select",
  "receive",
  "crossing",
  "drop",
  "promise",
  "poison",
  "await",
];

/** Whether it stopped there. */
async function play(act: ActName, at: number, how: Manner): Promise<boolean> {
  const [ch, other] = [chan<unknown>(8), chan<unknown>(16)];
  if (act === "receive") {
    other.trySend(ch.sender());
    other.trySend([ch, chan(), ch.receiver(), chan().sender()]);
    other.trySend(ch);
    other.trySend({ deep: chan(1).receiver() });
  }
  const victim = create({ name: "victim" });
  try {
    const slot = await within(victim.call(countSteps), "the start", STALL_MS);
    const heap = channels().heapHere();
    const stopped = DESKS + slot * DESK_SIZE + DESK_STOPPED;
    let taken: number | undefined;
    const call = victim.call(stopBefore, act, at, how, { ch, other }).then((n) => taken = n, () => {});
    while (heap.load(stopped) === 0 && taken === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await within(victim.close({ force: true }), "the close", STALL_MS);
    await within(call, "the call", STALL_MS);
    const start = performance.now();
    while (heap.load(DESKS + slot * DESK_SIZE + DESK_OPEN) !== 0) {
      assert.ok(performance.now() - start < STALL_MS, "it was not buried");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    other.close();
    for (let next = other.tryReceive(); next.state === "ok"; next = other.tryReceive());
    return taken === undefined;
  } finally {
    await victim.close({ force: true }).catch(() => {});
  }
}

for (const act of ACTS) {
  if (!act.includes(process.env["CSP_STEPS"] ?? "")) continue;
  for (const how of ["dies", "goes on"] as const) {
    test(
      `An interpreter leaves nothing when it ${how} between two steps of ${act}`,
      { timeout: 120_000 },
      async () => {
        const before = new Set(audit().problems);
        let at = SEED % STRIDE;
        let stops = 0;
        while (await play(act, at, how)) {
          const problems = audit().problems.filter((problem) => !before.has(problem));
          assert.deepEqual(problems, [], `before step ${at}, seed ${SEED}`);
          at += STRIDE;
          stops++;
        }
        console.log(`seed ${SEED}: ${stops} stops`);
        assert.ok(stops > 0, `there were fewer than ${at} steps`);
      },
    );
  }
}
