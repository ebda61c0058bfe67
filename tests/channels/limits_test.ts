/**
 * Limits of channels: a million selects with a case that is never ready, a million reply channels that nobody closes, ten
 * thousand channels at once, more waiting operations than there are tickets.
 *
 * `CSP_LIMITS`: how many selects and reply channels, 40,000 by default.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { GC_FLAGS, type ProgramResult, runProgram, runtime } from "../_program.ts";

const COUNT = Number(process.env["CSP_LIMITS"] ?? 40_000);
const LIMIT_MS = 60_000 + COUNT / 10;
const slow = { timeout: LIMIT_MS + 10_000 };

/** What all programs begin with. */
const PRELUDE = `
  import { chan, create, never, select, selectSync, sending } from "@pool/csp";
  import { channels } from "#engines";
  import { HEAP_NEXT } from ${JSON.stringify(new URL("../../kernel/heap_layout.ts", import.meta.url).href)};
  const COUNT = ${COUNT};
  async function collect() {
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (typeof Bun === "object") Bun.gc(true);
      else globalThis.gc();
    }
  }
  /** Bytes of JavaScript's own heap. */
  async function heapBytes() {
    await collect();
    return typeof Bun === "object" ? (await import("bun:jsc")).heapSize() : process.memoryUsage().heapUsed;
  }
  function pages() {
    return channels().heapHere().load(HEAP_NEXT);
  }
`;

async function run(source: string): Promise<ProgramResult> {
  const result = await runProgram(PRELUDE + source, { flags: GC_FLAGS, limit: LIMIT_MS });
  assert.equal(result.late, false, `${result.stdout}\n${result.stderr}`);
  assert.equal(result.code, 0, `${result.stdout}\n${result.stderr}`);
  return result;
}

/** How much a heap may differ between two halves: what a collector leaves lying about, a few bytes for each round. */
const MOST_BYTES = 2_000_000;

/** Bytes and pages that the second half of the rounds may take: far below one for each. */
function assertFlat({ stdout }: ProgramResult): void {
  const { bytes, pages } = JSON.parse(stdout) as { bytes: number; pages: number };
  assert.ok(bytes < MOST_BYTES, `${bytes} bytes more`);
  assert.ok(pages <= 2, `${pages} pages more`);
}

/** Selects in which \`quiet\` is never ready; \`other\` is a channel that another interpreter knows, or not. */
function selecting(setup: string, cases: string, served: string): string {
  return `
    const interp = create();
    async function share(channel) {
      await interp.call((channel) => { (globalThis.held ??= []).push(channel); }, channel);
      return channel;
    }
    ${setup}
    async function half() {
      for (let i = 0; i < COUNT / 2; i++) {
        const got = select(${cases});
        ${served}
        if ((await got).value !== i) throw new Error("wrong");
      }
      return [await heapBytes(), pages()];
    }
    await half();
    const [bytes, before] = await half();
    const [after, then] = await half();
    console.log(JSON.stringify({ bytes: after - bytes, pages: then - before }));
    await interp.close({ force: true });
  `;
}

test(`select() with a local case that is never ready stays flat, ${COUNT} times`, slow, async () => {
  assertFlat(
    await run(selecting("const quiet = chan(), ready = chan();", "{ quiet, ready }", "ready.trySend(i);")),
  );
});

test(`select() with a shared case that is never ready stays flat, ${COUNT} times`, slow, async () => {
  assertFlat(
    await run(selecting(
      "const quiet = await share(chan()), ready = await share(chan());",
      "{ quiet, ready }",
      "ready.trySend(i);",
    )),
  );
});

