/** What shared memory cannot hold, sent over channels between interpreters. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chan,
  type Channel,
  create,
  type Interpreter,
  move,
  PeerLostError,
  promiseChan,
  select,
  sending,
} from "@pool/csp";
import { linkToOffice, unlinkFromOffice } from "../../interpreters/office_counter.ts";
import { TICKETS } from "../../interpreters/office_protocol.ts";
import { flags, reached, withInterpreter, withInterpreters } from "../_interpreters.ts";
import { COLLECT, GC_FLAGS, runProgram } from "../_program.ts";
import { rejection, within } from "../_within.ts";
import {
  assertMarked,
  hold,
  makeShares,
  type Manner,
  mark,
  markReceived,
  type Moves,
  nextMessage,
  poison,
  receiveNoted,
  sendAndBlock,
  sendMoves,
  sendShares,
  sendUnnoticed,
  sharedWords,
  type Shares,
  streamOf,
  sum,
  take,
  textOf,
  useMoved,
} from "./_side_lane.ts";

const MANNERS: readonly Manner[] = ["awaiting", "blocking"];

/** What an interpreter must be to receive in that manner. */
function modeFor(manner: Manner): "serial" | "concurrent" {
  return manner === "blocking" ? "serial" : "concurrent";
}

/** A channel that `interp` knows too. */
async function shared<T>(interp: Interpreter, capacity = 0): Promise<Channel<T>> {
  const ch = chan<T>(capacity);
  await interp.call(hold, ch);
  return ch;
}

/** Asserts that the post office keeps nothing any more, or soon. */
async function assertNoTickets(): Promise<void> {
  const { words } = linkToOffice(OBSERVER, OBSERVER_SLOT);
  function inUse(): number {
    return words.subarray(TICKETS).reduce((count, maker) => maker === 0 ? count : count + 1, 0);
  }
  for (let left = 2000; inUse() > 0 && left > 0; left--) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  unlinkFromOffice(OBSERVER, { bytes: new Uint8Array() });
  assert.equal(inUse(), 0, "tickets in use");
}

/** Stands for an interpreter that looks at the tickets. */
const OBSERVER = 1_000_000;
const OBSERVER_SLOT = 1023;

for (const manner of MANNERS) {
  for (const capacity of [0, 1]) {
    const how = `${manner}, capacity ${capacity}`;

    test(
      `Channel.receive() in an interpreter gives what is shared here, ${how}`,
      { timeout: 20_000 },
      async () => {
        await withInterpreter(async (interp) => {
          const ch = chan<Shares>(capacity);
          const shares = makeShares();
          const marked = interp.call(markReceived, ch, manner);
          await within(ch.send(shares));
          await within(marked);
          assertMarked(shares);
        }, { mode: modeFor(manner) });
      },
    );

    test(
      `Channel.receive() here gives what is shared in an interpreter, ${how}`,
      { timeout: 20_000 },
      async () => {
        await withInterpreter(async (interp) => {
          const ch = chan<Shares>(capacity);
          const words = flags();
          const checked = interp.call(sendShares, ch, "awaiting", words);
          await Promise.all([interp.ready, reached(words, 0)]);
          mark(await within(take(ch, manner)));
          Atomics.store(words, 1, 1);
          await within(checked);
        });
      },
    );

    test(
      `Channel.receive() between interpreters gives what is shared, ${how}`,
      { timeout: 20_000 },
      async () => {
        await withInterpreters(2, async (sender, receiver) => {
          const ch = chan<Shares>(capacity);
          const words = flags();
          const checked = sender.call(sendShares, ch, manner, words);
          await within(receiver.call(markReceived, ch, manner));
          Atomics.store(words, 1, 1);
          await within(checked);
        }, { mode: modeFor(manner) });
      },
    );

    test(
      `Channel.receive() here gives what is moved from an interpreter, ${how}`,
      { timeout: 20_000 },
      async () => {
        await withInterpreter(async (interp) => {
          const ch = chan<Moves>(capacity);
          const words = flags();
          const answered = interp.call(sendMoves, ch, words);
          await Promise.all([interp.ready, reached(words, 0)]);
          await within(useMoved(ch, manner));
          assert.deepEqual(await within(answered), ["you said hello", "it was text"]);
        });
      },
    );
  }
}

