/** Channels and ends on their way in calls and results when interpreters end, and what is said of what cannot cross. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, create, NotShareableError, PeerLostError } from "@pool/csp";
import { rejection, within } from "../_within.ts";

const slow = { timeout: 60_000 };

test(
  "Interpreter.close({ force }) closes the channel of an end that it was sent and never read",
  slow,
  async () => {
    // The function's analysis is loaded by then, so that the call leaves at once.
    const first = create();
    await first.call(() => {});
    await first.close();
    for (let round = 0; round < 4; round++) {
      const interp = create();
      await interp.ready;
      const values = chan<number>(1);
      const call = interp.call(async (_: unknown) => await new Promise(() => {}), values.sender());
      const ended = rejection(call);
      await interp.close({ force: true });
      await within(ended);
      const error = await within(rejection(values.receive()));
      assert.ok(error instanceof PeerLostError, String(error));
    }
  },
);

test(
  "Receiver.retire() of the last receiver leaves what is buffered to the channel, local and shared",
  slow,
  async () => {
    const interp = create();
    const local = chan<number>(2);
    const shared = chan<number>(2);
    await interp.call((ch) => void Object.assign(globalThis, { ch }), shared);
    for (const values of [local, shared]) {
      const receiver = values.receiver();
      await values.send(1);
      receiver.retire();
      assert.equal(values.closed, true);
      assert.equal(await values.receive(), 1);
    }
    await interp.close();
  },
);

test("Channel.receiveMany(typed array) leaves a string where it is, local and shared", slow, async () => {
  const interp = create();
  const local = chan<unknown>(4);
  const shared = chan<unknown>(4);
  await interp.call((ch) => void Object.assign(globalThis, { ch }), shared);
  for (const values of [local, shared]) {
    await values.sendMany([1, "text"]);
    assert.deepEqual(await values.receiveMany(new Float64Array(4)), Float64Array.of(1));
    assert.ok(await rejection(values.receiveMany(new Float64Array(4))) instanceof TypeError);
    assert.equal(values.size, 1);
    assert.equal(await values.receive(), "text");
  }
  await interp.close();
});

test("Interpreter.call() with a channel that holds what cannot cross names the channel", slow, async () => {
  const interp = create();
  const values = chan<unknown>({ capacity: 1, name: "jobs" });
  await values.send(() => 1);
  const error = await rejection(interp.call((_: unknown) => {}, values));
  assert.ok(error instanceof NotShareableError);
  assert.match(error.message, /channel "jobs"/);
  assert.equal(typeof await values.receive(), "function");
  await interp.close();
});
