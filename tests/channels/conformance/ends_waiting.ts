/** Group "waiting by ends": what waits by an end that is given up or passed on ends with it, and loses and takes nothing. */
import assert from "node:assert/strict";
import {
  chan,
  type Channel,
  ChannelClosedError,
  move,
  never,
  OwnershipError,
  type Receiver,
  select,
  type Sender,
  sending,
} from "@pool/csp";
import { rejection, within } from "../../_within.ts";
import { cases, type Harness, make } from "./harness.ts";
import { assertPending, hops } from "./timing.ts";

/** Registers the group. */
export function conformWaitingByEnds(h: Harness): void {
  retiring(h);
  passing(h);
}

/** Every way of waiting by a receiver, but for iterations. */
function receives(end: Receiver<number>): Promise<unknown>[] {
  return [
    end.receive(),
    end.receive({ timeout: 60_000, signal: new AbortController().signal }),
    end.receiveMany(2),
    end.receiveMany(new Float64Array(2)),
    select([never, end, end]),
    select([end, new Promise(() => {})]),
  ];
}

/** Every way of waiting by a sender whose channel has no room. */
function sends(end: Sender<unknown>): Promise<unknown>[] {
  return [
    end.send(1),
    end.send(1, { timeout: 60_000, signal: new AbortController().signal }),
    end.send(move(new ArrayBuffer(8))),
    end.sendMany([1, 2]),
    select([sending(end, 1), never, sending(end, 1)]),
    select([sending(end, 1), new Promise(() => {})]),
  ];
}

/** Asserts that each of `waiting` rejects with an error of `Class`; the errors. */
async function refused<E extends Error>(
  waiting: readonly Promise<unknown>[],
  Class: new (message: string) => E,
): Promise<E[]> {
  const errors: E[] = [];
  for (const [i, waits] of waiting.entries()) {
    const error = await rejection(waits);
    assert.ok(error instanceof Class, `operation ${i} rejects with ${String(error)}`);
    errors.push(error);
  }
  return errors;
}

/** Ends that are given up. */
function retiring(h: Harness): void {
  const add = cases(h, "waiting by ends");

  for (const crossing of h.isLocal ? [false] : [false, true]) {
    const when = crossing ? ", on a channel that crosses meanwhile" : "";
    /** A channel, and what brings it into the form under test if it is not there yet. */
    const open = async <T>(capacity: number): Promise<[Channel<T>, () => Promise<unknown>]> => {
      const ch = chan<T>(capacity);
      if (crossing) return [ch, () => h.adopt(ch)];
      await h.adopt(ch);
      return [ch, () => Promise.resolve()];
    };

    add(`Receiver.retire() rejects what waits by it, which takes nothing${when}`, async () => {
      const [ch, adopt] = await open<number>(0);
      const [gone, kept] = [ch.receiver(), ch.receiver()];
      const waiting = [...receives(gone)];
      const iterations: Promise<{ readonly done?: boolean }>[] = [
        gone[Symbol.asyncIterator]().next(),
        gone.toReadableStream().getReader().read(),
      ];
      const other = kept.receive();
      await adopt();
      await assertPending(...waiting, ...iterations, other);
      gone.retire();
      await within(ch.send(1));
      assert.equal(await within(other), 1);
      await refused(waiting, ChannelClosedError);
      for (const waits of iterations) assert.equal((await within(waits)).done, true);
      assert.equal(ch.closed, false);
    });

    add(`Sender.retire() rejects what waits by it with its value, which is not sent${when}`, async () => {
      const [ch, adopt] = await open<unknown>(1);
      const [gone, kept] = [ch.sender(), ch.sender()];
      await within(ch.send("first"));
      const waiting = sends(gone);
      const other = kept.send("other");
      await adopt();
      await assertPending(...waiting, other);
      gone.retire();
      assert.deepEqual(await within(ch.receiveMany(9)), ["first", "other"]);
      await within(other);
      assert.deepEqual(ch.tryReceive(), { state: "empty" });
      const errors = await refused(waiting, ChannelClosedError);
      for (const [i, { value }] of errors.entries()) {
        if (i !== 2) assert.equal(value, 1);
        else assert.equal((value as ArrayBuffer).byteLength, 8, "it has not been moved");
      }
      assert.equal(errors[3]!.sent, 0);
    });
  }

  add("Sender.retire() in the midst of a sendMany says how many went through", async () => {
    const ch = await make<number>(h, 1);
    const [gone, kept] = [ch.sender(), ch.sender()];
    const batch = gone.sendMany([1, 2, 3]);
    await assertPending(batch);
    assert.equal(await within(ch.receive()), 1);
    const other = kept.send(9);
    gone.retire();
    const { sent, value } = await rejection(batch) as ChannelClosedError;
    assert.equal(batch.sent, sent);
    assert.equal(value, sent! + 1);
    assert.equal(sent, 2, "the second has taken the place of the first");
    assert.deepEqual(await within(ch.receiveMany(3)), [2, 9]);
    await within(other);
  });

  add("Receiver.retire() leaves a receive what it was given already", async () => {
    const ch = await make<number>(h);
    const [gone, kept] = [ch.receiver(), ch.receiver()];
    const [one, many] = [gone.receive(), gone.receiveMany(2)];
    const sent = [ch.send(1), ch.send(2), ch.send(3)];
    gone.retire();
    assert.equal(await within(one), 1);
    assert.deepEqual(await within(many), [2], "it takes no more");
    assert.equal(await within(kept.receive()), 3);
    await within(Promise.all(sent));
  });

  add("Receiver.retire() rejects a select, of which no other case is left waiting", async () => {
    const [ch, other] = [await make<number>(h), await make<number>(h)];
    const [gone] = [ch.receiver(), ch.receiver()];
    const selected = select({ gone, other, to: sending(other, 1) });
    await assertPending(selected);
    gone.retire();
    await refused([selected], ChannelClosedError);
    assert.equal(other.trySend(1), false);
    assert.deepEqual(other.tryReceive(), { state: "empty" });
  });
}

