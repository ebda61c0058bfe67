import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type ProgramResult, runFile } from "../_program.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));
const TIME = { timeout: 30_000 };

/** Runs an example and returns its lines; it must end by itself and say nothing on stderr. */
async function linesOf(name: string): Promise<string[]> {
  const { code, late, stdout, stderr }: ProgramResult = await runFile(join(EXAMPLES, name));
  assert.deepEqual({ code, late, stderr }, { code: 0, late: false, stderr: "" });
  return stdout.trimEnd().split("\n");
}

test("examples/word_count.ts prints the five most frequent words", TIME, async () => {
  const lines = await linesOf("word_count.ts");
  assert.equal(lines.length, 5);
  const counts = lines.map((line) => Number(/^ *(\d+) \w+$/.exec(line)?.[1]));
  assert(counts.every((count) => count > 0), lines.join("\n"));
  assert.deepEqual(counts, counts.toSorted((a, b) => b - a));
});

test("examples/mandelbrot.ts draws every row once, and the picture is symmetric", TIME, async () => {
  const lines = await linesOf("mandelbrot.ts");
  assert.equal(lines.pop(), "36 rows");
  assert.equal(lines.length, 36);
  assert.deepEqual(lines, lines.toReversed());
  assert(lines[17]!.includes("@@@@@@@@@@"), lines[17]!);
});

test("examples/cancelled_search.ts finds a hit for each text and ends", TIME, async () => {
  const lines = await linesOf("cancelled_search.ts");
  assert.deepEqual(
    lines.map((line) => /^([a-z]+)\d+ begins with 20 zero bits$/.exec(line)?.[1]),
    ["alpha", "beta", "gamma"],
  );
});

test("examples/dining_philosophers.ts eats, and shows who waits for whom", TIME, async () => {
  const [eaten, ...waiting] = await linesOf("dining_philosophers.ts");
  assert.equal(eaten, "15 meals were eaten");
  assert.deepEqual(
    waiting,
    [0, 1, 2, 3, 4].map((n) => `philosopher ${n} waits for fork ${(n + 1) % 5}.take`),
  );
});

test("examples/log_pipeline.ts counts the errors of all files", TIME, async () => {
  const lines = await linesOf("log_pipeline.ts");
  assert.deepEqual(lines.map((line) => line.trim().split(" ")[1]), ["auth", "cart", "mail", "search"]);
});

test("examples/word_count_network.ts counts more than a megabyte", TIME, async () => {
  const [title, ...lines] = await linesOf("word_count_network.ts");
  assert(Number(/^(\d+) bytes, \d+ words$/.exec(title!)?.[1]) >= 1_000_000, title!);
  const counts = lines.map((line) => Number(/^ *(\d+) \w+$/.exec(line)?.[1]));
  assert.equal(counts.length, 5);
  assert.deepEqual(counts, counts.toSorted((a, b) => b - a));
});
