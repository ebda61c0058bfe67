import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chan,
  ChannelClosedError,
  every,
  filter,
  fromIterable,
  into,
  map,
  pipe,
  promiseChan,
  Receiver,
  sleep,
  take,
  yieldNow,
} from "@pool/csp";
import { rejection, within } from "../_within.ts";
import { drained, filled, settled } from "./_operators.ts";
import { assertPending, hops } from "./conformance/timing.ts";

test("map() gives what the function makes of each value, in order", async () => {
  const mapped = map((n) => n * 2, filled(1, 2, 3));
  assert(mapped instanceof Receiver);
  assert.deepEqual(await drained(mapped), { values: [2, 4, 6] });
  assert.equal(mapped.closed, true);
});

test("map() awaits what the function promises, one value at a time", async () => {
  let running = 0;
  const mapped = map(async (n: number) => {
    assert.equal(++running, 1);
    await yieldNow();
    running--;
    return String(n);
  }, filled(1, 2, 3));
  assert.deepEqual((await drained(mapped)).values, ["1", "2", "3"]);
});

test("map() passes undefined and null on", async () => {
  const values = [undefined, null, 0, ""];
  assert.deepEqual((await drained(map((value) => value, filled(...values)))).values, values);
});

test("filter() gives the values for which the predicate is true", async () => {
  assert.deepEqual((await drained(filter((n) => n > 1, filled(1, 2, 3)))).values, [2, 3]);
  assert.deepEqual((await drained(filter((n) => Promise.resolve(n === 1), filled(1, 2, 3)))).values, [1]);
  const strings = filter(
    (value): value is string => typeof value === "string",
    filled<unknown>(1, "a", 2, "b"),
  );
  const texts: string[] = (await drained(strings)).values;
  assert.deepEqual(texts, ["a", "b"]);
});

test("take() gives the first values and leaves the rest", async () => {
  const from = filled(1, 2, 3, 4);
  assert.deepEqual(await drained(take(2, from)), { values: [1, 2] });
  await settled();
  assert.equal(from.size, 2);
  assert.equal(await from.receive(), 3);
});

test("take() reads nothing more when the last value waits to be received", async () => {
  const from = filled(1, 2);
  const first = take(1, from);
  await settled();
  assert.equal(from.size, 1);
  assert.deepEqual(await drained(first), { values: [1] });
  assert.equal(from.size, 1);
});

test("take() ends at once for 0, with its input when that is shorter, and takes Infinity", async () => {
  const from = filled(1, 2);
  assert.deepEqual(await drained(take(0, from)), { values: [] });
  assert.equal(from.size, 2);
  assert.deepEqual(await drained(take(5, from)), { values: [1, 2] });
  assert.deepEqual(await drained(take(Infinity, filled(1, 2, 3))), { values: [1, 2, 3] });
});

test("take() throws when n is no number of values", () => {
  for (const n of [-1, 1.5, NaN, -Infinity, "2"]) {
    assert.throws(() => take(n as number, chan()), RangeError, String(n));
  }
});

for (
  const [name, make] of [
    ["map()", (from) => map((n) => n, from)],
    ["filter()", (from) => filter(() => true, from)],
    ["take()", (from) => take(9, from)],
    ["pipe()", (from) => pipe(from, chan())],
  ] as [string, (from: ReturnType<typeof chan<number>>) => Receiver<number>][]
) {
  test(`${name} ends with the reason of its input`, async () => {
    for (const reason of [new Error("why"), undefined, new ChannelClosedError("an own one")]) {
      const from = chan<number>(3);
      from.trySend(1);
      from.close(reason);
      const end = await drained(make(from));
      assert.deepEqual(end.values, [1]);
      assert("reason" in end);
      assert.equal(end.reason, reason);
    }
  });

  test(`${name} ends with the reason of a poison, before and while it waits`, async () => {
    const reason = new Error("poison");
    const from = chan<number>(3);
    from.trySend(1);
    from.poison(reason);
    assert.deepEqual(await drained(make(from)), { values: [], reason });
    const other = chan<number>();
    const out = make(other);
    await settled();
    other.poison(reason);
    assert.deepEqual(await drained(out), { values: [], reason });
  });

  test(`${name} holds its producer back`, async () => {
    const from = chan<number>();
    const out = make(from);
    await within(from.send(1));
    const second = from.send(2);
    await assertPending(second);
    assert.equal(await within(out.receive()), 1);
    await within(second);
    assert.equal(await within(out.receive()), 2);
  });
}

test("map(), filter() and take() stop, and take nothing more, when their receiver is retired", async () => {
  for (
    const make of [
      (from: ReturnType<typeof chan<number>>) => map((n) => n, from),
      (from: ReturnType<typeof chan<number>>) => filter(() => true, from),
      (from: ReturnType<typeof chan<number>>) => take(9, from),
    ]
  ) {
    const from = chan<number>();
    const out = make(from);
    await within(from.send(1));
    assert.equal(await within(out.receive()), 1);
    await settled();
    out.retire();
    await settled();
    assert.equal(from.trySend(2), false, "nobody waits for it");
    await assertPending(from.send(3));
  }
});