/** Ends that go elsewhere. */
function passing(h: Harness): void {
  const add = cases(h, "waiting by ends");

  for (const deep of [false, true]) {
    add(`Receiver passed ${deep ? "in a structure" : "alone"} rejects what waits by it here`, async () => {
      const ch = await make<number>(h);
      const carrier = await make<unknown>(h, 1);
      const end = ch.receiver();
      const waiting = [...receives(end), end[Symbol.asyncIterator]().next()];
      await assertPending(...waiting);
      await within(carrier.send(deep ? { list: [end] } : end));
      await refused(waiting, OwnershipError);
      const carried = await within(carrier.receive());
      const arrived = (deep ? (carried as { list: unknown[] }).list[0] : carried) as Receiver<number>;
      const received = arrived.receive();
      await within(ch.send(1));
      assert.equal(await within(received), 1);
    });
  }

  add("Sender passed on rejects what waits by it here, which sends nothing", async () => {
    const ch = await make<unknown>(h);
    const carrier = await make<Sender<unknown>>(h);
    const end = ch.sender();
    const waiting = sends(end);
    await assertPending(...waiting);
    const passed = carrier.send(end);
    await assertPending(...waiting, passed);
    const arrived = await within(carrier.receive());
    await within(passed);
    await refused(waiting, OwnershipError);
    const sent = arrived.send(5);
    assert.equal(await within(ch.receive()), 5);
    await within(sent);
    assert.deepEqual(ch.tryReceive(), { state: "empty" });
  });

  add("Receiver in a send that has no effect goes on waiting here", async () => {
    const ch = await make<number>(h);
    const carrier = await make<unknown>(h);
    const end = ch.receiver();
    const received = end.receive();
    assert.equal(carrier.trySend({ end }), false);
    const controller = new AbortController();
    const sent = carrier.send(end, { signal: controller.signal });
    await assertPending(sent, received);
    controller.abort(new Error("enough"));
    await rejection(sent);
    await within(ch.send(1));
    assert.equal(await within(received), 1);
    const next = end.receive();
    await within(ch.send(2));
    assert.equal(await within(next), 2);
  });
}

/** A number of messages that is quick for every pair of parties. */
const COUNT = 150;

/** Registers the cases in which another party is at work meanwhile. */
export function conformRetiringRaces(h: Harness): void {
  const add = cases(h, "waiting by ends");

  for (const capacity of [0, 2]) {
    add(`Receiver.retire() while another party sends loses nothing, capacity ${capacity}`, async () => {
      const [there] = await h.parties(1);
      const ch = await make<number>(h, capacity);
      const kept = ch.receiver();
      const sent = there!.run("sendRange", ch, 0, COUNT);
      const values: number[] = [];
      for (let round = 0; values.length < COUNT; round++) {
        const end = ch.receiver();
        const waiting = [end.receive(), end.receiveMany(2), select([end])] as const;
        if (round % 3 !== 0) await hops(round % 3);
        end.retire();
        const [one, many, selected] = await within(Promise.allSettled(waiting));
        if (one.status === "fulfilled") values.push(one.value);
        if (many.status === "fulfilled") values.push(...many.value);
        if (selected.status === "fulfilled") values.push(selected.value.value!);
        if (values.length < COUNT && round % 2 === 0) values.push(await within(kept.receive()));
      }
      await within(sent);
      assert.deepEqual(values.sort((a, b) => a - b), Array.from({ length: COUNT }, (_, n) => n));
    });

    add(
      `Sender.retire() while another party receives sends nothing twice, capacity ${capacity}`,
      async () => {
        const [there] = await h.parties(1);
        const ch = await make<unknown>(h, capacity);
        const kept = ch.sender();
        const received = there!.run("receiveSome", ch, COUNT);
        for (let n = 0, round = 0; n < COUNT; round++) {
          const end = ch.sender();
          const [one, batch] = [end.send(n), end.sendMany([n + 1, n + 2])];
          if (round % 3 !== 0) await hops(round % 3);
          end.retire();
          const failed = await within(one.then(() => undefined, (error: ChannelClosedError) => error));
          const { sent } = await within(
            batch.then(() => ({ sent: 2 }), (error: ChannelClosedError) => error),
          );
          if (failed !== undefined) await within(kept.send(failed.value));
          for (let i = sent!; i < 2; i++) await within(kept.send(n + 1 + i));
          n += 3;
        }
        const values = await within(received) as number[];
        assert.deepEqual(values.sort((a, b) => a - b), Array.from({ length: COUNT }, (_, n) => n));
      },
    );
  }
}
