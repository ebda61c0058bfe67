/** The tables of the benchmark of channels between interpreters. */

import type { Measurement, Row } from "../_benchmark.ts";
import { findRow, tableLines } from "../_rows.ts";
import { percent, spread, times } from "../_statistics.ts";
import { type Column, drawTable } from "../_table.ts";
import { drawTargets, type Target } from "../_target.ts";
import { drawCases, drawNotes, nanoseconds, nanosecondsOf, time } from "./_figures.ts";
import {
  ADDING,
  ASLEEP,
  BASELINE,
  INTEGERS_BETWEEN,
  payloadCase,
  SELECT_OF_2,
  SELECT_READY,
} from "./_names.ts";
import { PAYLOADS } from "./_payloads.ts";
import { CAPACITIES, caseName, PATTERNS, UNBOUNDED } from "./_plan.ts";

/** Cases whose every way has a line of its own. */
const SINGLE: readonly string[] = [INTEGERS_BETWEEN, ADDING, SELECT_OF_2, SELECT_READY, ASLEEP];

const SINGLE_COLUMNS: readonly Column[] = [
  { title: "", align: "left", group: true },
  { title: "case", align: "left", group: true },
  { title: "way", align: "left" },
  { title: "each", align: "right" },
  { title: "spread %", align: "right" },
  { title: "× an addition", align: "right" },
];

/** What Rust's std sync_channel takes at each capacity, in nanoseconds, on two threads of such a machine. */
const RUST: readonly (readonly [capacity: number, ns: number])[] = [[0, 9500], [1, 7900], [128, 213]];

/** Draws the tables and, under them, the figures beside their targets. */
export function reportChannels(measurements: readonly Measurement[]): string {
  const singles = measurements.map((one) => ({
    ...one,
    rows: one.rows.filter((row) => SINGLE.includes(row.case) && row.note?.startsWith("not") !== true),
  }));
  const capacities = [...CAPACITIES, UNBOUNDED];
  const part = measurements[0]?.part;
  const all = measurements.flatMap(targets);
  const tables: readonly (readonly [parts: readonly string[], lines: () => readonly string[]])[] = [
    [["integers", "select"], () => [
      drawTable(
        SINGLE_COLUMNS,
        tableLines(singles, (row, rows) => [row.case, row.mode, ...figures(row, rows)]),
      ),
    ]],
    [["patterns"], () => [
      "Integers, by capacity. Several senders and receivers: 2 each, 4 from 4 cores on.",
      "",
      drawCases(
        measurements,
        { group: "pattern", columns: capacities.map((capacity) => caseName("spsc", capacity).slice(5)) },
        PATTERNS.map((name) => ({ name, cases: capacities.map((capacity) => caseName(name, capacity)) })),
      ),
    ]],
    [["payloads"], () => [
      "Payloads, one sender and one receiver, capacity 128.",
      "",
      drawCases(measurements, { group: "", columns: PAYLOADS }, [{
        name: "",
        cases: PAYLOADS.map(payloadCase),
      }]),
    ]],
  ];
  return [
    "Time of one value received; in ping-pong, of one round trip. Batches are typed arrays of up to 1,024 integers.",
    "",
    ...tables.flatMap(([parts, lines]) => part === undefined || parts.includes(part) ? lines() : []),
    // Of a part, those that it has figures for.
    drawTargets(part === undefined ? all : all.filter(({ figure }) => Number.isFinite(figure))),
    drawNotes(measurements),
  ].join("\n");
}

function figures(row: Row, rows: readonly Row[]): string[] {
  const addition = row.case === ADDING ? nanosecondsOf(findRow(rows, ADDING, BASELINE)) : NaN;
  return [
    time(nanosecondsOf(row)),
    percent(spread(row.samples["total"] ?? [])),
    row.mode === BASELINE ? "" : times(nanosecondsOf(row) / addition),
  ];
}

function targets({ runtime, rows }: Measurement): Target[] {
  function figure(
    what: string,
    figure: number,
    unit: Target["unit"],
    must: Target["must"],
    bound: number,
  ): Target {
    return { where: runtime, what, figure, unit, must, bound };
  }
  function ratio(one: readonly [string, string], other: readonly [string, string]): number {
    return nanoseconds(rows, ...one) / nanoseconds(rows, ...other);
  }

  const pingPong = caseName("ping-pong", 0);
  const objects = payloadCase("1,000 objects");
  const all = [
    figure("10 M integers, blocking", nanoseconds(rows, INTEGERS_BETWEEN, "blocking"), "ns", "≤", 28),
    figure("10 M integers, awaiting", nanoseconds(rows, INTEGERS_BETWEEN, "awaiting"), "ns", "≤", 150),
    figure("10 M integers, batch", nanoseconds(rows, INTEGERS_BETWEEN, "batch"), "ns", "≤", 5),
    figure("ping-pong, no buffer, blocking", nanoseconds(rows, pingPong, "blocking") / 1000, "µs", "≤", 1),
    figure(
      "the same asleep: blocking / futex pair",
      ratio([ASLEEP, "blocking"], [ASLEEP, "futex pair"]),
      "×",
      "≤",
      1.5,
    ),
    ...RUST.map(([capacity, bound]) =>
      figure(
        `one way at ${capacity}, blocking; Rust's std ${bound} ns`,
        nanoseconds(rows, caseName("spsc", capacity), "blocking"),
        "ns",
        "<",
        bound,
      )
    ),
    ...[SELECT_OF_2, SELECT_READY].flatMap((name) =>
      ["blocking", "awaiting"].map((form) =>
        figure(
          `${name}, ${form}: select of 2 / plain receive`,
          ratio([name, `${form}, select of 2`], [name, `${form}, plain receive`]),
          "×",
          "≤",
          2,
        )
      )
    ),
    ...["blocking", "awaiting"].map((form) =>
      figure(
        `1,000 objects, ${form}: postMessage / channel`,
        ratio([objects, "postMessage"], [objects, form]),
        "×",
        "≥",
        2,
      )
    ),
  ];
  // Where Go is installed, both sides are of this run.
  for (const capacity of CAPACITIES) {
    const name = caseName("spsc", capacity);
    const go = nanoseconds(rows, name, "Go, locked threads");
    if (!Number.isFinite(go)) continue;
    const own = nanoseconds(rows, name, "blocking");
    all.push(figure(`one way at ${capacity}, blocking / Go, locked threads`, own / go, "×", "<", 1));
  }
  return all;
}
