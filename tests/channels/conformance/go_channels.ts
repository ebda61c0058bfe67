/** Group "go": what Go's `runtime/chan_test.go` and `test/chan` check of channels, for each capacity. */
import assert from "node:assert/strict";
import { type Channel, ChannelClosedError, select } from "@pool/csp";
import { rejection, within } from "../../_within.ts";
import { cases, type Harness, make, soon } from "./harness.ts";
import { assertPending, outcomes } from "./timing.ts";

/** Registers the group. */
export function conformGo(h: Harness): void {
  for (const capacity of [0, 1, 2, 3, 10]) testChan(h, capacity);
  nonblock(h);
  fifo(h);
}

/** The blocks of `TestChan`. */
function testChan(h: Harness, capacity: number): void {
  const add = cases(h, "go");
  const at = `capacity ${capacity}`;

  add(`empty channel blocks who receives and says so to who tries, ${at}`, async () => {
    const ch = await make<number>(h, capacity);
    const waiting = [ch.receive(), ch.receive()];
    await assertPending(...waiting);
    assert.deepEqual(ch.tryReceive(), { state: "empty" });
    await within(ch.send(0));
    await within(ch.send(0));
    assert.deepEqual(await within(Promise.all(waiting)), [0, 0]);
  });

  add(`full channel blocks who sends and says so to who tries, ${at}`, async () => {
    const ch = await make<number>(h, capacity);
    for (let n = 0; n < capacity; n++) await within(ch.send(n));
    const sent = ch.send(capacity);
    await assertPending(sent);
    assert.equal(ch.trySend(-1), false);
    assert.equal(await within(ch.receive()), 0);
    await within(sent);
  });

  add(`closed channel gives what it holds, then ends for ever, ${at}`, async () => {
    const ch = await make<number>(h, capacity);
    for (let n = 0; n < capacity; n++) await within(ch.send(n));
    ch.close();
    for (let n = 0; n < capacity; n++) assert.equal(await within(ch.receive()), n);
    for (let n = 0; n < 3; n++) assert.ok(await rejection(ch.receive()) instanceof ChannelClosedError);
    assert.deepEqual(ch.tryReceive(), { state: "closed" });
  });

  add(`close wakes all who receive, ${at}`, async () => {
    const ch = await make<number>(h, capacity);
    const waiting = Array.from({ length: 10 }, () => ch.receive());
    await assertPending(...waiting);
    ch.close();
    for (const end of await within(outcomes(waiting))) {
      assert.ok((end as { error: unknown }).error instanceof ChannelClosedError);
    }
  });

  add(`100 values arrive in order, ${at}`, async () => {
    const ch = await make<unknown>(h, capacity);
    const sent = h.own.run("sendRange", ch, 0, 100);
    const values = await within(h.own.run("receiveSome", ch, 100));
    assert.deepEqual(values, Array.from({ length: 100 }, (_, n) => n));
    await within(sent);
  });

  add(`4 senders of 250 values each and 4 receivers: each value comes once, ${at}`, async () => {
    const ch = await make<unknown>(h, capacity);
    const sends = [0, 1, 2, 3].map((i) => h.own.run("sendRange", ch, i * 250, i * 250 + 250));
    const receives = [0, 1, 2, 3].map(() => h.own.run("receiveSome", ch, 250));
    const received = await within(Promise.all(receives)) as number[][];
    await within(Promise.all(sends));
    assert.deepEqual(received.flat().sort((a, b) => a - b), Array.from({ length: 1000 }, (_, n) => n));
    for (const values of received) {
      for (const i of [0, 1, 2, 3]) {
        const own = values.filter((n) => Math.floor(n / 250) === i);
        assert.deepEqual(own, [...own].sort((a, b) => a - b), "one sender's values came out of order");
      }
    }
  });

  add(`size and capacity, ${at}`, async () => {
    const ch = await make<number>(h, capacity);
    assert.equal(ch.size, 0);
    for (let n = 0; n < capacity; n++) {
      await within(ch.send(n));
      assert.equal(ch.size, n + 1);
      assert.equal(ch.capacity, capacity);
    }
  });

  add(`a value that was buffered before the close is never missed, ${at}`, async () => {
    for (let round = 0; round < 50; round++) {
      const ch = await make<number>(h, Math.max(capacity, 1));
      await within(ch.send(1));
      const received = ch.receive();
      ch.close();
      assert.equal(await within(received), 1);
      const other = await make<number>(h, Math.max(capacity, 1));
      assert.equal(other.trySend(2), true);
      other.close();
      assert.deepEqual(other.tryReceive(), { state: "ok", value: 2 });
    }
  });
}

