import { chan, ChannelClosedError, Receiver, Sender } from "@pool/csp";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Receiver as ReceiverFacade, Sender as SenderFacade } from "../../channels/ends.ts";
import { rejection, within } from "../_within.ts";

test("Channel.sender() and receiver() give one-way ends", async () => {
  const ch = chan<number>({ capacity: 2, name: "jobs" });
  const sender = ch.sender();
  const receiver = ch.receiver();
  assert(sender instanceof Sender && receiver instanceof Receiver);
  for (const end of [sender, receiver]) {
    assert.deepEqual([end.name, end.capacity, end.size, end.closed], ["jobs", 2, 0, false]);
  }
  for (const name of ["receive", "tryReceive", "receiver"]) assert.equal(name in sender, false, name);
  for (const name of ["send", "trySend", "close", "sender"]) assert.equal(name in receiver, false, name);
  await sender.send(1);
  assert.equal(sender.trySend(2), true);
  assert.equal(await receiver.receive(), 1);
  assert.deepEqual(receiver.tryReceive(), { state: "ok", value: 2 });
  await sender.sendMany([3, 4]);
  assert.deepEqual(await receiver.receiveMany(2), [3, 4]);
  sender.sendSync(5);
  sender.sendManySync([6]);
  assert.equal(receiver.receiveSync(), 5);
  assert.deepEqual(receiver.receiveManySync(new Uint8Array(2)), Uint8Array.of(6));
});

test("ends cannot be made by hand", () => {
  assert.throws(() => new Sender(undefined as never), {
    name: "TypeError",
    message: "Cannot construct a Sender: use channel.sender()",
  });
  assert.throws(() => new Receiver({} as never), TypeError);
});

test("the channel closes when its last sender is retired, not before", async () => {
  const ch = chan<number>(2);
  const first = ch.sender();
  const second = first.clone();
  await first.send(1);
  first.retire();
  first.retire();
  first[Symbol.dispose]();
  await second.send(2);
  assert.equal(ch.closed, false);
  await second[Symbol.asyncDispose]();
  assert.equal(ch.closed, true);
  const values: number[] = [];
  for await (const value of ch) values.push(value);
  assert.deepEqual(values, [1, 2]);
});

test("sends reject when the last receiver is retired", async () => {
  const ch = chan<number>();
  const first = ch.receiver();
  const second = first.clone();
  const sending = rejection(ch.send(1));
  first.retire();
  assert.equal(ch.closed, false);
  second[Symbol.dispose]();
  assert.equal((await sending as ChannelClosedError).value, 1);
  await assert.rejects(ch.send(2), ChannelClosedError);
});

test("an end that is retired refuses every operation", async () => {
  const ch = chan<number>(1);
  const sender = ch.sender();
  const receiver = ch.receiver();
  const others = [ch.sender(), ch.receiver()];
  sender.retire();
  receiver.retire();
  const error = await rejection(sender.send(7)) as ChannelClosedError;
  assert.deepEqual([error.name, error.value], ["ChannelClosedError", 7]);
  assert.equal(error.message, "Cannot send to the channel: this sender was retired");
  const unsent = await rejection(sender.sendMany([1])) as ChannelClosedError;
  assert.deepEqual([unsent.name, unsent.sent], ["ChannelClosedError", 0]);
  const reading = receiver[Symbol.asyncIterator]();
  for (
    const attempt of [
      receiver.receive(),
      receiver.receiveMany(1),
      reading.next(),
      receiver.toReadableStream().getReader().read(),
    ]
  ) {
    assert((await rejection(attempt)) instanceof ChannelClosedError);
  }
  for (
    const attempt of [
      () => sender.trySend(1),
      () => sender.sendSync(1),
      () => sender.sendManySync([1]),
      () => sender.close(),
      () => sender.poison(1),
      () => sender.clone(),
      () => receiver.tryReceive(),
      () => receiver.receiveSync(),
      () => receiver.receiveManySync(1),
      () => receiver.clone(),
    ]
  ) {
    assert.throws(attempt, ChannelClosedError, String(attempt));
  }
  assert.deepEqual([sender.closed, receiver.size, ch.closed], [false, 0, false]);
  for (const end of others) end.retire();
});

test("Sender.close() closes the channel, whoever else sends", async () => {
  const ch = chan<number>();
  const [one, other] = [ch.sender(), ch.sender()];
  one.close("over");
  await assert.rejects(other.send(1), ChannelClosedError);
  assert.equal(await rejection(ch.receive()), "over");
  one.poison("now");
  assert.equal(await rejection(other.send(1)), "now");
});

test("Receiver's iterator waits, ends when the channel does, and stops when the end is retired", async () => {
  const ch = chan<number>();
  const receiver = ch.receiver();
  const reading = receiver[Symbol.asyncIterator]();
  const first = reading.next();
  await ch.send(1);
  assert.deepEqual(await first, { value: 1, done: false });
  const last = reading.next();
  ch.close();
  assert.deepEqual(await within(last), { value: undefined, done: true });
});

test("Receiver's iterator is over when the end is retired between two of its steps", async () => {
  const ch = chan<number>(2);
  const receiver = ch.receiver();
  const reading = receiver[Symbol.asyncIterator]();
  await ch.send(1);
  assert.deepEqual(await reading.next(), { value: 1, done: false });
  receiver.retire();
  assert.deepEqual(await within(reading.next()), { value: undefined, done: true });
  assert(
    await rejection(receiver[Symbol.asyncIterator]().next()) instanceof ChannelClosedError,
    "begun with it",
  );
});

test("Receiver.toReadableStream() retires the end when it is cancelled", async () => {
  const ch = chan<number>(1);
  const [one, other] = [ch.receiver(), ch.receiver()];
  await one.toReadableStream().cancel();
  assert.equal(ch.closed, false);
  await assert.rejects(one.receive(), ChannelClosedError);
  await other.toReadableStream().cancel("enough");
  assert.equal(await rejection(ch.receive()), "enough");
});

test("Seat.retire() with a reason closes with the first one; spend() and restore() are undone without trace", async () => {
  const ch = chan<number>(1);
  const senders = [ch.sender(), ch.sender(), ch.sender()];
  const [first, second, third] = senders.map((sender) => SenderFacade.seatOf(sender as Sender<unknown>));
  first!.spend();
  await assert.rejects(senders[0]!.send(1), { name: "OwnershipError" });
  assert.throws(() => first!.check(), { name: "OwnershipError" });
  first!.restore();
  await senders[0]!.send(1);
  first!.retire({ error: "failed first" });
  second!.retire({ error: "failed second" });
  third!.retire();
  first!.restore();
  await assert.rejects(senders[0]!.send(1), ChannelClosedError);
  assert.equal(await ch.receive(), 1);
  assert.equal(await rejection(ch.receive()), "failed first");
  const receiver = chan().receiver();
  const seat = ReceiverFacade.seatOf(receiver);
  assert.deepEqual([seat.side, seat.id], ["receiver", 0]);
});
