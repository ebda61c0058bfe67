/**
 * Group "exchange": two parties and more on one channel. Where the others run in interpreters of their own, this is
 * what passes between threads, in awaiting and in blocking form.
 */
import assert from "node:assert/strict";
import type { Channel } from "@pool/csp";
import { within } from "../../_within.ts";
import type { Message, Question } from "./actions.ts";
import { type AddCase, cases, type Harness, make, type Party } from "./harness.ts";

/** Values of every way in which a slot can hold one. */
const VALUES: readonly unknown[] = [
  ...[undefined, null, true, false, 0, -0, 1, -1, 2 ** 31, 2 ** 53, 0.1, NaN, 7n, 2n ** 80n],
  ...["", "text", "é", "x".repeat(1000), "y".repeat(100_000)],
  ...[[], {}, { a: [1, { b: new Map([[1, new Set([2])]]) }] }, new Date(5), /x/g, new RangeError("sent")],
  ...[new Float64Array([1, 2]), new Uint8Array(10_000).fill(3)],
];

/** A number of messages that is quick for every pair of parties. */
const COUNT = 500;

/** Registers the group. */
export function conformExchange(h: Harness): void {
  const add = cases(h, "exchange");
  for (const capacity of [0, 1, 3, 64]) {
    for (
      const direction of h.peer === "same" ? ["here"] as const : ["there to here", "here to there"] as const
    ) {
      const parties = async (): Promise<readonly [Party, Party]> => {
        const [there] = await h.parties(1);
        return direction === "there to here" ? [there!, h.own] : [h.own, there!];
      };
      between(h, add, `${direction}, capacity ${capacity}`, capacity, parties);
      selecting(h, add, `${direction}, capacity ${capacity}`, capacity, parties);
    }
    amongMany(h, add, capacity);
  }
}

function range(from: number, until: number): number[] {
  return Array.from({ length: until - from }, (_, i) => from + i);
}

