/** Group "ends": one-way ends, how they are counted, given up and passed on; after PyCSP's retire. */
import assert from "node:assert/strict";
import { type Channel, ChannelClosedError, OwnershipError, type Receiver, type Sender } from "@pool/csp";
import { rejection, within } from "../../_within.ts";
import { cases, type Harness, make } from "./harness.ts";
import { assertPending, outcomes } from "./timing.ts";

/** Registers the group. */
export function conformEnds(h: Harness): void {
  ofOneChannel(h);
  retiring(h);
  passing(h);
}

/** What an end can do. */
function ofOneChannel(h: Harness): void {
  const add = cases(h, "ends");

  add("Channel.sender() sends to the channel, and cannot receive", async () => {
    const ch = await make<number>(h, { capacity: 2, name: "jobs" });
    const sender = ch.sender();
    await within(sender.send(1));
    assert.equal(sender.trySend(2), true);
    assert.equal(sender.trySend(3), false);
    assert.equal(sender.size, 2);
    assert.equal(sender.capacity, 2);
    assert.equal(sender.name, "jobs");
    assert.equal(sender.closed, false);
    assert.equal("receive" in sender || "tryReceive" in sender, false);
    assert.deepEqual(await within(ch.receiveMany(5)), [1, 2]);
    await within(sender.sendMany([3, 4]));
    assert.deepEqual(await within(ch.receiveMany(5)), [3, 4]);
    sender.retire();
  });

  add("Channel.receiver() receives from the channel, and can neither send nor close", async () => {
    const ch = await make<number>(h, { capacity: 3, name: "jobs" });
    const receiver = ch.receiver();
    await within(ch.sendMany([1, 2, 3]));
    assert.equal(receiver.size, 3);
    assert.equal(receiver.capacity, 3);
    assert.equal(receiver.name, "jobs");
    assert.equal("send" in receiver || "trySend" in receiver || "close" in receiver, false);
    assert.equal(await within(receiver.receive()), 1);
    assert.deepEqual(receiver.tryReceive(), { state: "ok", value: 2 });
    assert.deepEqual(await within(receiver.receiveMany(5)), [3]);
    assert.deepEqual(receiver.tryReceive(), { state: "empty" });
    receiver.retire();
  });

  add("Receiver[Symbol.asyncIterator]() and toReadableStream() follow the channel to its end", async () => {
    const ch = await make<number>(h, 4);
    const receiver = ch.receiver();
    await within(ch.sendMany([1, 2]));
    const reader = receiver.toReadableStream().getReader();
    assert.deepEqual(await within(reader.read()), { done: false, value: 1 });
    assert.deepEqual(await within(reader.read()), { done: false, value: 2 });
    ch.close();
    assert.equal((await within(reader.read())).done, true);
    const values: number[] = [];
    for await (const n of receiver) values.push(n);
    assert.deepEqual(values, []);
  });
}