test("Channel.receive() in an interpreter gives what is moved from here", { timeout: 20_000 }, async () => {
  await withInterpreter(async (interp) => {
    const ch = chan<Moves>();
    const used = interp.call(useMoved, ch, "awaiting");
    assert.deepEqual(await within(sendMoves(ch, flags())), ["you said hello", "it was text"]);
    await within(used);
  });
});

test("Channel.receiveSync() here gets what an interpreter has sent first of all in the program", {
  timeout: 20_000,
}, async () => {
  const { code, stdout, stderr, late } = await runProgram(
    `import { chan, create } from "@pool/csp";
    const interp = create();
    const ch = chan();
    const flags = new Int32Array(new SharedArrayBuffer(4));
    await interp.call((ch, flags) => {
      Atomics.store(flags, 0, 1);
      void (async () => {
        for (;;) await ch.send(new Int32Array(new SharedArrayBuffer(8)).fill(7));
      })();
    }, ch, flags);
    console.log(ch.receiveSync({ timeout: 10_000 })[0], ch.receiveSync({ timeout: 10_000 })[1]);`,
  );
  assert.deepEqual({ code, stdout, stderr, late }, { code: 0, stdout: "7 7\n", stderr: "", late: false });
});

test("Channel.receive() between two interpreters gives what is shared while this thread is blocked", {
  timeout: 20_000,
}, async () => {
  const { code, stdout, stderr, late } = await runProgram(
    `import { chan, create } from "@pool/csp";
    const [one, other] = [create(), create()];
    const [ch, sums] = [chan(), chan()];
    await one.call((ch, sums) => void (async () => {
      const words = await ch.receive();
      await sums.send(words[0] + words[1]);
    })(), ch, sums);
    await other.call((ch) => void (async () => {
      await ch.send(new Int32Array(new SharedArrayBuffer(8)).fill(7));
    })(), ch);
    console.log(sums.receiveSync({ timeout: 10_000 }));`,
  );
  assert.deepEqual({ code, stdout, stderr, late }, { code: 0, stdout: "14\n", stderr: "", late: false });
});

test("Channel.receiveSync() gets a buffer that this thread itself sends", { timeout: 20_000 }, async () => {
  await withInterpreter(async (interp) => {
    for (const capacity of [0, 1]) {
      const ch = await shared<Int32Array>(interp, capacity);
      const words = sharedWords();
      const sent = ch.send(words);
      ch.receiveSync({ timeout: 10_000 })[0] = 3;
      assert.equal(words[0], 3);
      await within(sent);
    }
  });
});

test("Channel.receive() gets a buffer whose sender's thread is blocked by something else", {
  timeout: 20_000,
}, async () => {
  await withInterpreter(async (interp) => {
    const [ch, go] = [chan<Int32Array>(), chan<number>()];
    const words = flags();
    const blocked = interp.call(sendAndBlock, ch, go, words);
    await reached(words, 0);
    assert.equal((await within(ch.receive(), "the buffer", 5000)).length, 2);
    await go.send(1);
    assert.equal(await within(blocked), 1);
  }, { mode: "serial" });
});

test("Channel.receive() keeps the order of values, whatever they carry", { timeout: 20_000 }, async () => {
  await withInterpreter(async (interp) => {
    const ch = await shared<unknown>(interp, 8);
    const values = [1, sharedWords(), 2, "three", sharedWords(), 4];
    for (const value of values) void ch.send(value);
    const seen: unknown[] = [];
    for (let i = 0; i < values.length; i++) {
      const value = await within(ch.receive());
      seen.push(typeof value === "object" ? "words" : value);
    }
    assert.deepEqual(seen, [1, "words", 2, "three", "words", 4]);
  });
});

test(
  "select() that chooses another case leaves the port of a send where it is",
  { timeout: 20_000 },
  async () => {
    await withInterpreter(async (interp) => {
      const [full, ready] = [await shared<unknown>(interp), await shared<number>(interp, 1)];
      const { port1, port2 } = new MessageChannel();
      const waiting = select([sending(full, { port: move(port2) }), ready]);
      await ready.send(1);
      assert.equal((await within(waiting)).case, 1);
      assert.equal(
        await within(select([ready, sending(full, move(port2))], { timeout: 1 }).catch(() => 0)),
        0,
      );
      const message = within(nextMessage(port1));
      port2.postMessage("still here");
      assert.equal(await message, "still here");
      port1.close();
    });
  },
);

