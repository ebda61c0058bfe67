/** What the compiler accepts and refuses of channels and ends, after Go's `test/chan/perm.go`; nothing of it runs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chan,
  Channel,
  promiseChan,
  type ReceivePort,
  type Receiver,
  select,
  type Sender,
  sending,
  type SendPort,
} from "@pool/csp";

/** Never called: it is there to be compiled. */
export async function compiled(
  both: Channel<number>,
  sender: Sender<number>,
  receiver: Receiver<number>,
): Promise<void> {
  // What has both sides can stand for either one.
  const sends: SendPort<number>[] = [both, sender];
  const receives: ReceivePort<number>[] = [both, receiver];
  void [sends, receives];
  // @ts-expect-error -- a receiver cannot send
  void ([receiver] satisfies SendPort<number>[]);
  // @ts-expect-error -- a sender cannot receive
  void ([sender] satisfies ReceivePort<number>[]);
  // @ts-expect-error -- an end is no channel
  void (sender satisfies Channel<number>);
  // @ts-expect-error -- an end is no channel
  void (receiver satisfies Channel<number>);

  // What is sent and received through a channel is of its type, no more and no less.
  // @ts-expect-error -- strings would go in
  void (both satisfies Channel<number | string>);
  // @ts-expect-error -- other numbers may come out
  void (both satisfies Channel<1>);
  // @ts-expect-error -- strings would go in
  void (both satisfies SendPort<number | string>);
  // @ts-expect-error -- strings would go in
  void (sender satisfies Sender<number | string>);
  // @ts-expect-error -- other numbers may come out
  void (receiver satisfies Receiver<1>);
  // @ts-expect-error -- other numbers may come out
  void (both satisfies ReceivePort<1>);
  void (both satisfies ReceivePort<number | string>);
  void (both satisfies SendPort<1>);
  void (sender satisfies Sender<1>);
  void (receiver satisfies Receiver<number | string>);
  const texts = chan<string>(1);
  // @ts-expect-error -- strings do not go into a typed array
  await texts.receiveMany(new Float64Array(1));
  // @ts-expect-error -- strings do not go into a typed array
  texts.receiveManySync(new Float64Array(1));
  // @ts-expect-error -- strings do not go into a typed array
  await texts.receiver().receiveMany(new Float64Array(1));
  // @ts-expect-error -- strings do not go into a typed array
  await (texts as ReceivePort<string>).receiveMany(new Float64Array(1));
  (await chan<number | string>(1).receiveMany(new Int8Array(1))) satisfies Int8Array;
  (await chan(1).receiveMany(new Int8Array(1))) satisfies Int8Array;
  (await chan<1 | 2>(1).receiveMany(new Int8Array(1))) satisfies Int8Array;
  both.sendMany([1]).sent satisfies number;

  // @ts-expect-error -- a receiver has no send
  await receiver.send(1);
  // @ts-expect-error -- a receiver has no trySend
  receiver.trySend(1);
  // @ts-expect-error -- a receiver has no sendMany
  await receiver.sendMany([1]);
  // @ts-expect-error -- a receiver has no close
  receiver.close();
  // @ts-expect-error -- a sender has no receive
  await sender.receive();
  // @ts-expect-error -- a sender has no tryReceive
  sender.tryReceive();
  // @ts-expect-error -- a sender has no receiveMany
  await sender.receiveMany(1);
  // @ts-expect-error -- a sender cannot be iterated
  for await (const _ of sender);

  // @ts-expect-error -- a string is no number
  await both.send("1");
  // @ts-expect-error -- a value is needed
  await both.send();
  // @ts-expect-error -- strings are no numbers
  await both.sendMany(["1"]);
  // @ts-expect-error -- what is received is a number
  (await both.receive()) satisfies string;
  (await both.receive()) satisfies number;
  (await both.receiveMany(3)) satisfies number[];
  (await both.receiveMany(new Float32Array(3))) satisfies Float32Array;
  both.receiveManySync(new Int8Array(3)) satisfies Int8Array;
  for await (const n of receiver) n satisfies number;
  new Channel<string>({ capacity: 1 }).sender() satisfies Sender<string>;
  chan<string>(1).receiver() satisfies Receiver<string>;
  promiseChan<Date>().receive() satisfies Promise<Date>;

  const received = both.tryReceive();
  // @ts-expect-error -- it may have received nothing
  received.value;
  if (received.state === "ok") received.value satisfies number;

  // @ts-expect-error -- a sender is no case that receives
  await select([sender]);
  // @ts-expect-error -- a receiver cannot be sent to
  sending(receiver, 1);
  // @ts-expect-error -- a string is no number
  sending(both, "1");
  // @ts-expect-error -- there is no such overflow
  chan({ capacity: 1, overflow: "fixed" });
  // @ts-expect-error -- there is no such option
  chan({ size: 1 });
}

test("Channel, Sender and Receiver keep to their sides when they are compiled", () => {
  assert.equal(typeof compiled, "function");
});
