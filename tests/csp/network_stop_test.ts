import assert from "node:assert/strict";
import { test } from "node:test";
import { network, type Receiver, type Sender } from "@pool/csp";
import { runProgram } from "../_program.ts";
import { rejection, within } from "../_within.ts";
import { collectIn, count, countTo, pass, pingUntil, statesOf, type Through, until } from "./_networks.ts";

for (const local of [true, false]) {
  const where = local ? "here" : "elsewhere";
  test(`Network.stop() cancels sources and lets all arrive that was sent, ${where}`, async () => {
    const got: number[] = [];
    const net = network()
      .process("count", count, { out: ["to"], local })
      .process("pass", pass, { in: ["from"], out: ["to"], local, parallel: 2 })
      .process("collect", collectIn(got), { in: ["from"], local: true })
      .channel("count.to", "pass.from", { capacity: 16 })
      .channel("pass.to", "collect.from", { capacity: 4 })
      .start();
    await until(() => got.length > 200);
    await within(net.stop());
    await within(net.done);
    const report = await net.ping();
    assert.equal(report.state, "done");
    assert.deepEqual(statesOf(report), {
      count: "cancelled",
      "pass 0": "done",
      "pass 1": "done",
      collect: "done",
    });
    const [into, out] = report.channels;
    assert.equal(into!.sent, got.length, "what count has sent is collected");
    assert.equal(out!.sent, got.length);
    assert.deepEqual(got.toSorted((a, b) => a - b), Array.from({ length: got.length }, (_, n) => n));
  });

  test(`Network.stop() lets processes that receive in a loop without end come to theirs, ${where}`, async () => {
    const net = network()
      .process("count", count, { out: ["to"], local })
      .process("sum", async ({ from }: { from: Receiver<number> }) => {
        for (let sum = 0;;) sum += await from.receive();
      }, { in: ["from"], local })
      .channel("count.to", "sum.from")
      .start();
    await pingUntil(net, ({ channels }) => channels[0]!.sent > 10);
    await within(net.stop());
    await within(net.done);
    assert.deepEqual(statesOf(await net.ping()), { count: "cancelled", sum: "done" });
  });

  test(`Network.stop() cancels a cycle that is at rest, and drains what is behind it, ${where}`, async () => {
    const got: number[] = [];
    const net = network()
      .process("a", async ({ from, to, tap }: Through & { tap: Sender<number> }) => {
        for await (const n of from) {
          await tap.send(n);
          if (n < 50) await to.send(n + 1);
        }
      }, { in: ["from"], out: ["to", "tap"], local })
      .process("b", pass, { in: ["from"], out: ["to"], local })
      .process("collect", collectIn(got), { in: ["from"], local: true })
      .channel("a.to", "b.from")
      .channel("b.to", "a.from")
      .channel("a.tap", "collect.from", { capacity: 100 })
      .start();
    await net.inject("a.from", 0);
    await within(net.stop());
    await within(net.done);
    assert.deepEqual(got, Array.from({ length: 51 }, (_, n) => n));
  });
}

test("Network.stop() cancels a cycle in which values go round for ever, after a second", async () => {
  const net = network()
    .process("a", pass, { in: ["from"], out: ["to"] })
    .process("b", pass, { in: ["from"], out: ["to"] })
    .channel("a.to", "b.from")
    .channel("b.to", "a.from")
    .start();
  await net.inject("a.from", 1);
  await pingUntil(net, ({ channels }) => channels[0]!.sent > 100);
  await within(net.stop());
  await within(net.done);
  // Whichever is cancelled first closes the channel to the other one.
  const states = Object.values(statesOf(await net.ping()));
  assert(states.includes("cancelled") && !states.includes("failed"), String(states));
});

test("Network.stop() waits for what feeds a cycle before it cancels that", async () => {
  const got: number[] = [];
  const net = network()
    .process("count", count, { out: ["to"] })
    .process("loop", async ({ from, back, to, again }: {
      from: Receiver<number>;
      back: Receiver<number>;
      to: Sender<number>;
      again: Sender<number>;
    }) => {
      for await (const n of from) {
        await again.send(n);
        await to.send(await back.receive());
      }
      await back.receive();
    }, { in: ["from", "back"], out: ["to", "again"] })
    .process("echo", pass, { in: ["from"], out: ["to"] })
    .process("collect", collectIn(got), { in: ["from"], local: true })
    .channel("count.to", "loop.from", { capacity: 50 })
    .channel("loop.again", "echo.from")
    .channel("echo.to", "loop.back")
    .channel("loop.to", "collect.from")
    .start();
  await until(() => got.length > 20);
  await within(net.stop());
  await within(net.done);
  assert.equal(got.length, (await net.ping()).channels[0]!.sent);
});

