/** Group "poison": at once, for both sides, whatever is buffered; after PyCSP. */
import assert from "node:assert/strict";
import { type Channel, ChannelClosedError, select, sending, trySelect } from "@pool/csp";
import { rejection, within } from "../../_within.ts";
import { assertPassed, cases, type Harness, make } from "./harness.ts";
import { assertPending, outcomes, thrown } from "./timing.ts";

/** Registers the group. */
export function conformPoison(h: Harness): void {
  const add = cases(h, "poison");
  const reason = new RangeError("poisoned");

  for (const capacity of [0, 2]) {
    add(`Channel.poison() rejects all later operations with the reason at capacity ${capacity}`, async () => {
      const ch = await make<number>(h, capacity);
      ch.poison(reason);
      assert.equal(ch.closed, true);
      const operations = [
        () => ch.send(1),
        () => ch.receive(),
        () => ch.sendMany([1, 2]),
        () => ch.receiveMany(2),
        () => select([ch]),
        () => select([sending(ch, 1)]),
      ];
      for (const operation of operations) assertPassed(h, await rejection(operation()), reason);
    });

    add(`Channel.poison() rejects waiting receivers with the reason at capacity ${capacity}`, async () => {
      const ch = await make<number>(h, capacity);
      const never = await make<number>(h);
      const waiting = [ch.receive(), ch.receive(), ch.receiveMany(2), select([never, ch])];
      await assertPending(...waiting);
      ch.poison(reason);
      for (const end of await within(outcomes(waiting))) {
        assertPassed(h, (end as { error: unknown }).error, reason);
      }
    });

    add(`Channel.poison() rejects waiting senders with the reason at capacity ${capacity}`, async () => {
      const ch = await make<number>(h, capacity);
      const never = await make<number>(h);
      for (let n = 0; n < capacity; n++) await within(ch.send(n));
      const waiting = [ch.send(7), ch.send(8), ch.sendMany([9, 10]), select([never, sending(ch, 11)])];
      await assertPending(...waiting);
      ch.poison(reason);
      for (const end of await within(outcomes(waiting))) {
        assertPassed(h, (end as { error: unknown }).error, reason);
      }
    });
  }

  add("Channel.poison() drops what is buffered", async () => {
    const ch = await make<number>(h, 3);
    for (const n of [1, 2]) await within(ch.send(n));
    ch.poison(reason);
    assert.equal(ch.size, 0);
    assertPassed(h, await rejection(ch.receive()), reason);
  });

  add("Channel.poison() after a close drops what was left", async () => {
    const ch = await make<number>(h, 3);
    for (const n of [1, 2]) await within(ch.send(n));
    ch.close(new EvalError("closed"));
    assert.equal(await within(ch.receive()), 1);
    ch.poison(reason);
    assertPassed(h, await rejection(ch.receive()), reason);
    assertPassed(h, await rejection(ch.send(3)), reason);
  });

  add("Channel.poison() a second time and close() afterwards have no effect", async () => {
    const ch = await make<number>(h);
    ch.poison(reason);
    ch.poison(new EvalError("second"));
    ch.close(new EvalError("closed"));
    assertPassed(h, await rejection(ch.receive()), reason);
    assertPassed(h, await rejection(ch.send(1)), reason);
  });

  add("Channel.poison() makes tryReceive() throw the reason, and trySend() send nothing", async () => {
    const ch = await make<number>(h, 1);
    ch.poison(reason);
    assertPassed(h, await thrown(() => ch.tryReceive()), reason);
    assertPassed(h, await thrown(() => ch.trySend(1)), reason);
    assert.equal(ch.size, 0);
  });

  add("Channel.poison() makes the blocking forms throw the reason", async () => {
    const ch = await make<number>(h, 1);
    ch.poison(reason);
    assertPassed(h, await thrown(() => ch.sendSync(1, { timeout: 5000 })), reason);
    assertPassed(h, await thrown(() => ch.receiveSync({ timeout: 5000 })), reason);
    assertPassed(h, await thrown(() => ch.sendManySync([1], { timeout: 5000 })), reason);
    assertPassed(h, await thrown(() => ch.receiveManySync(1, { timeout: 5000 })), reason);
  });

  add("Channel.poison() makes trySelect() throw the reason", async () => {
    const ch = await make<number>(h, 1);
    ch.poison(reason);
    assertPassed(h, await thrown(() => trySelect([ch])), reason);
    assertPassed(h, await thrown(() => trySelect([sending(ch, 1)])), reason);
  });

  add("Channel.poison() makes iteration and streams throw the reason", async () => {
    const ch = await make<number>(h, 2);
    await within(ch.send(1));
    const reader = (await make<number>(h)).toReadableStream().getReader();
    void reader.cancel();
    const iterator = ch[Symbol.asyncIterator]();
    assert.equal((await within(iterator.next())).value, 1);
    const next = iterator.next();
    await assertPending(next);
    ch.poison(reason);
    assertPassed(h, await rejection(next), reason);
    assertPassed(h, await rejection(ch.toReadableStream().getReader().read()), reason);
  });

  for (const value of [undefined, null, "text"]) {
    add(`Channel.poison(${JSON.stringify(value)}) rejects with just that`, async () => {
      const ch = await make<number>(h);
      const received = ch.receive();
      await assertPending(received);
      ch.poison(value);
      assert.equal(await rejection(received), value);
      assert.equal(await rejection(ch.send(1)), value);
    });
  }

  add("Channel.poison() reaches the ends", async () => {
    const ch = await make<number>(h, 1);
    const [sender, receiver] = [ch.sender(), ch.receiver()];
    ch.poison(reason);
    assertPassed(h, await rejection(sender.send(1)), reason);
    assertPassed(h, await rejection(receiver.receive()), reason);
    sender.retire();
    receiver.retire();
  });

  for (const capacity of [0, 1]) {
    add(
      `Channel.poison() passed on by each process ends a whole network at capacity ${capacity}`,
      async () => {
        const links = await Promise.all(Array.from({ length: 8 }, () => make<number>(h, capacity)));
        const processes = links.slice(1).map((to, i) => passOn(links[i]!, to));
        const first = h.own.run("sendRange", links[0]!, 0, 1_000_000);
        const last = links.at(-1)!;
        for (let n = 0; n < 10; n++) assert.equal(await within(last.receive()), n);
        last.poison(reason);
        const ends = await within(outcomes([...processes, first]));
        for (const end of ends) assertPassed(h, (end as { error: unknown }).error, reason);
      },
    );
  }

  add("Channel.poison() takes back no value that was already handed over", async () => {
    const ch = await make<number>(h);
    const received = ch.receive();
    const sent = ch.send(5);
    await within(sent);
    ch.poison(reason);
    assert.equal(await within(received), 5);
  });

  add("Channel.close() after which a sender is refused is no poison for who drains", async () => {
    const ch = await make<number>(h, 2);
    await within(ch.send(1));
    ch.close(reason);
    assert.ok(await rejection(ch.send(2)) instanceof ChannelClosedError);
    assert.equal(await within(ch.receive()), 1);
  });
}

/** A process that copies, and poisons both of its channels when one is. */
async function passOn(from: Channel<number>, to: Channel<number>): Promise<void> {
  try {
    while (true) await to.send(await from.receive());
  } catch (error) {
    from.poison(error);
    to.poison(error);
    throw error;
  }
}
