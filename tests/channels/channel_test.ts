import { chan, Channel, ChannelClosedError, promiseChan, TimeoutError } from "@pool/csp";
import assert from "node:assert/strict";
import { test } from "node:test";
import { GUARD, type Guard, type Guarded, type Sendable, SENDING } from "../../channels/port.ts";
import { rejection, within } from "../_within.ts";

test("Channel() is unbuffered by default, chan() the same by number and by options", () => {
  for (const ch of [new Channel(), new Channel({}), chan(), chan(0), chan({ capacity: 0 })]) {
    assert.deepEqual([ch.capacity, ch.size, ch.closed, ch.name], [0, 0, false, ""]);
  }
  const ch = chan({ capacity: 3, overflow: "sliding", name: "jobs" });
  assert.deepEqual([ch.capacity, ch.name], [3, "jobs"]);
  assert(ch instanceof Channel);
});

test("Channel() refuses what is no capacity, overflow mode, name or option", () => {
  for (const capacity of [-1, 1.5, NaN, Infinity, 2 ** 53]) {
    assert.throws(() => new Channel({ capacity }), RangeError, String(capacity));
    assert.throws(() => chan(capacity), RangeError);
  }
  assert.throws(() => chan(-1), {
    message: "Cannot create channel: capacity is -1; pass an integer of at least 0",
  });
  for (const overflow of ["sliding", "dropping"] as const) {
    assert.throws(() => chan({ overflow }), RangeError);
    assert.throws(() => chan({ overflow, capacity: 0 }), RangeError);
  }
  const wrong = [{ capacity: "1" }, { overflow: "drop" }, { name: 1 }, { size: 1 }, "1", null];
  for (const options of wrong) {
    assert.throws(() => chan(options as never), TypeError, JSON.stringify(options));
  }
  assert.throws(() => promiseChan({ capacity: 1 } as never), /unknown option "capacity"/);
});

test("Channel.tryReceive() gives one and the same result when there is nothing", () => {
  const ch = chan<number>(1);
  assert.equal(ch.tryReceive(), ch.tryReceive());
  assert.deepEqual(ch.tryReceive(), { state: "empty" });
  ch.close();
  assert.equal(ch.tryReceive(), ch.tryReceive());
  assert.deepEqual(ch.tryReceive(), { state: "closed" });
});

test("Channel.receive() rejects with one and the same error when the channel is closed", async () => {
  const ch = chan<number>();
  ch.close();
  const [one, two] = [await rejection(ch.receive()), await rejection(ch.receive())];
  assert(one instanceof ChannelClosedError);
  assert.equal(one, two);
  assert.equal("value" in one, false);
});

test("options that are none reject, and nothing has happened", async () => {
  const ch = chan<number>(2);
  const limits: [object, typeof TypeError][] = [
    [{ timout: 1 }, TypeError],
    [{ timeout: "1" }, TypeError],
    [{ timeout: -1 }, RangeError as never],
    [{ timeout: NaN }, RangeError as never],
    [{ signal: {} }, TypeError],
    [null as never, TypeError],
  ];
  for (const [options, Class] of limits) {
    for (
      const attempt of [
        ch.send(1, options),
        ch.receive(options),
        ch.sendMany([1], options),
        ch.receiveMany(1, options),
      ]
    ) {
      assert((await rejection(attempt)) instanceof Class, JSON.stringify(options));
    }
  }
  assert.match(
    String(await rejection(ch.send(1, { timout: 1 } as never))),
    /unknown option "timout"; known are signal, timeout/,
  );
  assert.equal(ch.size, 0);
});

test("an operation whose signal has aborted already has no effect", async () => {
  const ch = chan<number>(2);
  ch.trySend(1);
  const signal = AbortSignal.abort("stopped");
  assert.equal(await rejection(ch.send(2, { signal })), "stopped");
  assert.equal(await rejection(ch.receive({ signal })), "stopped");
  assert.equal(await rejection(ch.receiveMany(1, { signal })), "stopped");
  assert.equal(ch.size, 1);
});

test("a timeout of 0 is one attempt; what can be done at once is done", async () => {
  const ch = chan<number>(1);
  await ch.send(1, { timeout: 0 });
  await assert.rejects(ch.send(2, { timeout: 0 }), {
    name: "TimeoutError",
    message: "Cannot send to the channel: nobody took the value within 0 ms",
  });
  assert.equal(await ch.receive({ timeout: 0 }), 1);
  await assert.rejects(ch.receive({ timeout: 0 }), TimeoutError);
  assert.equal(ch.size, 0);
});

