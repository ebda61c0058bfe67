import {
  chan,
  type Channel,
  move,
  NotShareableError,
  OwnershipError,
  type Receiver,
  type Sender,
} from "@pool/csp";
import assert from "node:assert/strict";
import { test } from "node:test";
import { haveMovables } from "../../sharing/movable.ts";
import { rejection, within } from "../_within.ts";

/** Sends `value` through a local channel. */
async function pass<T>(value: T): Promise<T> {
  const ch = chan<T>(1);
  await ch.send(value);
  return await ch.receive();
}

// First in this file: nothing else that is moved has been made.
test("an end that is used up is refused, and a marker, where nothing else is to be moved", async () => {
  const sender = chan<number>(1).sender();
  sender.retire();
  await assert.rejects(pass({ sender }), { name: "ChannelClosedError" });
  const bytes = move(Uint8Array.of(1));
  await pass({ bytes });
  await assert.rejects(pass({ bytes }), { name: "NotShareableError", path: "value.bytes" });
});

test("Channel.send() passes values by reference", async () => {
  const sender = chan().sender();
  assert.equal(haveMovables(), true);
  for (
    const value of [{ a: [1] }, [{}], new Map([[1, {}]]), new Set([{}]), new (class A {})(), () => 1, null]
  ) {
    assert.equal(await pass<unknown>(value), value);
  }
  const circle: Record<string, unknown> = {};
  circle["self"] = [circle, Array.from({ length: 300 }, () => circle)];
  assert.equal(await pass(circle), circle);
  let deep: unknown = 0;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  assert.equal(await pass(deep), deep);
  const holes: unknown[] = [];
  holes[2 ** 32 - 2] = {};
  assert.equal(await pass(holes), holes);
  sender.retire();
});

test("Channel.send() moves what is marked, at any depth", async () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  const { buffer } = bytes;
  const tail = new Uint8Array(buffer, 2);
  const shared = { plain: true };
  const value = {
    at: [move(bytes)],
    tail,
    buffer,
    map: new Map([["k", move(bytes)]]),
    set: new Set([tail]),
    shared,
  };
  const got = await pass(value);
  assert.equal(buffer.byteLength, 0);
  assert.equal(bytes.length, 0);
  assert.notEqual(got, value);
  assert.deepEqual([...got.at[0]!], [1, 2, 3, 4]);
  assert.equal(got.at[0]!.buffer, got.buffer);
  assert.deepEqual([...got.tail], [3, 4]);
  assert.equal(got.tail.buffer, got.buffer);
  assert.equal(got.map.get("k"), got.at[0]);
  assert.equal(got.set.has(got.tail), true);
  assert.deepEqual(got.shared, shared);
  assert.deepEqual(value.shared, shared);
});

test("Channel.send() keeps cycles and holes of a value in which something moves", async () => {
  const items: unknown[] = [move(new ArrayBuffer(8))];
  items[3] = items;
  const value = { items, self: {} as object };
  value.self = value;
  const got = await pass(value);
  assert.equal(got.self, got);
  assert.equal(got.items[3], got.items);
  assert.equal(1 in got.items, false);
  assert.equal((got.items[0] as ArrayBuffer).byteLength, 8);
});

test("Channel.send() moves a view whose length follows its buffer", async () => {
  const buffer = new ArrayBuffer(4, { maxByteLength: 16 });
  const view = new Uint8Array(buffer);
  const got = await pass(move(view));
  assert.equal(buffer.detached, true);
  got.buffer.resize(16);
  assert.equal(got.length, 16);
});

test("Channel.send() moves a port", async () => {
  const { port1, port2 } = new MessageChannel();
  const got = await pass(move(port1));
  assert.notEqual(got, port1);
  const answer = new Promise((resolve) => {
    port2.onmessage = ({ data }) => resolve(data);
  });
  got.postMessage("hello");
  assert.equal(await within(answer), "hello");
  await assert.rejects(pass(move(port1)), NotShareableError);
  got.close();
  port2.close();
});

test("Channel.send() moves streams: they are locked here and go on there", async () => {
  let cancelled: unknown;
  const source = new ReadableStream({
    pull: (controller) => controller.enqueue(1),
    cancel: (reason) => cancelled = reason,
  }, { highWaterMark: 0 });
  const read = await pass(move(source));
  assert.equal(source.locked, true);
  const reader = read.getReader();
  assert.deepEqual(await reader.read(), { value: 1, done: false });
  await reader.cancel("enough");
  assert.equal(cancelled, "enough");

  const written: unknown[] = [];
  const sink = new WritableStream({
    write: (chunk) => void written.push(chunk),
    close: () => void written.push("end"),
  });
  const write = (await pass(move(sink))).getWriter();
  assert.equal(sink.locked, true);
  await write.write("a");
  await write.close();
  assert.deepEqual(written, ["a", "end"]);

  const upper = new TransformStream<string, string>({
    transform: (chunk, controller) => controller.enqueue(chunk.toUpperCase()),
  });
  const moved = await pass(move(upper));
  assert.equal(upper.readable.locked, true);
  const writer = moved.writable.getWriter();
  void writer.write("x");
  assert.deepEqual(await moved.readable.getReader().read(), { value: "X", done: false });
});

