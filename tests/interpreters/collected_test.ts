import assert from "node:assert/strict";
import { test } from "node:test";
import { GC_FLAGS, runProgram } from "../_program.ts";

const slow = { timeout: 40_000 };

/** Collects what nobody holds until `done()`, in turns of the event loop, for 10 s at most. Text: sent code needs it too. */
const COLLECT = `
  async function collectUntil(done) {
    const until = performance.now() + 10_000;
    while (!done() && performance.now() < until) {
      // a turn of its own: what a WeakRef gave stays until the end of the turn
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (typeof Bun === "object") Bun.gc(true);
      else globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return done();
  }
`;

/** Runs a program that can collect. */
async function prints(source: string, stdout: string): Promise<void> {
  const result = await runProgram(`import { create } from "@pool/csp";\n${COLLECT}\n${source}`, {
    flags: GC_FLAGS,
    limit: 25_000,
  });
  assert.deepEqual([result.stdout, result.code, result.late], [stdout, 0, false], result.stderr);
}

test("A generator ends when the iterator that a program dropped was collected", slow, async () => {
  await prints(
    `
    const interp = create();
    const words = new Int32Array(new SharedArrayBuffer(16));
    async function drop(n) {
      for (let i = 0; i < n; i++) {
        const stream = await interp.call(function* (words) {
          try { for (let i = 0;; i++) yield i; } finally { Atomics.add(words, 0, 1); }
        }, words);
        await stream.next();
      }
    }
    await drop(20);
    console.log(await collectUntil(() => Atomics.load(words, 0) > 0));
    console.log(await interp.call(() => "free"));
    await interp.close();
  `,
    "true\nfree\n",
  );
});

test("A pending next() of a dropped iterator still gets its value", slow, async () => {
  await prints(
    `
    const interp = create({ mode: "concurrent" });
    const words = new Int32Array(new SharedArrayBuffer(16));
    async function ask() {
      const stream = await interp.call(async function* (words) {
        try {
          yield "first";
          Atomics.store(words, 0, 1);
          while (Atomics.load(words, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
          yield "second";
        } finally {
          Atomics.store(words, 2, 1);
        }
      }, words);
      console.log((await stream.next()).value);
      return [stream.next()];
    }
    const [pending] = await ask();
    let rounds = 0;
    await collectUntil(() => Atomics.load(words, 0) === 1 && ++rounds > 20);
    console.log(Atomics.load(words, 2));
    Atomics.store(words, 1, 1);
    console.log((await pending).value);
    await interp.close({ force: true });
  `,
    "first\n0\nsecond\n",
  );
});

test("A received signal whose origin is gone is collected when nobody holds it", slow, async () => {
  await prints(
    `
    const [origin, other] = [create(), create()];
    await other.exec(${
      JSON.stringify(
        COLLECT.replace("async function collectUntil", "globalThis.collectUntil = async function"),
      )
    } + "; var refs = []");
    const signal = await origin.call(() => new AbortController().signal);
    await origin.close();
    for (let i = 0; i < 3; i++) await other.call((s) => { refs.push(new WeakRef(s)); }, signal);
    console.log(await other.call(() => collectUntil(() => refs.some((ref) => ref.deref() === undefined))));
    await other.close();
  `,
    "true\n",
  );
});
