/** Group "closing": every way to close, in every situation. */
import assert from "node:assert/strict";
import { type Channel, ChannelClosedError, move, select, sending } from "@pool/csp";
import { rejection, within } from "../../_within.ts";
import { assertPassed, cases, type Harness, make, soon } from "./harness.ts";
import { assertPending, outcomes } from "./timing.ts";

/** A way to close a channel. */
interface Way {
  readonly name: string;
  close(ch: Channel<number>): void;
  /** What receives are rejected with, in a box; none for a plain close. */
  readonly reason?: { readonly error: unknown };
}

const WAYS: readonly Way[] = [
  { name: "close()", close: (ch) => ch.close() },
  ...[new RangeError("upstream failed"), undefined, null, "enough", { code: 7 }].map((error): Way => ({
    name: `close(${error instanceof Error ? "an error" : JSON.stringify(error)})`,
    close: (ch) => ch.close(error),
    reason: { error },
  })),
];

/** Registers the group. */
export function conformClosing(h: Harness): void {
  const add = cases(h, "closing");
  for (const way of WAYS) grid(h, way);

  add("Channel.close() a second time has no effect", async () => {
    const ch = await make<number>(h, 1);
    const first = new RangeError("first");
    await within(ch.send(1));
    ch.close(first);
    ch.close();
    ch.close(new RangeError("second"));
    assert.equal(await within(ch.receive()), 1);
    assertPassed(h, await rejection(ch.receive()), first);
  });

  add("Channel.close() with a reason after a plain close stays plain", async () => {
    const ch = await make<number>(h);
    ch.close();
    ch.close(new RangeError("late"));
    assert.ok(await rejection(ch.receive()) instanceof ChannelClosedError);
  });

  add("Channel.close() keeps what is buffered, in order, however many receivers come", async () => {
    const ch = await make<number>(h, 3);
    for (const n of [1, 2, 3]) await within(ch.send(n));
    ch.close();
    assert.equal(ch.size, 3);
    const ends = await within(outcomes(Array.from({ length: 5 }, () => ch.receive())));
    assert.deepEqual(ends.slice(0, 3), [1, 2, 3]);
    for (const end of ends.slice(3)) {
      assert.ok((end as { error: unknown }).error instanceof ChannelClosedError);
    }
  });

  add("Channel.close() rejects waiting senders and keeps what the buffer holds", async () => {
    const ch = await make<number>(h, 1);
    await within(ch.send(1));
    const waiting = [ch.send(2), ch.send(3)];
    await assertPending(...waiting);
    ch.close();
    const ends = await within(outcomes(waiting)) as { error: ChannelClosedError }[];
    assert.deepEqual(ends.map(({ error }) => error.value), [2, 3]);
    assert.equal(await within(ch.receive()), 1);
    assert.ok(await rejection(ch.receive()) instanceof ChannelClosedError);
  });

  add("Channel.closed is true while values are left", async () => {
    const ch = await make<number>(h, 1);
    await within(ch.send(1));
    assert.equal(ch.closed, false);
    ch.close();
    assert.equal(ch.closed, true);
    assert.equal(ch.size, 1);
  });

  add("ChannelClosedError.value is the object that was sent, whole", async () => {
    const ch = await make<{ list: number[] }>(h);
    const value = { list: [1, 2] };
    const sent = ch.send(value);
    await assertPending(sent);
    ch.close();
    const error = await rejection(sent);
    assert.ok(error instanceof ChannelClosedError);
    assert.deepEqual(error.value, value);
  });

  add("ChannelClosedError.value is what was to be moved, which stays here", async () => {
    const ch = await make<ArrayBuffer>(h);
    ch.close();
    const buffer = new ArrayBuffer(8);
    const error = await rejection(ch.send(move(buffer)));
    assert.ok(error instanceof ChannelClosedError);
    assert.deepEqual(error.value, buffer);
    assert.equal(buffer.byteLength, 8);
  });
}

