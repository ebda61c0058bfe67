import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, Channel, fromIterable, into, mult, OwnershipError, pub } from "@pool/csp";
import { within } from "../_within.ts";
import { drained, filled, settled } from "./_operators.ts";
import { assertPending } from "./conformance/timing.ts";

test("mult() gives every tap every value, and closes them in the end", async () => {
  const all = mult(filled(1, 2, 3));
  const taps = [all.tap(), all.tap(chan<number>(1)), all.tap(chan<number>(10))];
  assert(taps[0] instanceof Channel);
  for (const end of await Promise.all(taps.map((tap) => drained(tap)))) {
    assert.deepEqual(end, { values: [1, 2, 3] });
  }
});

test("mult() lets the slowest tap hold the others back", async () => {
  const from = chan<number>();
  const all = mult(from);
  const [fast, slow] = [all.tap(chan<number>(10)), all.tap()];
  await within(from.send(1));
  const second = from.send(2);
  await assertPending(second);
  assert.equal(fast.size, 1);
  assert.equal(await within(slow.receive()), 1);
  await within(second);
  assert.equal(await within(slow.receive()), 2);
  assert.equal(fast.size, 2);
});

test("Mult.untap() releases those who wait for a tap, which gets nothing more and stays open", async () => {
  const from = chan<number>();
  const all = mult(from);
  const [stays, leaves] = [all.tap(chan<number>(10)), all.tap()];
  await within(from.send(1));
  const second = from.send(2);
  await settled();
  all.untap(leaves);
  assert.deepEqual(leaves.tryReceive(), { state: "empty" }, "what was being sent is withdrawn at once");
  await within(second);
  await settled();
  assert.equal(stays.size, 2);
  assert.equal(leaves.closed, false);
  all.untap(leaves);
  from.close();
  await settled();
  assert.equal(stays.closed, true);
  assert.equal(leaves.closed, false);
});

test("Mult.tap() adds a channel once, gives it back, and gives it what comes from then on", async () => {
  const from = chan<number>();
  const all = mult(from);
  const first = all.tap(chan<number>(10));
  await within(from.send(1));
  const second = chan<number>(10);
  assert.equal(all.tap(second), second);
  assert.equal(all.tap(second), second);
  await within(from.send(2));
  await settled();
  assert.deepEqual([first.size, second.size], [2, 1]);
});

test("a tap that was taken off can be put on again", async () => {
  const from = chan<number>();
  const all = mult(from);
  const tap = all.tap(chan<number>(10));
  await within(from.send(1));
  await settled();
  all.untap(tap);
  await within(from.send(2));
  all.tap(tap);
  await within(from.send(3));
  await settled();
  assert.deepEqual([tap.tryReceive(), tap.tryReceive(), tap.tryReceive()], [
    { state: "ok", value: 1 },
    { state: "ok", value: 3 },
    { state: "empty" },
  ]);
});

test("mult() without taps drops what comes", async () => {
  const from = chan<number>();
  const all = mult(from);
  await within(from.send(1));
  await within(from.send(2));
  await settled();
  const tap = all.tap();
  await within(from.send(3));
  assert.equal(await within(tap.receive()), 3);
});

test("mult() takes a tap off that is closed, and goes on with the rest", async () => {
  const from = chan<number>();
  const all = mult(from);
  const [stays, leaves, gone] = [all.tap(chan<number>(10)), all.tap(), all.tap()];
  gone.close();
  await within(from.send(1));
  await settled();
  leaves.close();
  await within(from.send(2));
  await within(from.send(3));
  await settled();
  assert.equal(stays.size, 3);
});

test("mult() takes a sender off that was retired or passed on, and goes on with the rest", async () => {
  const from = chan<number>();
  const all = mult(from);
  const stays = all.tap(chan<number>(10));
  const [target, post] = [chan<number>(10), chan<unknown>(1)];
  const [retired, spent] = [all.tap(target.sender()), all.tap(target.sender())];
  await within(from.send(1));
  await settled();
  retired.retire();
  post.trySend(spent);
  assert.throws(() => spent.trySend(0), OwnershipError);
  await within(from.send(2));
  await within(from.send(3));
  await settled();
  assert.deepEqual([stays.size, target.size, target.closed], [3, 2, false]);
});

test("mult() closes its taps with the reason of its input, but those that are to stay open", async () => {
  const from = chan<number>();
  const all = mult(from);
  const [closes, stays] = [all.tap(), all.tap(chan<number>(), { close: false })];
  await settled();
  from.close("over");
  assert.deepEqual(await drained(closes), { values: [], reason: "over" });
  assert.equal(stays.closed, false);
  assert.deepEqual(await drained(all.tap()), { values: [], reason: "over" }, "also a later one");
  assert.equal(all.tap(chan<number>(), { close: false }).closed, false);
  assert.throws(() => all.tap(chan<number>(), { closes: true } as never), TypeError);
});

