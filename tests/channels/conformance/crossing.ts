/** Group "crossing": a channel that becomes shared while it is in use carries over all it holds and who waits on it. */
import assert from "node:assert/strict";
import {
  chan,
  type Channel,
  ChannelClosedError,
  isShareable,
  NotShareableError,
  promiseChan,
  select,
  sending,
  TimeoutError,
} from "@pool/csp";
import { rejection, within } from "../../_within.ts";
import { cases, type Harness } from "./harness.ts";
import { assertPending, outcomes } from "./timing.ts";

/** Registers the group, for harnesses whose channels cross. */
export function conformCrossing(h: Harness): void {
  const add = cases(h, "crossing");
  holding(h);

  add("waiting receivers are served in order afterwards", async () => {
    const ch = chan<number>();
    const waiting = [ch.receive(), ch.receive(), ch.receiveMany(2)];
    await h.adopt(ch);
    await assertPending(...waiting);
    for (const n of [1, 2, 3]) await within(ch.send(n));
    assert.deepEqual(await within(Promise.all(waiting)), [1, 2, [3]]);
  });

  add("waiting senders are taken in order afterwards", async () => {
    const ch = chan<number>(1);
    const waiting = [ch.send(1), ch.send(2), ch.send(3), ch.sendMany([4, 5])];
    await h.adopt(ch);
    const values = [];
    for (let n = 0; n < 5; n++) values.push(await within(ch.receive()));
    assert.deepEqual(values, [1, 2, 3, 4, 5]);
    await within(Promise.all(waiting));
  });

  add("a select that waits to receive goes on, exactly one case", async () => {
    const [ch, other] = [chan<number>(), chan<number>()];
    const chosen = select({ other, ch });
    await h.adopt(ch);
    await assertPending(chosen);
    await within(ch.send(7));
    assert.deepEqual(await within(chosen), { case: "ch", value: 7, closed: false });
    assert.equal(other.trySend(1), false, "the loser is still waited on");
  });

  add("a select that waits to send goes on, exactly one case", async () => {
    const [ch, other] = [chan<number>(), chan<number>()];
    const chosen = select([sending(other, 1), sending(ch, 2)]);
    await h.adopt(ch);
    assert.equal(await within(ch.receive()), 2);
    assert.equal((await within(chosen)).case, 1);
    assert.deepEqual(other.tryReceive(), { state: "empty" });
  });

  add("a select over several channels goes on while they cross one after the other", async () => {
    const channels = Array.from({ length: 4 }, () => chan<number>());
    const chosen = select(channels);
    for (const ch of channels) await h.adopt(ch);
    await within(channels[2]!.send(5));
    assert.deepEqual(await within(chosen), { case: 2, value: 5, closed: false });
    for (const ch of channels) assert.equal(ch.trySend(1), false);
  });

  add("an iterator under way goes on", async () => {
    const ch = chan<number>();
    const values: number[] = [];
    const iterated = (async () => {
      for await (const n of ch) values.push(n);
    })();
    await within(ch.send(1));
    await h.adopt(ch);
    await within(ch.send(2));
    ch.close();
    await within(iterated);
    assert.deepEqual(values, [1, 2]);
  });

  add("a stream under way goes on", async () => {
    const ch = chan<number>();
    const reader = ch.toReadableStream().getReader();
    const first = reader.read();
    await h.adopt(ch);
    await within(ch.send(1));
    assert.equal((await within(first)).value, 1);
    const second = reader.read();
    await within(ch.send(2));
    assert.equal((await within(second)).value, 2);
    const third = reader.read();
    ch.close();
    assert.equal((await within(third)).done, true);
  });

  add("operations that began before can be aborted and time out without a trace", async () => {
    const ch = chan<number>();
    const controller = new AbortController();
    const ends = outcomes([ch.receive({ signal: controller.signal }), ch.receive({ timeout: 30 })]);
    await h.adopt(ch);
    controller.abort("stop");
    const [aborted, late] = await within(ends) as { error: unknown }[];
    assert.equal(aborted!.error, "stop");
    assert.ok(late!.error instanceof TimeoutError);
    assert.equal(ch.trySend(1), false);
    const [full, sends] = [chan<number>(), new AbortController()];
    const sent = full.send(1, { signal: sends.signal });
    await h.adopt(full);
    sends.abort("stop");
    assert.equal(await rejection(sent), "stop");
    assert.deepEqual(full.tryReceive(), { state: "empty" });
  });

  add("who waits is ended by a close that comes afterwards", async () => {
    const [empty, full] = [chan<number>(), chan<number>()];
    const waiting = [empty.receive(), empty.receiveMany(2), full.send(1), full.sendMany([2])];
    await h.adopt(empty);
    await h.adopt(full);
    empty.close();
    full.close();
    for (const end of await within(outcomes(waiting))) {
      assert.ok((end as { error: unknown }).error instanceof ChannelClosedError);
    }
  });

  add("ends that were made before count on", async () => {
    const ch = chan<number>(1);
    const [one, two] = [ch.sender(), ch.sender()];
    one.retire();
    await h.adopt(ch);
    assert.equal(ch.closed, false);
    await within(two.send(1));
    two.retire();
    assert.equal(ch.closed, true);
    assert.equal(await within(ch.receive()), 1);
  });

  add("an end can be made and used before and after", async () => {
    const ch = chan<number>(1);
    const [sender, receiver] = [ch.sender(), ch.receiver()];
    await within(sender.send(1));
    await h.adopt(ch);
    assert.equal(await within(receiver.receive()), 1);
    const later = ch.receiver();
    receiver.retire();
    await within(sender.send(2));
    assert.equal(await within(later.receive()), 2);
    later.retire();
    assert.ok(await rejection(sender.send(3)) instanceof ChannelClosedError);
  });
}

