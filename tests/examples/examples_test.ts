import assert from "node:assert/strict";
import type { Buffer } from "node:buffer";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { crc32, inflateSync } from "node:zlib";
import { type ProgramResult, runFile } from "../_program.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));
const TIME = { timeout: 30_000 };

/** Runs an example and returns its lines; it must end by itself and say nothing on stderr. */
async function linesOf(name: string, ...args: string[]): Promise<string[]> {
  const { code, late, stdout, stderr }: ProgramResult = await runFile(join(EXAMPLES, name), { args });
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

test("examples/commstime.ts counts in one interpreter and in parallel", TIME, async () => {
  const lines = await linesOf("commstime.ts");
  assert.equal(lines.length, 2);
  assert.match(lines[0]!, /^in one interpreter: counted to 10000, \d+ ns a round$/);
  assert.match(lines[1]!, /^in parallel: counted to 10000, \d+ ns a round$/);
});

test("examples/prime_sieve.ts prints primes and ends all of its processes", TIME, async () => {
  const [primes, processes] = await linesOf("prime_sieve.ts");
  const expected: number[] = [];
  for (let n = 2; expected.length < 40; n++) if (expected.every((prime) => n % prime !== 0)) expected.push(n);
  assert.equal(primes, expected.join(" "));
  assert.equal(processes, "41 processes");
});

test("examples/mandelbrot_png.ts writes a PNG with every row in its place", TIME, async () => {
  const folder = mkdtempSync(join(tmpdir(), "csp-"));
  try {
    const file = join(folder, "picture.png");
    const lines = await linesOf("mandelbrot_png.ts", file);
    const png = readFileSync(file);
    assert.equal(lines[0], `${file}: 600 × 400, ${png.length} bytes`);
    assert.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const chunks: Record<string, Buffer> = {};
    for (let at = 8; at < png.length;) {
      const length = png.readUInt32BE(at);
      const data = png.subarray(at + 8, at + 8 + length);
      assert.equal(png.readUInt32BE(at + 8 + length), crc32(png.subarray(at + 4, at + 8 + length)));
      chunks[png.toString("latin1", at + 4, at + 8)] = data;
      at += 12 + length;
    }
    assert.deepEqual(Object.keys(chunks), ["IHDR", "IDAT", "IEND"]);
    assert.deepEqual([...chunks["IHDR"]!], [0, 0, 2, 88, 0, 0, 1, 144, 8, 2, 0, 0, 0]);
    const rows = inflateSync(chunks["IDAT"]!);
    assert.equal(rows.length, 400 * 1801);
    // The set is symmetric about row 200, black inside, and not black outside.
    const row = (y: number): Buffer => rows.subarray(y * 1801, (y + 1) * 1801);
    for (let y = 1; y < 200; y++) assert(row(200 - y).equals(row(200 + y)), `row ${y}`);
    assert.deepEqual([...row(200).subarray(1 + 3 * 400, 4 + 3 * 400)], [0, 0, 0]);
    assert(row(0).subarray(1).some((byte) => byte > 0));
  } finally {
    rmSync(folder, { recursive: true });
  }
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

test("examples/wasm_shared_memory.ts finds all primes with one module over one memory", TIME, async () => {
  assert.deepEqual(await linesOf("wasm_shared_memory.ts"), ["41538 primes below 500000; the last is 499979"]);
});
