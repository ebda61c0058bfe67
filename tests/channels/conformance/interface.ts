/** Group "interface": what `@std/async`'s Channel promises, operation by operation. */
import assert from "node:assert/strict";
import { chan, Channel, ChannelClosedError } from "@pool/csp";
import { rejection, within } from "../../_within.ts";
import { cases, type ChanOptions, type Harness, make, soon } from "./harness.ts";
import { assertPending } from "./timing.ts";

/** Registers the group. */
export function conformInterface(h: Harness): void {
  const add = cases(h, "interface");
  makes(h);
  sendsAndReceives(h);
  tries(h);

  add("Channel[Symbol.dispose]() closes", async () => {
    const ch = await make(h);
    ch[Symbol.dispose]();
    assert.equal(ch.closed, true);
    ch[Symbol.dispose]();
  });

  add("Channel[Symbol.asyncDispose]() closes", async () => {
    const ch = await make(h);
    await within(ch[Symbol.asyncDispose]());
    assert.equal(ch.closed, true);
  });

  add("ChannelClosedError is an Error with the unsent value", async () => {
    const ch = await make<{ id: number }>(h);
    ch.close();
    const ofSend = await rejection(ch.send({ id: 1 }));
    assert.ok(ofSend instanceof ChannelClosedError && ofSend instanceof Error);
    assert.equal(ofSend.name, "ChannelClosedError");
    assert.deepEqual(ofSend.value, { id: 1 });
    const ofReceive = await rejection(ch.receive());
    assert.ok(ofReceive instanceof ChannelClosedError);
    assert.equal(ofReceive.value, undefined);
  });
}

/** Making one. */
function makes(h: Harness): void {
  const add = cases(h, "interface");
  const ways: Record<string, { options: ChanOptions; capacity: number }> = {
    "chan()": { options: undefined, capacity: 0 },
    "chan({})": { options: {}, capacity: 0 },
    "chan(0)": { options: 0, capacity: 0 },
    "chan(3)": { options: 3, capacity: 3 },
    "chan({ capacity: 8 })": { options: { capacity: 8 }, capacity: 8 },
  };
  for (const [name, { options, capacity }] of Object.entries(ways)) {
    add(`${name} is open, empty and of capacity ${capacity}`, async () => {
      const ch = await make(h, options);
      assert.ok(ch instanceof Channel);
      assert.equal(ch.capacity, capacity);
      assert.equal(ch.size, 0);
      assert.equal(ch.closed, false);
    });
  }

  add("new Channel({ capacity }) is the same as chan()", async () => {
    const ch = await h.adopt(new Channel<number>({ capacity: 2 }));
    assert.equal(ch.capacity, 2);
    assert.equal(ch.trySend(1), true);
    assert.equal(await within(ch.receive()), 1);
    assert.equal((await h.adopt(new Channel<number>())).capacity, 0);
  });

  add("Channel.name is the one given", async () => {
    assert.equal((await make(h, { name: "orders" })).name, "orders");
    assert.equal(typeof (await make(h)).name, "string");
  });

  for (const capacity of [-1, 1.5, NaN, -Infinity]) {
    add(`chan(${capacity}) throws RangeError`, () => {
      assert.throws(() => chan(capacity), RangeError);
      assert.throws(() => chan({ capacity }), RangeError);
      assert.throws(() => new Channel({ capacity }), RangeError);
    });
  }
}