/** One sender and one receiver. */
function between(
  h: Harness,
  add: AddCase,
  at: string,
  capacity: number,
  parties: () => Promise<readonly [Party, Party]>,
): void {
  add(`numbers arrive once and in order, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const ch = await make<unknown>(h, capacity);
    const done = Promise.all([
      sender.run("sendRange", ch, 0, COUNT),
      receiver.run("receiveSome", ch, COUNT),
    ]);
    assert.deepEqual((await within(done))[1], range(0, COUNT));
    assert.equal(ch.size, 0);
  });

  add(`values of every kind arrive as sent, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const ch = await make<unknown>(h, capacity);
    const done = Promise.all([
      sender.run("sendAll", ch, VALUES),
      receiver.run("receiveSome", ch, VALUES.length),
    ]);
    assert.deepEqual((await within(done))[1], VALUES);
  });

  add(`close ends the receiver after everything that was sent, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const ch = await make<unknown>(h, capacity);
    const done = Promise.all([
      sender.run("sendRangeAndClose", ch, 0, COUNT),
      receiver.run("receiveAll", ch),
    ]);
    assert.deepEqual((await within(done))[1], { values: range(0, COUNT) });
  });

  add(`close with a reason ends the receiver with it, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const ch = await make<unknown>(h, capacity);
    const done = Promise.all([
      sender.run("sendRangeAndClose", ch, 0, 10, new RangeError("over")),
      receiver.run("receiveAll", ch),
    ]);
    assert.deepEqual((await within(done))[1], { values: range(0, 10), reason: "RangeError: over" });
  });

  add(`the last sender that retires ends the receiver, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const ch = await make<unknown>(h, capacity);
    const done = Promise.all([
      sender.run("sendRangeAndRetire", ch.sender(), 0, 50),
      receiver.run("receiveAll", ch.receiver()),
    ]);
    assert.deepEqual((await within(done))[1], { values: range(0, 50) });
    assert.equal(ch.closed, true);
  });

  add(`batches arrive once and in order, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const ch = await make<number>(h, capacity);
    const done = Promise.all([
      sender.run("sendBatches", ch, COUNT, 33),
      receiver.run("receiveSome", ch, COUNT),
    ]);
    assert.deepEqual((await within(done))[1], range(0, COUNT));
  });

  add(`single sends are received in batches, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const ch = await make<number>(h, capacity);
    const done = Promise.all([
      sender.run("sendRangeAndClose", ch, 0, COUNT),
      receiver.run("receiveBatches", ch, 17),
    ]);
    assert.deepEqual((await within(done))[1], range(0, COUNT));
  });

  add(`batches are received in batches into a typed array, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const ch = await make<number>(h, capacity);
    const done = Promise.all([
      sender.run("sendBatches", ch, COUNT, 50),
      receiver.run("sumBatches", ch, 64),
    ]);
    assert.equal((await within(done))[1], COUNT * (COUNT - 1) / 2);
  });

  add(`trySend() meets who receives, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const ch = await make<unknown>(h, capacity);
    const done = Promise.all([
      sender.run("trySendAll", ch, range(0, 100)),
      receiver.run("receiveSome", ch, 100),
    ]);
    assert.deepEqual((await within(done))[1], range(0, 100));
  });

  add(`tryReceive() meets who sends, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const ch = await make<unknown>(h, capacity);
    const done = Promise.all([
      sender.run("sendRangeAndClose", ch, 0, 100),
      receiver.run("tryReceiveAll", ch),
    ]);
    assert.deepEqual((await within(done))[1], range(0, 100));
  });

  add(`ping-pong keeps step, ${at}`, async () => {
    const [one, other] = await parties();
    const [ping, pong] = [await make<number>(h, capacity), await make<number>(h, capacity)];
    const done = Promise.all([one.run("ask", ping, pong, 200), other.run("answer", ping, pong, 200)]);
    assert.equal((await within(done))[0], 200);
  });

  add(`questions carry the channels for their answers, ${at}`, async () => {
    const [client, server] = await parties();
    const questions: Channel<Question> = await make(h, capacity);
    const done = Promise.all([client.run("inquire", questions, 100), server.run("serve", questions)]);
    assert.deepEqual(await within(done), [range(0, 100).map((n) => n * 2), 100]);
  });

  add(`poison ends both, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const ch = await make<unknown>(h, capacity);
    await within(Promise.all([
      sender.run("sendRange", ch, 0, 50),
      receiver.run("receiveSome", ch, 50),
    ]));
    ch.poison(new RangeError("bad"));
    const done = Promise.all([
      sender.run("attemptSend", ch, 1),
      receiver.run("attemptReceive", ch),
    ]);
    assert.deepEqual(await within(done), ["RangeError", "RangeError: bad"]);
  });

  add(`a send on a closed channel is refused, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const ch = await make<unknown>(h, capacity);
    ch.close();
    const [sent, received] = await within(Promise.all([
      sender.run("attemptSend", ch, 1),
      receiver.run("attemptReceive", ch),
    ]));
    assert.equal(sent, "ChannelClosedError");
    assert.match(String(received), /^ChannelClosedError: /);
  });
}

