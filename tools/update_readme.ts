/**
 * Writes the tables of README.md from bench/results/*.json, between the lines `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`.
 *
 * Usage: `node tools/update_readme.ts [--check]`. With `--check` nothing is written; exit code 1 says that README.md is
 * out of date.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import type { Measurement, Row } from "../bench/_benchmark.ts";
import { time } from "../bench/channels/_figures.ts";
import { findRow } from "../bench/_rows.ts";
import { digits, median, times } from "../bench/_statistics.ts";
import { ROOT } from "./_runtimes.ts";

/** What bench/run.ts writes, as far as it is used here. */
interface Results {
  readonly date: string;
  readonly library: { readonly version: string; readonly commit?: string };
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly os: string;
  };
  readonly options: { readonly quick: boolean };
  readonly runtimes: readonly Measurement[];
}

/** How each block is drawn: a heading, and lines of cells; the first column is text, the others are figures. */
const BLOCKS: Readonly<Record<string, (results: Results) => readonly (readonly string[])[]>> = {
  factorial: factorialTable,
  launch: launchTable,
  sharing: sharingTable,
};

const { values: flags } = parseArgs({
  options: { check: { type: "boolean" }, root: { type: "string", default: ROOT } },
});

if (import.meta.main) process.exitCode = main(flags.root, flags.check === true);

function main(root: string, check: boolean): number {
  const file = join(root, "README.md");
  const old = readFileSync(file, "utf8");
  let text = old;
  for (const [name, draw] of Object.entries(BLOCKS)) {
    const results = JSON.parse(readFileSync(join(root, "bench/results", `${name}.json`), "utf8")) as Results;
    text = replaceBlock(text, name, `${markdownTable(draw(results))}\n\n${origin(results)}`);
  }
  if (text === old) return 0;
  if (check) {
    console.error(
      "Cannot accept README.md: its tables differ from bench/results, run node tools/update_readme.ts",
    );
    return 1;
  }
  writeFileSync(file, text);
  console.log("README.md: tables written");
  return 0;
}

/** Puts `content` between the marks of a block; throws when `text` has no such block. */
export function replaceBlock(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) {
    throw new Error(`Cannot write the table "${name}": README.md has no ${open} … ${close}`);
  }
  return `${text.slice(0, start + open.length)}\n\n${content}\n\n${text.slice(end)}`;
}

/** A Markdown table, its columns padded as the formatter does it. */
export function markdownTable(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(4, ...lines.map((line) => (line[column] ?? "").length))
  );
  function draw(line: readonly string[]): string {
    const cells = widths.map((width, column) => {
      const cell = line[column] ?? "";
      return column < 2 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${cells.join(" | ")} |`;
  }
  const rule = widths.map((width, column) => column < 2 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`);
  const [head, ...body] = lines;
  return [draw(head ?? []), `| ${rule.join(" | ")} |`, ...body.map(draw)].join("\n");
}

function factorialTable({ runtimes }: Results): string[][] {
  const head = [
    "runtime",
    "one call",
    "sequential",
    "child processes",
    "`parallel`",
    "sequential ÷ parallel",
    "child ÷ parallel",
  ];
  return [
    head,
    ...runtimes.flatMap(({ runtime, version, rows }) =>
      [...new Set(rows.map((row) => row.case))].map((length) => {
        const [sequential, children, parallel] = ["sequential", "child processes", "parallel"].map((mode) =>
          of(rows.find((row) => row.case === length && row.mode === mode), "total")
        ) as [number, number, number];
        return [
          `${runtime} ${version}`,
          length,
          ...[sequential, children, parallel].map((figure) => `${digits(figure)} ms`),
          times(sequential / parallel),
          times(children / parallel),
        ];
      })
    ),
  ];
}

function launchTable({ runtimes }: Results): string[][] {
  const head = ["runtime", "launched one after another", "ready", "first answer", "end"];
  return [
    head,
    ...runtimes.flatMap(({ runtime, version, rows }) =>
      rows.filter((row) => row.case === "one after another").map((row) => [
        `${runtime} ${version}`,
        row.mode,
        ...["ready", "answer", "end"].map((step) => {
          const figure = digits(of(row, step));
          return figure === "" ? "" : `${figure} ms`;
        }),
      ])
    ),
  ];
}

function sharingTable({ runtimes }: Results): string[][] {
  const head = [
    "runtime",
    "value",
    "copied: structured clone",
    "JSON",
    "frozen once",
    "send",
    "first read",
    "all read",
  ];
  const [encode, decode, reads] = ["make", "back", ["make", "send", "first", "full"]];
  return [
    head,
    ...runtimes.flatMap(({ runtime, version, rows }) =>
      rows.filter(({ mode, samples }) => mode === "frozen" && samples["first"] !== undefined).map((row) => {
        const copy = (mode: string): Row | undefined => findRow(rows, row.case, mode);
        const json = of(copy("JSON"), encode) + of(copy("JSON"), decode);
        return [
          `${runtime} ${version}`,
          row.case,
          ...[of(copy("structured clone"), decode), json, ...reads.map((step) => of(row, step))]
            .map((ms) => time(ms * 1e6)),
        ];
      })
    ),
  ];
}

function of(row: Row | undefined, step: string): number {
  return median(row?.samples[step] ?? []);
}

/** Where the figures come from. */
function origin({ date, library, machine, options }: Results): string {
  const quick = options.quick ? ", few rounds" : "";
  const commit = library.commit === undefined ? "" : ` (${library.commit})`;
  return `Medians${quick}; ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; ` +
    `version ${library.version}${commit}, ${date.slice(0, 10)}.`;
}
