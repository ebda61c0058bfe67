/** Group "iteration": `for await` and streams. */
import assert from "node:assert/strict";
import { ChannelClosedError } from "@pool/csp";
import { rejection, within } from "../../_within.ts";
import { assertPassed, cases, type Harness, make } from "./harness.ts";
import { assertPending, hops } from "./timing.ts";

/** Collects what can be iterated, and the error at its end, in a box. */
async function collected<T>(values: AsyncIterable<T>): Promise<{ got: T[]; error?: unknown }> {
  const got: T[] = [];
  try {
    for await (const value of values) got.push(value);
    return { got };
  } catch (error) {
    return { got, error };
  }
}

/** Registers the group. */
export function conformIteration(h: Harness): void {
  const add = cases(h, "iteration");
  const sources = {
    "Channel[Symbol.asyncIterator]()": "iterator",
    "Channel.toReadableStream()": "stream",
  } as const;
  for (const [name, source] of Object.entries(sources)) {
    const read = async <T>(
      options?: number,
    ): Promise<{ ch: Awaited<ReturnType<typeof make<T>>>; values: () => AsyncIterable<T> }> => {
      const ch = await make<T>(h, options);
      return { ch, values: () => source === "iterator" ? ch : chunks(ch.toReadableStream()) };
    };

    add(`${name} drains a closed channel and ends`, async () => {
      const { ch, values } = await read<number>(4);
      for (const n of [1, 2, 3]) await within(ch.send(n));
      ch.close();
      assert.deepEqual(await within(collected(values())), { got: [1, 2, 3] });
    });

    for (const capacity of [0, 1, 2]) {
      add(`${name} follows a producer at capacity ${capacity}`, async () => {
        const { ch, values } = await read<number>(capacity);
        const produced = h.own.run("sendRangeAndClose", ch, 0, 50);
        assert.deepEqual(await within(collected(values())), { got: Array.from({ length: 50 }, (_, n) => n) });
        await within(produced);
      });
    }

    add(`${name} gives undefined and null as values`, async () => {
      const { ch, values } = await read<unknown>(3);
      for (const value of [undefined, null, 0]) await within(ch.send(value));
      ch.close();
      assert.deepEqual(await within(collected(values())), { got: [undefined, null, 0] });
    });

    add(`${name} throws the reason of the close after what was buffered`, async () => {
      const { ch, values } = await read<number>(2);
      const reason = new RangeError("fail");
      await within(ch.send(1));
      ch.close(reason);
      const { got, error } = await within(collected(values()));
      assert.deepEqual(got, [1]);
      assertPassed(h, error, reason);
    });

    add(`${name} throws the reason of a close that comes while it waits`, async () => {
      const { ch, values } = await read<number>();
      const reason = new RangeError("fail");
      const all = collected(values());
      await assertPending(all);
      ch.close(reason);
      const { got, error } = await within(all);
      assert.deepEqual(got, []);
      assertPassed(h, error, reason);
    });

    add(`${name} ends at a plain close that comes while it waits`, async () => {
      const { ch, values } = await read<number>();
      const all = collected(values());
      await assertPending(all);
      ch.close();
      assert.deepEqual(await within(all), { got: [] });
    });

    add(`${name}, twice on one channel, gives each value to one of them`, async () => {
      const { ch, values } = await read<number>(2);
      const both = [collected(values()), collected(values())];
      await within(h.own.run("sendRangeAndClose", ch, 0, 60));
      const [one, other] = await within(Promise.all(both));
      const all = [...one!.got, ...other!.got];
      assert.deepEqual(all.sort((a, b) => a - b), Array.from({ length: 60 }, (_, n) => n));
    });
  }

  add(
    "Channel[Symbol.asyncIterator]() that is left by break leaves the channel open and loses nothing",
    async () => {
      const ch = await make<number>(h, 4);
      for (const n of [1, 2, 3]) await within(ch.send(n));
      for await (const n of ch) {
        if (n === 2) break;
      }
      assert.equal(ch.closed, false);
      assert.equal(await within(ch.receive()), 3);
    },
  );

  add("Channel[Symbol.asyncIterator]() asked for several values at once gives them in order", async () => {
    const ch = await make<number>(h, 4);
    const iterator = ch[Symbol.asyncIterator]();
    const steps = [iterator.next(), iterator.next(), iterator.next()];
    for (const n of [1, 2]) await within(ch.send(n));
    ch.close();
    assert.deepEqual(await within(Promise.all(steps)), [
      { done: false, value: 1 },
      { done: false, value: 2 },
      { done: true, value: undefined },
    ]);
  });

  add("Channel[Symbol.asyncIterator]() that is ended while it waits takes no value any more", async () => {
    const ch = await make<number>(h);
    const iterator = ch[Symbol.asyncIterator]();
    const waiting = [iterator.next(), iterator.next()];
    await assertPending(...waiting);
    await within(iterator.return!());
    for (const step of await within(Promise.all(waiting))) assert.equal(step.done, true);
    assert.equal((await within(iterator.next())).done, true);
    assert.equal(ch.trySend(1), false);
    assert.equal(ch.closed, false);
  });

  add("Channel.toReadableStream().cancel() while it waits closes the channel and ends the read", async () => {
    const ch = await make<number>(h);
    const reader = ch.toReadableStream().getReader();
    const read = reader.read();
    await assertPending(read);
    await within(reader.cancel());
    assert.equal((await within(read)).done, true);
    assert.equal(ch.closed, true);
  });

  add("Receiver.toReadableStream().cancel() gives up that end alone", async () => {
    const ch = await make<number>(h);
    const [one, two] = [ch.receiver(), ch.receiver()];
    const reader = one.toReadableStream().getReader();
    const read = reader.read();
    await assertPending(read);
    await within(reader.cancel());
    assert.equal((await within(read)).done, true);
    assert.equal(ch.closed, false);
    const sent = ch.send(1);
    assert.equal(await within(two.receive()), 1);
    await within(sent);
    two.retire();
    assert.equal(ch.closed, true);
  });

  add("Channel.toReadableStream() reads no further than it is asked to, by one value at most", async () => {
    const ch = await make<number>(h, 4);
    for (const n of [1, 2, 3, 4]) await within(ch.send(n));
    const reader = ch.toReadableStream().getReader();
    assert.deepEqual(await within(reader.read()), { done: false, value: 1 });
    await hops();
    assert.ok(ch.size >= 2, `${ch.size} of 3 values are left`);
  });

  add("Channel.toReadableStream().cancel() closes the channel", async () => {
    const ch = await make<number>(h, 2);
    await within(ch.toReadableStream().cancel());
    assert.equal(ch.closed, true);
    assert.ok(await rejection(ch.receive()) instanceof ChannelClosedError);
  });

  add("Channel.toReadableStream().cancel(reason) closes the channel with it", async () => {
    const ch = await make<number>(h, 2);
    const reason = new RangeError("stream cancelled");
    await within(ch.toReadableStream().cancel(reason));
    assert.equal(ch.closed, true);
    assertPassed(h, await rejection(ch.receive()), reason);
  });
}

/** The values of a stream; not every runtime's streams are iterable in every type library. */
async function* chunks<T>(stream: ReadableStream<T>): AsyncGenerator<T> {
  const reader = stream.getReader();
  while (true) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