test("Channel.sendMany() takes arrays, typed arrays, iterables and what has a length", async () => {
  const ch = chan<unknown>(100);
  await ch.sendMany([1, undefined, null]);
  await ch.sendMany(Float64Array.of(0.5, 1.5));
  await ch.sendMany(new Set(["a", "b"]));
  await ch.sendMany((function* () {
    yield "c";
  })());
  await ch.sendMany({ length: 2, 0: "d", 1: "e" });
  await ch.sendMany([]);
  ch.sendManySync(new Set(["f"]));
  assert.deepEqual(await ch.receiveMany(100), [1, undefined, null, 0.5, 1.5, "a", "b", "c", "d", "e", "f"]);
  for (const values of [1, null, undefined, "ab", {}]) {
    await assert.rejects(ch.sendMany(values as never), TypeError);
  }
  const broken = (function* () {
    yield 1;
    throw new Error("broken");
  })();
  await assert.rejects(ch.sendMany(broken), /broken/);
  assert.equal(ch.size, 0);
});

test("Channel.sendMany() cut short tells how many went through", async () => {
  const closed = chan<number>(2);
  const sending = rejection(closed.sendMany([1, 2, 3, 4]));
  assert.equal(await closed.receive(), 1);
  closed.close();
  const error = await sending as ChannelClosedError;
  assert.deepEqual([error.name, error.sent, error.value], ["ChannelClosedError", 3, 4]);
  assert.equal((await rejection(closed.sendMany([1])) as ChannelClosedError).sent, 0);

  const timed = await rejection(chan<number>(2).sendMany([1, 2, 3], { timeout: 5 })) as TimeoutError;
  assert.deepEqual([timed.name, timed.sent], ["TimeoutError", 2]);
  assert.match(timed.message, /within 5 ms/);

  const controller = new AbortController();
  const aborted = chan<number>(1).sendMany([1, 2], { signal: controller.signal });
  controller.abort();
  assert.equal(await rejection(aborted), controller.signal.reason);
  assert.equal(aborted.sent, 1);
  assert.equal(controller.signal.reason.sent, 1);
  assert.equal(Object.prototype.propertyIsEnumerable.call(controller.signal.reason, "sent"), false);
  const busy = Object.assign(new Error("busy"), { sent: "a letter" });
  await rejection(chan<number>(1).sendMany([1, 2], { signal: AbortSignal.abort(busy) }));
  assert.equal(busy.sent, "a letter", "what a reason has is left as it is");
  const plain = new AbortController();
  const text = rejection(chan<number>(1).sendMany([1, 2], { signal: plain.signal }));
  plain.abort("a string");
  assert.equal(await text, "a string");

  const poisoned = chan<number>();
  const reason = Object.freeze(new Error("poison"));
  const cut = rejection(poisoned.sendMany([1]));
  poisoned.poison(reason);
  assert.equal(await cut, reason);
});

test("Channel.receiveMany() gives what is there, or waits for one value", async () => {
  const ch = chan<number>(10);
  const waiting = ch.receiveMany(3);
  for (const value of [1, 2, 3, 4]) ch.trySend(value);
  assert.deepEqual(await waiting, [1, 2, 3]);
  assert.deepEqual(await ch.receiveMany(3), [4]);
  ch.trySend(5);
  ch.close(new Error("over"));
  assert.deepEqual(await ch.receiveMany(3), [5]);
  await assert.rejects(ch.receiveMany(3), /over/);
  for (const max of [0, -1, 1.5, NaN, Infinity]) await assert.rejects(chan().receiveMany(max), RangeError);
  for (const max of ["1", [], new DataView(new ArrayBuffer(8)), new BigInt64Array(1)]) {
    await assert.rejects(chan().receiveMany(max as never), TypeError);
  }
});

test("Channel.receiveMany() takes from senders that wait", async () => {
  const ch = chan<number>();
  const sends = [ch.sendMany([1, 2]), ch.send(3)];
  assert.deepEqual(await ch.receiveMany(10), [1, 3]);
  assert.equal(await ch.receive(), 2);
  await Promise.all(sends);
});

test("Channel.receiveMany() fills a typed array, and leaves what is no number", async () => {
  const ch = chan<unknown>(10);
  await ch.sendMany([1, 2.5, "three", 4]);
  const array = new Float32Array(8);
  const part = await ch.receiveMany(array);
  assert.deepEqual(part, Float32Array.of(1, 2.5));
  assert.equal(part.buffer, array.buffer);
  await assert.rejects(ch.receiveMany(array), {
    name: "TypeError",
    message:
      "Cannot receive from the channel: a value of type string does not go into a typed array; receive it with receive()",
  });
  assert.equal(await ch.receive(), "three");
  assert.deepEqual(ch.receiveManySync(new Uint8Array(1)), Uint8Array.of(4));
  const waiting = rejection(ch.receiveMany(array)) as Promise<{ value: unknown }>;
  await ch.send("handed over");
  assert.equal((await waiting).value, "handed over");
  await assert.rejects(ch.receiveMany(new Uint8Array(0)), RangeError);
});

