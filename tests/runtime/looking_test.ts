import assert from "node:assert/strict";
import { test } from "node:test";
import { knowComputers, noteComputing } from "../../runtime/computing.ts";
import { availableCores, Looking, sleepOn } from "../../runtime/mod.ts";

/** Runs `body` with `others` threads that compute beside this one; gives what this one has noted. */
function beside(others: number, body: (set: (others: number) => void) => void): boolean[] {
  const noted: boolean[] = [];
  let own = 0;
  const before = knowComputers({
    note(computes) {
      noted.push(computes);
      own = computes ? 1 : 0;
    },
    areAtLeast: (n) => others + own >= n,
  });
  try {
    body((now) => others = now);
  } finally {
    noteComputing(false);
    knowComputers(before);
  }
  return noted;
}

test("Looking does not begin while all cores compute, and does as soon as one is free", () => {
  const cores = availableCores();
  beside(cores, (set) => {
    const looking = new Looking(60_000);
    looking.begin();
    assert.equal(looking.goesOn(), false);
    set(cores - 1);
    looking.begin();
    assert.equal(looking.goesOn(), cores > 1);
  });
});

test("Looking ends when all cores compute", { timeout: 10_000 }, () => {
  const cores = availableCores();
  beside(0, (set) => {
    const looking = new Looking(60_000);
    looking.begin();
    assert.equal(looking.goesOn(), cores > 1);
    set(cores);
    while (looking.goesOn());
  });
});

test("Looking of one that computes itself counts the others", () => {
  const cores = availableCores();
  const noted = beside(cores - 1, () => {
    noteComputing(true);
    noteComputing(true);
    const looking = new Looking(60_000);
    looking.begin();
    assert.equal(looking.goesOn(), cores > 1);
  });
  assert.deepEqual(noted, [true, false]);
});

test("sleepOn() notes that this thread does not compute meanwhile", () => {
  const words = new Int32Array(new SharedArrayBuffer(4));
  const noted = beside(0, () => {
    sleepOn(words, 0, 0, 1);
    noteComputing(true);
    sleepOn(words, 0, 0, 1);
  });
  assert.deepEqual(noted, [true, false, true, false]);
});