/** One way to close, in every situation. */
function grid(h: Harness, way: Way): void {
  const add = cases(h, "closing");
  const ended = (error: unknown): void => {
    if (way.reason === undefined) {
      assert.ok(error instanceof ChannelClosedError, `not closed: ${String(error)}`);
    } else assertPassed(h, error, way.reason.error);
  };
  const refused = (error: unknown, value: unknown): void => {
    assert.ok(error instanceof ChannelClosedError, `not closed: ${String(error)}`);
    assert.deepEqual(error.value, value);
  };

  add(`Channel.${way.name} when nothing waits ends later receives and refuses later sends`, async () => {
    const ch = await make<number>(h);
    way.close(ch);
    assert.equal(ch.closed, true);
    ended(await rejection(ch.receive()));
    ended(await rejection(ch.receive()));
    ended(await rejection(ch.receiveMany(3)));
    assert.deepEqual(ch.tryReceive(), { state: "closed" });
    refused(await rejection(ch.send(5)), 5);
    assert.equal(ch.trySend(5), false);
    assert.ok(await rejection(ch.sendMany([5])) instanceof ChannelClosedError);
  });

  add(`Channel.${way.name} when values are buffered lets them be drained first`, async () => {
    const ch = await make<number>(h, 4);
    for (const n of [1, 2, 3, 4]) await within(ch.send(n));
    way.close(ch);
    refused(await rejection(ch.send(5)), 5);
    assert.equal(await within(ch.receive()), 1);
    assert.deepEqual(ch.tryReceive(), { state: "ok", value: 2 });
    assert.deepEqual(await within(ch.receiveMany(10)), [3, 4]);
    ended(await rejection(ch.receive()));
    assert.deepEqual(ch.tryReceive(), { state: "closed" });
  });

  add(`Channel.${way.name} when senders wait rejects them with their values`, async () => {
    const ch = await make<number>(h);
    const waiting = [ch.send(1), ch.send(2), ch.send(3)];
    await assertPending(...waiting);
    way.close(ch);
    for (const [i, end] of (await within(outcomes(waiting))).entries()) {
      refused((end as { error: unknown }).error, i + 1);
    }
    ended(await rejection(ch.receive()));
  });

  add(`Channel.${way.name} when receivers wait ends them`, async () => {
    const ch = await make<number>(h, 2);
    const waiting = [ch.receive(), ch.receive(), ch.receiveMany(2)];
    await assertPending(...waiting);
    way.close(ch);
    for (const end of await within(outcomes(waiting))) ended((end as { error: unknown }).error);
  });

  add(`Channel.${way.name} when a sendMany waits says how many went through`, async () => {
    const ch = await make<number>(h, 2);
    const sent = ch.sendMany([1, 2, 3, 4, 5]);
    await assertPending(sent);
    assert.equal(await within(ch.receive()), 1);
    await soon(h, "moving up", () => ch.size === 2);
    way.close(ch);
    const error = await rejection(sent);
    assert.ok(error instanceof ChannelClosedError);
    assert.equal((error as { sent?: number }).sent, 3);
    assert.deepEqual(await within(ch.receiveMany(9)), [2, 3]);
    ended(await rejection(ch.receive()));
  });

  add(`Channel.${way.name} when selects wait ends a receive case and rejects a send case`, async () => {
    const [ch, never] = [await make<number>(h), await make<number>(h)];
    const receiving = select({ other: never, ch });
    const other = await make<number>(h);
    const sends = select([never, sending(other, 8)]);
    await assertPending(receiving, sends);
    way.close(ch);
    way.close(other);
    const chosen = await within(receiving);
    assert.equal(chosen.case, "ch");
    assert.equal(chosen.closed, true);
    assert.equal(chosen.value, undefined);
    assert.equal("reason" in chosen, way.reason !== undefined);
    if (chosen.closed && way.reason !== undefined) assertPassed(h, chosen.reason, way.reason.error);
    refused(await rejection(sends), 8);
  });
}
