import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { GC_FLAGS, runProgram } from "../_program.ts";

const slow = { timeout: 90_000 };

/** Selects of each program; `CSP_LIMITS=1000000` for a million. */
const SELECTS = Number(process.env["CSP_LIMITS"] ?? 300_000);
/** In so many parts, after each of which the heap is measured. */
const PARTS = 5;
/** By how much a part may let the heap grow: far below the eight bytes of a place in a list for each of its selects. */
const MOST_BYTES = 3 * SELECTS / PARTS;

/** A program that prints by how many bytes the heap has grown in each part of its rounds but the first. */
function growing(round: string): string {
  return `
    import { alternation, chan, never, select, sending } from "@pool/csp";
    const full = chan();
    const quiet = chan();
    const pending = new Promise(() => {});
    const { signal } = new AbortController();
    const ready = chan();
    const cases = { full: sending(full, 1), quiet, again: quiet, pending, signal, never, ready };
    const all = alternation(cases);
    // From here on the promise is known: no select waits for a microtask to see whether it is settled.
    await select([pending, Promise.resolve()]);
    async function collect() {
      for (let i = 0; i < 3; i++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (typeof Bun === "object") Bun.gc(true);
        else globalThis.gc();
      }
      if (typeof Bun === "object") return (await import("bun:jsc")).heapSize();
      return process.memoryUsage().heapUsed;
    }
    const sizes = [];
    for (let part = 0; part < ${PARTS}; part++) {
      for (let i = 0; i < ${SELECTS / PARTS}; i++) {
        ${round}
      }
      sizes.push(await collect());
    }
    console.log(sizes.slice(1).map((size, i) => size - sizes[i]).join(" "));
  `;
}

async function staysFlat(round: string): Promise<void> {
  const { stdout, stderr, code } = await runProgram(growing(round), { flags: GC_FLAGS, limit: 80_000 });
  assert.equal(code, 0, stderr);
  // What is kept of each select grows with every part; compiled code and tables of the engine come in single leaps.
  const growth = stdout.trim().split(" ").map(Number).sort((a, b) => a - b);
  assert.equal(growth.length, PARTS - 1, stdout);
  assert((growth[1]! + growth[2]!) / 2 < MOST_BYTES, `bytes more after each part: ${stdout}`);
}

test("select() leaves nothing where it has waited in vain", slow, async () => {
  await staysFlat(`
    const got = select(cases, { signal });
    ready.trySend(i);
    if ((await got).value !== i) throw new Error("wrong");
  `);
});

test("select() leaves nothing where it need not wait", slow, async () => {
  await staysFlat(`
    const sent = ready.send(i);
    if ((await select(cases, { signal })).value !== i) throw new Error("wrong");
    await sent;
  `);
});

test("Alternation.fairSelect() leaves nothing behind", slow, async () => {
  await staysFlat(`
    const got = all.fairSelect({ timeout: 60_000 });
    ready.trySend(i);
    if ((await got).value !== i) throw new Error("wrong");
  `);
});
