/** Processes that are generators: they end when the iteration does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as csp from "@pool/csp";
import { chan, type Channel, type Sender, sleep } from "@pool/csp";
import { flags, reached } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";
import type { Form } from "./_go_forms.ts";

type Words = Int32Array<SharedArrayBuffer>;

/** Tests generators as processes of one form. */
export function conformGenerators({ name, start }: Form): void {
  test(`${name}: a generator gives its values; the process runs until it has ended`, async () => {
    for (
      const [what, make] of Object.entries({
        plain: function* (n: number) {
          for (let i = 0; i < n; i++) yield i;
        },
        async: async function* (n: number) {
          for (let i = 0; i < n; i++) {
            await null;
            yield i;
          }
        },
      }) as [string, (n: number) => AsyncGenerator<number>][]
    ) {
      const process = start()(make, 40);
      const values = await within(process);
      assert.equal(process.status, "running", what);
      let joined = false;
      void process.join().then(() => joined = true);
      const got: number[] = [];
      for await (const value of values) got.push(value);
      assert.deepEqual(got, Array.from({ length: 40 }, (_, i) => i));
      assert.equal(process.status, "done", what);
      await within(process.join());
      assert.equal(joined, true);
      assert.deepEqual(await values.next(), { done: true, value: undefined });
    }
  });

  test(`${name}: a generator of promises gives what they resolve to`, async () => {
    const values = await within(
      start()(function* () {
        yield Promise.resolve(1);
        yield 2;
      }),
    );
    assert.equal((await within(values.next())).value, 1);
    assert.equal((await within(values.next())).value, 2);
    assert.equal((await within(values.next())).done, true);
  });

  test(`${name}: ending the iteration runs the generator's finally and ends the process`, async () => {
    const words = flags();
    const process = start()(async function* (words: Words) {
      try {
        for (let i = 0;; i++) yield i;
      } finally {
        await new Promise((resolve) => setTimeout(resolve, 2));
        Atomics.store(words, 0, 1);
      }
    }, words);
    for await (const value of await within(process)) if (value === 3) break;
    assert.equal(words[0], 1);
    await within(process.join());
    assert.equal(process.status, "done");
  });

  test(`${name}: ending the iteration aborts nothing for which the finally of a generator at a yield waits`, async () => {
    const words = flags();
    const log = chan<string>();
    const process = start()(
      async function* (words: Words, log: Channel<string>) {
        const { signal } = csp.currentProcess();
        try {
          for (;;) yield 1;
        } finally {
          Atomics.store(words, 0, signal.aborted || csp.currentProcess().signal.aborted ? 1 : 2);
          await csp.sleep(2);
          await log.send("cleaned");
          await csp.yieldNow();
        }
      },
      words,
      log,
    );
    const values = await within(process);
    await within(values.next());
    await sleep(2);
    const ended = values.return!("left");
    assert.equal(await within(log.receive()), "cleaned");
    assert.deepEqual(await within(ended), { done: true, value: "left" });
    assert.equal(words[0], 2);
    assert.equal(process.status, "done");
  });

  test(`${name}: ending the iteration gets a generator out of the operation it waits in, whatever comes of that`, async () => {
    for (const own of [false, true]) {
      const words = flags();
      const channel = chan<number>(1);
      const process = start()(
        async function* (words: Words, channel: Channel<number>, own: boolean) {
          try {
            yield 1;
            Atomics.store(words, 0, 1);
            yield await channel.receive();
          } finally {
            await channel.send(7);
            // deno-lint-ignore no-unsafe-finally
            if (own) throw new RangeError("its own");
          }
        },
        words,
        channel,
        own,
      );
      const values = await within(process);
      assert.equal((await within(values.next())).value, 1);
      const second = values.next();
      await reached(words, 0);
      const ended = values.return!().then(({ done }) => done, (error: unknown) => error);
      assert.deepEqual(await within(second), { done: true, value: undefined });
      const outcome = await within(ended);
      if (own) assert(outcome instanceof RangeError, String(outcome));
      else assert.equal(outcome, true);
      assert.equal(await within(channel.receive()), 7);
      assert.equal(process.status, own ? "failed" : "done");
    }
  });

  test(`${name}: a step that does not heed its abort is waited for, and then finally waits as it likes`, async () => {
    const words = flags();
    const process = start()(async function* (words: Words) {
      try {
        yield 1;
        const { signal } = csp.currentProcess();
        Atomics.store(words, 0, 1);
        while (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 1));
        yield 2;
      } finally {
        await csp.sleep(2);
        Atomics.store(words, 1, 1);
      }
    }, words);
    const values = await within(process);
    await within(values.next());
    const second = values.next();
    await reached(words, 0);
    await within(values.return!());
    await within(second);
    assert.equal(words[1], 1);
    assert.equal(process.status, "done");
  });

  test(`${name}: cancel() ends what the finally of a generator waits for that its consumer has left`, async () => {
    const words = flags();
    const process = start()(async function* (words: Words) {
      try {
        for (;;) yield 1;
      } finally {
        Atomics.store(words, 0, 1);
        await csp.sleep(60_000);
      }
    }, words);
    const values = await within(process);
    await within(values.next());
    const ended = rejection(values.return!());
    await reached(words, 0);
    process.cancel("enough");
    assert.equal(await ended, "enough");
    assert.equal(process.status, "cancelled");
  });

  test(`${name}: a generator that fails gives its error after its values`, async () => {
    const process = start()(async function* count() {
      yield 1;
      throw new RangeError("no second");
    });
    const values = await within(process);
    assert.equal((await within(values.next())).value, 1);
    const error = await rejection(values.next()) as Error;
    assert(error instanceof RangeError);
    assert.equal(process.status, "failed");
    assert.equal((await within(values.next())).done, true);
  });

  test(`${name}: ends retire when the generator has ended, with its error if it failed`, async () => {
    const channel = chan<number>(8);
    const process = start()(
      async function* (out: Sender<number>, fail: boolean) {
        await out.send(1);
        yield "a";
        await out.send(2);
        if (fail) throw new RangeError("half way");
      },
      channel.sender(),
      false,
    );
    const values = await within(process);
    assert.equal((await within(values.next())).value, "a");
    assert.equal(await within(channel.receive()), 1);
    assert.equal((await within(values.next())).done, true);
    assert.equal(await within(channel.receive()), 2);
    const plain = await rejection(channel.receive());
    assert(plain instanceof csp.ChannelClosedError);

    const other = chan<number>(8);
    const failing = await within(
      start()(async function* (out: Sender<number>) {
        yield 1;
        await out.send(2);
        throw new RangeError("half way");
      }, other.sender()),
    );
    await rejection((async () => {
      for await (const _ of failing);
    })());
    assert.equal(await within(other.receive()), 2);
    assert((await rejection(other.receive())) instanceof RangeError);
  });

  test(`${name}: cancel() ends a generator that rests at a yield, with the reason itself`, async () => {
    const words = flags();
    const channel = chan<number>(1);
    const process = start()(
      function* (words: Words, _out: Sender<number>) {
        try {
          for (;;) yield 1;
        } finally {
          Atomics.store(words, 0, 1);
        }
      },
      words,
      channel.sender(),
    );
    const values = await within(process);
    assert.equal((await within(values.next())).value, 1);
    const reason = { enough: true };
    process.cancel(reason);
    await within(process.join());
    assert.equal(process.status, "cancelled");
    assert.equal(words[0], 1);
    const error = await rejection((async () => {
      for await (const _ of values);
    })());
    assert.equal(error, reason);
    assert.deepEqual(await rejection(channel.receive()), reason);
  });

  test(`${name}: cancel() ends a generator that waits, or was never asked`, async () => {
    const words = flags();
    const waiting = start()(async function* (words: Words) {
      Atomics.store(words, 0, 1);
      await csp.sleep(60_000);
      yield 1;
    }, words);
    const next = (await within(waiting)).next();
    await reached(words, 0);
    waiting.cancel("now");
    assert.equal(await rejection(next), "now");
    assert.equal(waiting.status, "cancelled");

    const unasked = start()(function* () {
      yield 1;
    });
    await within(unasked);
    unasked.cancel("unasked");
    await within(unasked.join());
    assert.equal(unasked.status, "cancelled");
  });

  test(`${name}: a generator that goes on after a cancel is ended at its next yield; one that returns is done`, async () => {
    const stubborn = start()(async function* () {
      for (;;) {
        try {
          yield 1;
        } catch {
          // Never mind.
        }
      }
    });
    const values = await within(stubborn);
    await within(values.next());
    stubborn.cancel("end");
    await within(stubborn.join());
    assert.equal(stubborn.status, "cancelled");

    const polite = start()(async function* () {
      try {
        for (;;) yield 1;
      } catch {
        return;
      }
    });
    await within((await within(polite)).next());
    polite.cancel("end");
    await within(polite.join());
    assert.equal(polite.status, "done");
  });

  test(`${name}: async dispose of the iteration and of the process end it`, async () => {
    const process = start()(function* () {
      for (;;) yield 1;
    });
    const values = await within(process);
    await within(values.next());
    await within(values[Symbol.asyncDispose]());
    await within(process.join());
    assert.equal(process.status, "done");
    const other = start()(function* () {
      for (;;) yield 1;
    });
    await within((await within(other)).next());
    await within(other[Symbol.asyncDispose]());
    assert.equal(other.status, "cancelled");
  });

  test(`${name}: currentProcess() in a generator is the process`, async () => {
    const process = start()(async function* look() {
      yield csp.currentProcess().id;
      await null;
      yield csp.currentProcess().id;
    });
    for await (const id of await within(process)) assert.equal(id, process.id);
  });
}
