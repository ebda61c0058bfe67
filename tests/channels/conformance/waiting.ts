/** Group "waiting": signals and timeouts have no effect and leave no trace. */
import assert from "node:assert/strict";
import { type Channel, ChannelClosedError, TimeoutError } from "@pool/csp";
import { runProgram } from "../../_program.ts";
import { rejection, within } from "../../_within.ts";
import { cases, type Harness, make } from "./harness.ts";
import { assertPending, countedSignal, growth, outcomes } from "./timing.ts";

interface Limits {
  signal?: AbortSignal;
  timeout?: number;
}

/** An operation that waits on a full, or on an empty, channel. */
interface Operation {
  readonly name: string;
  readonly sends: boolean;
  start(ch: Channel<number>, limits: Limits): Promise<unknown>;
}

const OPERATIONS: readonly Operation[] = [
  { name: "send", sends: true, start: (ch, limits) => ch.send(100, limits) },
  { name: "sendMany", sends: true, start: (ch, limits) => ch.sendMany([100, 101], limits) },
  { name: "receive", sends: false, start: (ch, limits) => ch.receive(limits) },
  { name: "receiveMany", sends: false, start: (ch, limits) => ch.receiveMany(2, limits) },
];

/** Registers the group. */
export function conformWaiting(h: Harness): void {
  const add = cases(h, "waiting");
  for (const operation of OPERATIONS) {
    for (const capacity of [0, 2]) givesUp(h, operation, capacity);
  }
  inTheMiddle(h);

  add("Channel.send() with a signal that has aborted has no effect even if there is room", async () => {
    const ch = await make<number>(h, 2);
    assert.equal(await rejection(ch.send(1, { signal: AbortSignal.abort("stop") })), "stop");
    assert.equal(await rejection(ch.sendMany([1], { signal: AbortSignal.abort("stop") })), "stop");
    assert.equal(ch.size, 0);
  });

  add("Channel.receive() with a signal that has aborted takes nothing", async () => {
    const ch = await make<number>(h, 2);
    await within(ch.send(1));
    assert.equal(await rejection(ch.receive({ signal: AbortSignal.abort("stop") })), "stop");
    assert.equal(await rejection(ch.receiveMany(2, { signal: AbortSignal.abort("stop") })), "stop");
    assert.deepEqual(ch.tryReceive(), { state: "ok", value: 1 });
  });

  add("AbortController.abort() after an operation has ended changes nothing", async () => {
    const ch = await make<number>(h);
    const controller = new AbortController();
    const { signal } = controller;
    const sent = ch.send(1, { signal, timeout: 60_000 });
    assert.equal(await within(ch.receive({ signal, timeout: 60_000 })), 1);
    await within(sent);
    controller.abort();
    const later = ch.send(2);
    assert.equal(await within(ch.receive()), 2);
    await within(later);
  });

  add("AbortSignal keeps no listener of an operation that has ended", async () => {
    const ch = await make<number>(h);
    const { signal, listeners } = countedSignal();
    for (let n = 0; n < 20; n++) {
      const sent = ch.send(n, { signal });
      assert.equal(await within(ch.receive({ signal })), n);
      await within(sent);
    }
    const received = ch.receive({ signal });
    await within(ch.send(1, { signal }));
    await within(received);
    await rejection(ch.receive({ signal, timeout: 1 }));
    const waiting = ch.receive({ signal });
    ch.close();
    await rejection(waiting);
    assert.equal(listeners(), 0);
  });

  add("Channel.receive({ timeout }) does not reject early, fractions of milliseconds included", async () => {
    const ch = await make<number>(h);
    for (const timeout of [0, 0.5, 5, 20.5]) {
      const begin = performance.now();
      assert.ok(await rejection(ch.receive({ timeout })) instanceof TimeoutError);
      const took = performance.now() - begin;
      assert.ok(took >= timeout - 1, `${timeout} ms were over after ${took}`);
    }
  });

  add("Channel.send({ timeout: 0 }) succeeds where it need not wait", async () => {
    const ch = await make<number>(h, 1);
    await within(ch.send(1, { timeout: 0 }));
    assert.equal(await within(ch.receive({ timeout: 0 })), 1);
    assert.ok(await rejection(ch.receive({ timeout: 0 })) instanceof TimeoutError);
  });

  add("Channel.close() beats the signal and the timeout of what waits", async () => {
    const ch = await make<number>(h);
    const controller = new AbortController();
    const waiting = [
      ch.receive({ signal: controller.signal, timeout: 60_000 }),
      ch.receiveMany(1, { signal: controller.signal, timeout: 60_000 }),
    ];
    await assertPending(...waiting);
    ch.close();
    controller.abort(new EvalError("late"));
    for (const end of await within(outcomes(waiting))) {
      assert.ok((end as { error: unknown }).error instanceof ChannelClosedError);
    }
  });

  add("Channel.receive() that gave up 10,000 times leaves the next one to be served", async () => {
    const ch = await make<number>(h);
    for (let round = 0; round < 10; round++) {
      const controller = new AbortController();
      const waiting = Array.from({ length: 1000 }, () => ch.receive({ signal: controller.signal }));
      controller.abort("enough");
      for (const end of await within(outcomes(waiting))) assert.deepEqual(end, { error: "enough" });
    }
    assert.equal(ch.trySend(1), false);
    const received = ch.receive();
    await within(ch.send(2));
    assert.equal(await within(received), 2);
  });

  const ROUNDS = h.isLocal ? 20_000 : 10_000;
  add(`${ROUNDS} operations that give up on a channel nobody serves leave memory flat`, async () => {
    const [empty, full] = [await make<number>(h), await make<number>(h)];
    const bytes = await growth(ROUNDS, async (round) => {
      const controller = new AbortController();
      const { signal } = controller;
      const timeout = round % 100 === 0 ? 0 : 60_000;
      const waiting = [empty.receive({ signal, timeout }), full.send(1, { signal, timeout })];
      controller.abort("enough");
      await Promise.allSettled(waiting);
    });
    assert.ok(bytes < 2e6, `${bytes} bytes more`);
    assert.equal(empty.trySend(1), false);
    assert.deepEqual(full.tryReceive(), { state: "empty" });
  });

  add("program ends at once though operations that are over had long timeouts", async () => {
    const { code, late, stderr } = await runProgram(
      `import { after, chan, create, select } from "@pool/csp";
      const [ch, never] = [chan(), chan()];
      ${h.isLocal ? "" : "await create().call((...them) => void (globalThis.kept = them), ch, never);"}
      const limits = { timeout: 600_000, signal: new AbortController().signal };
      for (let n = 0; n < 10; n++) await Promise.all([ch.send(n, limits), ch.receive(limits)]);
      await Promise.all([select([never, ch, after(600_000)], limits), ch.send(1)]);
      await Promise.all([ch.receiveMany(2, limits), ch.sendMany([1], limits)]);`,
      { limit: 12_000 },
    );
    assert.deepEqual({ code, late, stderr }, { code: 0, late: false, stderr: "" });
  });

  for (
    const limits of [{ timeout: -1 }, { timeout: NaN }, { timeout: "5" }, { signal: {} }, { tiemout: 5 }]
  ) {
    add(`Channel.send() and receive() refuse ${JSON.stringify(limits)}`, async () => {
      const ch = await make<number>(h, 1);
      for (const { start } of OPERATIONS) {
        const error = await rejection(start(ch, limits as Limits));
        assert.ok(error instanceof TypeError || error instanceof RangeError, String(error));
      }
      assert.equal(ch.size, 0);
    });
  }
}