/** What a channel holds. */
function holding(h: Harness): void {
  const add = cases(h, "crossing");

  add("buffered values stay, in order", async () => {
    const ch = chan<unknown>(5);
    for (const value of [1, "text", { a: [1] }, undefined]) await within(ch.send(value));
    await h.adopt(ch);
    assert.equal(ch.size, 4);
    assert.equal(ch.capacity, 5);
    assert.deepEqual(await within(ch.receiveMany(9)), [1, "text", { a: [1] }, undefined]);
    await within(ch.send(2));
    assert.equal(await within(ch.receive()), 2);
  });

  add("a channel that holds itself and others can cross", async () => {
    const [ch, other] = [chan<unknown>(3), chan<unknown>(1)];
    await within(ch.send(ch));
    await within(ch.send(other));
    await h.adopt(ch);
    assert.equal(await within(ch.receive()), ch);
    assert.equal(await within(ch.receive()), other);
  });

  add("a channel made inside a value that is sent crosses with it", async () => {
    const [ch, inner] = [chan<Channel<number>>(1), chan<number>(2)];
    await within(inner.send(5));
    await h.adopt(ch);
    await within(ch.send(inner));
    const arrived = await within(ch.receive());
    assert.equal(arrived, inner);
    assert.equal(await within(arrived.receive()), 5);
  });

  for (const reason of [[], [new RangeError("why")], [undefined]] as const) {
    add(`a closed channel stays closed with ${reason.length} reasons, ${String(reason[0])}`, async () => {
      const ch = chan<number>(2);
      await within(ch.send(1));
      if (reason.length === 0) ch.close();
      else ch.close(reason[0]);
      await h.adopt(ch);
      assert.equal(ch.closed, true);
      assert.ok(await rejection(ch.send(2)) instanceof ChannelClosedError);
      assert.equal(await within(ch.receive()), 1);
      const error = await rejection(ch.receive());
      if (reason.length === 0) assert.ok(error instanceof ChannelClosedError);
      else if (reason[0] === undefined) assert.equal(error, undefined);
      else assert.ok(error instanceof RangeError && error.message === "why");
    });
  }

  add("a poisoned channel stays poisoned", async () => {
    const ch = chan<number>(2);
    ch.poison(new RangeError("bad"));
    await h.adopt(ch);
    assert.ok(await rejection(ch.send(1)) instanceof RangeError);
    assert.ok(await rejection(ch.receive()) instanceof RangeError);
  });

  for (const overflow of ["sliding", "dropping"] as const) {
    add(`a ${overflow} channel stays one`, async () => {
      const ch = chan<number>({ capacity: 2, overflow });
      for (const n of [1, 2, 3]) await within(ch.send(n));
      await h.adopt(ch);
      await within(ch.send(4));
      assert.deepEqual(await within(ch.receiveMany(5)), overflow === "sliding" ? [3, 4] : [1, 2]);
    });
  }

  add("a promise channel keeps its value, and who waits for it", async () => {
    const [full, empty] = [promiseChan<number>(), promiseChan<number>()];
    await within(full.send(1));
    const waiting = [empty.receive(), empty.receive()];
    await h.adopt(full);
    await h.adopt(empty);
    assert.deepEqual(await within(Promise.all([full.receive(), full.receive()])), [1, 1]);
    await within(empty.send(2));
    assert.deepEqual(await within(Promise.all(waiting)), [2, 2]);
  });

  add("a buffered value that cannot cross: the crossing throws, the channel stays local", async () => {
    const ch = chan<unknown>(3);
    const fn = (): number => 1;
    await within(ch.sendMany([1, fn]));
    const sent = chan<unknown>();
    const waiting = sent.send(fn);
    assert.ok(await rejection(h.adopt(ch)) instanceof NotShareableError);
    assert.ok(await rejection(h.adopt(sent)) instanceof NotShareableError);
    assert.deepEqual(await within(ch.receiveMany(5)), [1, fn]);
    assert.equal(await within(sent.receive()), fn);
    await within(waiting);
    await h.adopt(ch);
    await within(ch.send(2));
    assert.equal(await within(ch.receive()), 2);
  });

  add(
    "a channel stays local when it is asked whether it can cross, and when what it is sent with cannot",
    async () => {
      const ch = chan<unknown>(2);
      const fn = (): number => 1;
      await within(ch.send(fn));
      assert.equal(isShareable(ch), false);
      assert.deepEqual(await within(ch.receive()), fn);
      await within(ch.send(ch));
      for (const value of [ch, { a: [ch] }, ch.sender(), [ch.receiver(), new Map([[ch, 1]])]]) {
        assert.equal(isShareable(value), true);
      }
      assert.equal(await within(ch.receive()), ch);
      const other = chan<unknown>(2);
      await h.adopt(other);
      for (const value of [{ ch, fn }, [fn, ch], [ch.sender(), [fn]]]) {
        assert.ok(await rejection(other.send(value)) instanceof NotShareableError);
      }
      const holds = chan<unknown>(1);
      await within(holds.send(fn));
      await within(other.send(Object.assign(new Error("with fields"), { one: [ch, fn], two: holds })));
      await within(ch.send(fn));
      assert.equal(await within(ch.receive()), fn, "by reference: it is local");
      assert.deepEqual(Object.keys(await within(other.receive()) as Error), []);
    },
  );

  add("a channel that is made anew each time it is read crosses once", async () => {
    const made: Channel<number>[] = [];
    const other = chan<{ readonly ch: Channel<number> }>(1);
    await h.adopt(other);
    await within(other.send({
      get ch() {
        made.push(chan(1));
        return made.at(-1)!;
      },
    }));
    const got = await within(other.receive());
    await within(made.at(-1)!.send(5));
    assert.equal(await within(got.ch.receive()), 5);
    assert.ok(made.length <= 2);
  });
}