test("Channel.receive() gives a buffer though its sender was closed by force right after", {
  timeout: 20_000,
}, async () => {
  for (let round = 0; round < 5; round++) {
    const interp = create();
    const ch = chan<Int32Array>(4);
    await interp.call(async (ch: Channel<Int32Array>) => {
      for (let i = 0; i < 4; i++) await ch.send(new Int32Array(new SharedArrayBuffer(8)).fill(i));
    }, ch);
    await within(interp.close({ force: true }));
    for (let i = 0; i < 4; i++) assert.equal((await within(ch.receive()))[1], i);
  }
});

for (const where of ["here", "in an interpreter"]) {
  test(
    `Channel.receive() ${where} rejects with PeerLostError when the sender is closed by force before it noticed`,
    {
      timeout: 20_000,
    },
    async () => {
      await withInterpreters(2, async (interp, receiver) => {
        const ch = chan<Int32Array>();
        const words = flags();
        interp.call(sendUnnoticed, ch, words).catch(() => {});
        await reached(words, 0);
        const received = where === "here" ? ch.receive() : receiver.call(receiveNoted, ch, words);
        // By now the value is out of the channel.
        if (where !== "here") await reached(words, 2);
        const failed = rejection(received);
        await within(interp.close({ force: true }));
        const error = await failed;
        Atomics.store(words, 1, 1);
        const lost = error instanceof PeerLostError ? error : (error as Error).cause;
        assert.ok(lost instanceof PeerLostError, String(error));
        assert.match(String(lost.cause), /was closed by force/);
      });
    },
  );
}

test(
  "Channel.receive() rejects when a port in the value was moved elsewhere meanwhile",
  { timeout: 20_000 },
  async () => {
    await withInterpreter(async (interp) => {
      const ch = await shared<MessagePort>(interp);
      const { port1, port2 } = new MessageChannel();
      const sent = ch.send(move(port2));
      const elsewhere = new MessageChannel();
      elsewhere.port1.postMessage(port2, [port2]);
      const error = await rejection(ch.receive());
      assert.equal((error as Error).name, "DataCloneError");
      await within(sent.catch(() => {}));
      for (const port of [port1, elsewhere.port1, elsewhere.port2]) port.close();
    });
  },
);

test("Channel.close() leaves what is under way to the receivers", { timeout: 20_000 }, async () => {
  await withInterpreter(async (interp) => {
    const ch = await shared<Int32Array>(interp, 2);
    await ch.send(sharedWords().fill(4));
    await ch.send(sharedWords().fill(5));
    ch.close();
    assert.equal(await within(interp.call(sum, ch, 2, "awaiting")), 9);
  });
});

test("500 buffers that go through a channel leave no ticket in use", { timeout: 60_000 }, async () => {
  await withInterpreter(async (interp) => {
    const ch = chan<Int32Array>(16);
    const received = interp.call(sum, ch, 500, "awaiting");
    for (let i = 0; i < 500; i++) await ch.send(sharedWords(100).fill(1));
    assert.equal(await within(received, "the sum", 30_000), 500);
    await assertNoTickets();
  });
});

test(
  "1500 buffers that go through a channel leave memory flat",
  { timeout: 60_000 },
  async () => {
    const { stdout, stderr, code, late } = await runProgram(
      `
    import { chan, create } from "@pool/csp";
    import { heavyWords, sum } from ${JSON.stringify(new URL("./_side_lane.ts", import.meta.url).href)};
    ${COLLECT}
    async function resident() {
      await collect();
      await interp.call(collect);
      return process.memoryUsage().rss;
    }
    async function through(rounds) {
      const received = interp.call(sum, ch, rounds, "awaiting");
      for (let i = 0; i < rounds; i++) await ch.send(heavyWords().fill(1));
      if (await received !== rounds) throw new Error("They have changed");
      return await resident();
    }
    const interp = create();
    const ch = chan(16);
    const before = await through(500);
    console.log(Math.round((await through(1500) - before) / 1e6));
    await interp.close();
  `,
      { flags: GC_FLAGS, limit: 50_000 },
    );
    assert.deepEqual([code, late], [0, false], stderr);
    // Both interpreters were asked to collect; the post office does so by itself, some hundred buffers late.
    assert.ok(Number(stdout) < 900, `${stdout} MB more`);
  },
);

