/** Group "blocking": the blocking forms, all in one thread; between threads they are in the group "exchange". */
import assert from "node:assert/strict";
import { ChannelClosedError, ChannelError, TimeoutError } from "@pool/csp";
import { within } from "../../_within.ts";
import { assertPassed, cases, type Harness, make, soon } from "./harness.ts";
import { assertPending, thrown } from "./timing.ts";

/** A limit for what is to be had at once: a fault must not hold the thread for ever. */
const SOON = { timeout: 5000 };

/** Registers the group. */
export function conformBlocking(h: Harness): void {
  const add = cases(h, "blocking");

  add(
    "Channel.sendSync() and receiveSync() need not wait while there is room and something there",
    async () => {
      const ch = await make<number>(h, 3);
      for (const n of [1, 2, 3]) assert.equal(ch.sendSync(n), undefined);
      assert.equal(ch.size, 3);
      for (const n of [1, 2, 3]) assert.equal(ch.receiveSync(), n);
    },
  );

  add("Channel.sendSync() and receiveSync() serve who waits in this thread", async () => {
    const ch = await make<number>(h);
    const received = ch.receive();
    await assertPending(received);
    ch.sendSync(5, SOON);
    assert.equal(await within(received), 5);
    const sent = ch.send(6);
    await assertPending(sent);
    assert.equal(ch.receiveSync(SOON), 6);
    await within(sent);
  });

  add("Channel.receiveSync() takes undefined and null as values", async () => {
    const ch = await make<unknown>(h, 2);
    ch.sendSync(undefined);
    ch.sendSync(null);
    assert.equal(ch.receiveSync(SOON), undefined);
    assert.equal(ch.receiveSync(SOON), null);
  });

  add(
    "Channel.receiveSync({ timeout }) throws TimeoutError, not too early, and leaves no trace",
    async () => {
      const ch = await make<number>(h, 1);
      for (const timeout of [0, 0.5, 5, 10.5]) {
        const begin = performance.now();
        assert.throws(() => ch.receiveSync({ timeout }), TimeoutError);
        assert.throws(() => ch.receiveManySync(2, { timeout }), TimeoutError);
        const took = performance.now() - begin;
        assert.ok(took >= 2 * timeout - 1, `twice ${timeout} ms were over after ${took}`);
      }
      assert.equal(ch.trySend(1), true);
      assert.equal(ch.size, 1);
    },
  );

  add("Channel.sendSync({ timeout }) throws TimeoutError and leaves no trace", async () => {
    const ch = await make<number>(h, 1);
    ch.sendSync(1);
    for (const timeout of [0, 0.5, 5]) {
      assert.throws(() => ch.sendSync(2, { timeout }), TimeoutError);
    }
    assert.deepEqual(ch.tryReceive(), { state: "ok", value: 1 });
    assert.deepEqual(ch.tryReceive(), { state: "empty" });
  });

  add("Channel.sendManySync({ timeout }) cut short says how many went through", async () => {
    const ch = await make<number>(h, 2);
    assert.throws(
      () => ch.sendManySync([1, 2, 3], { timeout: 2 }),
      (error) => error instanceof TimeoutError && error.sent === 2,
    );
    assert.deepEqual(ch.receiveManySync(9), [1, 2]);
  });

  add("Channel.receiveSync() on a closed channel drains, then throws", async () => {
    const ch = await make<number>(h, 2);
    ch.sendSync(1);
    ch.close();
    assert.equal(ch.receiveSync(SOON), 1);
    assert.throws(() => ch.receiveSync(SOON), ChannelClosedError);
    assert.throws(
      () => ch.sendSync(7),
      (error) => error instanceof ChannelClosedError && error.value === 7,
    );
  });

  add("Channel.receiveSync() on a channel closed with a reason throws it", async () => {
    const ch = await make<number>(h);
    const reason = new RangeError("why");
    ch.close(reason);
    assertPassed(h, await thrown(() => ch.receiveSync(SOON)), reason);
  });

  add("Sender.sendSync() and Receiver.receiveSync() are those of the channel", async () => {
    const ch = await make<number>(h, 4);
    const [sender, receiver] = [ch.sender(), ch.receiver()];
    sender.sendSync(1);
    sender.sendManySync([2, 3]);
    assert.equal(receiver.receiveSync(SOON), 1);
    assert.deepEqual(receiver.receiveManySync(5), [2, 3]);
    sender.retire();
    assert.throws(() => receiver.receiveSync(SOON), ChannelClosedError);
    receiver.retire();
    assert.throws(() => receiver.receiveSync(SOON), ChannelClosedError);
    assert.throws(() => sender.sendSync(1), ChannelClosedError);
  });

  add("Channel.receiveSync() moves a waiting sender's value into the buffer", async () => {
    const ch = await make<number>(h, 1);
    ch.sendSync(1);
    const sent = ch.send(2);
    await assertPending(sent);
    assert.equal(ch.receiveSync(SOON), 1);
    await within(sent);
    await soon(h, "moving up", () => ch.size === 1);
    assert.equal(ch.receiveSync(SOON), 2);
  });

  if (h.isLocal) {
    add("Channel.receiveSync() and sendSync() that nobody could ever serve throw at once", async () => {
      const ch = await make<number>(h);
      assert.throws(() => ch.receiveSync(), ChannelError);
      assert.throws(() => ch.sendSync(1), ChannelError);
      assert.throws(() => ch.receiveManySync(1), ChannelError);
      assert.throws(() => ch.sendManySync([1]), ChannelError);
      const received = ch.receive();
      ch.sendSync(2);
      assert.equal(await within(received), 2);
    });
  }

  for (const limits of [{ timeout: -1 }, { timeout: NaN }, { timeout: "5" }]) {
    add(`Channel.sendSync() and receiveSync() refuse ${JSON.stringify(limits)}`, async () => {
      const ch = await make<number>(h, 1);
      const refused = async (operation: () => unknown): Promise<void> => {
        const error = await thrown(operation);
        assert.ok(error instanceof TypeError || error instanceof RangeError, String(error));
      };
      await refused(() => ch.sendSync(1, limits as { timeout: number }));
      await refused(() => ch.receiveSync(limits as { timeout: number }));
      assert.equal(ch.size, 0);
    });
  }
}
