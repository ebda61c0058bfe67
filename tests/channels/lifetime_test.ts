/** How long what a channel needs in the shared heap lives: programs with a collector that can be asked, and an audit of the heap. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { COLLECT, GC_FLAGS, runProgram, runtime } from "../_program.ts";

const slow = { timeout: 60_000 };

/** What all programs begin with. */
const PRELUDE = `
  import { chan, ChannelClosedError, create, promiseChan } from "@pool/csp";
  import { channels } from "#engines";
  import { blocks } from ${JSON.stringify(new URL("../../channels/heap_blocks.ts", import.meta.url).href)};
  import { audit } from ${JSON.stringify(new URL("./_heap_audit.ts", import.meta.url).href)};
  async function turn() {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (typeof Bun === "object") Bun.gc(true);
    else globalThis.gc();
  }
  ${COLLECT}
  /** Blocks of the kinds that values and channels are made of, once there are no more than \`most\` of each; \`interp\` collects as well. */
  async function settled(most, interp) {
    for (const until = performance.now() + 10_000; performance.now() < until;) {
      await turn();
      await interp?.call(collect);
      const kinds = [0, 0, 0, 0, 0, 0, 0, 0, 0];
      for (const { kind } of blocks(channels().heapHere())) kinds[kind]++;
      // Data, channels, rings, ends.
      if (Math.max(kinds[1], kinds[4], kinds[5], kinds[6]) <= most) break;
    }
    const { counts, problems } = audit();
    const { channel = 0, data = 0, end = 0, ring = 0 } = counts;
    console.log(JSON.stringify({ channel, data, end, ring, problems }));
  }
`;

interface Left {
  readonly channel: number;
  readonly data: number;
  readonly end: number;
  readonly ring: number;
  readonly problems: readonly string[];
}

async function left(source: string): Promise<Left> {
  const { stdout, stderr, code, late } = await runProgram(PRELUDE + source, {
    flags: GC_FLAGS,
    limit: 40_000,
  });
  assert.deepEqual([code, late], [0, false], stdout + stderr);
  const found = JSON.parse(stdout.trim().split("\n").at(-1)!) as Left;
  assert.deepEqual(found.problems, []);
  return found;
}

/** What a conservative collector may keep alive by what looks like a reference. */
const MOST = runtime === "bun" ? 3 : 0;

function assertNothing({ channel, data, end, ring }: Left): void {
  const found = JSON.stringify({ channel, data, end, ring });
  assert.ok(Math.max(channel, data, end, ring) <= MOST, found);
}

test("Channels that nobody can reach any more leave nothing, with all they held", slow, async () => {
  assertNothing(
    await left(`
      const interp = create();
      await (async () => {
        for (let i = 0; i < 100; i++) {
          const channel = chan({ capacity: 40, name: "name " + i });
          await channel.send({ i });
          await channel.send(chan(1));
          await channel.send([chan(1), chan(1).sender()]);
          if (i % 3 === 0) channel.close(new Error("reason"));
          if (i % 5 === 0) channel.poison(new Error("reason"));
          await interp.call((channel) => { void channel.closed; }, channel);
        }
      })();
      await interp.call(collect);
      await settled(${MOST}, interp);
      await interp.close();
    `),
  );
});

test("A channel that holds an end of its own crosses", slow, async () => {
  await left(`
    const interp = create();
    const channel = chan(4);
    await channel.send(channel.receiver());
    await channel.send([channel, channel.sender()]);
    const answer = await interp.call(async (channel) => {
      const receiver = await channel.receive();
      const [same, sender] = await receiver.receive();
      await sender.send("sent");
      return same === channel && await receiver.receive();
    }, channel);
    if (answer !== "sent") throw new Error(String(answer));
    await settled(1000);
    await interp.close();
  `);
});

test(
  "Channels that an interpreter made outlive it, with their rings and names, and leave nothing in the end",
  slow,
  async () => {
    assertNothing(
      await left(`
      await (async () => {
        const interp = create();
        const made = await interp.call(async () => {
          const all = Array.from({ length: 20 }, (_, i) => csp.chan({ capacity: 100, name: "channel " + i }));
          for (const channel of all) for (let n = 0; n < 60; n++) await channel.send({ n });
          return all;
        });
        await interp.close({ force: true });
        const other = create();
        await other.call(() => { const many = []; for (let i = 0; i < 100; i++) many.push(csp.chan(50)); return many; });
        for (const [i, channel] of made.entries()) {
          if (channel.name !== "channel " + i) throw new Error(channel.name);
          for (let n = 0; n < 60; n++) if ((await channel.receive()).n !== n) throw new Error("wrong");
          for (let n = 0; n < 100; n++) await channel.send(n);
        }
        await other.close({ force: true });
      })();
      await settled(${MOST});
    `),
    );
  },
);

test("A send that has no time to wait leaves nothing of its value", slow, async () => {
  assertNothing(
    await left(`
      const interp = create();
      async function impatient(capacity) {
        const channel = chan(capacity);
        await interp.call((channel) => { void channel; }, channel);
        if (capacity > 0) await channel.send("first");
        const aborted = AbortSignal.abort(new Error("no time"));
        for (let i = 0; i < 100; i++) {
          for (const options of [{ timeout: 0 }, { signal: aborted }]) {
            const error = await channel.send({ text: "a value in a block " + i }, options).then(() => undefined, (e) => e);
            if (!(error instanceof Error)) throw new Error("It was sent");
          }
          // Whoever waits next has a place of its own.
          if (capacity === 0 && i % 10 === 0) {
            const waiting = channel.send({ i });
            const received = await channel.receive();
            await waiting;
            if (received.i !== i) throw new Error(JSON.stringify(received));
          }
        }
        if (capacity > 0) await channel.receive();
        channel.close();
      }
      for (const capacity of [0, 1]) await impatient(capacity);
      await settled(0, interp);
      await interp.close();
    `),
  );
});

