import assert from "node:assert/strict";
import { test } from "node:test";
import { alternation, chan, sending, TimeoutError } from "@pool/csp";
import { rejection, within } from "../_within.ts";

/** Channels of capacity 1 that are full. */
async function fullChannels(count: number) {
  const channels = Array.from({ length: count }, () => chan<number>(1));
  for (const each of channels) await each.send(0);
  return channels;
}

test("alternation() selects again and again", async () => {
  const a = chan<number>();
  const b = chan<number>();
  const both = alternation({ a, b });
  for (let i = 0; i < 10; i++) {
    const got = both.select();
    await (i % 3 === 0 ? a : b).send(i);
    assert.deepEqual(await within(got), { case: i % 3 === 0 ? "a" : "b", value: i, closed: false });
  }
});

test("Alternation.prioritySelect() takes the first that is ready", async () => {
  const channels = await fullChannels(3);
  const all = alternation(channels);
  for (const expected of [0, 1, 2]) assert.equal((await all.prioritySelect()).case, expected);
});

test("Alternation.select() takes any that is ready", async () => {
  const channels = await fullChannels(2);
  const all = alternation(channels);
  const chosen = [0, 0];
  for (let i = 0; i < 400; i++) {
    const got = await all.select();
    chosen[got.case]!++;
    await channels[got.case]!.send(0);
  }
  assert(Math.min(...chosen) > 100, chosen.join());
});

test("Alternation.fairSelect() serves all that are ready in turns", async () => {
  const channels = await fullChannels(5);
  const all = alternation(channels);
  const turns: number[] = [];
  for (let i = 0; i < 15; i++) {
    const got = await all.fairSelect();
    turns.push(got.case);
    await channels[got.case]!.send(0);
  }
  assert.deepEqual(turns, [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
});

test("Alternation.fairSelect() lets no ready case wait more than n turns, whatever else is ready", async () => {
  const count = 5;
  const channels = Array.from({ length: count }, () => chan<number>(1));
  const all = alternation(channels);
  const seed = Math.floor(Math.random() * 2 ** 31);
  let state = seed;
  const waited = Array.from({ length: count }, () => 0);
  for (let turn = 0; turn < 3000; turn++) {
    for (let i = 0; i < count; i++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      if (state >> 16 & 1) channels[i]!.trySend(turn);
    }
    if (channels.every(({ size }) => size === 0)) continue;
    const got = await all.fairSelect();
    for (let i = 0; i < count; i++) waited[i] = channels[i]!.size > 0 ? waited[i]! + 1 : 0;
    assert(Math.max(...waited) < count, `seed ${seed}, turn ${turn}: ${waited}, took ${got.case}`);
  }
});

test("Alternation.fairSelect() counts the case it waited for as a turn", async () => {
  const a = chan<number>(1);
  const b = chan<number>(1);
  const both = alternation([a, b]);
  const waiting = both.fairSelect();
  await a.send(1);
  assert.equal((await waiting).case, 0);
  await a.send(1);
  await b.send(1);
  assert.equal((await both.fairSelect()).case, 1);
});

test("Alternation.fairSelect() keeps turns when other ways of selecting come in between", async () => {
  const channels = await fullChannels(3);
  const all = alternation(channels);
  const fair: number[] = [];
  for (let i = 0; i < 9; i++) {
    const first = await all.prioritySelect();
    await channels[first.case]!.send(0);
    const got = await all.fairSelect();
    fair.push(got.case);
    await channels[got.case]!.send(0);
  }
  assert.deepEqual(fair, [0, 1, 2, 0, 1, 2, 0, 1, 2]);
});

test("alternation() sends its value in each turn", async () => {
  const out = chan<number>(2);
  const one = alternation([sending(out, 7)]);
  await one.select();
  await one.fairSelect();
  assert.deepEqual([await out.receive(), await out.receive()], [7, 7]);
});

test("alternation() keeps a promise and a signal ready once they are", async () => {
  const controller = new AbortController();
  const all = alternation({ promise: Promise.resolve(1), signal: controller.signal });
  assert.equal((await all.prioritySelect()).case, "promise");
  controller.abort("x");
  assert.deepEqual(
    [(await all.fairSelect()).case, (await all.fairSelect()).case, (await all.fairSelect()).case],
    ["promise", "signal", "promise"],
  );
});

test("Alternation.select() heeds signal and timeout, and may be used by many at once", async () => {
  const a = chan<number>();
  const all = alternation({ a });
  const controller = new AbortController();
  const waiting = [
    rejection(all.select({ signal: controller.signal })),
    rejection(all.fairSelect({ timeout: 3 })),
    all.prioritySelect(),
  ] as const;
  assert(await waiting[1] instanceof TimeoutError);
  controller.abort("reason");
  assert.equal(await waiting[0], "reason");
  await a.send(1);
  assert.equal((await within(waiting[2])).value, 1);
  assert(await rejection(all.select({ mode: "priority" } as never)) instanceof TypeError);
});