test("Channel.poison() leaves no ticket in use", { timeout: 20_000 }, async () => {
  await withInterpreter(async (interp) => {
    for (let round = 0; round < 20; round++) {
      const ch = await shared<Int32Array>(interp, 4);
      for (let n = 0; n < 3; n++) await ch.send(sharedWords());
      if (round % 2 === 0) ch.poison(new Error("enough"));
      else await within(interp.call(poison, ch));
      const late = ch.send(sharedWords());
      await assert.rejects(within(late));
    }
    await assertNoTickets();
  });
});

test(
  "sends that give up leave no ticket in use, and what moves in them where it is",
  { timeout: 20_000 },
  async () => {
    await withInterpreter(async (interp) => {
      const ch = await shared<unknown>(interp);
      const { port1, port2 } = new MessageChannel();
      for (let round = 0; round < 20; round++) {
        await rejection(ch.send([sharedWords(), move(port2)], { timeout: 1 }));
      }
      await assertNoTickets();
      const message = within(nextMessage(port1));
      port2.postMessage("still here");
      assert.equal(await message, "still here");
      port1.close();
    });
  },
);

test(
  "what dead interpreters have sent and not sent leaves no ticket in use",
  { timeout: 20_000 },
  async () => {
    const ch = chan<Int32Array>();
    for (let round = 0; round < 5; round++) {
      const words = flags();
      const interp = create();
      interp.call(sendUnnoticed, ch, words).catch(() => {});
      await reached(words, 0);
      const received = round % 2 === 0 ? rejection(ch.receive()) : undefined;
      await within(interp.close({ force: true }));
      await received;
      Atomics.store(words, 1, 1);
    }
    await assertNoTickets();
  },
);

test("a port in a value that is dropped is closed", { timeout: 20_000 }, async () => {
  await withInterpreter(async (interp) => {
    const ch = await shared<unknown>(interp, 1);
    const cancelled = Promise.withResolvers<unknown>();
    const writer = new TransformStream<string, string>();
    await ch.send({ readable: move(streamOf("never read")), writable: move(writer.writable) });
    const text = textOf(writer.readable);
    ch.poison(new Error("enough"));
    text.then(cancelled.resolve, cancelled.resolve);
    await within(cancelled.promise, "the end of the stream");
  });
});

test("program ends though the thread of the office runs", { timeout: 20_000 }, async () => {
  const { code, late, stdout, stderr } = await runProgram(
    `import { chan, create } from "@pool/csp";
    const interp = create();
    const ch = chan(2);
    await interp.call((ch) => void (globalThis.kept = ch), ch);
    await ch.send(new SharedArrayBuffer(8));
    await ch.send(new SharedArrayBuffer(16));
    console.log((await ch.receive()).byteLength);`,
    { limit: 10_000 },
  );
  assert.deepEqual({ code, late, stdout, stderr }, { code: 0, late: false, stdout: "8\n", stderr: "" });
});

// Last: what a promise channel keeps in the post office stays there until the channel is collected.
test("promise channel gives every receiver what is shared, and the first one what is moved", {
  timeout: 20_000,
}, async () => {
  await withInterpreter(async (interp) => {
    const words = sharedWords();
    const result = promiseChan<Int32Array>();
    await interp.call(hold, result);
    await result.send(words);
    for (let i = 0; i < 3; i++) (await within(result.receive()))[0]!++;
    assert.equal(await within(interp.call(sum, result as never, 2, "awaiting")), 6);
    const ports = promiseChan<MessagePort>();
    await interp.call(hold, ports);
    const { port1, port2 } = new MessageChannel();
    await ports.send(move(port2));
    const port = await within(ports.receive());
    assert.equal(((await rejection(ports.receive())) as Error).name, "DataCloneError");
    port1.postMessage("hello");
    assert.equal(await within(nextMessage(port)), "hello");
    port1.close();
    port.close();
  });
});
