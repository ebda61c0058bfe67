/**
 * Group "racing": operations that give up, channels that close and ends that travel while two parties are at work. What
 * one side counts as sent is what the other has received.
 */
import assert from "node:assert/strict";
import type { Channel, Sender } from "@pool/csp";
import { within } from "../../_within.ts";
import { type AddCase, cases, type Harness, make, type Party } from "./harness.ts";
import { DESCRIPTIONS } from "./things.ts";

/** A number of messages that is quick for every pair of parties. */
const COUNT = 150;

/** Registers the group. */
export function conformRacing(h: Harness): void {
  const add = cases(h, "racing");
  for (const capacity of [0, 1, 5]) {
    for (
      const direction of h.peer === "same" ? ["here"] as const : ["there to here", "here to there"] as const
    ) {
      const parties = async (): Promise<readonly [Party, Party]> => {
        const [there] = await h.parties(1);
        return direction === "there to here" ? [there!, h.own] : [h.own, there!];
      };
      givingUp(h, add, `${direction}, capacity ${capacity}`, capacity, parties);
      closing(h, add, `${direction}, capacity ${capacity}`, capacity, parties);
      travelling(h, add, `${direction}, capacity ${capacity}`, capacity, parties);
    }
  }
}

function range(until: number): number[] {
  return Array.from({ length: until }, (_, n) => n);
}

/** Operations with next to no patience. */
function givingUp(
  h: Harness,
  add: AddCase,
  at: string,
  capacity: number,
  parties: () => Promise<readonly [Party, Party]>,
): void {
  add(`receives that give up lose nothing and take nothing twice, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const ch = await make<unknown>(h, capacity);
    const done = Promise.all([
      sender.run("sendRangeAndClose", ch, 0, COUNT),
      receiver.run("receiveImpatiently", ch),
    ]);
    assert.deepEqual((await within(done))[1], range(COUNT));
  });

  add(`sends that give up have sent nothing, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const ch = await make<unknown>(h, capacity);
    const done = Promise.all([
      sender.run("sendImpatiently", ch, 0, COUNT),
      receiver.run("receiveSome", ch, COUNT),
    ]);
    assert.deepEqual((await within(done))[1], range(COUNT));
    assert.deepEqual(ch.tryReceive(), { state: "empty" });
  });

  add(`selects that give up on both sides pass each value once, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const channels = await Promise.all(range(3).map(() => make<unknown>(h, capacity)));
    const done = Promise.all([
      sender.run("selectSendsImpatiently", channels, COUNT),
      receiver.run("selectReceivesImpatiently", channels),
    ]);
    const values = (await within(done))[1] as number[];
    assert.deepEqual(values.sort((a, b) => a - b), range(COUNT));
  });
}

/** Channels that close in the middle. */
function closing(
  h: Harness,
  add: AddCase,
  at: string,
  capacity: number,
  parties: () => Promise<readonly [Party, Party]>,
): void {
  for (const count of [1, 40]) {
    add(`a close after ${count} values: what was sent is what was received, ${at}`, async () => {
      const [sender, receiver] = await parties();
      for (let round = 0; round < 5; round++) {
        const ch = await make<unknown>(h, capacity);
        const [sent, received] = await within(Promise.all([
          sender.run("sendUntilRefused", ch),
          receiver.run("receiveThenClose", ch, count),
        ]));
        assert.deepEqual(received, range(sent));
        assert.ok(sent >= count);
      }
    });
  }

  add(`a close in the middle of a sendMany: what was sent is what was received, ${at}`, async () => {
    const [sender, receiver] = await parties();
    for (let round = 0; round < 5; round++) {
      const ch = await make<unknown>(h, capacity);
      const [sent, received] = await within(Promise.all([
        sender.run("sendBatchesUntilRefused", ch, 7),
        receiver.run("receiveThenClose", ch, 20),
      ]));
      assert.deepEqual(received, range(sent));
    }
  });

  add(`the last receiver that retires ends the sender, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const ch = await make<unknown>(h, capacity);
    const [sent, received] = await within(Promise.all([
      sender.run("sendUntilRefused", ch),
      receiver.run("receiveThenRetire", ch.receiver(), 20),
    ]));
    assert.deepEqual(received, range(20));
    assert.ok(sent >= 20 && sent <= 20 + capacity + 1, `${sent} were sent`);
  });
}

/** Ends, channels and memory that are passed on. */
function travelling(
  h: Harness,
  add: AddCase,
  at: string,
  capacity: number,
  parties: () => Promise<readonly [Party, Party]>,
): void {
  add(`a sender carried by a channel sends there, and ends the channel when it retires, ${at}`, async () => {
    const [sender, receiver] = await parties();
    const ch = await make<unknown>(h, capacity);
    const carrier: Channel<Sender<unknown>> = await make(h, 2);
    const [first, second] = [ch.sender(), ch.sender()];
    assert.equal(carrier.trySend(first), true);
    second.retire();
    const done = Promise.all([
      sender.run("sendByCarried", carrier, 0, 30),
      receiver.run("receiveAll", ch.receiver()),
    ]);
    assert.deepEqual((await within(done))[1], { values: range(30) });
    assert.equal(ch.closed, true);
  });

  add(`a channel that goes there and back is the same object here, ${at}`, async () => {
    const [one, other] = await parties();
    const ch = await make<unknown>(h, capacity);
    for (const party of [one, other]) {
      assert.equal(await within(party.run("giveBack", ch)), ch);
      const { deep } = await within(party.run("giveBack", { deep: [ch, ch] })) as { deep: unknown[] };
      assert.ok(deep.every((each) => each === ch));
    }
  });

  add(`an end that goes there and back counts as one, ${at}`, async () => {
    const [one, other] = await parties();
    const ch = await make<unknown>(h, Math.max(capacity, 1));
    let sender = ch.sender();
    for (const party of [one, other, one]) {
      const back = await within(party.run("giveBack", { sender })) as { sender: Sender<unknown> };
      sender = back.sender;
      assert.equal(ch.closed, false);
    }
    await within(sender.send(5));
    sender.retire();
    assert.equal(ch.closed, true);
    assert.equal(await within(ch.receive()), 5);
  });

  add(`what shares memory or is moved arrives among plain values, in order, ${at}`, async () => {
    const [sender, receiver] = await parties();
    for (let round = 1; round <= 3; round++) {
      const ch = await make<unknown>(h, capacity);
      const probe = new Int32Array(new SharedArrayBuffer(16));
      const [lengths, said] = await within(Promise.all([
        sender.run("sendThings", ch, probe),
        receiver.run("receiveThings", ch, DESCRIPTIONS.length),
      ]));
      assert.deepEqual(said, DESCRIPTIONS);
      assert.deepEqual(lengths, [0, 0, 0]);
      assert.equal(probe[0], 2, "it arrived as a copy");
    }
  });
}
