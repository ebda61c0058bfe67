/** What becomes of the ends of channels that a process was given. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as csp from "@pool/csp";
import {
  chan,
  ChannelClosedError,
  NotShareableError,
  OwnershipError,
  type Receiver,
  type Sender,
} from "@pool/csp";
import { flags, reached } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";
import type { Form } from "./_go_forms.ts";

/** All values of a channel until it closes. */
async function all<T>(channel: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of channel) values.push(value);
  return values;
}

/** Tests ends given to processes of one form. */
export function conformEnds({ name, start, here }: Form): void {
  test(`${name}: a sender retires when the process ends, and the channel closes`, async () => {
    const channel = chan<number>(4);
    const sender = channel.sender();
    const process = start()(async (out: Sender<number>) => {
      await out.send(1);
      await out.send(2);
    }, sender);
    await assert.rejects(sender.send(3), OwnershipError);
    assert.deepEqual(await within(all(channel)), [1, 2]);
    await within(process);
    assert.equal(channel.closed, true);
  });

  test(`${name}: ends at any depth retire`, async () => {
    const [a, b, c] = [chan<number>(1), chan<number>(1), chan<number>(1)];
    const process = start()(
      async (ends: { list: Map<string, Sender<number>[]>; other: { c: Sender<number> } }) => {
        const [first, second] = ends.list.get("both")!;
        await first!.send(1);
        await second!.send(2);
        await ends.other.c.send(3);
      },
      { list: new Map([["both", [a.sender(), b.sender()]]]), other: { c: c.sender() } },
    );
    assert.deepEqual(await within(Promise.all([all(a), all(b), all(c)])), [[1], [2], [3]]);
    await within(process);
  });

  test(`${name}: a receiver retires, and sends reject`, async () => {
    const channel = chan<number>();
    const process = start()((input: Receiver<number>) => input.receive(), channel.receiver());
    await within(channel.send(5));
    assert.equal(await within(process), 5);
    await assert.rejects(within(channel.send(6)), ChannelClosedError);
  });

  test(`${name}: a process that fails closes a channel with its error, whichever of its ends comes first`, async () => {
    for (const senderFirst of [true, false]) {
      const channel = chan<number>(1);
      const ends = senderFirst
        ? [channel.sender(), channel.receiver()]
        : [channel.receiver(), channel.sender()];
      const error = await rejection(
        start()((_ends: unknown[]) => {
          throw new RangeError("no");
        }, ends),
      );
      assert(error instanceof RangeError);
      assert((await rejection(channel.receive())) instanceof RangeError, String(senderFirst));
    }
  });

  for (const end of ["returns", "fails", "is cancelled"] as const) {
    test(`${name}: what a process that ${end} leaves waiting by its ends has no effect, and is nobody's`, async () => {
      const channel = chan<number>();
      const ready = chan<number>(1);
      const [receiver, sender] = [channel.receiver(), channel.sender()];
      const process = start()(
        async (
          { input, out, other }: { input: Receiver<number>; out: Sender<number>; other: csp.Channel<number> },
          ready: csp.Channel<number>,
          end: string,
        ) => {
          void input.receive();
          void input.receiveMany(2);
          void csp.select([input, other]);
          void csp.select([input, new Promise(() => {})]);
          void input[Symbol.asyncIterator]().next();
          void out.sendMany([7, 8]);
          await Promise.race([input.receive(), csp.select([csp.sending(out, 9)]), csp.sleep(1)]);
          if (end === "is cancelled") void csp.sleep(60_000);
          await ready.send(csp.getCurrent().id);
          if (end === "fails") throw new RangeError("it fails");
          if (end === "is cancelled") await csp.sleep(60_000);
        },
        { input: channel.receiver(), out: chan<number>().sender(), other: chan<number>() },
        ready,
        end,
      );
      process.catch(() => {});
      const id = await within(ready.receive());
      if (end === "is cancelled") process.cancel(new RangeError("it is cancelled"));
      if (end === "returns") await within(process);
      else assert(await rejection(process) instanceof RangeError);
      const received = receiver.receive();
      await within(sender.send(42));
      assert.equal(await within(received), 42);
      if (!name.includes("dedicated")) {
        await within(start()(() => {}));
        assert(csp.listAll().some((interpreter) => interpreter.id === id), "the interpreter lives");
      }
    });
  }

  test(`${name}: a receive by an end that is given to a process rejects, and the process receives`, async () => {
    const channel = chan<number>();
    const receiver = channel.receiver();
    const waiting = receiver.receive();
    const next = receiver[Symbol.asyncIterator]().next();
    const process = start()((input: Receiver<number>) => input.receive(), receiver);
    const sent = channel.send(1);
    assert(await rejection(waiting) instanceof OwnershipError);
    assert(await rejection(next) instanceof OwnershipError);
    assert.equal(await within(process), 1);
    await within(sent);
  });

  test(`${name}: a process that fails retires its sender with the error`, async () => {
    const channel = chan<number>(4);
    const process = start()(async (out: Sender<number>) => {
      await out.send(1);
      throw new RangeError("broken pipe");
    }, channel.sender());
    process.catch(() => {});
    assert.equal(await within(channel.receive()), 1);
    const error = await rejection(channel.receive()) as Error;
    assert(error instanceof RangeError);
    assert.equal(error.message, "broken pipe");
    await rejection(process);
  });

  test(`${name}: a process that is cancelled retires its sender with the reason`, async () => {
    const channel = chan<number>(4);
    const words = flags();
    const process = start()(
      async (_out: Sender<number>, words: Int32Array<SharedArrayBuffer>) => {
        Atomics.store(words, 0, 1);
        await csp.sleep(60_000);
      },
      channel.sender(),
      words,
    );
    await reached(words, 0);
    process.cancel(new TypeError("not wanted"));
    const error = await rejection(channel.receive()) as Error;
    assert(error instanceof TypeError);
    assert.equal(error.message, "not wanted");
    const early = chan<number>(4);
    start({ signal: AbortSignal.abort(new TypeError("before")) })(
      (_out: Sender<number>) => {},
      early.sender(),
    );
    assert.equal((await rejection(early.receive()) as Error).message, "before");
    const queued = chan<number>(4);
    start()((_out: Sender<number>) => csp.sleep(60_000), queued.sender()).cancel(new TypeError("queued"));
    assert.equal((await rejection(queued.receive()) as Error).message, "queued");
  });

  test(`${name}: the last of several senders closes the channel`, async () => {
    const channel = chan<number>(8);
    const senders = [1, 2, 3].map(() => channel.sender());
    const processes = senders.map((sender, n) =>
      start()(
        async (n: number, out: Sender<number>) => {
          for (let i = 0; i < 5; i++) await out.send(n * 10 + i);
        },
        n,
        sender,
      )
    );
    assert.equal((await within(all(channel))).length, 15);
    await within(Promise.all(processes));
  });

  test(`${name}: clone() keeps an end for the caller`, async () => {
    const channel = chan<number>(4);
    const mine = channel.sender();
    await within(start()((out: Sender<number>) => out.send(1), mine.clone()));
    assert.equal(channel.closed, false);
    await mine.send(2);
    mine.retire();
    assert.deepEqual(await within(all(channel)), [1, 2]);
  });

  test(`${name}: an end that the process returns lives on`, async () => {
    const channel = chan<number>(4);
    const back = await within(start()((out: Sender<number>) => out, channel.sender()));
    assert.equal(channel.closed, false);
    await back.send(7);
    back.retire();
    assert.deepEqual(await within(all(channel)), [7]);
  });

  test(`${name}: an end that the process sent on a channel lives on`, async () => {
    const channel = chan<number>(4);
    const ends = chan<Sender<number>>(1);
    await within(
      start()(
        (out: Sender<number>, ends: csp.Channel<Sender<number>>) => ends.send(out),
        channel.sender(),
        ends,
      ),
    );
    const back = await within(ends.receive());
    await back.send(8);
    back.retire();
    assert.deepEqual(await within(all(channel)), [8]);
  });

  test(`${name}: an end that the process was still sending retires with it`, async () => {
    const [channel, ends] = [chan<number>(4), chan<Sender<number>>()];
    const kept = ends.sender();
    await within(
      start()(
        (out: Sender<number>, ends: Sender<Sender<number>>) => {
          void ends.send(out);
        },
        channel.sender(),
        ends.sender(),
      ),
    );
    assert.deepEqual(await within(all(channel)), []);
    assert.deepEqual(ends.tryReceive(), { state: "empty" });
    kept.retire();
  });

  test(`${name}: an end that was kept elsewhere has retired`, async () => {
    const channel = chan<number>(4);
    await within(
      start()((out: Sender<number>) => {
        (globalThis as Record<string, unknown>)["kept"] = out;
      }, channel.sender()),
    );
    assert.deepEqual(await within(all(channel)), []);
    assert.equal(channel.closed, true);
  });

  test(`${name}: channels among the arguments are not closed`, async () => {
    const channel = chan<number>(4);
    await within(start()((to: csp.Channel<number>) => to.send(1), channel));
    assert.equal(channel.closed, false);
    assert.equal(await within(channel.receive()), 1);
  });

  test(`${name}: an end that was spent or retired is refused at once`, () => {
    const spent = chan<number>().sender();
    start()((_out: Sender<number>) => {}, spent);
    assert.throws(() => start()((_out: Sender<number>) => {}, spent), OwnershipError);
    const retired = chan<number>().sender();
    retired.retire();
    assert.throws(() => start()((_out: Sender<number>) => {}, retired), ChannelClosedError);
  });

  test(`${name}: after a refusal the ends are still usable`, async () => {
    const channel = chan<number>(4);
    const sender = channel.sender();
    const retired = chan<number>().sender();
    retired.retire();
    assert.throws(() => start()((..._ends: unknown[]) => {}, { sender }, [retired]), ChannelClosedError);
    assert.throws(() => start()(5 as never, sender), TypeError);
    if (!here) {
      const outer = Math.random();
      assert.throws(() => start()((..._args: unknown[]) => {}, sender, () => 1), NotShareableError);
      if (!name.startsWith("go.with")) {
        assert.throws(() => start()((_out: Sender<number>) => outer, sender), NotShareableError);
      }
    }
    await sender.send(1);
    sender.retire();
    assert.deepEqual(await within(all(channel)), [1]);
  });
}
