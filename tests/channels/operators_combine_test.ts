import assert from "node:assert/strict";
import { test } from "node:test";
import {
  after,
  chan,
  type Channel,
  every,
  filter,
  fromIterable,
  into,
  map,
  merge,
  mix,
  mult,
  never,
  pipe,
  pub,
  Receiver,
  reduce,
  sending,
  split,
  take,
  zip,
} from "@pool/csp";
import { rejection, within } from "../_within.ts";
import { drained, filled, settled } from "./_operators.ts";
import { assertPending } from "./conformance/timing.ts";

test("merge() gives all values of all inputs and ends with the last one", async () => {
  const slow = chan<number>();
  const merged = merge([filled(1, 2), filled<number>(), slow, filled(3)]);
  assert(merged instanceof Receiver);
  const got: number[] = [];
  for (let i = 0; i < 3; i++) got.push(await within(merged.receive()));
  assert.deepEqual(got.sort(), [1, 2, 3]);
  await assertPending(merged[Symbol.asyncIterator]().next());
  await within(slow.send(4));
  slow.close();
});

test("merge() of nothing is closed", async () => {
  assert.deepEqual(await drained(merge([])), { values: [] });
});

test("merge() takes any iterable of ports of different kinds", async () => {
  const merged: Receiver<number | string> = merge(new Set([filled("a"), after(0)]));
  assert.equal(typeof await within(merged.receive()), "string");
  assert.equal(typeof await within(merged.receive()), "number");
  merged.retire();
});

test("merge() keeps the order of each input", async () => {
  const inputs = [0, 1, 2].map((i) => fromIterable(Array.from({ length: 200 }, (_, n) => [i, n] as const)));
  const { values } = await drained(merge(inputs));
  assert.equal(values.length, 600);
  for (let i = 0; i < 3; i++) {
    const own = values.filter(([from]) => from === i).map(([, n]) => n);
    assert.deepEqual(own, Array.from({ length: 200 }, (_, n) => n));
  }
});

test("merge() is fair: of inputs that are always ready each gives one in turn", async () => {
  const inputs = [0, 1, 2].map((i) => filled(...Array.from({ length: 50 }, () => i)));
  const merged = merge(inputs);
  const counts = [0, 0, 0];
  for (let n = 0; n < 150; n++) {
    const from = await within(merged.receive());
    counts[from]!++;
    assert(Math.max(...counts) - Math.min(...counts) <= 1, counts.join());
  }
});

test("merge() ends with the reason of the first input that has one, while others go on", async () => {
  const reason = new Error("one of them");
  const [open, failing] = [chan<number>(), chan<number>()];
  const merged = merge([open, failing]);
  await settled();
  failing.close(reason);
  assert.deepEqual(await drained(merged), { values: [], reason });
  await settled();
  assert.equal(open.trySend(1), false, "it is not read any more");
});

test("merge() ends with the reason of an input that is poisoned while it waits", async () => {
  const [open, failing] = [chan<number>(), chan<number>()];
  const merged = merge([open, failing]);
  await settled();
  failing.poison("poison");
  assert.deepEqual(await drained(merged), { values: [], reason: "poison" });
});

test("merge() stops, and takes nothing more, when its receiver is retired", async () => {
  const inputs = [chan<number>(), chan<number>()];
  const merged = merge(inputs);
  await within(inputs[1]!.send(1));
  await within(merged.receive());
  await settled();
  merged.retire();
  await settled();
  for (const input of inputs) assert.equal(input.trySend(2), false);
});

test("merge() holds one value at most", async () => {
  const inputs = [filled(1, 2), filled(3, 4)];
  const merged = merge(inputs);
  await settled();
  assert.equal(inputs[0]!.size + inputs[1]!.size, 3);
  merged.retire();
});

test("zip() gives pairs and ends with the shorter one", async () => {
  assert.deepEqual(await drained(zip(filled(1, 2, 3), filled("a", "b"))), { values: [[1, "a"], [2, "b"]] });
  assert.deepEqual(await drained(zip(filled(1), filled("a", "b"))), { values: [[1, "a"]] });
});

