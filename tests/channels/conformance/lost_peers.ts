/** Group "lost peers": what becomes of a channel when an interpreter that used it ends. */
import assert from "node:assert/strict";
import { chan, ChannelClosedError, create, type Interpreter, PeerLostError } from "@pool/csp";
import { flags, reached } from "../../_interpreters.ts";
import { rejection, within } from "../../_within.ts";
import { act, hold } from "./_peer.ts";
import { cases, type Harness } from "./harness.ts";
import { assertPending, outcomes } from "./timing.ts";

/** Registers the group, for harnesses whose channels cross. */
export function conformLostPeers(h: Harness): void {
  const add = cases(h, "lost peers");

  /** Runs `body` with an interpreter that it closes itself. */
  async function withVictim(
    body: (victim: Interpreter, close: () => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const victim = create({ name: "victim" });
    let open = true;
    try {
      await body(victim, async () => {
        open = false;
        await victim.close({ force: true });
      });
    } finally {
      if (open) await victim.close({ force: true });
    }
  }

  add("the last sender's interpreter ends: what was sent is drained, then PeerLostError", async () => {
    await withVictim(async (victim, close) => {
      const ch = chan<unknown>(4);
      await victim.call(hold, ch.sender());
      await within(ch.sendMany([1, 2]));
      await close();
      await within((async () => {
        while (!ch.closed) await new Promise((resolve) => setTimeout(resolve, 1));
      })());
      assert.equal(await within(ch.receive()), 1);
      assert.equal(await within(ch.receive()), 2);
      const error = await rejection(ch.receive());
      assert.ok(error instanceof PeerLostError, String(error));
      assert.notEqual(error.cause, undefined);
    });
  });

  add("the last sender's interpreter ends: who waits to receive is rejected with PeerLostError", async () => {
    await withVictim(async (victim, close) => {
      const ch = chan<unknown>();
      await victim.call(hold, ch.sender());
      const waiting = [ch.receive(), ch.receive()];
      await assertPending(...waiting);
      await close();
      for (const end of await within(outcomes(waiting))) {
        assert.ok((end as { error: unknown }).error instanceof PeerLostError);
      }
    });
  });

  add("the last receiver's interpreter ends: who sends is rejected with ChannelClosedError", async () => {
    await withVictim(async (victim, close) => {
      const ch = chan<unknown>();
      await victim.call(hold, { deep: [ch.receiver()] });
      const waiting = ch.send(1);
      await assertPending(waiting);
      await close();
      assert.ok(await rejection(waiting) instanceof ChannelClosedError);
      assert.ok(await rejection(ch.send(2)) instanceof ChannelClosedError);
    });
  });

  add("an interpreter that held one sender of two ends: the channel goes on", async () => {
    await withVictim(async (victim, close) => {
      const ch = chan<unknown>();
      const sender = ch.sender();
      await victim.call(hold, sender.clone());
      await close();
      const sent = sender.send(1);
      assert.equal(await within(ch.receive()), 1);
      await within(sent);
      sender.retire();
      const error = await rejection(ch.receive());
      assert.ok(error instanceof PeerLostError, `the first reason is kept: ${String(error)}`);
    });
  });

  add("an interpreter that held a mere Channel handle ends: the channel goes on", async () => {
    await withVictim(async (victim, close) => {
      const ch = chan<unknown>(1);
      await victim.call(hold, ch);
      await close();
      assert.equal(ch.closed, false);
      await within(ch.send(1));
      assert.equal(await within(ch.receive()), 1);
    });
  });

  for (const mode of ["serial", "concurrent"] as const) {
    for (const action of ["receiveAll", "selectReceives"] as const) {
      add(`an interpreter that waits in ${action}, ${mode}, ends: its wait takes no value`, async () => {
        const victim = create({ mode });
        try {
          const ch = chan<unknown>();
          const started = flags(1);
          const manner = mode === "serial" ? "blocking" : "awaiting";
          const call = victim.call(act, manner, action, started, [action === "receiveAll" ? ch : [ch]]);
          const ended = call.then(() => {}, () => {});
          await reached(started, 0);
          // It has waited for sure once it has taken a value and asks for the next.
          await within(ch.send(1));
          await victim.close({ force: true });
          await within(ended);
          await assertPending(
            ch.send(2, { timeout: 10_000 }).then(() => assert.fail("a dead receiver took it"), () => {}),
          );
          assert.equal(await within(ch.receive()), 2);
        } finally {
          if (victim.isRunning !== undefined) await victim.close({ force: true }).catch(() => {});
        }
      });
    }

    add(`an interpreter that waits to send, ${mode}, ends: what it had buffered stays`, async () => {
      const victim = create({ mode });
      try {
        const ch = chan<unknown>(3);
        const started = flags(1);
        const manner = mode === "serial" ? "blocking" : "awaiting";
        const call = victim.call(act, manner, "sendRange", started, [ch, 0, 1000]);
        const ended = call.then(() => {}, () => {});
        for (let n = 0; n < 10; n++) assert.equal(await within(ch.receive()), n);
        await within((async () => {
          while (ch.size < 3) await new Promise((resolve) => setTimeout(resolve, 1));
        })());
        await victim.close({ force: true });
        await within(ended);
        const values: unknown[] = [];
        for (let received = ch.tryReceive(); received.state === "ok"; received = ch.tryReceive()) {
          values.push(received.value);
        }
        // The value it was waiting with may have been received or not.
        assert.ok(values.length === 3 || values.length === 4, `${values.length} values`);
        assert.deepEqual(values, [10, 11, 12, 13].slice(0, values.length));
        assert.equal(ch.trySend("next"), true);
      } finally {
        await victim.close({ force: true }).catch(() => {});
      }
    });
  }

  add("a value that a dead interpreter has sent is received once", async () => {
    await withVictim(async (victim, close) => {
      const ch = chan<unknown>(8);
      await victim.call(act, "awaiting", "sendRange", flags(1), [ch, 0, 5]);
      await close();
      ch.close();
      const values: unknown[] = [];
      for await (const value of ch) values.push(value);
      assert.deepEqual(values, [0, 1, 2, 3, 4]);
    });
  });
}