/** The operations that wait. */
function sendsAndReceives(h: Harness): void {
  const add = cases(h, "interface");

  add("Channel.send() resolves to undefined and is counted while there is room", async () => {
    const ch = await make<string>(h, 2);
    assert.equal(await within(ch.send("a")), undefined);
    assert.equal(ch.size, 1);
    await within(ch.send("b"));
    assert.equal(ch.size, 2);
  });

  add("Channel.receive() gives values in the order of their sends", async () => {
    const ch = await make<number>(h, 4);
    for (const n of [1, 2, 3]) await within(ch.send(n));
    for (const n of [1, 2, 3]) assert.equal(await within(ch.receive()), n);
    assert.equal(ch.size, 0);
  });

  add("Channel.receive() keeps the order over many turns of a small buffer", async () => {
    const ch = await make<number>(h, 3);
    await within(ch.send(0));
    await within(ch.send(1));
    for (let n = 2; n < 50; n++) {
      await within(ch.send(n));
      assert.equal(await within(ch.receive()), n - 2);
      assert.equal(ch.size, 2);
    }
  });

  add("Channel.send() waits for a receiver when there is no buffer", async () => {
    const ch = await make<number>(h);
    const sent = ch.send(42);
    await assertPending(sent);
    assert.equal(ch.size, 0, "a waiting sender is not counted");
    assert.equal(await within(ch.receive()), 42);
    await within(sent);
  });

  add("Channel.receive() waits for a sender", async () => {
    const ch = await make<number>(h);
    const received = ch.receive();
    await assertPending(received);
    await within(ch.send(99));
    assert.equal(await within(received), 99);
  });

  add("Channel.send() waits while the buffer is full", async () => {
    const ch = await make<number>(h, 1);
    await within(ch.send(1));
    const sent = ch.send(2);
    await assertPending(sent);
    assert.equal(ch.size, 1);
    assert.equal(await within(ch.receive()), 1);
    await within(sent);
    assert.equal(ch.size, 1, "the waiting value has moved up");
    assert.equal(await within(ch.receive()), 2);
  });

  for (const capacity of [0, 1, 2]) {
    add(`Channel.receive() serves waiting senders in order at capacity ${capacity}`, async () => {
      const ch = await make<number>(h, capacity);
      const order: number[] = [];
      const sends = Array.from({ length: 6 }, (_, n) => ch.send(n).then(() => void order.push(n)));
      for (let n = 0; n < 6; n++) assert.equal(await within(ch.receive()), n);
      await within(Promise.all(sends));
      assert.deepEqual(order, [0, 1, 2, 3, 4, 5]);
    });

    add(`Channel.send() serves waiting receivers in order at capacity ${capacity}`, async () => {
      const ch = await make<number>(h, capacity);
      const receives = Array.from({ length: 6 }, () => ch.receive());
      await assertPending(...receives);
      for (let n = 0; n < 6; n++) await within(ch.send(n));
      assert.deepEqual(await within(Promise.all(receives)), [0, 1, 2, 3, 4, 5]);
    });
  }

  add("Channel.receive() takes undefined and null as values", async () => {
    const ch = await make<unknown>(h, 1);
    for (const value of [undefined, null, undefined]) {
      const sent = ch.send(value);
      assert.equal(await within(ch.receive()), value);
      await within(sent);
    }
    assert.equal(ch.closed, false);
  });

  add("Channel.receive() by a loop of awaits lets timers run", async () => {
    const ch = await make<number>(h, 1);
    let over = false;
    const timer = setTimeout(() => over = true, 1);
    const until = performance.now() + 10_000;
    while (!over && performance.now() < until) {
      await ch.send(1);
      await ch.receive();
    }
    clearTimeout(timer);
    assert.ok(over, "the timer never had its turn");
  });
}

/** The operations that do not wait. */
function tries(h: Harness): void {
  const add = cases(h, "interface");

  add("Channel.trySend() is true while there is room, false when full", async () => {
    const ch = await make<number>(h, 2);
    assert.equal(ch.trySend(1), true);
    assert.equal(ch.trySend(2), true);
    assert.equal(ch.trySend(3), false);
    assert.equal(ch.size, 2);
    assert.equal(await within(ch.receive()), 1);
    assert.equal(ch.trySend(3), true);
  });

  add("Channel.trySend() is false when nobody waits and there is no buffer", async () => {
    const ch = await make<number>(h);
    assert.equal(ch.trySend(1), false);
    assert.deepEqual(ch.tryReceive(), { state: "empty" });
  });

  add("Channel.trySend() is false after close()", async () => {
    const ch = await make<number>(h, 1);
    ch.close();
    assert.equal(ch.trySend(1), false);
  });

  for (const capacity of [0, 2]) {
    add(`Channel.trySend() hands over to a waiting receiver at capacity ${capacity}`, async () => {
      const ch = await make<number>(h, capacity);
      const received = ch.receive();
      await soon(h, "trySend", () => ch.trySend(42));
      assert.equal(await within(received), 42);
      assert.equal(ch.size, 0);
    });
  }

  add("Channel.tryReceive() is tagged ok, empty or closed", async () => {
    const ch = await make<number | undefined>(h, 2);
    assert.deepEqual(ch.tryReceive(), { state: "empty" });
    await within(ch.send(undefined));
    await within(ch.send(5));
    assert.deepEqual(ch.tryReceive(), { state: "ok", value: undefined });
    assert.deepEqual(ch.tryReceive(), { state: "ok", value: 5 });
    assert.deepEqual(ch.tryReceive(), { state: "empty" });
    ch.close();
    assert.deepEqual(ch.tryReceive(), { state: "closed" });
    assert.deepEqual(ch.tryReceive(), { state: "closed" });
  });

  add("Channel.tryReceive() takes from a waiting sender when there is no buffer", async () => {
    const ch = await make<number>(h);
    const sent = ch.send(7);
    const received = await soon(h, "tryReceive", () => {
      const received = ch.tryReceive();
      return received.state === "ok" ? received : undefined;
    });
    assert.equal(received.value, 7);
    await within(sent);
    assert.deepEqual(ch.tryReceive(), { state: "empty" });
  });

  add("Channel.tryReceive() moves a waiting sender's value into the buffer", async () => {
    const ch = await make<number>(h, 1);
    await within(ch.send(1));
    const sent = ch.send(2);
    await assertPending(sent);
    assert.deepEqual(ch.tryReceive(), { state: "ok", value: 1 });
    await within(sent);
    assert.equal(ch.size, 1);
    assert.deepEqual(ch.tryReceive(), { state: "ok", value: 2 });
  });

  add("Channel.tryReceive() drains before it says closed", async () => {
    const ch = await make<number>(h, 2);
    await within(ch.send(1));
    ch.close();
    assert.deepEqual(ch.tryReceive(), { state: "ok", value: 1 });
    assert.deepEqual(ch.tryReceive(), { state: "closed" });
  });
}
