/** Group "overflow": sliding, dropping and promise channels; after core.async. */
import assert from "node:assert/strict";
import { chan, type Channel, ChannelClosedError, promiseChan, select, sending, trySelect } from "@pool/csp";
import { rejection, within } from "../../_within.ts";
import { assertPassed, cases, type Harness, make } from "./harness.ts";
import { assertPending } from "./timing.ts";

/** Registers the group. */
export function conformOverflow(h: Harness): void {
  slidingAndDropping(h);
  promised(h);
}

/** Channels that never make a sender wait. */
function slidingAndDropping(h: Harness): void {
  const add = cases(h, "overflow");
  const kept = { sliding: [2, 3, 4], dropping: [0, 1, 2] } as const;

  for (const overflow of ["sliding", "dropping"] as const) {
    const which = overflow === "sliding" ? "the newest values" : "the oldest values";
    const options = { capacity: 3, overflow };

    add(`chan({ overflow: "${overflow}" }) needs room for one value`, () => {
      assert.throws(() => chan({ overflow }), RangeError);
      assert.throws(() => chan({ overflow, capacity: 0 }), RangeError);
    });

    add(`Channel.send() on a full ${overflow} channel resolves, and ${which} stay`, async () => {
      const ch = await make<number>(h, options);
      for (let n = 0; n < 5; n++) await within(ch.send(n));
      assert.equal(ch.size, 3);
      assert.deepEqual(await within(ch.receiveMany(9)), kept[overflow]);
      assert.deepEqual(ch.tryReceive(), { state: "empty" });
    });

    add(`Channel.trySend() on a full ${overflow} channel is ${overflow === "sliding"}`, async () => {
      const ch = await make<number>(h, options);
      for (let n = 0; n < 3; n++) assert.equal(ch.trySend(n), true);
      for (let n = 3; n < 5; n++) assert.equal(ch.trySend(n), overflow === "sliding");
      assert.deepEqual(await within(ch.receiveMany(9)), kept[overflow]);
    });

    add(`Channel.sendMany() on a ${overflow} channel resolves, and ${which} stay`, async () => {
      const ch = await make<number>(h, options);
      await within(ch.sendMany([0, 1, 2, 3, 4]));
      assert.deepEqual(await within(ch.receiveMany(9)), kept[overflow]);
    });

    add(`Channel.sendSync() on a full ${overflow} channel returns, and ${which} stay`, async () => {
      const ch = await make<number>(h, options);
      for (let n = 0; n < 4; n++) ch.sendSync(n);
      ch.sendManySync([4]);
      assert.deepEqual(ch.receiveManySync(9), kept[overflow]);
    });

    add(`sending() to a full ${overflow} channel is always ready`, async () => {
      const ch = await make<number>(h, options);
      for (let n = 0; n < 4; n++) assert.equal((await within(select([sending(ch, n)]))).case, 0);
      assert.equal(trySelect({ ch: sending(ch, 4) })?.case, "ch");
      assert.deepEqual(await within(ch.receiveMany(9)), kept[overflow]);
    });

    add(`Channel.send() on a ${overflow} channel hands over to who waits, in order`, async () => {
      const ch = await make<number>(h, options);
      const waiting = [ch.receive(), ch.receive()];
      await assertPending(...waiting);
      for (let n = 0; n < 4; n++) await within(ch.send(n));
      assert.deepEqual(await within(Promise.all(waiting)), [0, 1]);
      assert.deepEqual(await within(ch.receiveMany(9)), [2, 3]);
    });

    add(`Channel.close() of a ${overflow} channel lets it be drained, and refuses sends`, async () => {
      const ch = await make<number>(h, options);
      for (let n = 0; n < 5; n++) await within(ch.send(n));
      ch.close();
      assert.ok(await rejection(ch.send(9)) instanceof ChannelClosedError);
      assert.equal(ch.trySend(9), false);
      assert.deepEqual(await within(ch.receiveMany(9)), kept[overflow]);
      assert.ok(await rejection(ch.receive()) instanceof ChannelClosedError);
    });
  }

  add("chan({ overflow }) of any other name is refused", () => {
    assert.throws(() => chan({ capacity: 1, overflow: "fixed" as "block" }), /overflow/);
  });

  add('chan({ overflow: "block" }) is the default', async () => {
    const ch = await make<number>(h, { capacity: 1, overflow: "block" });
    await within(ch.send(1));
    const sent = ch.send(2);
    await assertPending(sent);
    assert.deepEqual(await within(ch.receive()), 1);
    await within(sent);
  });
}