test("move() is taken back when the send has no effect", async () => {
  const bytes = new Uint8Array(3);
  const ch = chan<Uint8Array>();
  assert.equal(ch.trySend(move(bytes)), false);
  const controller = new AbortController();
  const aborted = rejection(ch.send(move(bytes), { signal: controller.signal }));
  controller.abort("enough");
  assert.equal(await aborted, "enough");
  const waiting = rejection(ch.send(move(bytes)));
  ch.close();
  await waiting;
  await rejection(ch.send(move(bytes)));
  const dropping = chan<Uint8Array>({ capacity: 1, overflow: "dropping" });
  await dropping.send(new Uint8Array(1));
  await dropping.send(move(bytes));
  assert.equal(bytes.length, 3);
});

test("Channel.send() refuses a marker whose value is gone, by its path", async () => {
  const bytes = new Uint8Array(3);
  const marker = move(bytes);
  await pass(marker);
  const error = await rejection(pass({ list: [1, new Map([["k", marker]])] }));
  assert(error instanceof NotShareableError);
  assert.equal(error.path, 'value.list[1].get("k")');
  const stream = new ReadableStream();
  const second = move(stream);
  stream.getReader();
  const locked = await rejection(pass([second]));
  assert(locked instanceof NotShareableError);
  assert.equal(locked.path, "value[0]");
  assert.throws(() => chan(1).trySend(marker), NotShareableError);
});

test("a sender that waits with what is gone meanwhile fails alone", async () => {
  const ch = chan<unknown>();
  const marker = move(new Uint8Array(3));
  const first = ch.send({ marker });
  const failing = rejection(ch.send({ marker }));
  const third = ch.send("third");
  assert.deepEqual(await ch.receive(), { marker: new Uint8Array(3) });
  assert.equal(await ch.receive(), "third");
  await Promise.all([first, third]);
  assert((await failing) instanceof NotShareableError);
});

test("an end that is sent is spent here, wherever it sits", async () => {
  const target = chan<number>(8);
  const sender = target.sender();
  const receiver = target.receiver();
  type Value = { deep: [Sender<number>, Set<Receiver<number>>]; again: Sender<number> };
  const got: Value = await pass<Value>({ deep: [sender, new Set([receiver])], again: sender });
  await assert.rejects(sender.send(1), OwnershipError);
  assert.throws(() => receiver.tryReceive(), OwnershipError);
  assert.throws(() => sender.clone(), OwnershipError);
  await assert.rejects(pass([sender]), OwnershipError);
  assert.notEqual(got.deep[0], sender);
  assert.equal(got.again, got.deep[0]);
  await got.again.send(7);
  const [there] = got.deep[1];
  assert.equal(await there!.receive(), 7);
  sender.retire();
  assert.equal(target.closed, false);
  got.again.retire();
  assert.equal(target.closed, true);
});

test("an end stays here when its send has no effect", async () => {
  const sender = chan<number>(1).sender();
  const ch = chan<Sender<number>>();
  assert.equal(ch.trySend(sender), false);
  const waiting = rejection(ch.send(sender));
  await sender.send(1);
  ch.close();
  const error = await waiting as { value: unknown };
  assert.equal(error.value, sender);
  assert.equal(sender.trySend(2), false);
});

test("two sends of one end wait: the second fails when the first has effect", async () => {
  const sender = chan<number>(1).sender();
  const ch = chan<Sender<number>>();
  const first = ch.send(sender);
  const second = rejection(ch.send(sender));
  const got = await ch.receive();
  await first;
  assert.equal(ch.tryReceive().state, "empty");
  assert((await second) instanceof OwnershipError);
  assert.equal(await got.send(1), undefined);
});

test("an end that is retired cannot be sent", async () => {
  const sender = chan<number>(1).sender();
  sender.retire();
  await assert.rejects(pass(sender), { name: "ChannelClosedError" });
});

test("an end in a value that nobody will receive is retired", async () => {
  const first: Channel<number> = chan();
  const second: Channel<number> = chan();
  const sliding = chan<unknown>({ capacity: 1, overflow: "sliding" });
  await sliding.send({ out: first.sender() });
  await sliding.send([second.sender()]);
  assert.equal(first.closed, true);
  assert.equal(second.closed, false);
  sliding.poison(new Error("stop"));
  assert.equal(second.closed, true);
});
