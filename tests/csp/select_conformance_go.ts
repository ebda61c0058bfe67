/** Group "select go": what Go's `test/chan` and `runtime/chan_test.go` check of select. */
import assert from "node:assert/strict";
import { type Channel, select, sending, trySelect, yieldNow } from "@pool/csp";
import { within } from "../_within.ts";
import { cases, type Harness, make } from "../channels/conformance/harness.ts";
import { assertPending } from "../channels/conformance/timing.ts";

/** Registers the group. */
export function conformSelectGo(h: Harness): void {
  const add = cases(h, "select go");
  select3(h);
  select7(h);

  for (const capacity of [0, 1]) {
    add(`doubleselect: no round of a select over 4 sends runs two cases, capacity ${capacity}`, async () => {
      const ROUNDS = h.isLocal ? 20_000 : 4000;
      const channels = await Promise.all(Array.from({ length: 4 }, () => make<number>(h, capacity)));
      const merged = await make<number>(h, 16);
      const copies = channels.map(async (ch) => {
        for await (const n of ch) await merged.send(n);
      });
      const sent = (async () => {
        for (let n = 0; n < ROUNDS; n++) await select(channels.map((ch) => sending(ch, n)));
        for (const ch of channels) ch.close();
        await Promise.all(copies);
        merged.close();
      })();
      const seen = new Uint8Array(ROUNDS);
      for await (const n of merged) seen[n]!++;
      await within(sent);
      assert.ok(seen.every((times) => times === 1), "a value came twice or never");
    });
  }

  add("select5: cases are looked at once each, in the order in which they are written", async () => {
    const [a, b] = [await make<number>(h, 1), await make<number>(h, 1)];
    await within(b.send(2));
    const looks: string[] = [];
    const cases = {
      get a() {
        looks.push("a");
        return a;
      },
      get b() {
        looks.push("b");
        return b;
      },
      get off() {
        looks.push("off");
        return null;
      },
    };
    assert.equal((await within(select(cases))).case, "b");
    assert.deepEqual(looks, ["a", "b", "off"]);
  });

  add("SelfSelect: a select never sends to itself, two of them serve each other", async () => {
    for (const capacity of [0, 10]) {
      const ch = await make<number>(h, capacity);
      const process = async (own: number): Promise<void> => {
        for (let i = 0; i < 500; i++) {
          const chosen = i % 2 === 0
            ? await select({ sent: sending(ch, own), received: ch })
            : await select({ received: ch, sent: sending(ch, own) });
          if (chosen.case === "received" && capacity === 0) {
            assert.notEqual(chosen.value, own, "it received its own");
          }
        }
      };
      const one = process(0);
      const other = process(1);
      // When one has ended the other may wait for a partner: whoever drains and feeds is that.
      let ended = false;
      const all = Promise.all([one, other]).then(() => ended = true);
      while (!ended) {
        ch.tryReceive();
        ch.trySend(2);
        await yieldNow();
      }
      await within(all);
    }
  });

  for (const [first, second] of [["receive", "send"], ["send", "receive"]] as const) {
    add(`select() of a ${first} and a ${second} on one channel waits for a partner for either`, async () => {
      const ch = await make<number>(h);
      const start = (): Promise<{ case: number; value: unknown; closed: boolean }> =>
        first === "receive" ? select([ch, sending(ch, 5)]) : select([sending(ch, 5), ch]);
      const [receive, send] = first === "receive" ? [0, 1] : [1, 0];
      const receiving = start();
      await assertPending(receiving);
      await within(ch.send(1));
      assert.deepEqual(await within(receiving), { case: receive, value: 1, closed: false });
      const sends = start();
      await assertPending(sends);
      assert.equal(await within(ch.receive()), 5);
      assert.deepEqual(await within(sends), { case: send, value: undefined, closed: false });
      // Two of them serve each other.
      const results = await within(Promise.all([start(), start()]));
      assert.deepEqual(results.map(({ case: index }) => index).sort(), [0, 1]);
      assert.equal(results.find(({ case: index }) => index === receive)!.value, 5);
      assert.equal(ch.trySend(1), false);
      assert.deepEqual(ch.tryReceive(), { state: "empty" });
    });
  }

  add("SelectDuplicateChannel: one channel twice in a select, in two selects at once", async () => {
    const [c, d, e] = [await make<number>(h), await make<number>(h), await make<number>(h)];
    const first = (async () => {
      await select([c, d, c]);
      await e.send(9);
    })();
    const second = c.receive();
    await assertPending(first, second);
    await within(d.send(7));
    assert.equal(await within(e.receive()), 9);
    await within(first);
    await within(c.send(8));
    assert.equal(await within(second), 8);
  });

  add("select() with one channel as several receives and sends at once takes effect once", async () => {
    const ch = await make<number>(h, 2);
    await within(ch.send(1));
    const before = ch.size;
    const chosen = await within(select([ch, ch, sending(ch, 5), sending(ch, 6)]));
    assert.equal(ch.size, before + (chosen.case < 2 ? -1 : 1));
  });

  add(
    "SelectStress: 4 channels, processes that select and processes that do not, all values once",
    async () => {
      const N = h.isLocal ? 2000 : 400;
      const channels = await Promise.all([0, 0, 2, 3].map((capacity) => make<number>(h, capacity)));
      const received = channels.map(() => 0);
      const processes: Promise<void>[] = [];
      for (const [i, ch] of channels.entries()) {
        processes.push((async () => {
          for (let n = 0; n < N; n++) await ch.send(n);
        })());
        processes.push((async () => {
          for (let n = 0; n < N; n++) {
            await ch.receive();
            received[i]!++;
          }
        })());
      }
      processes.push((async () => {
        const left = channels.map(() => N);
        for (let n = 0; n < 4 * N; n++) {
          const { case: index } = await select(channels.map((ch, i) => left[i]! > 0 && sending(ch, n)));
          left[index]!--;
        }
      })());
      processes.push((async () => {
        const left = channels.map(() => N);
        for (let n = 0; n < 4 * N; n++) {
          const { case: index } = await select(channels.map((ch, i) => left[i]! > 0 && ch));
          left[index]!--;
          received[index]!++;
        }
      })());
      await within(Promise.all(processes));
      assert.deepEqual(received, [2 * N, 2 * N, 2 * N, 2 * N]);
      for (const ch of channels) assert.equal(ch.size, 0);
    },
  );

  add("dining philosophers: 5 selects for two forks each come to an end", async () => {
    const forks = await Promise.all(Array.from({ length: 5 }, () => make<number>(h, 1)));
    for (const [i, fork] of forks.entries()) await within(fork.send(i));
    let meals = 0;
    const philosophers = forks.map(async (left, i) => {
      const right = forks[(i + 1) % 5]!;
      for (let n = 0; n < 20; n++) {
        // Whichever is free first, then the other if it is free too; else give back and try again.
        const first = await select([left, right]);
        const second = trySelect([first.case === 0 ? right : left]);
        if (second === undefined) n--;
        else {
          meals++;
          await (first.case === 0 ? right : left).send(second.value!);
        }
        await (first.case === 0 ? left : right).send(first.value!);
        await yieldNow();
      }
    });
    await within(Promise.all(philosophers));
    assert.equal(meals, 100);
  });
}

