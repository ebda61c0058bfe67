import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, select, sending, TimeoutError, trySelect } from "@pool/csp";
import { surroundings } from "../../channels/surroundings.ts";
import { withInterpreter } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

test("select() rejects with TimeoutError when no case was ready in time, and leaves no trace", async () => {
  const a = chan<number>();
  const began = performance.now();
  const error = await rejection(select({ in: a, out: sending(chan<number>(), 1) }, { timeout: 5.5 }));
  assert(error instanceof TimeoutError);
  assert.equal(error.message, "Cannot select: no case was ready within 5.5 ms");
  assert(performance.now() - began >= 5);
  assert.equal(a.trySend(1), false);
});

test("select() with a timeout of 0 attempts each case once", async () => {
  const a = chan<number>(1);
  assert(await rejection(select([a], { timeout: 0 })) instanceof TimeoutError);
  await a.send(1);
  assert.equal((await select([a], { timeout: 0 })).value, 1);
  assert.equal((await select([Promise.resolve(3)], { timeout: 0 })).value, 3);
});

test("select() waits without end with a timeout of Infinity", async () => {
  const a = chan<number>();
  const got = select([a], { timeout: Infinity });
  await a.send(1);
  assert.equal((await within(got)).value, 1);
});

test("select() that was served is not disturbed by its limits any more", async () => {
  const a = chan<number>();
  const controller = new AbortController();
  const got = select([a], { timeout: 5, signal: controller.signal });
  await a.send(1);
  controller.abort("late");
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal((await got).value, 1);
});

test("select() rejects with the reason of its signal, and leaves no trace", async () => {
  const a = chan<number>();
  const out = chan<number>();
  const controller = new AbortController();
  const waiting = rejection(select([a, sending(out, 1)], { signal: controller.signal }));
  controller.abort("reason");
  assert.equal(await waiting, "reason");
  assert.equal(a.trySend(1), false);
  assert.deepEqual(out.tryReceive(), { state: "empty" });
});

test("select() with a signal that has aborted has no effect", async () => {
  const a = chan<number>(1);
  await a.send(1);
  assert.equal(await rejection(select([a], { signal: AbortSignal.abort("before") })), "before");
  assert.equal(a.size, 1);
});

test("select() with its signal also as a case rejects", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const waiting = rejection(select([signal], { signal }));
  controller.abort("reason");
  assert.equal(await waiting, "reason");
});

test("select() listens to a signal only while it waits, by one listener", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  let most = 0;
  const { addEventListener, removeEventListener } = AbortSignal.prototype;
  signal.addEventListener = function counted(...args: Parameters<typeof addEventListener>): void {
    most = Math.max(most, ++listeners);
    return addEventListener.apply(signal, args);
  };
  signal.removeEventListener = function counted(...args: Parameters<typeof removeEventListener>): void {
    listeners--;
    return removeEventListener.apply(signal, args);
  };
  const a = chan<number>();
  const waiting = Array.from({ length: 20 }, (_, i) => select(i % 2 === 0 ? [a] : [a, signal], { signal }));
  for (let i = 0; i < 20; i++) await a.send(i);
  await within(Promise.all(waiting));
  assert.equal(listeners, 0);
  assert.equal(most, 1);
});

test("select() refuses options that are none", async () => {
  const wrong: [unknown, ErrorConstructor, RegExp][] = [
    [{ timout: 1 }, TypeError, /unknown option "timout"; known are mode, signal, timeout/],
    [{ mode: "fair" }, TypeError, /mode is "fair"; pass "random" or "priority"/],
    [{ signal: {} }, TypeError, /signal is an object; pass an AbortSignal/],
    [{ timeout: "1" }, TypeError, /timeout is "1"/],
    [{ timeout: -1 }, RangeError, /timeout is -1; pass milliseconds of at least 0/],
    [{ timeout: NaN }, RangeError, /timeout is NaN/],
    [null, TypeError, /options are null/],
    [5, TypeError, /options are number/],
  ];
  for (const [options, errorClass, message] of wrong) {
    const error = await rejection(select([], options as never));
    assert(error instanceof errorClass);
    assert.match(error.message, message);
  }
});

test("select() with undefined options is one without", async () => {
  const a = chan<number>(1);
  await a.send(1);
  const got = await select([a], { mode: undefined, signal: undefined, timeout: undefined });
  assert.equal(got.value, 1);
});

test("select() that waits rejects with the reason of its process", async () => {
  trySelect([]); // what is installed at the first use is in place
  const { processSignal } = surroundings;
  const controller = new AbortController();
  const a = chan<number>(1);
  const b = chan<number>();
  try {
    surroundings.processSignal = () => controller.signal;
    const waiting = rejection(select([b], { timeout: 10_000, signal: new AbortController().signal }));
    const served = select([b]);
    controller.abort("cancelled");
    assert.equal(await waiting, "cancelled");
    assert.equal(await rejection(served), "cancelled");
    assert.equal(await rejection(select([b])), "cancelled");
    assert.equal(b.trySend(1), false);
    await a.send(1);
    assert.equal((await select([a, b])).value, 1, "what need not wait goes on");
  } finally {
    surroundings.processSignal = processSignal;
  }
});

test("select() in a call that was given up rejects with the caller's reason", async () => {
  await withInterpreter(async (interp) => {
    const controller = new AbortController();
    const failed = rejection(
      interp.with({ signal: controller.signal }).call(async () => {
        const seen = (globalThis as Record<string, unknown>)["seen"] = [] as unknown[];
        seen.push("waits");
        await csp.select([csp.chan()]).catch((reason) => seen.push(reason));
      }),
    );
    const seen = () =>
      interp.call(() => (globalThis as Record<string, unknown>)["seen"] as unknown[] | undefined);
    await within((async () => {
      while ((await seen())?.[0] !== "waits");
    })());
    controller.abort("given up");
    assert.equal(await failed, "given up");
    await within((async () => {
      while ((await seen())!.length < 2);
    })());
    assert.deepEqual(await seen(), ["waits", "given up"]);
  }, { mode: "concurrent" });
});
