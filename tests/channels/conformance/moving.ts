/** Group "moving": values that `move` marks, on channels. */
import assert from "node:assert/strict";
import { type Channel, ChannelClosedError, move, select, sending, TimeoutError, trySelect } from "@pool/csp";
import { rejection, within } from "../../_within.ts";
import { cases, type Harness, make } from "./harness.ts";
import { assertPending, outcomes } from "./timing.ts";

const SIZES = [0, 1, 8, 4096, 300_000];

/** Registers the group. */
export function conformMoving(h: Harness): void {
  const add = cases(h, "moving");

  for (const capacity of [0, 1]) {
    add(`Channel.send(move(buffer)) detaches it here and delivers it, capacity ${capacity}`, async () => {
      const ch = await make<ArrayBuffer>(h, capacity);
      for (const size of SIZES) {
        const { buffer } = new Uint8Array(size).fill(7);
        const sent = ch.send(move(buffer));
        const arrived = await within(ch.receive());
        await within(sent);
        assert.equal(buffer.detached, true, `${size} bytes are still here`);
        assert.ok(arrived instanceof ArrayBuffer);
        assert.equal(arrived.byteLength, size);
        assert.ok(new Uint8Array(arrived).every((byte) => byte === 7));
      }
    });

    add(`Channel.send() of marks deep inside a value moves each, capacity ${capacity}`, async () => {
      const ch = await make<{ list: [Float64Array, { view: DataView }]; plain: Uint8Array }>(h, capacity);
      const [floats, view, plain] = [
        Float64Array.of(1.5, 2.5),
        new DataView(new ArrayBuffer(8)),
        Uint8Array.of(1, 2),
      ];
      view.setInt8(3, 9);
      const sent = ch.send({ list: [move(floats), { view: move(view) }], plain });
      const { list, plain: kept } = await within(ch.receive());
      await within(sent);
      assert.deepEqual(list[0], Float64Array.of(1.5, 2.5));
      assert.equal(list[1].view.getInt8(3), 9);
      assert.deepEqual(kept, plain);
      assert.equal(floats.length, 0);
      assert.equal(view.buffer.byteLength, 0);
      assert.equal(plain.length, 2, "what is not marked stays");
    });
  }

  add("Channel.trySend(move(buffer)) detaches it when it succeeds, and only then", async () => {
    const ch = await make<Uint8Array>(h, 1);
    const [one, two] = [Uint8Array.of(1), Uint8Array.of(2)];
    assert.equal(ch.trySend(move(one)), true);
    assert.equal(one.length, 0);
    assert.equal(ch.trySend(move(two)), false);
    assert.equal(two.length, 1);
    assert.deepEqual(await within(ch.receive()), Uint8Array.of(1));
  });

  add("Channel.sendMany() moves what went through", async () => {
    const ch = await make<Uint8Array>(h, 2);
    const arrays = [1, 2, 3, 4].map((n) => Uint8Array.of(n));
    const controller = new AbortController();
    const sent = ch.sendMany(arrays.map((each) => move(each)), { signal: controller.signal });
    await assertPending(sent);
    controller.abort("cut");
    assert.equal(await rejection(sent), "cut");
    assert.deepEqual(arrays.map((each) => each.length), [0, 0, 1, 1]);
    assert.deepEqual(await within(ch.receiveMany(9)), [Uint8Array.of(1), Uint8Array.of(2)]);
  });

  const failures: Record<string, (ch: Channel<unknown>, value: unknown) => Promise<unknown>> = {
    "is aborted": async (ch, value) => {
      const controller = new AbortController();
      const sent = ch.send(value, { signal: controller.signal });
      await assertPending(sent);
      controller.abort("stop");
      assert.equal(await rejection(sent), "stop");
    },
    "times out": async (ch, value) =>
      assert.ok(await rejection(ch.send(value, { timeout: 1 })) instanceof TimeoutError),
    "finds the channel closed": async (ch, value) => {
      ch.close();
      assert.ok(await rejection(ch.send(value)) instanceof ChannelClosedError);
    },
    "waits when the channel closes": async (ch, value) => {
      const sent = ch.send(value);
      await assertPending(sent);
      ch.close();
      assert.ok(await rejection(sent) instanceof ChannelClosedError);
    },
    "waits when the channel is poisoned": async (ch, value) => {
      const sent = ch.send(value);
      await assertPending(sent);
      ch.poison("poison");
      assert.equal(await rejection(sent), "poison");
    },
    "loses a select": async (ch, value) => {
      const other = await make<number>(h, 1);
      const chosen = select({ lost: sending(ch, value), won: other });
      await assertPending(chosen);
      await within(other.send(1));
      assert.equal((await within(chosen)).case, "won");
    },
    "loses a select that need not wait": async (ch, value) => {
      const other = await make<number>(h, 1);
      await within(other.send(1));
      assert.equal((await within(select({ lost: sending(ch, value), won: other }))).case, "won");
    },
    "is not ready in trySelect()": async (ch, value) => {
      assert.equal(trySelect([sending(ch, value)]), undefined);
      await Promise.resolve();
    },
  };
  for (const [name, fail] of Object.entries(failures)) {
    add(`Channel.send(move(buffer)) that ${name} leaves it attached`, async () => {
      const ch = await make<unknown>(h);
      const bytes = Uint8Array.of(1, 2, 3);
      await within(fail(ch, { bytes: move(bytes) }));
      assert.deepEqual(bytes, Uint8Array.of(1, 2, 3));
      const next = await make<Uint8Array>(h, 1);
      await within(next.send(move(bytes)));
      assert.equal(bytes.length, 0);
      assert.deepEqual(await within(next.receive()), Uint8Array.of(1, 2, 3));
    });
  }

  add("Channel.send(move(buffer)) twice at once detaches it once and harms nobody", async () => {
    const ch = await make<Uint8Array>(h);
    const bytes = Uint8Array.of(1, 2, 3);
    const sends = outcomes([ch.send(move(bytes)), ch.send(move(bytes))]);
    assert.deepEqual(await within(ch.receive()), Uint8Array.of(1, 2, 3));
    const next = ch.receive();
    const [first, second] = await within(sends);
    assert.equal(first, undefined);
    assert.equal(bytes.length, 0);
    // In shared memory the later one may have been copied before the first has succeeded.
    if (second === undefined && !h.isLocal) assert.deepEqual(await within(next), Uint8Array.of(1, 2, 3));
    else {
      assert.ok((second as { error: unknown }).error instanceof TypeError, String(second));
      await within(ch.send(Uint8Array.of(4)));
      assert.deepEqual(await within(next), Uint8Array.of(4));
    }
    const later = ch.receive();
    await assertPending(later);
    await within(ch.send(Uint8Array.of(5)));
    assert.deepEqual(await within(later), Uint8Array.of(5));
  });

  add("select() that sends move(buffer) detaches it", async () => {
    const ch = await make<Uint8Array>(h);
    const never = await make<number>(h);
    const bytes = Uint8Array.of(1, 2, 3);
    const chosen = select([never, sending(ch, move(bytes))]);
    assert.deepEqual(await within(ch.receive()), Uint8Array.of(1, 2, 3));
    assert.equal((await within(chosen)).case, 1);
    assert.equal(bytes.length, 0);
  });

  add("Channel.send(move(port)) moves a MessagePort that goes on working", async () => {
    const ch = await make<MessagePort>(h, 1);
    const { port1, port2 } = new MessageChannel();
    await within(ch.send(move(port2)));
    const arrived = await within(ch.receive());
    const message = new Promise((resolve) => arrived.onmessage = ({ data }) => resolve(data));
    port1.postMessage("hello");
    assert.equal(await within(message), "hello");
    port1.close();
    arrived.close();
  });

  add("Channel.send(move(stream)) moves a ReadableStream", async () => {
    const ch = await make<ReadableStream<number>>(h, 1);
    const stream = new ReadableStream<number>({
      start(controller) {
        for (const n of [1, 2, 3]) controller.enqueue(n);
        controller.close();
      },
    });
    await within(ch.send(move(stream)));
    const reader = (await within(ch.receive())).getReader();
    for (const value of [1, 2, 3]) assert.deepEqual(await within(reader.read()), { done: false, value });
    assert.equal((await within(reader.read())).done, true);
  });

  add(
    "Channel.send() of a huge sparse array does not look at its holes, whatever else there is to move",
    async () => {
      const ch = await make<unknown>(h, 1);
      const [kept, bytes] = [ch.sender(), Uint8Array.of(7)];
      const huge = Object.assign([], { 5: 1, 199_999_999: 2, length: 2e8 });
      const begin = performance.now();
      await within(ch.send(huge));
      await within(ch.receive());
      await within(ch.send(Object.assign([move(bytes)], { 199_999_999: 2, length: 2e8 })));
      const arrived = await within(ch.receive()) as unknown[];
      assert.ok(performance.now() - begin < 1000, `it took ${Math.round(performance.now() - begin)} ms`);
      assert.deepEqual(arrived[0], Uint8Array.of(7));
      assert.deepEqual(Object.keys(arrived), ["0", "199999999"]);
      assert.equal(arrived.length, 2e8);
      kept.retire();
    },
  );
}
