/** Group "select traces": a select that loses, is called off or runs out of time has had no effect. */
import assert from "node:assert/strict";
import { type Channel, select, sending, TimeoutError } from "@pool/csp";
import { rejection, within } from "../_within.ts";
import { cases, type Harness, make } from "../channels/conformance/harness.ts";
import { assertPending, countedSignal, growth, outcomes } from "../channels/conformance/timing.ts";

/** Registers the group. */
export function conformSelectTraces(h: Harness): void {
  const add = cases(h, "select traces");
  callingOff(h);

  add("select() with no case that is on waits, until its timeout", async () => {
    const waiting = [select([]), select({}), select([null, undefined, false])];
    await assertPending(...waiting);
    assert.ok(await rejection(select([], { timeout: 1 })) instanceof TimeoutError);
    assert.ok(await rejection(select({ a: null }, { timeout: 1 })) instanceof TimeoutError);
  });

  add("select() takes effect once, however many of its cases become ready at once", async () => {
    const channels = await Promise.all(Array.from({ length: 5 }, () => make<number>(h, 1)));
    const chosen = select(channels);
    await assertPending(chosen);
    for (const [n, ch] of channels.entries()) assert.equal(await within(ch.send(n)), undefined);
    const { case: index, value } = await within(chosen);
    assert.equal(index, value);
    for (const [n, ch] of channels.entries()) {
      assert.deepEqual(ch.tryReceive(), n === index ? { state: "empty" } : { state: "ok", value: n });
    }
  });

  add("select() that has taken effect is not undone by a poison or a close that follows", async () => {
    const [ch, other] = [await make<number>(h), await make<number>(h)];
    const chosen = select([ch, other]);
    await assertPending(chosen);
    await within(ch.send(1));
    ch.poison("poison");
    other.close();
    assert.deepEqual(await within(chosen), { case: 0, value: 1, closed: false });
  });

  add("select6: a select that loses last in a queue leaves the queue whole", async () => {
    const [c1, c2] = [await make<boolean>(h), await make<boolean>(h)];
    const c3 = await make<boolean>(h);
    const done = await make<boolean>(h, 1);
    const blocked = c1.receive();
    const both = (async () => {
      const { case: which } = await select({ c1, c2 });
      assert.equal(which, "c2");
      await c3.send(true);
    })();
    await assertPending(blocked, both);
    await within(c2.send(true));
    const later = (async () => {
      await c3.receive();
      await c1.receive();
      await done.send(true);
    })();
    await within(both);
    await within(c1.send(true));
    assert.equal(await within(blocked), true);
    await within(c1.send(true));
    assert.equal(await within(done.receive()), true);
    await within(later);
  });

  for (const position of ["first", "middle", "last"] as const) {
    add(`select() that loses at the ${position} place of a queue leaves the others in order`, async () => {
      const [ch, other] = [await make<number>(h), await make<number>(h)];
      const at = { first: 0, middle: 1, last: 2 }[position];
      const losing: Promise<unknown>[] = [];
      const receives: Promise<number>[] = [];
      for (let i = 0; i < 3; i++) {
        if (i === at) losing.push(select({ ch, other }));
        else receives.push(ch.receive());
      }
      await assertPending(...receives);
      await within(other.send(0));
      await within(Promise.all(losing));
      await within(ch.send(1));
      await within(ch.send(2));
      assert.deepEqual(await within(Promise.all(receives)), [1, 2]);
      assert.equal(ch.trySend(3), false);
    });
  }

  const ROUNDS = h.isLocal ? 20_000 : 10_000;
  add(`select2: ${ROUNDS} selects with a case that is never ready leave memory flat`, async () => {
    const [ch, never, alsoNever] = [await make<number>(h), await make<number>(h), await make<number>(h)];
    const bytes = await growth(ROUNDS, async (round) => {
      const chosen = select([never, sending(alsoNever, 1), ch, never]);
      await ch.send(round);
      assert.equal((await chosen).value, round);
    });
    assert.ok(bytes < 2e6, `${bytes} bytes more`);
    assert.equal(never.trySend(1), false);
    assert.deepEqual(alsoNever.tryReceive(), { state: "empty" });
  });
}

/** Signals and timeouts of selects. */
function callingOff(h: Harness): void {
  const add = cases(h, "select traces");
  /** Two channels, the first to be received from, the second full to be sent to. */
  const prepared = async (): Promise<[Channel<number>, Channel<number>]> => {
    const [from, to] = [await make<number>(h), await make<number>(h, 1)];
    await within(to.send(1));
    return [from, to];
  };
  const unchanged = async ([from, to]: [Channel<number>, Channel<number>]): Promise<void> => {
    assert.equal(from.trySend(9), false);
    assert.deepEqual(to.tryReceive(), { state: "ok", value: 1 });
    assert.deepEqual(to.tryReceive(), { state: "empty" });
    const received = from.receive();
    await within(from.send(3));
    assert.equal(await within(received), 3);
  };

  for (const reason of [new EvalError("stop"), undefined, "text"]) {
    add(`select({ signal }) aborted with ${String(reason)} leaves no trace`, async () => {
      const channels = await prepared();
      const controller = new AbortController();
      const chosen = select([channels[0], sending(channels[1], 2)], { signal: controller.signal });
      await assertPending(chosen);
      controller.abort(reason);
      assert.equal(await rejection(chosen), controller.signal.reason);
      await unchanged(channels);
    });
  }

  add("select({ signal }) with a signal that has aborted takes no case that is ready", async () => {
    const ch = await make<number>(h, 1);
    await within(ch.send(1));
    assert.equal(await rejection(select([ch], { signal: AbortSignal.abort("stop") })), "stop");
    assert.equal(ch.size, 1);
  });

  for (const timeout of [0, 0.5, 3]) {
    add(`select({ timeout: ${timeout} }) rejects with TimeoutError and leaves no trace`, async () => {
      const channels = await prepared();
      const begin = performance.now();
      const error = await rejection(select([channels[0], sending(channels[1], 2)], { timeout }));
      assert.ok(error instanceof TimeoutError);
      assert.ok(performance.now() - begin >= timeout - 1);
      await unchanged(channels);
    });
  }

  add("select({ timeout: 0 }) takes a case that is ready", async () => {
    const ch = await make<number>(h, 1);
    await within(ch.send(1));
    assert.equal((await within(select([ch], { timeout: 0 }))).value, 1);
  });

  add("select({ signal }) that is over keeps no listener", async () => {
    const ch = await make<number>(h, 1);
    const { signal, listeners } = countedSignal();
    for (let n = 0; n < 20; n++) {
      const chosen = select([ch], { signal, timeout: 60_000 });
      await within(ch.send(n));
      await within(chosen);
    }
    await rejection(select([ch], { signal, timeout: 1 }));
    const poisoned = await make<number>(h);
    const chosen = select([poisoned], { signal });
    poisoned.poison("bad");
    await rejection(chosen);
    assert.equal(listeners(), 0);
  });

  add("select() called off 5,000 times leaves the next one to be served", async () => {
    const [from, to] = await prepared();
    for (let round = 0; round < 5; round++) {
      const controller = new AbortController();
      const { signal } = controller;
      const waiting = Array.from({ length: 1000 }, () => select([from, sending(to, 2)], { signal }));
      controller.abort("enough");
      for (const end of await within(outcomes(waiting))) assert.deepEqual(end, { error: "enough" });
    }
    await unchanged([from, to]);
  });
}
