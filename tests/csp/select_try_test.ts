import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, ChannelClosedError, sending, trySelect } from "@pool/csp";

test("trySelect() is undefined when nothing is ready", () => {
  const a = chan<number>();
  assert.equal(trySelect({ a, out: sending(a, 1), off: null }), undefined);
  assert.equal(trySelect([]), undefined);
  assert.equal(trySelect({}), undefined);
  assert.equal(a.trySend(1), false);
  assert.deepEqual(a.tryReceive(), { state: "empty" });
});

test("trySelect() receives, from the buffer or a sender that waits", async () => {
  const a = chan<number>(1);
  await a.send(1);
  assert.deepEqual(trySelect({ a }), { case: "a", value: 1, closed: false });
  const b = chan<number>();
  const sent = b.send(2);
  assert.deepEqual(trySelect([a, b]), { case: 1, value: 2, closed: false });
  await sent;
});

test("trySelect() sends, into the buffer or to a receiver that waits", async () => {
  const a = chan<number>(1);
  assert.deepEqual(trySelect([sending(a, 1)]), { case: 0, value: undefined, closed: false });
  assert.equal(trySelect([sending(a, 2)]), undefined);
  const b = chan<number>();
  const received = b.receive();
  assert.equal(trySelect({ a: sending(a, 2), b: sending(b, 3) })?.case, "b");
  assert.equal(await received, 3);
});

test("trySelect() tells of a closed channel, and throws for a send on one", () => {
  const a = chan<number>();
  a.close();
  assert.deepEqual(trySelect([a]), { case: 0, value: undefined, closed: true });
  assert.throws(() => trySelect([sending(a, 1)]), ChannelClosedError);
  const b = chan<number>();
  b.poison("gone");
  for (const cases of [[b], [sending(b, 1)]]) {
    assert.throws(() => trySelect(cases), (error) => error === "gone");
  }
});

test("trySelect() takes a signal that has aborted", () => {
  const controller = new AbortController();
  assert.equal(trySelect([controller.signal]), undefined);
  controller.abort("reason");
  assert.deepEqual(trySelect([controller.signal]), { case: 0, value: "reason", closed: false });
});

test("trySelect() chooses at random or in order", async () => {
  const a = chan<number>(1);
  const b = chan<number>(1);
  const chosen = { a: 0, b: 0 };
  for (let i = 0; i < 400; i++) {
    a.trySend(0);
    b.trySend(0);
    chosen[trySelect({ a, b })!.case]++;
  }
  assert(Math.min(chosen.a, chosen.b) > 100, JSON.stringify(chosen));
  for (let i = 0; i < 20; i++) {
    a.trySend(0);
    b.trySend(0);
    assert.equal(trySelect({ b, a }, { mode: "priority" })!.case, "b");
  }
  await Promise.resolve();
});

test("trySelect() refuses options it does not have", () => {
  assert.throws(() => trySelect([], { timeout: 1 } as never), /unknown option "timeout"; known are mode/);
});
