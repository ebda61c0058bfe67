import assert from "node:assert/strict";
import { test } from "node:test";
import { RUNS } from "../../tools/model/_runs.ts";
import { objection, readVerdict } from "../../tools/model/_verify.ts";
import { bin, ROOT } from "../../tools/_runtimes.ts";
import { run } from "../../tools/_spawn.ts";

const HOLDS = `
Full statespace search for:
	assertion violations	+

State-vector 36 byte, depth reached 43, errors: 0
      289 states, stored
`;
const BREAKS = `
pan:1: assertion violated  !(burying) (at depth 9)
pan: wrote cut.pml.trail
Warning: Search not completed
State-vector 36 byte, depth reached 12, errors: 1
 1.5e+06 states, stored
`;

test("readVerdict() reads a search that found nothing", () => {
  assert.deepEqual(readVerdict(HOLDS), { complete: true, error: undefined, states: 289 });
});

test("readVerdict() reads the first assertion that failed", () => {
  assert.deepEqual(readVerdict(BREAKS), {
    complete: true,
    error: "assertion violated  !(burying)",
    states: 1_500_000,
  });
});

test("readVerdict() takes no search for complete that was cut short", () => {
  assert.equal(readVerdict("").complete, false);
  assert.equal(readVerdict(`error: max search depth too small${HOLDS}`).complete, false);
  assert.equal(readVerdict(`pan: reached -DMEMLIM bound\n${HOLDS}`).complete, false);
});

test("objection() wants faults to be found and everything else to hold", () => {
  const [holds] = RUNS.filter(({ expect }) => expect === "holds");
  const [breaks] = RUNS.filter(({ expect }) => expect === "breaks");
  assert.equal(objection(holds!, readVerdict(HOLDS)), undefined);
  assert.match(objection(holds!, readVerdict(BREAKS))!, /assertion violated/);
  assert.equal(objection(breaks!, readVerdict(BREAKS)), undefined);
  assert.match(objection(breaks!, readVerdict(HOLDS))!, /not found/);
  assert.match(objection(breaks!, readVerdict(""))!, /did not end/);
});

test("the model's checker runs a scenario, or says that it cannot", { timeout: 120_000 }, async () => {
  const { code, output } = await run(bin("node"), ["tools/model/check.ts", "cut"], {
    cwd: ROOT,
    timeout: 110_000,
  });
  assert.equal(code, 0, output);
  assert.match(output, /^not run: \w+ is not installed$|^3 runs, 0 failures$/m);
});

test("the model's checker fails for a scenario that there is not", { timeout: 60_000 }, async () => {
  const { code, output } = await run(bin("node"), ["tools/model/check.ts", "nothing"], {
    cwd: ROOT,
    timeout: 50_000,
  });
  if (!output.startsWith("not run")) assert.equal(code, 1, output);
});