/** One operation gives up, alone on its channel. */
function givesUp(h: Harness, operation: Operation, capacity: number): void {
  const add = cases(h, "waiting");
  const { name, sends, start } = operation;

  /** A channel on which the operation waits. */
  async function prepared(): Promise<Channel<number>> {
    const ch = await make<number>(h, capacity);
    if (sends) { for (let n = 0; n < capacity; n++) await within(ch.send(n)); }
    return ch;
  }
  /** The channel is as if the operation had never been. */
  async function unchanged(ch: Channel<number>): Promise<void> {
    if (sends) {
      for (let n = 0; n < capacity; n++) assert.deepEqual(ch.tryReceive(), { state: "ok", value: n });
      assert.deepEqual(ch.tryReceive(), { state: "empty" });
    } else {
      assert.equal(ch.trySend(0), capacity > 0);
      assert.equal(ch.size, capacity > 0 ? 1 : 0);
      if (capacity > 0) assert.deepEqual(ch.tryReceive(), { state: "ok", value: 0 });
    }
    const sent = ch.send(7);
    assert.equal(await within(ch.receive()), 7);
    await within(sent);
  }

  for (const reason of [new EvalError("cancelled"), "text", undefined]) {
    const text = reason instanceof Error ? "an error" : JSON.stringify(reason);
    add(`Channel.${name}() aborted with ${text} at capacity ${capacity} leaves no trace`, async () => {
      const ch = await prepared();
      const controller = new AbortController();
      const waiting = start(ch, { signal: controller.signal });
      await assertPending(waiting);
      controller.abort(reason);
      assert.equal(await rejection(waiting), controller.signal.reason);
      await unchanged(ch);
    });
  }

  add(`Channel.${name}() aborted before its first turn at capacity ${capacity} leaves no trace`, async () => {
    const ch = await prepared();
    const controller = new AbortController();
    const waiting = start(ch, { signal: controller.signal });
    controller.abort("at once");
    assert.equal(await rejection(waiting), "at once");
    await unchanged(ch);
  });

  add(`Channel.${name}() timed out at capacity ${capacity} leaves no trace`, async () => {
    const ch = await prepared();
    const error = await rejection(start(ch, { timeout: 2 }));
    assert.ok(error instanceof TimeoutError, String(error));
    await unchanged(ch);
  });
}

