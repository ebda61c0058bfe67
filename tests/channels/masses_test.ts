/**
 * Masses of selects, of channels and of waiting operations: what they cost, and that nothing of them stays.
 *
 * CSP_MASSES: how many, in place of what fits into a run of all tests.
 */
import assert from "node:assert/strict";
import { env } from "node:process";
import { test } from "node:test";
import { GC_FLAGS, runProgram } from "../_program.ts";
import type * as Masses from "./_masses.ts";

const FULL = env["CSP_MASSES"] === undefined ? undefined : Number(env["CSP_MASSES"]);
const LIMIT_MS = 100_000 + (FULL ?? 0) / 2;
const long = { timeout: LIMIT_MS + 10_000 };
const PROGRAMS = new URL("_masses.ts", import.meta.url).href;

/** A few bytes for each select or channel of the second half. */
const MOST_BYTES = 400_000 + (FULL ?? 0) * 4;
/**
 * Pages of 64 KiB by which the shared heap may grow over the second half. Collectors know nothing of shared memory: some
 * hundred thousand channels that nobody has any more may wait for them. Of a million, half a million would take 3,900.
 */
const MOST_PAGES = FULL === undefined ? 640 : 2500;
/** Resident memory that is no sign of a leak yet: what the collectors of two threads leave lying, in MiB. */
const MOST_MIB = FULL === undefined ? 200 : 500;

/** Runs one of the programs of `_masses.ts` in a process of its own. */
async function run<N extends keyof typeof Masses & ("selects" | "replies" | "atOnce" | "tooMany")>(
  program: N,
  ...args: Parameters<typeof Masses[N]>
): Promise<Awaited<ReturnType<typeof Masses[N]>>> {
  const source = `
    const { ${program} } = await import(${JSON.stringify(PROGRAMS)});
    console.log(JSON.stringify(await ${program}(...${JSON.stringify(args)})));
  `;
  const { stdout, stderr, code } = await runProgram(source, { flags: GC_FLAGS, limit: LIMIT_MS });
  assert.equal(code, 0, stderr);
  if (FULL !== undefined) console.log(program, ...args, stdout.trim());
  return JSON.parse(stdout);
}

/** Asserts that the second half of a mass has left nothing. */
function assertFlat({ bytes, pages, rss }: Masses.Cost, mostBytes = MOST_BYTES): void {
  assert(bytes < mostBytes, `${bytes} bytes more are reachable`);
  assert(pages[1] - pages[0] < MOST_PAGES, `the shared heap has grown from ${pages[0]} to ${pages[1]} pages`);
  assert(rss[2] - rss[0] < MOST_MIB, `resident memory has grown from ${rss[0]} to ${rss[2]} MiB`);
}

for (const where of ["local", "shared", "mixed"] as const) {
  test(`select() among ${where} cases that never become ready leaves nothing`, long, async () => {
    const cost = await run("selects", where, FULL ?? 15_000);
    assertFlat(cost);
    assert(cost.pages[1] - cost.pages[0] < 2, `the shared heap has grown to ${cost.pages[1]} pages`);
  });
}

for (const manner of ["awaiting", "blocking"] as const) {
  test(`Channel leaves nothing when it was used for one answer, ${manner}, and dropped`, long, async () => {
    const cost = await run("replies", manner, FULL ?? 20_000);
    assertFlat(cost);
    assert(cost.left < 500, `${cost.left} channels are left in shared memory`);
  });
}

test("Channel can be had ten thousand times at once, with an operation waiting on each", long, async () => {
  // On Bun the objects of a whole round may stay for a while: four rounds are looked at.
  assertFlat(await run("atOnce", 10_000), 100e6);
});

test("Channel.receive() and select() refuse to wait when too many do, and all goes on", long, async () => {
  const { waited, refusals, sum, later } = await run("tooMany", 70_000);
  assert.equal(waited, 65_536);
  assert.deepEqual(refusals, [
    "RangeError: Cannot wait: 65536 operations of this interpreter wait on shared channels; await some first",
  ]);
  assert.equal(sum, waited);
  assert.equal(later, 5);
});
