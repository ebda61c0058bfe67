/**
 * Reads a folder of log files, counts errors by service and prints the table: a network of four kinds of processes, of which those
 * that parse run several times.
 *
 * The files are made here, in a temporary folder that is removed at the end.
 *
 * Run it: `deno run -A examples/log_pipeline.ts`, `bun examples/log_pipeline.ts`, `node examples/log_pipeline.ts`
 */
import { network, type Receiver, type Sender } from "@pool/csp";
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FILES = 20;
const LINES = 2_000;
const SERVICES = ["auth", "cart", "mail", "search"];

/** One line in seven is an error; every file has the same numbers of them. */
function lineOf(n: number): string {
  const level = n % 7 === 0 ? "ERROR" : "INFO";
  return `2026-01-01T00:00:${String(n % 60).padStart(2, "0")}Z ${level} ${
    SERVICES[n % 4]
  } request ${n} took ${n % 90} ms`;
}

interface Entry {
  readonly level: string;
  readonly service: string;
}

/** Paths of the files in a folder. */
async function list({ paths }: { paths: Sender<string> }, folder: string): Promise<void> {
  const { readdir } = await import("node:fs/promises");
  for (const name of await readdir(folder)) await paths.send(`${folder}/${name}`);
}

/** The lines of each file, as entries, a batch for each file. */
async function parse(
  { paths, entries }: { paths: Receiver<string>; entries: Sender<Entry[]> },
): Promise<void> {
  const { readFile } = await import("node:fs/promises");
  for await (const path of paths) {
    const lines = (await readFile(path, "utf8")).split("\n");
    await entries.send(lines.map((line) => {
      const [, level = "", service = ""] = line.split(" ");
      return { level, service };
    }));
  }
}

/** The errors of each batch by service. */
async function errors(
  { entries, counts }: { entries: Receiver<Entry[]>; counts: Sender<Record<string, number>> },
): Promise<void> {
  for await (const batch of entries) {
    const found: Record<string, number> = {};
    for (const { level, service } of batch) if (level === "ERROR") found[service] = (found[service] ?? 0) + 1;
    await counts.send(found);
  }
}

if (import.meta.main) {
  const folder = await mkdtemp(join(tmpdir(), "log-"));
  try {
    const text = Array.from({ length: LINES }, (_, n) => lineOf(n)).join("\n");
    for (let i = 0; i < FILES; i++) await writeFile(join(folder, `${i}.log`), text);

    const total = new Map<string, number>();
    const pipeline = network("logs")
      .process("list", list, { out: ["paths"], args: [folder] })
      .process("parse", parse, { in: ["paths"], out: ["entries"], parallel: 2 })
      .process("errors", errors, { in: ["entries"], out: ["counts"], parallel: 2 })
      .process("sum", async ({ counts }: { counts: Receiver<Record<string, number>> }) => {
        for await (const some of counts) {
          for (const [service, n] of Object.entries(some)) total.set(service, (total.get(service) ?? 0) + n);
        }
      }, { in: ["counts"], local: true })
      .channel("list.paths", "parse.paths", { capacity: 8 })
      .channel("parse.entries", "errors.entries", { capacity: 4 })
      .channel("errors.counts", "sum.counts");
    await pipeline.start().done;

    for (const [service, n] of [...total].sort()) console.log(`${String(n).padStart(6)} ${service}`);
    assert.equal([...total.values()].reduce((sum, n) => sum + n), FILES * Math.ceil(LINES / 7));
    for (const { from, to, sent } of (await pipeline.ping()).channels) {
      if (from !== "list.paths") assert.equal(sent, FILES, `${from} -> ${to}`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
