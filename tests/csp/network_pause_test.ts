import assert from "node:assert/strict";
import { test } from "node:test";
import {
  after,
  ChannelClosedError,
  go,
  network,
  type Receiver,
  select,
  type Sender,
  sending,
  TimeoutError,
} from "@pool/csp";
import { GATE, GATE_PAUSED, NetworkBlock } from "../../interpreters/network_block.ts";
import { rejection, within } from "../_within.ts";
import { collectIn, count, countTo, pass, pingUntil, statesOf, turn, until } from "./_networks.ts";

/** Waits until nothing has moved in the network for some turns of all event loops concerned. */
async function atRest(net: ReturnType<typeof network>): Promise<void> {
  let before = "";
  let same = 0;
  await until(async () => {
    const now = JSON.stringify((await net.ping()).channels);
    await go(() => {});
    same = now === before ? same + 1 : 0;
    before = now;
    return same >= 20;
  });
}

for (const local of [true, false]) {
  test(`Network.pause() holds processes back until resume, ${local ? "here" : "elsewhere"}`, async () => {
    const got: number[] = [];
    const net = network()
      .process("count", count, { out: ["to"], local })
      .process("pass", pass, { in: ["from"], out: ["to"], local, parallel: 2 })
      .process("collect", collectIn(got), { in: ["from"], local: true })
      .channel("count.to", "pass.from", { capacity: 4 })
      .channel("pass.to", "collect.from")
      .start();
    for (let round = 0; round < 5; round++) {
      const before = got.length;
      await until(() => got.length > before + 20);
      assert.equal(net.pause(), net);
      const report = await pingUntil(
        net,
        ({ processes }) => processes.every(({ state }) => state === "paused"),
      );
      assert.equal(report.state, "paused");
      await atRest(net);
      const held = got.length;
      await atRest(net);
      assert.equal(got.length, held, "nothing moves");
      assert.equal(net.resume(), net);
    }
    await within(net.stop());
    await within(net.done);
    assert.equal(got.length, (await net.ping()).channels[0]!.sent, "and nothing was lost");
  });
}

test("Network.pause() holds every operation of a port back", async () => {
  const log: string[] = [];
  let go: () => void = () => {};
  const started = new Promise<void>((resolve) => go = resolve);
  const net = network()
    .process("a", async ({ from, to }: { from: Receiver<string>; to: Sender<string> }) => {
      await started;
      assert.deepEqual(from.tryReceive(), { state: "empty" });
      assert.equal(to.trySend("x"), false);
      assert.equal(to.closed, false);
      assert.equal(from.size + to.size, 2);
      assert.throws(() => from.receiveSync(), /the network is paused/);
      assert.throws(() => to.sendSync("x"), /the network is paused/);
      assert(await rejection(from.receive({ timeout: 1 })) instanceof TimeoutError);
      assert(await rejection(to.send("x", { timeout: 1 })) instanceof TimeoutError);
      const why = new Error("enough");
      assert.equal(await rejection(from.receive({ signal: AbortSignal.abort(why) })), why);
      assert.equal((await select({ from, late: after(1) })).case, "late");
      assert.equal((await select({ to: sending(to, "x"), late: after(1) })).case, "late");
      log.push("refused");
      const some = Promise.all([
        from.receiveMany(1),
        to.sendMany(["b", "c"]),
        select([sending(to, "d")]),
        to.send("e"),
      ]);
      const got = await some;
      log.push(...got[0] as string[], String(got[2]!.case));
      for await (const last of from) log.push(last);
    }, { in: ["from"], out: ["to"], local: true })
    .process("b", async ({ from, to }: { from: Receiver<string>; to: Sender<string> }) => {
      await to.send("1");
      await to.send("2");
      await started;
      const seen: string[] = [];
      for (let i = 0; i < 4; i++) seen.push(await from.receive());
      log.push(seen.sort().join(""));
    }, { in: ["from"], out: ["to"], local: true })
    .channel("a.to", "b.from", { capacity: 4 })
    .channel("b.to", "a.from", { capacity: 4 })
    .start();
  await pingUntil(net, ({ channels }) => channels[1]!.size === 2);
  net.pause();
  go();
  await until(() => log.includes("refused"));
  await turn();
  assert.deepEqual(log, ["refused"]);
  net.resume();
  await within(net.done);
  assert.deepEqual(log.toSorted(), ["0", "1", "2", "bcde", "refused"]);
  assert.deepEqual(
    (await net.ping()).channels.map(({ sent }) => sent),
    [4, 2],
    "the rejected ones do not count",
  );
});