/** `select3.go`: what blocks and what does not. */
function select3(h: Harness): void {
  const add = cases(h, "select go");
  type Setting = {
    ch: Channel<number>;
    closed: Channel<number>;
    full: Channel<number>;
    filled: Channel<number>;
  };
  const blocking: Record<string, (s: Setting) => Promise<unknown>> = {
    "a receive that is off": () => select([null]),
    "a send that is off": () => select({ send: false }),
    "no case": () => select([]),
    "an empty channel": ({ ch }) => select([ch]),
    "a send nobody takes": ({ ch }) => select([sending(ch, 7)]),
    "send and receive of one unbuffered channel": ({ ch }) => select([ch, sending(ch, 7)]),
    "a full channel to send to": ({ full }) => select([sending(full, 7)]),
    "several that are off or not ready": ({ ch, full }) => select([null, ch, sending(full, 7), undefined]),
  };
  const ready: Record<string, (s: Setting) => Promise<unknown>> = {
    "a closed channel": ({ closed }) => select([closed]),
    "a buffered channel that holds something": ({ filled }) => select([filled]),
    "a buffered channel with room to send to": ({ filled }) => select([sending(filled, 7)]),
    "send and receive of one buffered channel": ({ filled }) => select([filled, sending(filled, 7)]),
    "one ready among others": ({ ch, full, closed }) => select([null, ch, closed, sending(full, 7)]),
  };
  const setting = async (): Promise<Setting> => {
    const made = {
      ch: await make<number>(h),
      closed: await make<number>(h),
      full: await make<number>(h, 1),
      filled: await make<number>(h, 10),
    };
    made.closed.close();
    await within(made.full.send(1));
    await within(made.filled.send(1));
    return made;
  };
  for (const [name, run] of Object.entries(blocking)) {
    add(`select3: ${name} blocks`, async () => {
      await assertPending(run(await setting()));
    });
  }
  for (const [name, run] of Object.entries(ready)) {
    add(`select3: ${name} does not block`, async () => {
      await within(run(await setting()));
    });
  }
}

/** `select7.go`: each way to send meets each way to receive. */
function select7(h: Harness): void {
  const add = cases(h, "select go");
  const sends: Record<string, (ch: Channel<number>) => Promise<unknown>> = {
    "send()": (ch) => ch.send(1),
    "trySend() in a loop": async (ch) => {
      while (!ch.trySend(1)) await yieldNow();
    },
    "select() of a send": (ch) => select([sending(ch, 1)]),
    "trySelect() of a send in a loop": async (ch) => {
      while (trySelect([sending(ch, 1)]) === undefined) await yieldNow();
    },
    "select() of a send among others": async (ch) => select([null, await make<number>(h), sending(ch, 1)]),
  };
  const receives: Record<string, (ch: Channel<number>) => Promise<unknown>> = {
    "receive()": (ch) => ch.receive(),
    "tryReceive() in a loop": async (ch) => {
      while (true) {
        const received = ch.tryReceive();
        if (received.state === "ok") return received.value;
        await yieldNow();
      }
    },
    "select() of a receive": async (ch) => (await select([ch])).value,
    "trySelect() of a receive in a loop": async (ch) => {
      while (true) {
        const chosen = trySelect([ch]);
        if (chosen !== undefined) return chosen.value;
        await yieldNow();
      }
    },
    "select() of a receive among others": async (ch) =>
      (await select({ other: await make<number>(h), ch })).value,
  };
  for (const [sendName, send] of Object.entries(sends)) {
    for (const [receiveName, receive] of Object.entries(receives)) {
      // Two that only try never meet without a buffer.
      const capacity = sendName.startsWith("try") && receiveName.startsWith("try") ? 1 : 0;
      add(`select7: ${sendName} meets ${receiveName}`, async () => {
        for (const first of ["sender", "receiver"] as const) {
          const ch = await make<number>(h, capacity);
          const operations = first === "sender" ? [send(ch), receive(ch)] : [receive(ch), send(ch)];
          const values = await within(Promise.all(operations));
          assert.equal(values[first === "sender" ? 1 : 0], 1);
          assert.equal(ch.size, 0);
        }
      });
    }
  }
}