test("A channel lives while an operation waits on it, though no handle is left", slow, async () => {
  await left(`
    const interp = create();
    const waiting = [];
    await (async () => {
      for (let i = 0; i < 50; i++) {
        const channel = chan();
        await interp.call((channel) => { globalThis.held = channel; }, channel);
        waiting.push(channel.receive({ timeout: 400 }).catch((error) => error.name));
      }
    })();
    await interp.call(() => { delete globalThis.held; });
    for (let i = 0; i < 10; i++) {
      await interp.call(collect);
      await turn();
      // What would take the places of channels that are gone.
      const others = Array.from({ length: 50 }, () => chan(1));
      await interp.call((others) => { void others; }, others);
      for (const other of others) await other.send({});
    }
    const names = new Set(await Promise.all(waiting));
    if (names.size !== 1 || !names.has("TimeoutError")) throw new Error([...names].join());
    await settled(1000);
    await interp.close();
  `);
});

test(
  "Ends that were collected with all other handles of their channel do not count any more",
  slow,
  async () => {
    assertNothing(
      await left(`
      const interp = create();
      await (async () => {
        for (let i = 0; i < 30; i++) {
          const channel = chan(1);
          await interp.call((end) => { void end.closed; }, channel.sender());
          await interp.call((end) => { void end.closed; }, channel.receiver());
          channel.sender();
        }
      })();
      await settled(${MOST}, interp);
      await interp.close();
    `),
    );
  },
);

test("A channel in a promise channel is counted for each who receives it", slow, async () => {
  assertNothing(
    await left(`
      const interp = create();
      await (async () => {
        const promise = promiseChan();
        const inner = chan(1);
        const there = interp.call(async (promise) => {
          const inner = await promise.receive();
          await promise.receive();
          await inner.send(1);
        }, promise);
        await promise.send(inner);
        const [one, two] = [await promise.receive(), await promise.receive()];
        await there;
        if (one !== inner || two !== inner || await one.receive() !== 1) throw new Error("wrong");
      })();
      await interp.call(collect);
      await settled(${MOST}, interp);
      await interp.close();
    `),
  );
});

test(
  "10,000 pairs of channels that hold each other leave nothing, dropped here and elsewhere",
  slow,
  async () => {
    assertNothing(
      await left(`
      const share = (channel) => channels().share(channel.constructor.coreOf(channel));
      const interp = create({ mode: "concurrent" });
      await (async () => {
        for (let i = 0; i < 5000; i++) {
          const [one, two] = [chan(1), chan(3)];
          if (i % 2) share(one);
          await one.send(i % 3 ? two : { two, end: two.sender() });
          await two.send(i % 4 ? one : [one.receiver(), one]);
          if (i % 5 === 0) await two.send({ itself: two, name: "a text" });
          share(one);
        }
        for (let i = 0; i < 5000; i += 100) {
          await interp.call(async (pairs) => {
            for (const [one, two] of pairs) {
              await one.send({ two });
              await two.send(one);
            }
          }, Array.from({ length: 100 }, () => [chan(1), chan(1)]));
        }
      })();
      await interp.call(collect);
      await settled(${MOST}, interp);
      await interp.close();
    `),
    );
  },
);

test("Channels that hold each other stay while one of them can be reached", slow, async () => {
  await left(`
    const interp = create({ mode: "concurrent" });
    const ring = await (async () => {
      const all = Array.from({ length: 50 }, () => chan(1));
      for (const [i, channel] of all.entries()) await channel.send([all[(i + 1) % 50], i]);
      return await interp.call((ring) => ring, all[0]);
    })();
    for (let i = 0; i < 20; i++) {
      await interp.call(collect);
      await turn();
      channels().sweep(channels().heapHere());
    }
    let at = ring;
    for (let i = 0; i < 50; i++) {
      const [next, n] = await at.receive();
      if (n !== i) throw new Error("wrong: " + n);
      at = next;
    }
    if (at !== ring) throw new Error("it does not come back");
    await interp.close();
    await settled(1000);
  `);
});

test("Slots of closed interpreters are used again, and who is cut off stays so", slow, async () => {
  await left(`
    const channel = chan(4);
    const ended = [];
    for (let i = 0; i < 30; i++) {
      const interp = create({ mode: i % 2 ? "serial" : "concurrent" });
      ended.push(interp.call((channel) => {
        for (;;) channel.trySend({ from: "the dead" });
      }, channel).catch((error) => error.name));
      while (channel.size === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      await interp.close({ force: true });
      while (channel.tryReceive().state === "ok");
    }
    const names = new Set(await Promise.all(ended));
    if (names.size !== 1 || !names.has("InterpreterError")) throw new Error([...names].join());
    await new Promise((resolve) => setTimeout(resolve, 300));
    while (channel.tryReceive().state === "ok");
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (channel.size !== 0) throw new Error("the dead still send");
    const next = create();
    const { DESKS, DESK_SIZE, DESK_OPEN } = await import(${
    JSON.stringify(new URL("../../kernel/heap_layout.ts", import.meta.url).href)
  });
    await next.call((channel) => channel.send(1), channel);
    const slots = Array.from({ length: 1024 }, (_, i) => channels().heapHere().load(DESKS + i * DESK_SIZE + DESK_OPEN));
    if (slots.lastIndexOf(1) > 3) throw new Error("slots are not used again: " + slots.lastIndexOf(1));
    await next.close();
    await settled(1000);
  `);
});
