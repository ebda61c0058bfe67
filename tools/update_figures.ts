/**
 * Writes the figures of the documentation from bench/results/*.json: the tables of README.md and docs/benchmarks.md, between
 * the lines `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`, and the drawings of docs/benchmarks/.
 *
 * Usage: `node tools/update_figures.ts [--check]`. With `--check` nothing is written; exit code 1 says what is out of date.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import type { Row } from "../bench/_benchmark.ts";
import { BENCHMARKS } from "../bench/_registry.ts";
import { originOf, readResults, type Results, resultsFolder } from "../bench/_results.ts";
import { findRow } from "../bench/_rows.ts";
import { digits, median, times } from "../bench/_statistics.ts";
import { time } from "../bench/channels/_figures.ts";
import { standalone } from "../bench/pictures/_canvas.ts";
import { draw } from "../bench/pictures/draw.ts";
import { picturesOf, type Section, sectionsOf } from "../bench/pictures/page.ts";
import { readFlags } from "./_flags.ts";
import { ROOT } from "./_runtimes.ts";

/** How README.md's tables are drawn: a heading, and lines of cells; the first two columns are text, the others figures. */
const README_TABLES: Readonly<Record<string, (results: Results) => readonly (readonly string[])[]>> = {
  factorial: factorialTable,
  launch: launchTable,
  sharing: sharingTable,
};

/** Where drawings are, from the root and from the page that shows them. */
const DRAWINGS = "docs/benchmarks";
const FROM_PAGE = "benchmarks";

const { values: flags } = readFlags(import.meta.url, { options: { check: { type: "boolean" } } });

if (import.meta.main) process.exitCode = main(flags.check === true);

function main(check: boolean): number {
  const wanted = wantedFiles();
  const stale = [...wanted].filter(([name, text]) => read(name) !== text);
  const drawn = existsSync(join(ROOT, DRAWINGS)) ? readdirSync(join(ROOT, DRAWINGS)) : [];
  const left = drawn.map((name) => `${DRAWINGS}/${name}`).filter((name) => !wanted.has(name));
  for (const [name, text] of check ? [] : stale) {
    mkdirSync(dirname(join(ROOT, name)), { recursive: true });
    writeFileSync(join(ROOT, name), text);
    console.log(`wrote ${name}`);
  }
  for (const name of check ? [] : left) {
    rmSync(join(ROOT, name));
    console.log(`removed ${name}`);
  }
  const names = [...stale.map(([name]) => name), ...left];
  if (!check || names.length === 0) return 0;
  console.error(`Not what bench/results gives: ${names.join(", ")}; run node tools/update_figures.ts`);
  return 1;
}

/** The text of each file that holds figures, by its name from the root. */
function wantedFiles(): ReadonlyMap<string, string> {
  const results = readResults(resultsFolder(false));
  const files = new Map<string, string>();
  let readme = read("README.md") ?? "";
  for (const [name, table] of Object.entries(README_TABLES)) {
    const found = results.get(name);
    if (found === undefined) continue;
    readme = replaceBlock(
      readme,
      name,
      `${markdownTable(table(found))}\n\n${wrap(`Medians; ${originOf(found)}.`)}`,
    );
  }
  files.set("README.md", readme);
  let page = read("docs/benchmarks.md") ?? "";
  for (const section of sectionsOf(BENCHMARKS, results)) {
    const { benchmark: { name } } = section;
    const drawings = picturesOf(section).map((picture) => {
      const file = `${picture.name === "" ? name : `${name}-${picture.name}`}.svg`;
      files.set(`${DRAWINGS}/${file}`, standalone(draw(picture)));
      return `![${picture.title}](${FROM_PAGE}/${file})`;
    });
    page = replaceBlock(page, name, [...drawings, tablesOf(section)].join("\n\n"));
  }
  return files.set("docs/benchmarks.md", page);
}

/** The tables as a terminal shows them, and where they come from. */
function tablesOf({ benchmark, results }: Section): string {
  const tables = benchmark.report(results.runtimes).trimEnd();
  return `\`\`\`text\n${tables}\n\`\`\`\n\n${wrap(`${originOf(results)}.`)}`;
}

/** Lines as the formatter makes them. */
function wrap(text: string): string {
  return text.replace(/(.{1,110})(?: |$)/g, "$1\n").trimEnd();
}

function read(name: string): string | undefined {
  const file = join(ROOT, name);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** Puts `content` between the marks of a block; throws when `text` has no such block. */
export function replaceBlock(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) {
    throw new Error(`Cannot write the table "${name}": no ${open} … ${close} in its page`);
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