/** Giving ends up. */
function retiring(h: Harness): void {
  const add = cases(h, "ends");

  add("Sender.retire() of the last one closes the channel; a Channel handle counts for nothing", async () => {
    const ch = await make<number>(h, 2);
    const [one, two] = [ch.sender(), ch.sender()];
    await within(one.send(1));
    one.retire();
    assert.equal(ch.closed, false);
    await within(two.send(2));
    two.retire();
    assert.equal(ch.closed, true);
    assert.deepEqual(await within(ch.receiveMany(5)), [1, 2]);
    assert.ok(await rejection(ch.receive()) instanceof ChannelClosedError);
    assert.ok(await rejection(ch.send(3)) instanceof ChannelClosedError);
  });

  add("Receiver.retire() of the last one closes the channel and rejects who sends", async () => {
    const ch = await make<number>(h);
    const [one, two] = [ch.receiver(), ch.receiver()];
    const waiting = [ch.send(1), ch.send(2)];
    await assertPending(...waiting);
    one.retire();
    await assertPending(...waiting);
    two.retire();
    assert.equal(ch.closed, true);
    for (const [i, end] of (await within(outcomes(waiting))).entries()) {
      const { error } = end as { error: ChannelClosedError };
      assert.ok(error instanceof ChannelClosedError);
      assert.equal(error.value, i + 1);
    }
    assert.equal(ch.trySend(3), false);
    assert.ok(await rejection(ch.send(3)) instanceof ChannelClosedError);
  });

  add("Sender.retire() a second time counts once", async () => {
    const ch = await make<number>(h);
    const [one, two] = [ch.sender(), ch.sender()];
    one.retire();
    one.retire();
    one[Symbol.dispose]();
    assert.equal(ch.closed, false);
    two[Symbol.dispose]();
    assert.equal(ch.closed, true);
  });

  add("Receiver.retire() a second time counts once", async () => {
    const ch = await make<number>(h);
    const [one, two] = [ch.receiver(), ch.receiver()];
    one.retire();
    one.retire();
    one[Symbol.dispose]();
    assert.equal(ch.closed, false);
    two[Symbol.dispose]();
    assert.equal(ch.closed, true);
  });

  add("Sender.clone() and Receiver.clone() count as one more", async () => {
    const ch = await make<number>(h, 1);
    const sender = ch.sender();
    const clone = sender.clone();
    sender.retire();
    assert.equal(ch.closed, false);
    await within(clone.send(1));
    clone.retire();
    assert.equal(ch.closed, true);
    const other = await make<number>(h, 1);
    const receiver = other.receiver();
    const copy = receiver.clone();
    receiver.retire();
    await within(other.send(2));
    assert.equal(await within(copy.receive()), 2);
    copy.retire();
    assert.equal(other.closed, true);
  });

  add("Sender.send() on a retired end rejects ChannelClosedError, the channel goes on", async () => {
    const ch = await make<number>(h, 1);
    const [one, two] = [ch.sender(), ch.sender()];
    one.retire();
    assert.ok(await rejection(one.send(1)) instanceof ChannelClosedError);
    assert.ok(await rejection(one.sendMany([1])) instanceof ChannelClosedError);
    assert.equal(ch.size, 0);
    await within(two.send(2));
    assert.equal(await within(ch.receive()), 2);
    two.retire();
  });

  add("Receiver.receive() on a retired end rejects ChannelClosedError, the channel goes on", async () => {
    const ch = await make<number>(h, 1);
    const [one, two] = [ch.receiver(), ch.receiver()];
    one.retire();
    await within(ch.send(1));
    assert.ok(await rejection(one.receive()) instanceof ChannelClosedError);
    assert.ok(await rejection(one.receiveMany(1)) instanceof ChannelClosedError);
    assert.equal(await within(two.receive()), 1);
    two.retire();
  });

  for (const capacity of [0, 1, 3]) {
    add(
      `Sender.retire() of 5 senders at different times loses nothing, 5 receivers end, capacity ${capacity}`,
      async () => {
        const ch = await make<unknown>(h, capacity);
        const receivers = Array.from({ length: 5 }, () => ch.receiver());
        const received = receivers.map((receiver) => h.own.run("receiveAll", receiver));
        const senders = Array.from({ length: 5 }, () => ch.sender());
        const sends = senders.map((sender, i) =>
          h.own.run("sendRangeAndRetire", sender, i * 100, i * 100 + 10 * (i + 1))
        );
        await within(Promise.all(sends));
        const endings = await within(Promise.all(received));
        const all = endings.flatMap(({ values }) => values as number[]).sort((a, b) => a - b);
        assert.deepEqual(
          all,
          [0, 1, 2, 3, 4].flatMap((i) => Array.from({ length: 10 * (i + 1) }, (_, n) => i * 100 + n)),
        );
        for (const { reason } of endings) assert.equal(reason, undefined);
      },
    );
  }

  add("Receiver.retire() ends a chain of processes up to its source", async () => {
    const links = await Promise.all(Array.from({ length: 6 }, () => make<number>(h, 1)));
    const last = links.at(-1)!.receiver();
    const sent = h.own.run("sendRange", links[0]!.sender(), 0, 1_000_000);
    const processes = links.slice(1).map((to, i) => passOn(links[i]!.receiver(), to.sender()));
    for (let n = 0; n < 10; n++) assert.equal(await within(last.receive()), n);
    last.retire();
    await within(Promise.all(processes));
    assert.ok(await rejection(sent) instanceof ChannelClosedError);
    assert.ok(links.every((link) => link.closed));
  });
}