test("Channel[Symbol.asyncIterator]() ends what waits when it is returned, and takes nothing", async () => {
  const ch = chan<number>();
  const values = ch[Symbol.asyncIterator]();
  assert.equal(values[Symbol.asyncIterator](), values);
  const [first, second] = [values.next(), values.next()];
  await ch.send(1);
  assert.deepEqual(await first, { value: 1, done: false });
  assert.deepEqual(await values.return!(), { value: undefined, done: true });
  assert.deepEqual(await within(second), { value: undefined, done: true });
  assert.deepEqual(await values.next(), { value: undefined, done: true });
  assert.equal(ch.trySend(2), false);
  assert.equal(ch.closed, false);
});

test("Channel[Symbol.asyncIterator]() throws what it was closed with, a ChannelClosedError too", async () => {
  for (const reason of [new Error("why"), undefined, new ChannelClosedError("another one")]) {
    for (const isWaiting of [false, true]) {
      const ch = chan<number>();
      const next = isWaiting ? ch[Symbol.asyncIterator]().next() : undefined;
      ch.close(reason);
      assert.equal(await rejection(next ?? ch[Symbol.asyncIterator]().next()), reason);
    }
  }
});

test("Channel.toReadableStream() takes nothing before it is read, and closes the channel when cancelled", async () => {
  const ch = chan<number>(3);
  await ch.sendMany([1, 2, 3]);
  const reader = ch.toReadableStream().getReader();
  assert.equal(ch.size, 3);
  assert.deepEqual(await reader.read(), { value: 1, done: false });
  assert.equal(ch.size, 2);
  await reader.cancel("enough");
  assert.equal(ch.closed, true);
  assert.deepEqual(await ch.receiveMany(2), [2, 3]);
  assert.equal(await rejection(ch.receive()), "enough");

  const plain = chan<number>();
  const waiting = plain.toReadableStream().getReader();
  const read = waiting.read();
  await waiting.cancel();
  assert.deepEqual(await read, { value: undefined, done: true });
  assert((await rejection(plain.receive())) instanceof ChannelClosedError);
});

test("promiseChan() gives its first value to every receiver, also after a close", async () => {
  const ch = promiseChan<number>({ name: "answer" });
  const waiting = [ch.receive(), ch.receive()];
  await ch.send(1);
  await ch.send(2);
  assert.equal(ch.trySend(3), false);
  assert.deepEqual(await Promise.all([...waiting, ch.receive()]), [1, 1, 1]);
  assert.deepEqual(await ch.receiveMany(5), [1]);
  assert.deepEqual([ch.size, ch.capacity, ch.name], [1, 1, "answer"]);
  ch.close();
  assert.deepEqual(ch.tryReceive(), { state: "ok", value: 1 });
  await assert.rejects(ch.send(2), ChannelClosedError);
  ch.poison("gone");
  assert.equal(await rejection(ch.receive()), "gone");
  const never = promiseChan<number>();
  const pending = rejection(never.receive());
  never.close();
  assert((await pending) instanceof ChannelClosedError);
});

test("Channel.poison() reaches everything, once", async () => {
  const ch = chan<number>(2);
  await ch.sendMany([1, 2]);
  const sending = rejection(ch.send(3));
  ch.close("closed");
  assert.equal((await sending as ChannelClosedError).value, 3);
  ch.poison("poisoned");
  ch.poison("again");
  ch.close("closed again");
  assert.deepEqual([ch.size, ch.closed], [0, true]);
  assert.equal(await rejection(ch.send(1)), "poisoned");
  assert.equal(await rejection(ch.receive()), "poisoned");
  assert.equal(await rejection(ch.sendMany([1])), "poisoned");
  assert.equal(await rejection(ch.receiveMany(1)), "poisoned");
  assert.equal(await rejection(ch[Symbol.asyncIterator]().next()), "poisoned");
  assert.equal(await rejection(ch.toReadableStream().getReader().read()), "poisoned");
  for (
    const attempt of [
      () => ch.trySend(1),
      () => ch.tryReceive(),
      () => ch.sendSync(1),
      () => ch.receiveSync(),
    ]
  ) {
    assert.throws(attempt, (error) => error === "poisoned");
  }
});

test("Channel[Symbol.dispose]() and [Symbol.asyncDispose]() close it", async () => {
  const [one, two] = [chan(), chan()];
  one[Symbol.dispose]();
  await two[Symbol.asyncDispose]();
  assert.deepEqual([one.closed, two.closed], [true, true]);
});

test("a channel and its ends are cases of a select", () => {
  const ch = chan<number>(1);
  function receiving(port: unknown): Guard {
    return (port as Guarded)[GUARD]();
  }
  function sending(port: unknown, value: number): Guard {
    return (port as Sendable)[SENDING](value);
  }
  assert.equal(sending(ch.sender(), 1).attempt()?.is, "done");
  assert.deepEqual(receiving(ch.receiver()).attempt(), { is: "done", value: 1 });
  assert.equal(sending(ch, 2).attempt()?.is, "done");
  assert.deepEqual(receiving(ch).attempt(), { is: "done", value: 2 });
});