/** Channels whose first value is for everybody. */
function promised(h: Harness): void {
  const add = cases(h, "overflow");
  const make = <T>(): Promise<Channel<T>> => h.adopt(promiseChan<T>());

  add("promiseChan() gives its first value to everybody who waits", async () => {
    const ch = await make<{ n: number }>();
    const other = await make<number>();
    const waiting = [ch.receive(), ch.receive(), select([other, ch]).then(({ value }) => value)];
    await assertPending(...waiting);
    await within(ch.send({ n: 5 }));
    assert.deepEqual(await within(Promise.all(waiting)), [{ n: 5 }, { n: 5 }, { n: 5 }]);
  });

  add("promiseChan() gives its first value to everybody who comes later", async () => {
    const ch = await make<number>();
    await within(ch.send(5));
    for (let n = 0; n < 3; n++) {
      assert.equal(await within(ch.receive()), 5);
      assert.deepEqual(ch.tryReceive(), { state: "ok", value: 5 });
      assert.deepEqual(await within(ch.receiveMany(3)), [5]);
      assert.equal((await within(select([ch]))).value, 5);
      assert.equal(ch.receiveSync(), 5);
    }
  });

  add("promiseChan() drops later values: send() resolves, trySend() is false", async () => {
    const ch = await make<number>();
    assert.equal(ch.trySend(1), true);
    await within(ch.send(2));
    await within(ch.sendMany([3, 4]));
    ch.sendSync(5);
    assert.equal(ch.trySend(6), false);
    assert.equal(await within(ch.receive()), 1);
  });

  add("promiseChan() takes undefined as its value", async () => {
    const ch = await make<undefined>();
    await within(ch.send(undefined));
    assert.equal(await within(ch.receive()), undefined);
    assert.deepEqual(ch.tryReceive(), { state: "ok", value: undefined });
  });

  add("promiseChan() that is closed with its value still gives it", async () => {
    const ch = await make<number>();
    await within(ch.send(1));
    ch.close();
    assert.equal(ch.closed, true);
    assert.equal(await within(ch.receive()), 1);
    assert.equal(await within(ch.receive()), 1);
    assert.ok(await rejection(ch.send(2)) instanceof ChannelClosedError);
  });

  add("promiseChan() that is poisoned holds nothing and gives nothing any more", async () => {
    const ch = await make<{ n: number }>();
    await within(ch.send({ n: 1 }));
    assert.equal(ch.size, 1);
    ch.poison(new RangeError("poisoned"));
    assert.equal(ch.size, 0);
    assert.ok(await rejection(ch.receive()) instanceof RangeError);
    assert.throws(() => ch.tryReceive(), RangeError);
  });

  add("promiseChan() that is closed without a value ends who waits, with the reason", async () => {
    const ch = await make<number>();
    const waiting = ch.receive();
    await assertPending(waiting);
    const reason = new RangeError("no value");
    ch.close(reason);
    assertPassed(h, await rejection(waiting), reason);
    assertPassed(h, await rejection(ch.receive()), reason);
  });

  add("promiseChan() that is poisoned rejects everybody, its value is gone", async () => {
    const ch = await make<number>();
    const reason = new RangeError("poisoned");
    await within(ch.send(1));
    ch.poison(reason);
    assertPassed(h, await rejection(ch.receive()), reason);
  });
}