test("Network.stop({timeout}) cancels what does not drain in time", async () => {
  const net = network()
    .process("count", count, { out: ["to"], local: true })
    .process("stubborn", async ({ from }: { from: Receiver<number> }) => {
      for await (const _ of from);
      const { sleep } = await import("@pool/csp");
      await sleep(1_000_000);
    }, { in: ["from"] })
    .channel("count.to", "stubborn.from")
    .start();
  const bad = net as unknown as { stop(options: unknown): Promise<void> };
  assert.match(String(await rejection(bad.stop({ timeout: -1 }))), /RangeError: .*timeout is -1/);
  assert.match(String(await rejection(bad.stop({ timeout: "1" }))), /TypeError: .*timeout is of type string/);
  assert.match(String(await rejection(bad.stop({ limit: 1 }))), /TypeError: .*unknown option "limit"/);
  assert.equal((await net.ping()).state, "running");
  await within(net.stop({ timeout: 100 }));
  await within(net.done);
  assert.deepEqual(statesOf(await net.ping()), { count: "cancelled", stubborn: "cancelled" });
});

test("Network.stop() has no effect on a network that does not run, and can be called twice", async () => {
  const net = network().process("a", countTo, { out: ["to"], args: [3] })
    .process("b", collectIn([]), { in: ["from"], local: true }).channel("a.to", "b.from");
  await within(net.stop());
  assert.equal((await net.ping()).state, "idle");
  net.start();
  await within(Promise.all([net.stop(), net.stop()]));
  await within(net.stop());
  assert.equal((await net.ping()).state, "done");
});

test("Network.stop() resumes a network that is paused", async () => {
  const got: number[] = [];
  const net = network()
    .process("a", count, { out: ["to"] })
    .process("b", collectIn(got), { in: ["from"], local: true })
    .channel("a.to", "b.from", { capacity: 10 })
    .start();
  await until(() => got.length > 10);
  net.pause();
  await within(net.stop());
  await within(net.done);
  assert.equal(got.length, (await net.ping()).channels[0]!.sent);
});

test("Network[Symbol.asyncDispose]() stops it", async () => {
  const net = network()
    .process("a", count, { out: ["to"] })
    .process("b", collectIn([]), { in: ["from"], local: true })
    .channel("a.to", "b.from")
    .start();
  await within(net[Symbol.asyncDispose]());
  await net.done;
  assert.equal((await net.ping()).state, "done");
});

test("Network.stop() right after the start ends processes that have not begun", async () => {
  for (const local of [true, false]) {
    const net = network()
      .process("a", count, { out: ["to"], local })
      .process("b", pass, { in: ["from"], out: ["to"], local })
      .process("c", collectIn([]), { in: ["from"], local: true })
      .channel("a.to", "b.from")
      .channel("b.to", "c.from")
      .start();
    await within(net.stop());
    await within(net.done);
  }
});

test("A network that fails while it is stopped alone is reported by done, and by nothing else", async () => {
  const program = (breaks: string, ends: string) => `
    import { network } from "@pool/csp";
    const net = network("n")
      .process("source", async ({ out }) => {
        for (;;) await out.send(1);
      }, { out: ["out"], local: true })
      .process("a", async ({ from }) => {
        for await (const _ of from) ${breaks};
        throw new RangeError("odd");
      }, { in: ["from"] })
      .channel("source.out", "a.from")
      .start();
    ${ends}
    console.log("over");
  `;
  const stopped = await runProgram(program(
    "continue",
    `
    while ((await net.ping()).channels[0].sent < 10) await new Promise((resolve) => setTimeout(resolve));
    await net.stop();
    await net.done.catch((error) => console.log(error.name, error.process));
  `,
  ));
  assert.deepEqual([stopped.code, stopped.stdout, stopped.stderr], [0, "RangeError a\nover\n", ""]);
  const ignored = await runProgram(
    program("break", "await new Promise((resolve) => setTimeout(resolve, 5_000));"),
  );
  assert.notEqual(ignored.code, 0);
  assert.match(ignored.stderr, /odd/);
});

test("A program ends by itself when its network has, and stays while it runs", async () => {
  const { code, stdout, late } = await runProgram(`
    import { network } from "@pool/csp";
    network("n")
      .process("a", async ({ out }) => { await new Promise((resolve) => setTimeout(resolve, 300)); await out.send(1); }, { out: ["out"] })
      .process("b", async ({ from }) => { for await (const n of from) console.log("got", n); }, { in: ["from"], local: true })
      .channel("a.out", "b.from")
      .start();
  `);
  assert.deepEqual([code, stdout, late], [0, "got 1\n", false]);
});
