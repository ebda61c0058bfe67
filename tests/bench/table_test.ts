import assert from "node:assert/strict";
import { test } from "node:test";
import { digits, median, percent, spread, times } from "../../bench/_statistics.ts";
import { drawTable } from "../../bench/_table.ts";
import { drawTargets, reached } from "../../bench/_target.ts";

test("drawTable() aligns figures right and leaves repeated groups out", () => {
  const drawn = drawTable(
    [
      { title: "runtime", align: "left", group: true },
      { title: "way", align: "left" },
      { title: "ms", align: "right" },
    ],
    [["deno", "a", "5"], ["deno", "b", "100"], [], ["bun", "b", "7"]],
  );
  assert.deepEqual(drawn.split("\n"), [
    "runtime  way   ms",
    "───────  ───  ───",
    "deno     a      5",
    "         b    100",
    "",
    "bun      b      7",
    "",
  ]);
});

test("drawTable() keeps a repeated cell when one left of it differs", () => {
  const drawn = drawTable([{ title: "a", align: "left", group: true }, {
    title: "b",
    align: "left",
    group: true,
  }], [
    ["1", "x"],
    ["2", "x"],
  ]);
  assert.equal(drawn.split("\n")[3], "2  x");
});

test("median() takes the middle, or the mean of two, and is NaN for no samples", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([5]), 5);
  assert.ok(Number.isNaN(median([])));
});

test("digits() keeps about three digits", () => {
  assert.deepEqual([2003.6, 99.96, 34.24, 0.996, 0.423, NaN].map(digits), [
    "2004",
    "100",
    "34.2",
    "1.0",
    "0.42",
    "",
  ]);
});

test("spread() is the range of the middle half in percent of the median", () => {
  assert.equal(spread([9, 11, 10]), 20);
  assert.equal(spread([100, 9, 9, 10, 10, 11, 11, 1]), 20);
  assert.equal(spread([5]), 0);
  assert.ok(Number.isNaN(spread([])));
});

test("percent() keeps tenths below ten", () => {
  assert.deepEqual([2.68, 9.96, 3005.4, -0.75, NaN].map(percent), ["2.7", "10", "3005", "-0.8", ""]);
});

test("times() keeps two decimals below ten", () => {
  assert.deepEqual([1.284, 12.34, Infinity].map(times), ["1.28", "12.3", ""]);
});

test("drawTargets() says missed when a figure is past its bound or was not measured", () => {
  const target = { where: "node", what: "start", figure: 1.31, unit: "×", must: ">", bound: 1.31 } as const;
  assert.equal(reached(target), false);
  assert.equal(reached({ ...target, must: "≤" }), true);
  assert.equal(reached({ ...target, must: "≥" }), true);
  assert.equal(reached({ ...target, must: "<" }), false);
  assert.equal(reached({ ...target, must: "≤", figure: NaN }), false);
  assert.match(drawTargets([target]), /node +start +1\.31 × +> 1\.31 × +missed\n$/);
  assert.match(drawTargets([{ ...target, figure: NaN }]), /none +> 1\.31 × +missed/);
});
