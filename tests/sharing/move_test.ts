import { test } from "node:test";
import assert from "node:assert/strict";
import { decode } from "../../sharing/decode.ts";
import { encode } from "../../sharing/encode.ts";
import { isShareable } from "../../sharing/is_shareable.ts";
import { move } from "../../sharing/move.ts";
import { across } from "./same.ts";

test("move() of a buffer detaches it once the send has succeeded", async () => {
  const buffer = new ArrayBuffer(8);
  new Uint8Array(buffer)[3] = 5;
  const copy = await across({ buffer: move(buffer) }) as { buffer: ArrayBuffer };
  assert.equal(buffer.detached, true);
  assert.equal(new Uint8Array(copy.buffer)[3], 5);
});

test("move() leaves everything attached when the send fails", () => {
  const buffer = new ArrayBuffer(8);
  const stream = new ReadableStream();
  assert.throws(() => encode([move(buffer), move(stream), () => 1], "value"), { path: "value[2]" });
  assert.equal(buffer.detached, false);
  assert.equal(stream.locked, false);
});

test("encode() detaches nothing and abandon() gives streams back", () => {
  const buffer = new ArrayBuffer(8);
  const stream = new ReadableStream();
  const { abandon } = encode([move(buffer), move(stream)], "value");
  abandon?.();
  assert.equal(buffer.detached, false);
  assert.equal(stream.locked, false);
});

test("move() of a view moves its whole buffer, and two views stay on one", async () => {
  const buffer = new ArrayBuffer(32);
  const [a, b] = [new Uint8Array(buffer, 8, 4), new Float64Array(buffer, 16)];
  a[0] = 7;
  const copy = await across([move(a), move(b), move(a)]) as [Uint8Array, Float64Array, Uint8Array];
  assert.equal(buffer.detached, true);
  assert.deepEqual([copy[0][0], copy[0].byteOffset, copy[1].length], [7, 8, 2]);
  assert.equal(copy[0].buffer, copy[1].buffer);
  assert.equal(copy[0], copy[2]);
});

test("move() wins over plain references to the same buffer, wherever they stand", async () => {
  for (const order of [0, 1]) {
    const buffer = new ArrayBuffer(16);
    const plain = {
      buffer,
      view: new Uint8Array(buffer, 4),
      error: Object.assign(new Error("x"), { buffer }),
    };
    const value = order === 0 ? [plain, move(buffer)] : [move(buffer), plain];
    const copy = await across(value) as unknown[];
    assert.equal(buffer.detached, true);
    const [there, moved] = (order === 0 ? copy : copy.toReversed()) as [typeof plain, ArrayBuffer];
    assert.equal(there.buffer, moved);
    assert.equal(there.view.buffer, moved);
    assert.equal(there.error.buffer, moved);
  }
});

test("move() of a MessagePort", async () => {
  const { port1, port2 } = new MessageChannel();
  const [port] = await across([move(port1)]) as [MessagePort];
  const answer = new Promise((resolve) => port2.onmessage = ({ data }) => resolve(data));
  port.postMessage("hello");
  assert.equal(await answer, "hello");
  port2.close();
  port.close();
});

test("move() refuses what cannot be moved", () => {
  const detached = new ArrayBuffer(4);
  structuredClone(detached, { transfer: [detached] });
  for (
    const [value, message] of [
      [{}, /instance of Object/],
      [[1], /instance of Array/],
      [5, /Cannot move a number/],
      [null, /Cannot move a null/],
      [() => 1, /Cannot move a function/],
      [new SharedArrayBuffer(4), /shared memory already/],
      [new Uint8Array(new SharedArrayBuffer(4)), /shared memory already/],
      [detached, /detached/],
    ] as const
  ) assert.throws(() => move(value), { name: "TypeError", message });
});

test("encode() refuses a marker whose buffer was detached meanwhile, and a locked stream", () => {
  const buffer = new ArrayBuffer(4);
  const marker = move(buffer);
  structuredClone(buffer, { transfer: [buffer] });
  assert.throws(() => encode([marker], "args[0]"), {
    name: "NotShareableError",
    path: "args[0][0]",
    message: /detached/,
  });
  const stream = new ReadableStream();
  const locked = move(stream);
  stream.getReader();
  assert.throws(() => encode({ locked }, "value"), { path: "value.locked", message: /locked/ });
  const transform = new TransformStream();
  transform.writable.getWriter();
  assert.throws(() => encode(move(transform), "value"), { path: "value", message: /locked/ });
});