test("an operator whose receiver is retired while it holds a value stops", async () => {
  const from = filled(1, 2, 3);
  const out = map((n) => n, from);
  await settled();
  assert.equal(from.size, 2, "one value is made ahead");
  out.retire();
  await settled();
  assert.equal(from.size, 2);
});

test("an error of a function ends the output with it", async () => {
  const error = new Error("mine");
  function fails(n: number): boolean {
    if (n === 2) throw error;
    return true;
  }
  const from = filled(1, 2, 3);
  assert.deepEqual(await drained(map(fails, from)), { values: [true], reason: error });
  assert.equal(from.size, 1, "the rest stays");
  assert.deepEqual(await drained(filter(fails, filled(1, 2))), { values: [1], reason: error });
  assert.deepEqual(await drained(map(() => Promise.reject(error), filled(1))), { values: [], reason: error });
  const closed = new ChannelClosedError("thrown");
  const end = await drained(map(() => {
    throw closed;
  }, filled(1)));
  assert.equal(end.reason, closed);
});

test("an error of a function reaches the end of a chain", async () => {
  const error = new Error("mine");
  const first = map((n: number) => {
    if (n === 2) throw error;
    return n;
  }, filled(1, 2));
  const last = take(5, filter(() => true, map((n) => n, first)));
  assert.deepEqual(await drained(last), { values: [1], reason: error });
});

test("pipe() sends on, closes the output, and gives it back", async () => {
  const to = chan<number>(1);
  assert.equal(pipe(filled(1, 2, 3), to), to);
  assert.deepEqual(await drained(to), { values: [1, 2, 3] });
});

test("pipe() leaves the output open when told so", async () => {
  const to = chan<number>(5);
  pipe(filled(1, 2), to, { close: false });
  const broken = chan<number>();
  pipe(broken, to, { close: false });
  broken.close(new Error("not for the output"));
  await settled();
  assert.equal(to.closed, false);
  assert.equal(to.size, 2);
});

test("pipe() throws when an option is unknown", () => {
  assert.throws(() => pipe(chan<number>(), chan<number>(), { clos: true } as never), TypeError);
});

test("pipe() stops when the output is closed by others, and takes nothing when it was closed before", async () => {
  const [from, to] = [filled(1, 2, 3), chan<number>()];
  to.close();
  pipe(from, to);
  await settled();
  assert.equal(from.size, 3);
  const [source, target] = [filled(1, 2, 3), chan<number>()];
  pipe(source, target);
  await settled();
  assert.equal(source.size, 2);
  target.close();
  await settled();
  assert.equal(source.size, 2, "only what it held is lost");
});

test("pipe() takes one value at most after its output was closed", async () => {
  const [from, to] = [chan<number>(), chan<number>()];
  pipe(from, to);
  await settled();
  to.close();
  await within(from.send(1));
  await settled();
  assert.equal(from.trySend(2), false);
  assert.equal(from.closed, false);
});

test("pipe() sends to a sender, and closes the channel by it", async () => {
  const to = chan<number>(2);
  pipe(filled(1, 2), to.sender());
  assert.deepEqual(await drained(to), { values: [1, 2] });
});

test("pipe() from a promise channel and into one", async () => {
  const answer = promiseChan<number>();
  pipe(filled(7, 8), answer);
  assert.equal(await within(answer.receive()), 7);
  const many = take(3, promiseChanWith(5));
  assert.deepEqual(await drained(many), { values: [5, 5, 5] });
});

function promiseChanWith(value: number): ReturnType<typeof promiseChan<number>> {
  const channel = promiseChan<number>();
  channel.trySend(value);
  return channel;
}

test("operators take receivers and timers", async () => {
  const channel = filled(1, 2);
  assert.deepEqual(await into([], map((n) => -n, channel.receiver())), [-1, -2]);
  const ticker = every(1);
  const two = await within(into([], take(2, ticker)));
  assert.equal(two.length, 2);
  ticker.close();
});

test("an endless input that is always ready lets timers in", async () => {
  function* ones(): Generator<number> {
    for (;;) yield 1;
  }
  const to = chan<number>({ capacity: 1, overflow: "sliding" });
  pipe(fromIterable(ones(), 8), to);
  await within(sleep(5));
  to.close();
  await hops();
});

test("a chain of operators keeps all values in order", async () => {
  const n = 3000;
  let from: Receiver<number> = fromIterable(Array.from({ length: n }, (_, i) => i), 4);
  for (let i = 0; i < 10; i++) from = map((value) => value + 1, from);
  assert.deepEqual(await within(into([], from)), Array.from({ length: n }, (_, i) => i + 10));
});

test("an input end that was retired ends the output with that error", async () => {
  const end = chan<number>().receiver();
  end.retire();
  const error = await rejection(map((n) => n, end).receive());
  assert(error instanceof ChannelClosedError);
});

test("pipe() stops when the sender that it was given is retired, and leaves the channel open", async () => {
  const from = chan<number>();
  const to = chan<number>(9);
  const [sender, _other] = [to.sender(), to.sender()];
  pipe(from, sender, { close: false });
  await within(from.send(1));
  await settled();
  sender.retire();
  await within(from.send(2));
  await settled();
  assert.deepEqual([to.size, to.closed], [1, false]);
  assert.equal(from.trySend(3), false);
});
