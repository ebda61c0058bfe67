/** Processes whose interpreter ends, `shutdown`, and what becomes of the ends they had. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import * as csp from "@pool/csp";
import {
  chan,
  create,
  getMain,
  go,
  InterpreterError,
  listAll,
  PeerLostError,
  setParallelism,
  shutdown,
} from "@pool/csp";
import { flags, reached } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

type Words = Int32Array<SharedArrayBuffer>;

afterEach(async () => {
  await shutdown();
  setParallelism(2);
});

test("A process whose interpreter is closed by force fails, its ends retire with PeerLostError", async () => {
  for (const loop of [false, true]) {
    const interp = create({ mode: "concurrent" });
    const words = flags();
    const channel = chan<number>(4);
    const process = go.with({ interpreter: interp })(
      async (words: Words, out: csp.Sender<number>, loop: boolean) => {
        await out.send(1);
        Atomics.store(words, 0, 1);
        while (loop) Atomics.load(words, 1);
        await csp.sleep(60_000);
      },
      words,
      channel.sender(),
      loop,
    );
    await reached(words, 0);
    const failure = rejection(process);
    await interp.close({ force: true });
    assert((await failure) instanceof InterpreterError);
    assert.equal(process.status, "failed");
    assert.equal(await within(channel.receive()), 1);
    assert((await rejection(channel.receive())) instanceof PeerLostError);
    await within(process.join());
  }
});

test("The ends of a process that never began retire: interpreter gone before it booted, or while it was queued", async () => {
  const unborn = create();
  const channel = chan<number>(1);
  const process = go.with({ interpreter: unborn })((_out: csp.Sender<number>) => 1, channel.sender());
  const failure = rejection(process);
  const closing = unborn.close({ force: true });
  assert((await failure) instanceof InterpreterError);
  assert((await rejection(channel.receive())) instanceof PeerLostError);
  await closing;

  const serial = create();
  const words = flags();
  const running = go.with({ interpreter: serial })((words: Words) => {
    Atomics.store(words, 0, 1);
    for (;;) csp.currentProcess().signal.throwIfAborted();
  }, words);
  const [waiting, dropped] = [chan<number>(1), chan<number>(1)];
  const queued = go.with({ interpreter: serial })((_out: csp.Sender<number>) => 1, waiting.sender());
  const doomed = go.with({ interpreter: serial })((_out: csp.Sender<number>) => 1, dropped.sender());
  await reached(words, 0);
  queued.cancel(new TypeError("while queued"));
  assert.equal(queued.status, "running");
  running.cancel("go on");
  assert.equal(await rejection(running), "go on");
  assert((await rejection(queued)) instanceof TypeError);
  assert.equal(queued.status, "cancelled");
  assert.equal((await rejection(waiting.receive()) as Error).message, "while queued");
  await within(doomed);
  await rejection(dropped.receive());
  await serial.close({ force: true });
});

test("A process that is cancelled while its serial interpreter awaits in another ends at once", async () => {
  const serial = create();
  const words = flags();
  const running = go.with({ interpreter: serial })(async (words: Words) => {
    Atomics.store(words, 0, 1);
    while (Atomics.load(words, 1) === 0) await csp.sleep(1);
  }, words);
  await reached(words, 0);
  const queued = go.with({ interpreter: serial })(() => 1);
  queued.cancel("not needed");
  assert.equal(await rejection(queued), "not needed");
  assert.equal(running.status, "running");
  Atomics.store(words, 1, 1);
  await within(running);
  await serial.close();
});

test("A process whose starter dies is aborted", async () => {
  const interp = create();
  const words = flags();
  await within(interp.call((words: Words) => {
    csp.go(async (words: Words) => {
      Atomics.store(words, 0, 1);
      await csp.sleep(60_000).catch((reason: Error) => Atomics.store(words, 1, reason.message.length));
    }, words);
  }, words));
  await reached(words, 0);
  await interp.close({ force: true });
  await reached(words, 1);
  assert.equal(await within(go(() => 1)), 1);
});

test("shutdown() cancels what runs, closes the set, and go starts anew", async () => {
  const words = flags();
  const process = go(async (words: Words) => {
    Atomics.store(words, 0, 1);
    try {
      await csp.sleep(60_000);
    } finally {
      Atomics.store(words, 1, 1);
    }
  }, words);
  await reached(words, 0);
  const values = await within(go(function* () {
    for (;;) yield 1;
  }));
  await within(values.next());
  const closing = shutdown();
  const fresh = go(() => 5);
  await within(closing);
  assert.equal(words[1], 1);
  assert.equal(process.status, "cancelled");
  assert.equal((await rejection(process) as Error).name, "AbortError");
  assert.equal(
    (await rejection((async () => {
      for await (const _ of values);
    })()) as Error).name,
    "AbortError",
  );
  assert.equal(await within(fresh), 5);
  assert.equal(listAll().length, 2);
  await within(Promise.all([shutdown(), shutdown()]));
  await within(shutdown());
  assert.deepEqual(listAll(), [getMain()]);
  assert.equal(await within(go(() => 6)), 6);
});

test("shutdown() stops endless loops by force", async () => {
  setParallelism(1);
  const words = flags();
  const channel = chan<number>(1);
  const process = go(
    (words: Words, _out: csp.Sender<number>) => {
      Atomics.store(words, 0, 1);
      for (;;) if (Atomics.load(words, 1) === 1) throw new Error("let go");
    },
    words,
    channel.sender(),
  );
  await reached(words, 0);
  await within(shutdown());
  assert.equal((await rejection(process)) instanceof InterpreterError, true);
  assert.equal(process.status, "cancelled");
  assert.deepEqual(listAll(), [getMain()]);
  assert((await rejection(channel.receive())) instanceof PeerLostError);
  assert.equal(await within(go(() => 1)), 1);
  // Deno cannot stop it; whoever can has.
  Atomics.store(words, 1, 1);
});

test("shutdown() from a process of the set is refused, from elsewhere it works", async () => {
  const error = await rejection(go(() => csp.shutdown()));
  assert(error instanceof InterpreterError);
  assert.match(error.message, /from inside/);
  assert.equal(await within(go(() => 1)), 1);
  await within(go.dedicated(() => csp.shutdown()));
  assert.deepEqual(listAll(), [getMain()]);
  await within(go.local(() => shutdown()));
});