test("isShareable() is true for a marker and changes nothing", () => {
  const buffer = new ArrayBuffer(4);
  const stream = new TransformStream();
  assert.equal(isShareable([move(buffer), move(stream)]), true);
  assert.equal(buffer.detached, false);
  assert.equal(stream.readable.locked, false);
});

test("move() of a ReadableStream carries chunks, close, errors and cancel", async () => {
  const source = new ReadableStream({
    start(controller): void {
      for (let i = 0; i < 20; i++) controller.enqueue({ i, bytes: new Uint8Array([i]) });
      controller.close();
    },
  });
  const stream = await across(move(source)) as ReadableStream<{ i: number; bytes: Uint8Array }>;
  assert.equal(source.locked, true);
  const seen: number[] = [];
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    seen.push(value.i + value.bytes[0]!);
  }
  assert.deepEqual(seen, Array.from({ length: 20 }, (_, i) => 2 * i));

  const failing = await across(move(
    new ReadableStream({
      pull(): void {
        throw new RangeError("source broke");
      },
    }, { highWaterMark: 0 }),
  )) as ReadableStream;
  await assert.rejects(failing.getReader().read(), /source broke/);

  let cancelled: (reason: unknown) => void;
  const reason = new Promise<unknown>((resolve) => cancelled = resolve);
  const endless = await across(move(
    new ReadableStream({
      pull: (controller) => controller.enqueue("x"),
      cancel: (why) => cancelled(why),
    }),
  )) as ReadableStream;
  const endlessReader = endless.getReader();
  assert.equal((await endlessReader.read()).value, "x");
  await endlessReader.cancel("enough");
  assert.equal(await reason, "enough");
});

test("move() of a WritableStream carries chunks, close, abort and errors", async () => {
  const seen: unknown[] = [];
  let ended: (how: unknown) => void = () => {};
  const make = (): Promise<unknown> =>
    across(move(
      new WritableStream({
        write(chunk): void {
          if (chunk === "bad") throw new RangeError("sink broke");
          seen.push(chunk);
        },
        close: () => ended("closed"),
        abort: (reason) => ended(reason),
      }),
    ));
  let end = new Promise((resolve) => ended = resolve);
  const writer = (await make() as WritableStream).getWriter();
  for (let i = 0; i < 5; i++) await writer.write(i);
  await writer.close();
  assert.equal(await end, "closed");
  assert.deepEqual(seen, [0, 1, 2, 3, 4]);

  end = new Promise((resolve) => ended = resolve);
  await (await make() as WritableStream).getWriter().abort("stop");
  assert.equal(await end, "stop");

  const broken = (await make() as WritableStream).getWriter();
  broken.write("bad").catch(() => {});
  await assert.rejects(broken.closed, /sink broke/);
});

test("move() of a TransformStream carries both sides", async () => {
  const doubling = new TransformStream<number, number>({
    transform: (n, controller) => controller.enqueue(n * 2),
  });
  const stream = await across(move(doubling)) as TransformStream<number, number>;
  assert.ok(stream instanceof TransformStream);
  const writer = stream.writable.getWriter();
  const writing = (async () => {
    for (let i = 0; i < 5; i++) await writer.write(i);
    await writer.close();
  })();
  const reader = stream.readable.getReader();
  const seen: number[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    seen.push(value);
  }
  await writing;
  assert.deepEqual(seen, [0, 2, 4, 6, 8]);
});

test("encode() refuses markers of subclasses, and forgets markers in fields that are left out", () => {
  assert.throws(() => encode(move(Buffer.from("x")), "value"), {
    message: /Buffer.*new Uint8Array\(buffer\)/,
  });
  const buffer = new ArrayBuffer(4);
  const error = Object.assign(new Error("x"), { field: [move(buffer), () => 1] });
  const { transfer } = encode([error, buffer], "value");
  assert.deepEqual(transfer, []);
});

test("a moved value names its side entries", () => {
  const buffer = new ArrayBuffer(4);
  const { wire, transfer } = encode([move(buffer)], "value");
  assert.deepEqual(transfer, [buffer]);
  assert.equal((decode(wire) as ArrayBuffer[])[0], buffer);
});