test("Network.pause() holds nothing back by an end that retires", async () => {
  const errors: unknown[] = [];
  let go: () => void = () => {};
  const started = new Promise<void>((resolve) => go = resolve);
  const net = network()
    .process("a", async ({ from, to }: { from: Receiver<string>; to: Sender<string> }) => {
      // One of each is left to end with the process.
      void from.receive();
      await started;
      void select([from, sending(to, "left")]);
      void to.sendMany(["left"]);
      const waiting = [
        from.receive(),
        from.receiveMany(2),
        select([from]),
        to.send("x"),
        to.sendMany(["y"]),
        select([sending(to, "z")]),
      ];
      const outcomes = Promise.allSettled([from[Symbol.asyncIterator]().next(), ...waiting]);
      await turn();
      from.retire();
      to.retire();
      for (const outcome of await outcomes) errors.push("reason" in outcome ? outcome.reason : outcome.value);
    }, { in: ["from"], out: ["to"], local: true })
    .process("b", async ({ from, to }: { from: Receiver<string>; to: Sender<string> }) => {
      await started;
      const got: string[] = [];
      for await (const value of from) got.push(value);
      assert.deepEqual(got, []);
      assert(await rejection(to.send("1")) instanceof ChannelClosedError);
    }, { in: ["from"], out: ["to"], local: true })
    .channel("a.to", "b.from", { capacity: 4 })
    .channel("b.to", "a.from", { capacity: 4 })
    .start();
  net.pause();
  go();
  await until(() => errors.length === 7);
  net.resume();
  await within(net.done);
  assert.deepEqual(errors[0], { value: undefined, done: true });
  for (const error of errors.slice(1)) assert(error instanceof ChannelClosedError);
  assert.deepEqual(
    errors.slice(4).map((error) => (error as ChannelClosedError).value),
    ["x", undefined, "z"],
  );
  assert.equal((errors[5] as ChannelClosedError).sent, 0);
  assert.deepEqual((await net.ping()).channels.map(({ sent }) => sent), [0, 0]);
});

test("Network.pause() lets a process be cancelled", async () => {
  const net = network()
    .process("count", count, { out: ["to"] })
    .process("collect", collectIn([]), { in: ["from"], local: true })
    .channel("count.to", "collect.from")
    .start();
  await pingUntil(net, ({ channels }) => channels[0]!.sent > 5);
  net.pause();
  await pingUntil(net, ({ processes }) => processes.every(({ state }) => state === "paused"));
  await within(net.stop({ timeout: 0 }));
  await within(net.done);
});

test("Network.inject() puts a value into a port, of an in or out port, in order", async () => {
  const got: number[] = [];
  const net = network()
    .process("pass", pass, { in: ["from"], out: ["to"] })
    .process("loop", pass, { in: ["from"], out: ["to"], watch: false })
    .process("collect", collectIn(got), { in: ["from"], local: true })
    .channel("pass.to", "loop.from", { capacity: 8 })
    .channel("pass.to", "collect.from", { capacity: 8 })
    .channel("loop.to", "pass.from", { capacity: 8 })
    .start();
  await within(net.inject("collect.from", 1));
  await until(() => got.length === 1);
  net.pause();
  await pingUntil(net, ({ processes }) => processes.every(({ state }) => state === "paused"));
  for (let n = 2; n < 30; n++) await within(net.inject("collect.from", n));
  assert(got.length <= 2, "while it is paused nobody takes more than what it waits for already");
  net.resume();
  await until(() => got.length === 29);
  assert.deepEqual(got, Array.from({ length: 29 }, (_, n) => n + 1));
  await within(net.inject("pass.to", 100));
  await until(() => got.length > 31);
  assert.equal(got[29], 100, "an out port's value goes where all go");
  await within(net.stop());
});