/** Ends as values. */
function passing(h: Harness): void {
  const add = cases(h, "ends");

  add("Sender passed over a channel is spent here, and the receiver has it", async () => {
    const ch = await make<number>(h, 1);
    const carrier = await make<Sender<number>>(h, 1);
    const sender = ch.sender();
    await within(carrier.send(sender));
    assert.ok(await rejection(sender.send(1)) instanceof OwnershipError);
    assert.throws(() => sender.clone(), OwnershipError);
    const arrived = await within(carrier.receive());
    assert.notEqual(arrived, sender);
    await within(arrived.send(2));
    assert.equal(await within(ch.receive()), 2);
    assert.equal(ch.closed, false);
    arrived.retire();
    assert.equal(ch.closed, true, "it counted as one all the time");
  });

  add("Receiver passed over a channel is spent here, and the receiver has it", async () => {
    const ch = await make<number>(h, 1);
    const carrier = await make<{ deep: [Receiver<number>] }>(h);
    const receiver = ch.receiver();
    const sent = carrier.send({ deep: [receiver] });
    const { deep: [arrived] } = await within(carrier.receive());
    await within(sent);
    assert.ok(await rejection(receiver.receive()) instanceof OwnershipError);
    await within(ch.send(3));
    assert.equal(await within(arrived.receive()), 3);
    arrived.retire();
    assert.equal(ch.closed, true);
  });

  add("Sender passed twice is an OwnershipError, and nothing is sent", async () => {
    const ch = await make<number>(h);
    const carrier = await make<unknown>(h, 4);
    const sender = ch.sender();
    await within(carrier.send(sender));
    assert.ok(await rejection(carrier.send(sender)) instanceof OwnershipError);
    assert.ok(await rejection(carrier.send([1, { sender }])) instanceof OwnershipError);
    assert.equal(carrier.size, 1);
  });

  add("Sender.clone() before it is passed leaves one here", async () => {
    const ch = await make<number>(h, 2);
    const carrier = await make<Sender<number>>(h, 1);
    const sender = ch.sender();
    await within(carrier.send(sender.clone()));
    const arrived = await within(carrier.receive());
    await within(sender.send(1));
    await within(arrived.send(2));
    sender.retire();
    assert.equal(ch.closed, false);
    arrived.retire();
    assert.equal(ch.closed, true);
  });

  const failures: Record<string, (carrier: Channel<unknown>, value: unknown) => Promise<unknown>> = {
    "is aborted": (carrier, value) => {
      const controller = new AbortController();
      const sent = carrier.send(value, { signal: controller.signal });
      controller.abort(new EvalError("aborted"));
      return rejection(sent);
    },
    "times out": (carrier, value) => rejection(carrier.send(value, { timeout: 1 })),
    "is refused by a closed channel": (carrier, value) => {
      carrier.close();
      return rejection(carrier.send(value));
    },
    "waits when the channel closes": async (carrier, value) => {
      const sent = carrier.send(value);
      await assertPending(sent);
      carrier.close();
      return await rejection(sent);
    },
    "finds no room": (carrier, value) => Promise.resolve(assert.equal(carrier.trySend(value), false)),
  };

  add("Sender that is retired while a send of it waits has retired when that has no effect", async () => {
    const ch = await make<number>(h, 1);
    const carrier = await make<unknown>(h);
    const sender = ch.sender();
    const controller = new AbortController();
    const sent = carrier.send({ sender }, { signal: controller.signal });
    await assertPending(sent);
    sender.retire();
    controller.abort(new EvalError("aborted"));
    assert.ok(await rejection(sent) instanceof EvalError);
    assert.ok(await rejection(sender.send(1)) instanceof ChannelClosedError);
    assert.equal(ch.closed, true);
    assert.deepEqual(carrier.tryReceive(), { state: "empty" });
  });

  for (const [name, fail] of Object.entries(failures)) {
    add(`Sender in a send that ${name} stays usable here`, async () => {
      const ch = await make<number>(h, 1);
      const carrier = await make<unknown>(h);
      const sender = ch.sender();
      await within(fail(carrier, { sender }));
      await within(sender.send(1));
      assert.equal(await within(ch.receive()), 1);
      sender.retire();
      assert.equal(ch.closed, true);
    });
  }
}

/** A process that copies, and gives its ends up when either side has ended. */
async function passOn(from: Receiver<number>, to: Sender<number>): Promise<void> {
  try {
    for await (const n of from) await to.send(n);
  } catch (error) {
    if (!(error instanceof ChannelClosedError)) throw error;
  } finally {
    from.retire();
    to.retire();
  }
}