test("zip() ends when one input ends, whatever the other one does", async () => {
  const [a, b] = [chan<number>(), chan<number>()];
  const pairs = zip(a, b);
  await settled();
  b.close();
  assert.deepEqual(await drained(pairs), { values: [] });
  assert.equal(a.trySend(1), false);
});

test("zip() takes whichever comes first first", async () => {
  const [a, b] = [chan<number>(), chan<string>()];
  const pairs = zip(a, b);
  await within(b.send("b"));
  await within(a.send(1));
  assert.deepEqual(await within(pairs.receive()), [1, "b"]);
  await within(a.send(2));
  const waiting = b.send("c");
  await within(waiting);
  assert.deepEqual(await within(pairs.receive()), [2, "c"]);
  pairs.retire();
});

test("zip() of a channel with itself pairs what follows each other", async () => {
  const channel = filled(1, 2, 3, 4, 5);
  assert.deepEqual(await drained(zip(channel, channel)), { values: [[1, 2], [3, 4]] });
});

test("zip() ends with the reason of an input", async () => {
  for (const side of [0, 1]) {
    const inputs: [Channel<number>, Channel<number>] = [chan(1), chan(1)];
    const pairs = zip(...inputs);
    inputs[1 - side]!.trySend(1);
    await settled();
    inputs[side]!.close("reason");
    assert.deepEqual(await drained(pairs), { values: [], reason: "reason" });
  }
});

test("zip() stops when its receiver is retired, before and between two values", async () => {
  for (const half of [false, true]) {
    const [a, b] = [chan<number>(), chan<number>()];
    const pairs = zip(a, b);
    if (half) await within(a.send(1));
    await settled();
    pairs.retire();
    await settled();
    assert.equal(a.trySend(2), false);
    assert.equal(b.trySend(2), false);
  }
});

test("split() sends each value one of two ways", async () => {
  const { yes, no } = split((n) => n > 2, filled(1, 2, 3, 4));
  assert.deepEqual(await Promise.all([drained(yes), drained(no)]), [{ values: [3, 4] }, { values: [1, 2] }]);
  const typed = split((value): value is string => typeof value === "string", filled<string | number>("a", 1));
  const texts: Receiver<string> = typed.yes;
  const numbers: Receiver<number> = typed.no;
  assert.deepEqual((await Promise.all([drained(texts), drained(numbers)])).map(({ values }) => values), [[
    "a",
  ], [1]]);
});

test("split() waits for the way whose turn it is", async () => {
  const { yes, no } = split((n) => n % 2 === 1, filled(1, 2, 3));
  const two = no.receive();
  await assertPending(two);
  assert.equal(await within(yes.receive()), 1);
  assert.equal(await within(two), 2);
  assert.equal(await within(yes.receive()), 3);
});

test("split() goes on with one way when the other was given up, and stops when both were", async () => {
  const from = chan<number>();
  const { yes, no } = split((n) => n % 2 === 1, from);
  await settled();
  no.retire();
  for (const n of [2, 4, 1]) await within(from.send(n));
  assert.equal(await within(yes.receive()), 1);
  await settled();
  yes.retire();
  await settled();
  assert.equal(from.trySend(6), false);
});

test("split() closes both ways with the reason of the input, or the error of the predicate", async () => {
  const from = chan<number>();
  const ways = split((n) => n > 0, from);
  from.close("over");
  for (const way of [ways.yes, ways.no]) assert.deepEqual(await drained(way), { values: [], reason: "over" });
  const error = new Error("mine");
  const failing = split(() => {
    throw error;
  }, filled(1));
  for (const way of [failing.yes, failing.no]) {
    assert.deepEqual(await drained(way), { values: [], reason: error });
  }
});