test("Network.inject() refuses ports that are none, and values that cannot cross", async () => {
  const net = network("n")
    .process("pass", pass, { in: ["from"], out: ["to"] })
    .process("back", pass, { in: ["from"], out: ["to"], watch: false })
    .channel("pass.to", "back.from")
    .channel("back.to", "pass.from")
    .start();
  assert.match(
    String(await rejection(net.inject("pass.x", 1))),
    /NetworkError: Cannot inject a value: network "n" has no port "pass\.x"; there are "pass\.from"/,
  );
  assert.match(String(await rejection(net.inject("x", 1))), /"x" is no port/);
  assert.match(String(await rejection(net.inject("pass.from", () => {}))), /NotShareableError/);
  net.pause();
  assert.match(String(await rejection(net.inject("pass.from", () => {}))), /NotShareableError/);
  await within(net.stop());
  assert.match(String(await rejection(net.inject("pass.from", 1))), /it has ended/);
});

test("Network.ping() tells what processes do and how full channels are", async () => {
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => finish = resolve);
  const net = network("n")
    .process("busy", async ({ from }: { from: Receiver<number> }) => {
      await from.receive();
      await finished;
      for await (const _ of from);
    }, { in: ["from"], local: true })
    .process("full", async ({ to }: { to: Sender<number> }) => {
      for (let n = 0; n < 4; n++) await to.send(n);
      await to.sendMany([4, 5]);
    }, { out: ["to"] })
    .process("selects", async (ports: { a: Receiver<number>; b: Receiver<number> }) => {
      await (await import("@pool/csp")).select(ports);
    }, { in: ["a", "b"] })
    .process("waits", async ({ x, y }: { x: Sender<number>; y: Sender<number> }, wait: Promise<void>) => {
      await wait;
      x.retire();
      y.retire();
    }, { out: ["x", "y"], args: [finished], local: true })
    .channel("full.to", "busy.from", { capacity: 2 })
    .channel("waits.x", "selects.a")
    .channel("waits.y", "selects.b", { capacity: 3 });
  assert.deepEqual(await net.ping(), {
    name: "n",
    state: "idle",
    processes: ["busy", "full", "selects", "waits"].map((name) => ({ name, state: "idle" })),
    channels: [
      { from: "full.to", to: "busy.from", size: 0, capacity: 2, sent: 0 },
      { from: "waits.x", to: "selects.a", size: 0, capacity: 0, sent: 0 },
      { from: "waits.y", to: "selects.b", size: 0, capacity: 3, sent: 0 },
    ],
  });
  net.start();
  const { processes, channels } = await pingUntil(
    net,
    ({ processes: [, full, selects], channels: [first] }) =>
      full!.state === "waiting" && selects!.state === "waiting" && first!.sent === 3,
  );
  assert.deepEqual(processes, [
    { name: "busy", state: "running" },
    { name: "full", state: "waiting", operation: "send", channel: "full.to -> busy.from" },
    {
      name: "selects",
      state: "waiting",
      operation: "select",
      channel: "waits.x -> selects.a, waits.y -> selects.b",
    },
    { name: "waits", state: "running" },
  ]);
  assert.deepEqual(channels[0], { from: "full.to", to: "busy.from", size: 2, capacity: 2, sent: 3 });
  finish();
  await within(net.done);
  const end = await net.ping();
  assert.equal(end.state, "done");
  assert.deepEqual(statesOf(end), { busy: "done", full: "done", selects: "done", waits: "done" });
  assert.equal(end.channels[0]!.sent, 6);
});

test("Network.resume() lets a process go on that is just about to be held back", async () => {
  const { load } = NetworkBlock.prototype;
  const got: number[] = [];
  const net = network()
    .process("first", countTo, { out: ["to"], local: true, args: [3] })
    .process("last", collectIn(got), { in: ["from"], local: true })
    .channel("first.to", "last.from");
  let looks = 0;
  NetworkBlock.prototype.load = function loaded(member, word) {
    const bits = load.call(this, member, word);
    // The second look is the one that decides: it is open by the time the process waits for it.
    if (word === GATE && (bits & GATE_PAUSED) !== 0 && looks++ === 1) net.resume();
    return bits;
  };
  try {
    net.start().pause();
    await within(net.done);
    assert(looks > 1);
    assert.deepEqual(got, [0, 1, 2]);
  } finally {
    NetworkBlock.prototype.load = load;
  }
});
