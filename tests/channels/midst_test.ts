/**
 * An interpreter that dies in the midst of the kernel, or is cut off there and goes on, loses nothing of the heap: at every
 * point at which the kernel's test build stops, in everything that makes, sends, receives and drops channels, ends and blocks.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { audit } from "./_heap_audit.ts";
import { main, type Manner, play } from "./_midst.ts";
import { ACTS } from "./_midst_acts.ts";

/** Stops that an act has at least, and more than it can have. */
const LEAST = 3;
const MOST = 500;

/** What was wrong at an earlier look. */
const known = new Set<string>();

/** What is wrong that was not before. */
function news(): string[] {
  const problems = audit(main).problems.filter((problem) => !known.has(problem));
  for (const problem of problems) known.add(problem);
  return problems;
}

for (const manner of ["dies", "goes on"] satisfies Manner[]) {
  for (const act of ACTS) {
    test(`An interpreter that ${act.name} and ${manner} at a stop leaves the heap in order`, () => {
      assert.equal(play(act, MOST, manner), 0, "it does not come to its end");
      let stops = 0;
      while (play(act, stops, manner) !== 0) stops++;
      assert.ok(stops >= LEAST, `${stops} stops`);
      const wrong = news();
      if (wrong.length === 0) return;
      // Once more, with a look after each stop.
      for (let at = 0; at < stops; at++) {
        const point = play(act, at, manner);
        for (const problem of news()) wrong.push(`at stop ${at}, point ${point}: ${problem}`);
      }
      assert.fail(wrong.join("\n"));
    });
  }
}
