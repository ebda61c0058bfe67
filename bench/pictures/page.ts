/** The page of all results: one file of HTML with tables, drawings, machine and versions, which needs nothing else. */

import type { Benchmark, Picture } from "../_benchmark.ts";
import { originOf, type Results } from "../_results.ts";
import { dots } from "./_points.ts";
import { draw } from "./draw.ts";

/** A benchmark and what it gave. */
export interface Section {
  readonly benchmark: Benchmark;
  readonly results: Results;
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --quiet: #667; }
@media (prefers-color-scheme: dark) { :root { --quiet: #9aa; } }
body { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; }
figure { margin: 1.5rem 0; overflow-x: auto; } figcaption { font-weight: 600; margin-bottom: .5rem; }
figure svg { --plot-background: Canvas; }
pre { font: 12.5px/1.35 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; background: var(--soft); padding: 1rem; overflow-x: auto; }
nav a { margin-right: .9rem; white-space: nowrap; } .origin { color: var(--quiet); font-size: .87rem; }
summary { cursor: pointer; font-weight: 600; }
table { border-collapse: collapse; } td, th { text-align: left; padding: .15rem 1.2rem .15rem 0; border-bottom: 1px solid var(--line); }
`;

/** What is drawn of a benchmark's results. */
export function picturesOf({ benchmark, results }: Section): readonly Picture[] {
  const pictures = benchmark.pictures?.(results.runtimes) ?? [dots(results.runtimes, benchmark.summary)];
  return pictures.filter(({ points }) => points.length > 0);
}

/** Results of the benchmarks that are in the registry, in its order. */
export function sectionsOf(
  benchmarks: readonly Benchmark[],
  results: ReadonlyMap<string, Results>,
): readonly Section[] {
  return benchmarks.flatMap((benchmark) => {
    const found = results.get(benchmark.name);
    return found === undefined ? [] : [{ benchmark, results: found }];
  });
}

/** The text of the page. */
export function drawPage(sections: readonly Section[]): string {
  const library = sections[0]?.results.library;
  const title = `${library?.name ?? "Library"} ${library?.version ?? ""}: benchmarks`;
  return [
    "<!doctype html>",
    `<html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title>`,
    `<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head><body>`,
    `<h1>${escape(title)}</h1>`,
    `<p class="origin">Medians; lines through marks are the middle half of the samples. docs/benchmarks.md says what each row means.</p>`,
    drawOrigins(sections),
    `<nav><p>${
      sections.map(({ benchmark: { name } }) => `<a href="#${name}">${name}</a>`).join(" ")
    }</p></nav>`,
    ...sections.map(drawSection),
    "</body></html>",
    "",
  ].join("\n");
}

/** Machines and versions of runtimes, each once. */
function drawOrigins(sections: readonly Section[]): string {
  const machines = new Set(
    sections.map(({ results: { machine } }) =>
      `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.os}`
    ),
  );
  const runtimes = sections.flatMap(({ results }) =>
    results.runtimes.map(({ runtime, version }) => `${runtime} ${version}`)
  );
  const dates = sections.map(({ results }) => results.date.slice(0, 10)).toSorted();
  const period = [...new Set([dates[0], dates.at(-1)])].join(" to ");
  const lines = [
    ["machine", [...machines].join("; ")],
    ["runtimes", [...new Set(runtimes)].join(", ")],
    ["measured", period],
  ];
  return `<table>${
    lines.map(([name, value]) => `<tr><th>${name}</th><td>${escape(value!)}</td></tr>`).join("")
  }</table>`;
}

function drawSection(section: Section): string {
  const { benchmark, results } = section;
  return [
    `<section id="${benchmark.name}"><h2>${escape(benchmark.name)}</h2>`,
    `<p>${escape(sentence(benchmark.summary))}<br><span class="origin">${
      escape(originOf(results))
    }</span></p>`,
    ...picturesOf(section).map((picture) =>
      `<figure><figcaption>${escape(picture.title)}</figcaption>${draw(picture)}</figure>`
    ),
    `<details open><summary>Tables</summary><pre>${
      escape(benchmark.report(results.runtimes).trimEnd())
    }</pre></details></section>`,
  ].join("\n");
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