test(
  `select() over local and shared cases that are never ready stays flat, ${COUNT} times`,
  slow,
  async () => {
    assertFlat(
      await run(selecting(
        "const quiet = await share(chan()), full = await share(chan()), local = chan(), ready = chan();",
        "{ quiet, full: sending(full, i), local, never, ready }",
        "ready.trySend(i);",
      )),
    );
    assertFlat(
      await run(selecting(
        "const quiet = chan(), ready = await share(chan()), full = chan();",
        "[quiet, sending(full, i), never, ready]",
        "ready.trySend(i);",
      )),
    );
  },
);

test(
  `Reply channels that cross and are dropped unclosed cost nothing for ever, ${COUNT} of them`,
  slow,
  async () => {
    const { stdout } = await run(`
    const questions = chan(64);
    const interp = create();
    const service = interp.call(async (questions) => {
      for await (const { n, reply } of questions) await reply.send(n + 1);
    }, questions);
    async function ask(n) {
      const reply = chan(1);
      await questions.send({ n, reply });
      return reply;
    }
    async function rounds(count) {
      const begin = performance.now();
      for (let n = 0; n < count; n += 16) {
        const replies = await Promise.all(Array.from({ length: 16 }, (_, i) => ask(n + i)));
        const answers = await Promise.all(replies.map((reply) => reply.receive()));
        if (answers.some((answer, i) => answer !== n + i + 1)) throw new Error("wrong");
      }
      return (performance.now() - begin) * 1000 / count;
    }
    await rounds(COUNT / 10);
    await collect();
    const pagesBefore = pages(), rss = process.memoryUsage().rss;
    const micros = await rounds(COUNT);
    await collect();
    questions.close();
    await service;
    console.log(JSON.stringify({ pages: pages() - pagesBefore, pagesAll: pages(), rss: process.memoryUsage().rss - rss, micros }));
    await interp.close();
  `);
    const { pages, pagesAll, rss, micros } = JSON.parse(stdout) as Record<string, number>;
    console.log(
      `${runtime}: ${micros!.toFixed(1)} µs each, ${pagesAll} pages, ${pages} more, ${
        (rss! / 2 ** 20).toFixed(0)
      } MiB more`,
    );
    // What a collector leaves lying about between two runs, and not what all of them would take: 512 bytes each.
    assert.ok(pagesAll! * 65536 < 128 * 2 ** 20, `${pagesAll} pages`);
    assert.ok(rss! < 256 * 2 ** 20, `${rss} bytes more`);
  },
);

test("10,000 shared channels work at once", slow, async () => {
  const { stdout } = await run(`
    const N = 10_000;
    const interp = create();
    const all = Array.from({ length: N }, () => chan(1));
    await interp.call((all) => { globalThis.all = all; }, all);
    const answers = interp.call(async () => {
      await Promise.all(all.map(async (channel) => channel.send(await channel.receive() + 1)));
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const [i, channel] of all.entries()) await channel.send(i);
    await answers;
    let right = 0;
    for (const [i, channel] of all.entries()) if (await channel.receive() === i + 1) right++;
    console.log(right);
    await interp.close();
  `);
  assert.equal(stdout.trim(), "10000");
});

test("Channel.receive() rejects when more operations wait than there can be", slow, async () => {
  const { stdout } = await run(`
    const interp = create();
    const channel = chan();
    await interp.call((channel) => { globalThis.held = channel; }, channel);
    const waiting = [];
    let failed = 0, message = "";
    for (let i = 0; i < 65_540; i++) {
      waiting.push(channel.receive().then(undefined, (error) => { failed++; message = error.name + ": " + error.message; }));
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
    const early = failed;
    channel.close();
    await Promise.all(waiting);
    console.log(JSON.stringify({ early, first: message, all: failed }));
    const next = chan();
    await interp.call((channel) => { globalThis.held = channel; }, next);
    const got = next.receive();
    await next.send(1);
    if (await got !== 1) throw new Error("it does not go on");
    await interp.close();
  `);
  const { early, all } = JSON.parse(stdout) as { early: number; all: number };
  assert.equal(early, 4);
  assert.equal(all, 65_540);
});