test("operators refuse what is no port or no function, before they begin", async () => {
  const from = filled(1, 2);
  const same = (value: unknown) => value;
  const REFUSED: readonly (readonly [text: string, call: () => unknown])[] = [
    ["Cannot map: input is 5; pass a channel or what can be received from", () => map(same, 5 as never)],
    ["Cannot map: fn is 5; pass a function", () => map(5 as never, from)],
    ["Cannot filter: input is undefined; pass", () => filter(Boolean, undefined as never)],
    ["Cannot filter: predicate is null; pass a function", () => filter(null as never, from)],
    ["Cannot take: input is an object of class Object; pass", () => take(1, {} as never)],
    ["Cannot take: input is an object of class Sender; pass", () => take(1, chan(1).sender() as never)],
    ["Cannot take: input is an object of class SendCase; pass", () => take(1, sending(from, 1) as never)],
    ["Cannot take: input is an object of class Promise; pass", () => take(1, Promise.resolve(1) as never)],
    ["Cannot split: predicate is 1; pass a function", () => split(1 as never, from)],
    ['Cannot split: input is "a"; pass', () => split(Boolean, "a" as never)],
    ["Cannot zip: a is an object of class Array; pass", () => zip([1] as never, from)],
    ["Cannot zip: b is null; pass", () => zip(from, null as never)],
    ["Cannot merge: input 1 is 1; pass", () => merge([from, 1 as never])],
    ["Cannot merge: the inputs are not iterable; pass", () => merge(5 as never)],
    ["Cannot pipe: input is 1; pass", () => pipe(1 as never, chan())],
    [
      "Cannot pipe: output is an object of class Receiver; pass",
      () => pipe(from, chan(1).receiver() as never),
    ],
    ["Cannot pipe: close is 5; pass true or false", () => pipe(from, chan(), { close: 5 as never })],
    ['Cannot tap: close is "no"; pass', () => mult(chan()).tap(chan(), { close: "no" as never })],
    ["Cannot subscribe: close is 0; pass", () => pub(chan(), same).sub(1, chan(), { close: 0 as never })],
    ["Cannot set state in mix: mute is 1; pass", () => mix(chan()).set(from, { mute: 1 as never })],
    ["Cannot mult: input is undefined; pass", () => mult(undefined as never)],
    ["Cannot tap: output is 1; pass", () => mult(chan()).tap(1 as never)],
    ["Cannot pub: input is the function same; pass", () => pub(same as never, same)],
    ["Cannot pub: topicOf is undefined; pass a function", () => pub(from, undefined as never)],
    ["Cannot subscribe: output is null; pass", () => pub(chan(), same).sub(1, null as never)],
    ["Cannot mix: output is 5; pass a channel or a sender", () => mix(5 as never)],
    ["Cannot add to mix: input is 5; pass", () => mix(chan()).add(5 as never)],
    ["Cannot add to mix: input is 5; pass", () => mix(chan()).set(5 as never, {})],
    ["Cannot reduce: input is 5; pass", () => reduce(same, 0, 5 as never)],
    ["Cannot reduce: fn is 5; pass a function", () => reduce(5 as never, 0, from)],
    ["Cannot append values: input is null; pass", () => into([], null as never)],
    ["Cannot append values: array is of type number; pass an array", () => into(1 as never, from)],
  ];
  for (const [text, call] of REFUSED) {
    let error: unknown;
    try {
      const result = call();
      assert(result instanceof Promise, `${text}: nothing was thrown`);
      error = await rejection(result);
    } catch (thrown) {
      error = thrown;
    }
    assert(error instanceof TypeError, `${text}: ${String(error)}`);
    assert(error.message.startsWith(text), `${error.message}, not ${text}`);
  }
  await settled();
  assert.equal(from.size, 2);
});

test("operators accept whatever can be received from", async () => {
  const ticker = every(0);
  for (const from of [filled(1), filled(1).receiver(), after(0), ticker]) {
    assert.equal((await drained(take(1, map((n: number) => n, from)))).values.length, 1);
  }
  ticker.close();
  const silent = map((n) => n, never);
  await settled();
  assert.deepEqual(silent.tryReceive(), { state: "empty" });
  silent.retire();
});