/** Selects on one side and on both. */
function selecting(
  h: Harness,
  add: AddCase,
  at: string,
  capacity: number,
  parties: () => Promise<readonly [Party, Party]>,
): void {
  const channels = <T>(): Promise<Channel<T>[]> => Promise.all([0, 1, 2].map(() => make<T>(h, capacity)));

  add(`select of receives gets what plain sends send, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const all = await channels<unknown>();
    const [received] = await within(Promise.all([
      receiver.run("selectReceives", all),
      sender.run("sendToEach", all, 50),
    ]));
    for (const i of [0, 1, 2]) {
      const own = received.filter(([index]) => index === i).map(([, value]) => value);
      assert.deepEqual(own, range(i * 1000, i * 1000 + 50));
    }
  });

  add(`select of sends reaches who receives, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const [, ch, never] = await channels<unknown>();
    const [taken, { values }] = await within(Promise.all([
      sender.run("selectSends", [ch!], range(0, 100)),
      receiver.run("receiveAll", ch!),
    ]));
    assert.deepEqual(taken, [100]);
    assert.deepEqual(values, range(0, 100));
    assert.equal(never!.size, 0);
  });

  add(`selects on both sides match: each value once, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const all = await channels<unknown>();
    const [taken, received] = await within(Promise.all([
      sender.run("selectSends", all, range(0, 300)),
      receiver.run("selectReceives", all),
    ]));
    assert.deepEqual(received.map(([, value]) => value as number).sort((a, b) => a - b), range(0, 300));
    for (const i of [0, 1, 2]) {
      const own = received.filter(([index]) => index === i).map(([, value]) => value as number);
      assert.equal(own.length, taken[i]);
      assert.deepEqual(own, [...own].sort((a, b) => a - b));
    }
  });

  add(`two that send and receive in one select, to and from each other, do not block, ${at}`, async () => {
    const [one, other] = await parties();
    const [to, from] = await channels<number>();
    const received = await within(Promise.all([
      one.run("selectBoth", to!, from!, 200),
      other.run("selectBoth", from!, to!, 200),
    ]));
    assert.deepEqual(received, [range(0, 200), range(0, 200)]);
  });
}

/** Several senders and receivers. */
function amongMany(h: Harness, add: AddCase, capacity: number): void {
  add(
    `3 senders there, one receiver here: each value once, each sender's in order, capacity ${capacity}`,
    async () => {
      const ch = await make<Message>(h, capacity);
      const sends = (await h.parties(3)).map((party, from) => party.run("sendMessages", ch, from, 200));
      const received = await within(h.own.run("receiveSome", ch, 600)) as Message[];
      await within(Promise.all(sends));
      for (const from of [0, 1, 2]) {
        assert.deepEqual(received.filter((each) => each.from === from).map(({ n }) => n), range(0, 200));
      }
    },
  );

  add(`one sender here, 3 receivers there: each value once, capacity ${capacity}`, async () => {
    const ch = await make<unknown>(h, capacity);
    const receives = (await h.parties(3)).map((party) => party.run("receiveAll", ch));
    await within(h.own.run("sendRangeAndClose", ch, 0, 600));
    const values = (await within(Promise.all(receives))).map(({ values }) => values as number[]);
    assert.deepEqual(values.flat().sort((a, b) => a - b), range(0, 600));
    for (const own of values) assert.deepEqual(own, [...own].sort((a, b) => a - b));
  });

  add(`2 senders there, 2 receivers there, nobody here: each value once, capacity ${capacity}`, async () => {
    const ch = await make<unknown>(h, capacity);
    const [a, b, c, d] = await h.parties(4);
    const sent = Promise.all([a!.run("sendRange", ch, 0, 300), b!.run("sendRange", ch, 300, 600)]);
    const received = Promise.all([c!.run("receiveAll", ch), d!.run("receiveAll", ch)]);
    await within(sent);
    ch.close();
    const values = (await within(received)).flatMap(({ values }) => values as number[]);
    assert.deepEqual(values.sort((x, y) => x - y), range(0, 600));
  });

  add(`a chain of 3 copies what passes through, capacity ${capacity}`, async () => {
    const links = await Promise.all([0, 1, 2, 3].map(() => make<number>(h, capacity)));
    const copies = (await h.parties(3)).map((party, i) => party.run("copy", links[i]!, links[i + 1]!));
    const fed = h.own.run("sendRangeAndClose", links[0]!, 0, capacity === 0 ? 100 : 300);
    if (h.here === "blocking") {
      // This thread cannot feed and drain at once: another party drains.
      const [, , , last] = await h.parties(4);
      const { values } = await within(Promise.all([last!.run("receiveAll", links[3]!), fed])).then(([all]) =>
        all
      );
      assert.equal(values.length, capacity === 0 ? 100 : 300);
    } else {
      const { values } = await within(h.own.run("receiveAll", links[3]!));
      assert.deepEqual(values, range(0, capacity === 0 ? 100 : 300));
    }
    await within(Promise.all([fed, ...copies]));
  });
}
