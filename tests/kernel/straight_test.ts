/**
 * What the kernel's bookkeeping of references relies on (kernel/wasm/hand.ts): a thread that is terminated has done all of a
 * stretch of WebAssembly without calls and loops, or nothing of it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { runtime } from "../_program.ts";

/** How many words a stretch stores to, one after the other. */
const WORDS = 2000;
const KILLS = 60;
/** A thread that still lives does the rest of a stretch within this time. */
const PATIENCE_MS = 5000;

function unsigned(n: number): number[] {
  return n < 128 ? [n] : [n & 127 | 128, ...unsigned(n >>> 7)];
}

function signed(n: number): number[] {
  return n < 64 ? [n] : [n & 127 | 128, ...signed(n >> 7)];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** A module whose function `fill(n)` stores n to the first words of a shared memory. */
function stretch(): Uint8Array<ArrayBuffer> {
  const body = [0];
  for (let i = 0; i < WORDS; i++) body.push(0x41, ...signed(4 * i), 0x20, 0, 0x36, 2, 0);
  body.push(0x0b);
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 0]),
    ...section(2, [1, 1, 0x65, 1, 0x6d, 2, 3, 1, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, 4, 0x66, 0x69, 0x6c, 0x6c, 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

// Deno does not stop JavaScript that never returns to its event loop: there it does, now and then.
const LOOP = runtime === "deno"
  ? `function turn() { for (let i = 0; i < 2000; i++) fill(++n); setTimeout(turn, 0); } turn();`
  : `for (;;) fill(++n);`;

function source(loop: string): string {
  return `
    const { workerData, parentPort } = require("node:worker_threads");
    const { fill } = new WebAssembly.Instance(new WebAssembly.Module(workerData.code), {
      e: { m: workerData.memory },
    }).exports;
    let n = 0;
    fill(++n);
    parentPort.postMessage("begun");
    ${loop}
  `;
}

/** The values that a thread has left in the words when it was terminated while it filled them by `loop`; `patience` in ms. */
async function leftBy(loop: string, kill: number, patience = PATIENCE_MS): Promise<number[]> {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const words = new Int32Array(memory.buffer);
  const worker = new Worker(source(loop), { eval: true, workerData: { code: stretch(), memory } });
  await new Promise((resolve) => worker.once("message", resolve));
  await new Promise((resolve) => setTimeout(resolve, kill % 7));
  await worker.terminate();
  // It may go on for a moment after its end was told, and wait for a core in the midst of a stretch: what moves is not looked
  // at, and of a stretch that was not done it is waited whether it will be.
  const start = performance.now();
  for (let before = -1;;) {
    const left = [...new Set(words.subarray(0, WORDS))];
    if (left[0] === before && (left.length === 1 || performance.now() - start > patience)) return left;
    before = left[0]!;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("a thread is not terminated within a stretch of code without calls and loops", {
  timeout: 60_000,
}, async () => {
  let turns = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const left = await leftBy(LOOP, kill);
    assert.equal(left.length, 1, `kill ${kill}: ${left}`);
    if (left[0]! > 1) turns++;
  }
  assert.ok(turns > 0, "no thread was in its loop");
});

// What makes the test above one that can fail.
if (runtime !== "deno") {
  test("a thread is terminated within a loop", { timeout: 60_000 }, async () => {
    const loop = `
      const words = new Int32Array(workerData.memory.buffer);
      for (;;) { n++; for (let i = 0; i < ${WORDS}; i++) words[i] = n; }
    `;
    let torn = false;
    for (let kill = 0; kill < KILLS && !torn; kill++) torn = (await leftBy(loop, kill, 0)).length > 1;
    assert.ok(torn, "no thread was terminated in its loop");
  });
}
