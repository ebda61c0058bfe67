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

test(
  "examples/web_server.ts counts primes for all who wait, and cancels for one who does not",
  TIME,
  async () => {
    const lines = await linesOf("web_server.ts");
    assert.deepEqual(lines.slice(0, 4), [
      "1229 primes below 10000",
      "5133 primes below 50000",
      "9592 primes below 100000",
      "17984 primes below 200000",
    ]);
    assert.deepEqual(lines.slice(4).sort(), ["/primes/1000000000 was cancelled", "TimeoutError"]);
  },
);