test("mult() does not drop what is there when taps are made in the same turn", async () => {
  const all = mult(filled("a"));
  const tap = all.tap();
  assert.deepEqual(await drained(tap), { values: ["a"] });
});

test("mult() taps sliding and dropping channels, senders, and the inputs of other operators", async () => {
  const all = mult(filled(1, 2, 3));
  const newest = all.tap(chan<number>({ capacity: 1, overflow: "sliding" }));
  const oldest = all.tap(chan<number>({ capacity: 1, overflow: "dropping" }));
  const target = chan<number>(3);
  all.tap(target.sender());
  assert.deepEqual(await drained(target), { values: [1, 2, 3] });
  assert.deepEqual(await drained(newest), { values: [3] });
  assert.deepEqual(await drained(oldest), { values: [1] });
});

test("pub() gives a value to those who subscribed to its topic", async () => {
  const words = pub(fromIterable(["a", "bb", "c", "dd", "eee"]), (word) => word.length);
  const [ones, twos, also] = [words.sub(1), words.sub(2, chan<string>(9)), words.sub(2, chan<string>(9))];
  assert.deepEqual(await drained(ones), { values: ["a", "c"] });
  assert.deepEqual(await drained(twos), { values: ["bb", "dd"] });
  assert.deepEqual(await drained(also), { values: ["bb", "dd"] });
});

test("pub() drops values of topics without subscriber", async () => {
  const from = chan<number>();
  const topics = pub(from, (n) => n % 2);
  for (const n of [1, 2, 3]) await within(from.send(n));
  await settled();
  const even = topics.sub(0);
  for (const n of [5, 6]) await within(from.send(n));
  assert.equal(await within(even.receive()), 6);
});

test("pub() awaits topics, which are keys as in a Map", async () => {
  const topics = pub(filled(NaN, 1), (n) => Promise.resolve(n));
  assert.deepEqual(await drained(topics.sub(NaN)), { values: [NaN] });
});

test("one channel can subscribe to several topics", async () => {
  const topics = pub(filled(1, 2, 3), (n) => n);
  const some = chan<number>();
  topics.sub(1, some);
  topics.sub(3, some);
  assert.deepEqual(await drained(some), { values: [1, 3] });
});

test("Pub.unsub() releases those who wait, and takes off one topic only", async () => {
  const from = chan<number>();
  const topics = pub(from, (n) => n);
  const to = chan<number>();
  topics.sub(1, to);
  topics.sub(2, to);
  await within(from.send(1));
  const second = from.send(2);
  await assertPending(second);
  topics.unsub(1, to);
  topics.unsub(1, to);
  topics.unsub(7, to);
  await within(second);
  assert.equal(await within(to.receive()), 2);
  await within(from.send(1));
  await within(from.send(2));
  assert.equal(await within(to.receive()), 2);
});

test("pub() closes its subscribers with the reason of its input, or the error of the function", async () => {
  const from = chan<number>();
  const topics = pub(from, (n) => n);
  const [one, two, open] = [topics.sub(1), topics.sub(2), topics.sub(2, chan<number>(), { close: false })];
  await settled();
  from.close("over");
  for (const to of [one, two]) assert.deepEqual(await drained(to), { values: [], reason: "over" });
  assert.equal(open.closed, false);
  assert.deepEqual(await drained(topics.sub(3)), { values: [], reason: "over" });
  const error = new Error("mine");
  const source = filled(1, 2);
  const failing = pub(source, (): number => {
    throw error;
  });
  assert.deepEqual(await drained(failing.sub(1)), { values: [], reason: error });
  assert.equal(source.size, 1);
});

test("pub() goes on when a subscriber is closed", async () => {
  const from = chan<number>();
  const topics = pub(from, () => "all");
  const [leaves, stays] = [topics.sub("all"), topics.sub("all", chan<number>(9))];
  await within(from.send(1));
  await settled();
  leaves.close();
  await within(from.send(2));
  await settled();
  assert.equal(stays.size, 2);
});

test("mult() and pub() in a chain keep all values", async () => {
  const all = mult(fromIterable(Array.from({ length: 500 }, (_, i) => i)));
  const topics = pub(all.tap(), (n) => n % 2);
  const [sum, even, odd] = await within(Promise.all([
    into([], all.tap()),
    into([], topics.sub(0)),
    into([], topics.sub(1)),
  ]));
  assert.equal(sum.length, 500);
  assert.deepEqual([even.length, odd.length], [250, 250]);
});