/** Operations that give up among others. */
function inTheMiddle(h: Harness): void {
  const add = cases(h, "waiting");

  for (const victim of [0, 1, 2]) {
    add(`Channel.send() number ${victim} of 3 given up leaves the others in order`, async () => {
      const ch = await make<number>(h);
      const controller = new AbortController();
      const sends = [0, 1, 2].map((n) => ch.send(n, n === victim ? { signal: controller.signal } : {}));
      await assertPending(...sends);
      controller.abort("gone");
      assert.equal(await rejection(sends[victim]!), "gone");
      for (const n of [0, 1, 2]) {
        if (n !== victim) {
          assert.equal(await within(ch.receive()), n);
          await within(sends[n]!);
        }
      }
      assert.deepEqual(ch.tryReceive(), { state: "empty" });
    });

    add(`Channel.receive() number ${victim} of 3 given up leaves the others in order`, async () => {
      const ch = await make<number>(h);
      const controller = new AbortController();
      const receives = [0, 1, 2].map((n) => ch.receive(n === victim ? { signal: controller.signal } : {}));
      await assertPending(...receives);
      controller.abort("gone");
      assert.equal(await rejection(receives[victim]!), "gone");
      for (const n of [0, 1, 2]) {
        if (n !== victim) {
          await within(ch.send(n));
          assert.equal(await within(receives[n]!), n);
        }
      }
      assert.equal(ch.trySend(9), false);
    });
  }

  add(
    "Channel.sendMany() cut short by a signal says how many went through, and the rest was not sent",
    async () => {
      const ch = await make<number>(h, 2);
      const controller = new AbortController();
      const sent = ch.sendMany([1, 2, 3, 4, 5, 6], { signal: controller.signal });
      assert.equal(await within(ch.receive()), 1);
      await assertPending(sent);
      const reason = Object.freeze(new EvalError("cut"));
      controller.abort(reason);
      assert.ok(await rejection(sent) instanceof EvalError);
      assert.equal(sent.sent, 3);
      assert.equal(Object.isFrozen(reason), true);
      assert.deepEqual(await within(ch.receiveMany(9)), [2, 3]);
      assert.deepEqual(ch.tryReceive(), { state: "empty" });
    },
  );

  add("Channel.sendMany() cut short tells how many went through by its error too, of each call", async () => {
    const ch = await make<number>(h, 2);
    const controller = new AbortController();
    const sending = ch.sendMany([1, 2, 3], { signal: controller.signal });
    await assertPending(sending);
    controller.abort();
    const error = await rejection(sending) as Error & { sent?: number };
    assert.equal(error, controller.signal.reason);
    assert.equal(error.sent, 2);
    const { signal } = controller;
    assert.equal((await rejection(ch.sendMany([3], { signal })) as typeof error).sent, 0);
    const poisoned = rejection(ch.sendMany([3, 4, 5]));
    assert.equal(await within(ch.receive()), 1);
    ch.poison(new EvalError("bad"));
    assert.equal((await poisoned as typeof error).sent, 1);
  });

  add("Channel.sendMany() cut short by its timeout says how many went through", async () => {
    const ch = await make<number>(h, 3);
    const error = await rejection(ch.sendMany([1, 2, 3, 4], { timeout: 2 }));
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.sent, 3);
    assert.deepEqual(await within(ch.receiveMany(9)), [1, 2, 3]);
  });
}
