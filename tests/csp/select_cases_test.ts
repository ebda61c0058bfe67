import assert from "node:assert/strict";
import { test } from "node:test";
import { after, alternation, chan, every, move, never, select, sending, trySelect } from "@pool/csp";
import { rejection, within } from "../_within.ts";

test("select() leaves out null, undefined and false, and keeps the keys of the others", async () => {
  const a = chan<number>(3);
  for (const n of [1, 2, 3]) await a.send(n);
  assert.deepEqual(await select([null, undefined, false, a]), { case: 3, value: 1, closed: false });
  assert.deepEqual(await select({ x: null, y: false, z: undefined, a }), {
    case: "a",
    value: 2,
    closed: false,
  });
  // deno-lint-ignore no-sparse-arrays
  assert.deepEqual(await select([, a]), { case: 1, value: 3, closed: false });
});

test("select() without a case that is on waits for ever", async () => {
  for (const cases of [[], {}, [null], { off: false }] as const) {
    let settled = false;
    void select(cases).then(() => settled = true, () => settled = true);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(settled, false);
  }
});

test("select() without a case that is on still heeds its signal", async () => {
  const controller = new AbortController();
  const waiting = rejection(select([], { signal: controller.signal }));
  controller.abort("enough");
  assert.equal(await waiting, "enough");
});

test("select() refuses what is no case, naming it", async () => {
  const sender = chan<number>().sender();
  const wrong: [unknown, RegExp][] = [
    [{ ok: chan(), jobs: 7 }, /case "jobs" is the number 7; pass a Channel/],
    [[chan(), "x"], /case 1 is the string x; pass/],
    [[true], /case 0 is the boolean true/],
    [[{}], /case 0 is an object of class Object/],
    [[() => 1], /case 0 is the function \(anonymous\)/],
    [{ out: sender }, /case "out" is an object of class Sender; pass sending\(sender, value\)/],
  ];
  for (const [cases, message] of wrong) {
    for (const how of [select, (given: never) => Promise.resolve().then(() => trySelect(given))]) {
      const error = await rejection(how(cases as never));
      assert(error instanceof TypeError);
      assert.match(error.message, message);
    }
    assert.throws(() => alternation(cases as never), TypeError);
  }
});

test("select() refuses cases that are neither an array nor a plain object", async () => {
  for (const cases of [chan(), new Map(), new Set(), null, undefined, 3, "ab", () => 1]) {
    const error = await rejection(select(cases as never));
    assert(error instanceof TypeError);
    assert.match(
      error.message,
      /^Cannot select: the cases are .*; pass an array or a plain object of cases$/,
    );
  }
});

test("sending() refuses what nothing can be sent to", () => {
  assert.throws(() => sending(chan<number>().receiver() as never, 1 as never), TypeError);
  assert.throws(() => sending({} as never, 1 as never), /an object of class Object is nothing to send to/);
  assert.throws(() => sending(undefined as never, 1 as never), TypeError);
});

test("sending() sends anew in each select", async () => {
  const a = chan<number>(2);
  const one = sending(a, 1);
  await select([one]);
  await select([one]);
  assert.equal(a.size, 2);
});

test("select() takes one-way ends", async () => {
  const a = chan<string>();
  const got = select([a.receiver()]);
  await select([sending(a.sender(), "x")]);
  assert.equal((await within(got)).value, "x");
});

test("select() gives a promise's value", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const got = select({ a: chan(), promise });
  resolve("kept");
  assert.deepEqual(await within(got), { case: "promise", value: "kept", closed: false });
  assert.deepEqual(await select([chan(), promise]), { case: 1, value: "kept", closed: false });
});

test("select() knows of a promise that is settled already, new or not, in its place", async () => {
  const a = chan<number>(1);
  await a.send(1);
  const first = await select({ promise: Promise.resolve("p"), a }, { mode: "priority" });
  assert.equal(first.case, "promise");
  const last = await select({ a, promise: Promise.resolve("p") }, { mode: "priority" });
  assert.equal(last.case, "a");
  let promised = 0;
  for (let i = 0; i < 200; i++) {
    await a.send(1);
    const got = await select([Promise.resolve(), a]);
    if (got.case === 0) {
      promised++;
      await a.receive();
    }
  }
  assert(promised > 40 && promised < 160, `${promised} of 200`);
});