/** `nonblock.go`: with and without a partner, buffered and not, for several kinds of values. */
function nonblock(h: Harness): void {
  const add = cases(h, "go");
  const kinds: Record<string, unknown> = { int32: 123, bool: true, string: "hello", uint64: 2n ** 63n };
  for (const [kind, value] of Object.entries(kinds)) {
    for (const capacity of [0, 1]) {
      add(`nonblock: trySend() and tryReceive() of ${kind}, capacity ${capacity}`, async () => {
        const ch = await make<unknown>(h, capacity);
        assert.deepEqual(ch.tryReceive(), { state: "empty" });
        if (capacity === 0) assert.equal(ch.trySend(value), false);
        else {
          assert.equal(ch.trySend(value), true);
          assert.equal(ch.trySend(value), false);
          assert.deepEqual(ch.tryReceive(), { state: "ok", value });
        }
        const received = ch.receive();
        await soon(h, "trySend to a waiting receiver", () => ch.trySend(value));
        assert.equal(await within(received), value);
        const sent = ch.send(value);
        const got = await soon(h, "tryReceive from a sender", () => taken(ch));
        assert.equal(got.value, value);
        await within(sent);
        assert.deepEqual(ch.tryReceive(), { state: "empty" });
      });
    }
  }
}

function taken(ch: Channel<unknown>): { value: unknown } | undefined {
  const received = ch.tryReceive();
  return received.state === "ok" ? received : undefined;
}

/** `fifo.go` and `goroutines.go`. */
function fifo(h: Harness): void {
  const add = cases(h, "go");

  add("fifo: buffered values", async () => {
    const ch = await make<number>(h, 10);
    for (let n = 0; n < 10; n++) await within(ch.send(n));
    for (let n = 0; n < 10; n++) assert.equal(await within(ch.receive()), n);
  });

  add("fifo: a chain of receivers, each started by the one before", async () => {
    const ch = await make<number>(h);
    const order: number[] = [];
    const gates = await Promise.all(Array.from({ length: 11 }, () => make<number>(h)));
    const chain = Array.from({ length: 10 }, async (_, n) => {
      await gates[n]!.receive();
      assert.equal(await ch.receive(), n);
      order.push(n);
      await gates[n + 1]!.send(1);
    });
    await within(gates[0]!.send(0));
    for (let n = 0; n < 10; n++) await within(ch.send(n));
    await within(gates[10]!.receive());
    await within(Promise.all(chain));
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  const LENGTH = h.isLocal ? 10_000 : 1000;
  add(`goroutines: a daisy chain of ${LENGTH} processes passes one value on`, async () => {
    const leftmost = await make<number>(h);
    let right = leftmost;
    const processes: Promise<void>[] = [];
    for (let i = 0; i < LENGTH; i++) {
      const [left, next] = [right, await make<number>(h)];
      processes.push(next.receive().then((n) => left.send(n + 1)));
      right = next;
    }
    const sent = right.send(0);
    assert.equal(await within(leftmost.receive()), LENGTH);
    await within(Promise.all([...processes, sent]));
  });

  add("select.go: a loop over two channels that switches off what is finished", async () => {
    const [a, b, done] = [await make<number>(h), await make<number>(h), await make<boolean>(h)];
    let sum = 0;
    const summed = (async () => {
      const open = { a: a as Channel<number> | null, b: b as Channel<number> | null };
      while (open.a !== null || open.b !== null) {
        const chosen = await select(open);
        if (chosen.closed) open[chosen.case as "a" | "b"] = null;
        else sum += chosen.value!;
      }
      await done.send(true);
    })();
    await within(Promise.all([a, b].map((ch) => h.own.run("sendRangeAndClose", ch, 0, 100))));
    assert.equal(await within(done.receive()), true);
    await within(summed);
    assert.equal(sum, 9900);
  });
}
