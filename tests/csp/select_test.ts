import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, ChannelClosedError, select, sending } from "@pool/csp";
import { rejection, within } from "../_within.ts";

/** Lets everything run that waits for nothing but its turn among the microtasks. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await undefined;
}

test("select() gives the value of a channel that is ready, under its name", async () => {
  const a = chan<string>(1);
  const b = chan<string>(1);
  await b.send("hello");
  assert.deepEqual(await select({ a, b }), { case: "b", value: "hello", closed: false });
  assert.equal(b.size, 0);
});

test("select() gives the case of an array as a number", async () => {
  const b = chan<string>(1);
  await b.send("x");
  assert.deepEqual(await select([chan(), b]), { case: 1, value: "x", closed: false });
});

test("select() waits for the first that becomes ready", async () => {
  const a = chan<number>();
  const b = chan<number>();
  const got = select({ a, b });
  await b.send(2);
  assert.deepEqual(await within(got), { case: "b", value: 2, closed: false });
  assert.equal(a.trySend(1), false, "nothing waits at the other one any more");
  assert.equal(b.trySend(1), false);
});

test("select() passes undefined and null on as values", async () => {
  const a = chan<undefined | null>(2);
  await a.sendMany([undefined, null]);
  assert.deepEqual(await select([a]), { case: 0, value: undefined, closed: false });
  assert.deepEqual(await select([a]), { case: 0, value: null, closed: false });
});

test("select() sends where there is room", async () => {
  const full = chan<number>(1);
  const room = chan<number>(1);
  await full.send(0);
  assert.deepEqual(await select({ full: sending(full, 1), room: sending(room, 2) }), {
    case: "room",
    value: undefined,
    closed: false,
  });
  assert.deepEqual([await full.receive(), await room.receive()], [0, 2]);
  assert.equal(full.size + room.size, 0);
});

test("select() sends to whoever comes to receive first", async () => {
  const a = chan<string>();
  const b = chan<string>();
  const got = select([sending(a, "to a"), sending(b, "to b")]);
  assert.equal(await within(b.receive()), "to b");
  assert.deepEqual(await got, { case: 1, value: undefined, closed: false });
  assert.deepEqual(a.tryReceive(), { state: "empty" });
  assert.deepEqual(b.tryReceive(), { state: "empty" });
});

test("select() on both sides matches", async () => {
  const a = chan<number>();
  const b = chan<number>();
  const [one, other] = await within(Promise.all([
    select({ a: sending(a, 1), b: sending(b, 2) }),
    select({ a, b }),
  ]));
  assert.equal(one.case, other.case);
  assert.deepEqual(other, { case: one.case, value: one.case === "a" ? 1 : 2, closed: false });
});

test("select() does not meet itself", async () => {
  const a = chan<number>();
  const lonely = select({ in: a, out: sending(a, 1) });
  await settle();
  assert.equal(await Promise.race([lonely.then(() => "met"), settle().then(() => "alone")]), "alone");
  const other = select({ in: a, out: sending(a, 2) });
  const [one, two] = await within(Promise.all([lonely, other]));
  assert.deepEqual(new Set([one.case, two.case]), new Set(["in", "out"]));
  assert.equal(one.value ?? two.value, one.case === "in" ? 2 : 1);
});

test("select() may have one channel in several cases", async () => {
  const a = chan<number>();
  const got = select([a, a, a]);
  await a.send(1);
  assert.equal((await within(got)).value, 1);
  assert.equal(a.trySend(2), false);
  const sent = select([sending(a, 1), sending(a, 2)]);
  const value = await a.receive();
  assert.equal((await within(sent)).case, value - 1);
  assert.deepEqual(a.tryReceive(), { state: "empty" });
});

test("select() is served in its turn among those who wait", async () => {
  const a = chan<number>();
  const first = a.receive();
  const second = select([a, chan()]);
  const third = a.receive();
  for (const n of [1, 2, 3]) await a.send(n);
  assert.deepEqual(await Promise.all([first, second.then(({ value }) => value), third]), [1, 2, 3]);
});

test("select() tells of a closed channel as ready", async () => {
  const a = chan<number>(1);
  await a.send(1);
  a.close();
  assert.deepEqual(await select({ a }), { case: "a", value: 1, closed: false });
  assert.deepEqual(await select({ a }), { case: "a", value: undefined, closed: true });
  const b = chan<number>();
  const waiting = select({ b });
  b.close();
  assert.deepEqual(await within(waiting), { case: "b", value: undefined, closed: true });
});

test("select() tells the reason of a close, undefined included", async () => {
  const a = chan<number>();
  const waiting = select([a]);
  a.close("enough");
  const closed = { case: 0, value: undefined, closed: true, reason: "enough" };
  assert.deepEqual(await within(waiting), closed);
  assert.deepEqual(await select([a]), closed);
  const b = chan<number>();
  b.close(undefined);
  const got = await select([b]);
  assert("reason" in got && got.reason === undefined && got.closed);
});

test("select() rejects when the case is a send, and the channel closed", async () => {
  const a = chan<number>();
  const waiting = select([sending(a, 1)]);
  a.close();
  for (const error of [await rejection(waiting), await rejection(select([sending(a, 1)]))]) {
    assert(error instanceof ChannelClosedError);
    assert.equal(error.value, 1);
  }
});

test("select() takes the other case when a send on a closed channel comes later in priority", async () => {
  const a = chan<number>(1);
  const b = chan<number>();
  await a.send(1);
  b.close();
  assert.equal((await select([a, sending(b, 1)], { mode: "priority" })).value, 1);
});

test("select() rejects with the reason of a poison, on either side", async () => {
  const reason = new Error("poisoned");
  for (const side of ["receive", "send"]) {
    const a = chan<number>();
    const start = () => select([side === "receive" ? a : sending(a, 1)]);
    const waiting = rejection(start());
    a.poison(reason);
    assert.equal(await waiting, reason);
    assert.equal(await rejection(start()), reason);
  }
});

test("select() chooses every ready case equally often", async () => {
  const count = 4;
  const rounds = 4000;
  const channels = Array.from({ length: count }, () => chan<number>(1));
  for (const each of channels) await each.send(0);
  const chosen = Array.from({ length: count }, () => 0);
  for (let i = 0; i < rounds; i++) {
    const got = await select(channels);
    chosen[got.case]!++;
    await channels[got.case]!.send(0);
  }
  // Six standard deviations.
  const bound = 6 * Math.sqrt(rounds * (1 / count) * (1 - 1 / count));
  for (const times of chosen) assert(Math.abs(times - rounds / count) < bound, chosen.join());
});

test("select() in priority takes the first that is ready, of sends and receives", async () => {
  const a = chan<number>(1);
  const b = chan<number>(1);
  const c = chan<number>(1);
  await b.send(1);
  for (let i = 0; i < 50; i++) {
    assert.equal((await select({ a, b, c: sending(c, 1) }, { mode: "priority" })).case, "b");
    assert.equal(c.size, 0);
    await b.send(1);
  }
  assert.equal((await select({ a, c: sending(c, 1), b }, { mode: "priority" })).case, "c");
});

test("select() in a loop that always succeeds at once lets timers run", async () => {
  const a = chan<number>(1);
  let fired = false;
  setTimeout(() => fired = true, 1);
  const until = performance.now() + 4000;
  while (!fired && performance.now() < until) {
    await select([sending(a, 1)]);
    await select([a, chan()]);
  }
  assert.equal(fired, true);
});

test("select() delivers each value once when many wait at several channels", async () => {
  const channels = Array.from({ length: 4 }, () => chan<number>());
  const sentTo = 10;
  const perSender = 200;
  const seen: number[] = [];
  const senders = Array.from({ length: sentTo }, async (_, who) => {
    for (let i = 0; i < perSender; i++) {
      const value = who * perSender + i;
      await select(channels.map((each) => sending(each, value)));
    }
  });
  const receivers = Array.from({ length: 7 }, async () => {
    for (;;) {
      const got = await select(channels);
      if (got.closed) return;
      seen.push(got.value);
    }
  });
  await within(Promise.all(senders));
  for (const each of channels) each.close();
  await within(Promise.all(receivers));
  assert.deepEqual(seen.sort((a, b) => a - b), Array.from({ length: sentTo * perSender }, (_, i) => i));
});