test("select() rejects when a promise does", async () => {
  const reason = new Error("broken");
  const { promise, reject } = Promise.withResolvers<never>();
  const waiting = rejection(select([chan(), promise]));
  reject(reason);
  assert.equal(await waiting, reason);
  assert.equal(await rejection(select([promise])), reason);
  assert.equal(await rejection(select([Promise.reject(reason)])), reason);
});

test("select() takes a thenable, whatever it does", async () => {
  const calls: string[] = [];
  const eager = {
    then(resolve: (value: number) => void) {
      calls.push("then");
      resolve(1);
      resolve(2);
    },
  } as PromiseLike<number>;
  assert.deepEqual(await select([eager]), { case: 0, value: 1, closed: false });
  assert.deepEqual(await select([eager]), { case: 0, value: 1, closed: false });
  assert.deepEqual(calls, ["then"]);
  const broken = {
    then() {
      throw new Error("no then");
    },
  } as PromiseLike<number>;
  assert.match(String(await rejection(select([broken]))), /no then/);
});

test("trySelect() knows of a promise one microtask after it has first seen it", async () => {
  const promise = Promise.resolve(5);
  assert.equal(trySelect([promise]), undefined);
  await undefined;
  assert.deepEqual(trySelect([promise]), { case: 0, value: 5, closed: false });
});

test("select() gives the reason of a signal", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const got = select({ a: chan(), signal });
  controller.abort("reason");
  assert.deepEqual(await within(got), { case: "signal", value: "reason", closed: false });
  assert.deepEqual(await select([signal]), { case: 0, value: "reason", closed: false });
});

test("select() may have one signal or promise in several cases", async () => {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<number>();
  const signals = select([controller.signal, controller.signal]);
  const promises = select([promise, promise]);
  controller.abort("reason");
  resolve(1);
  assert.equal((await within(signals)).value, "reason");
  assert.equal((await within(promises)).value, 1);
});

test("select() serves all that wait for one promise, and for one signal", async () => {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<number>();
  const waiting = Array.from({ length: 10 }, (_, i) => select([i % 2 === 0 ? promise : controller.signal]));
  resolve(1);
  controller.abort(2);
  const values = (await within(Promise.all(waiting))).map(({ value }) => value);
  assert.deepEqual(values, [1, 2, 1, 2, 1, 2, 1, 2, 1, 2]);
});

test("select() takes timers", async () => {
  const began = performance.now();
  const got = await within(select({ never, late: after(10_000), soon: after(5), quiet: chan() }));
  assert.equal(got.case, "soon");
  assert.equal(typeof got.value, "number");
  assert(performance.now() - began >= 4);
  const ticks = every(1);
  for (let i = 0; i < 3; i++) assert.equal((await within(select({ never, ticks }))).case, "ticks");
  ticks.close();
  assert.equal((await within(select({ never, ticks }))).closed, true);
  assert.equal(trySelect({ never, later: after(1000) }), undefined);
});

test("sending() leaves a moved buffer attached unless its case takes effect", async () => {
  const a = chan<Uint8Array>();
  const b = chan<Uint8Array>();
  const bytes = Uint8Array.of(1, 2, 3);
  assert.equal(trySelect([sending(a, move(bytes))]), undefined);
  assert.equal(bytes.byteLength, 3);
  const ready = chan<number>(1);
  await ready.send(1);
  await select([ready, sending(a, move(bytes))], { mode: "priority" });
  assert.equal(bytes.byteLength, 3);
  const waiting = select({ a: sending(a, move(bytes)), b });
  await b.send(Uint8Array.of(9));
  assert.equal((await waiting).case, "b");
  assert.equal(bytes.byteLength, 3);
  const late = rejection(select([sending(a, move(bytes))], { timeout: 1 }));
  await late;
  assert.equal(bytes.byteLength, 3);
  const sent = select({ a: sending(a, move(bytes)), b });
  assert.deepEqual([...await a.receive()], [1, 2, 3]);
  await sent;
  assert.equal(bytes.byteLength, 0);
});
