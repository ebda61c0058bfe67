import assert from "node:assert/strict";
import { test } from "node:test";
import { macrotask } from "../../runtime/mod.ts";
import { runProgram } from "../_program.ts";
import { within } from "../_within.ts";

test("macrotask() settles after all microtasks", async () => {
  const order: string[] = [];
  const hop = macrotask().then(() => order.push("macrotask"));
  void (async () => {
    for (let i = 0; i < 100; i++) await null;
    order.push("microtasks");
  })();
  await within(hop);
  assert.deepEqual(order, ["microtasks", "macrotask"]);
});

test("macrotask() settles in order of the calls", async () => {
  const order: number[] = [];
  await within(Promise.all([0, 1, 2, 3, 4].map((i) => macrotask().then(() => order.push(i)))));
  assert.deepEqual(order, [0, 1, 2, 3, 4]);
});

test("macrotask() lets timers and messages through while it is called again and again", async () => {
  const { port1, port2 } = new MessageChannel();
  let seen = 0;
  port1.onmessage = () => seen++;
  setTimeout(() => seen++, 0);
  port2.postMessage(1);
  const until = performance.now() + 10_000;
  while (seen < 2 && performance.now() < until) await macrotask();
  port1.close();
  assert.equal(seen, 2);
});

test("macrotask() works where there is no setImmediate, in order", { timeout: 30_000 }, async () => {
  const url = new URL("../../runtime/macrotask.ts", import.meta.url).href;
  const { code, late, stdout, stderr } = await runProgram(`
    delete globalThis.setImmediate;
    const { macrotask } = await import(${JSON.stringify(url)});
    const order = [];
    const hops = [1, 2, 3].map((i) => macrotask().then(() => order.push(i)));
    for (let i = 0; i < 100; i++) await null;
    order.push("microtasks");
    await Promise.all(hops);
    await macrotask();
    console.log(order.join());
    process.exit(0);
  `);
  assert.deepEqual([code, late, stdout.trim()], [0, false, "microtasks,1,2,3"], stderr);
});
