import assert from "node:assert/strict";
import { test } from "node:test";
import { after, chan, ChannelError, InterpreterError, selectSync, sending, TimeoutError } from "@pool/csp";
import { flaggedSignal } from "../../interpreters/stop_flag.ts";
import { withInterpreter } from "../_interpreters.ts";
import { within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

test("selectSync() takes what is ready at once", () => {
  const a = chan<number>(1);
  const b = chan<number>(1);
  a.trySend(1);
  assert.deepEqual(selectSync({ a }), { case: "a", value: 1, closed: false });
  assert.deepEqual(selectSync([sending(b, 2)]), { case: 0, value: undefined, closed: false });
  assert.deepEqual(selectSync([b]), { case: 0, value: 2, closed: false });
  b.close("over");
  assert.deepEqual(selectSync([b]), { case: 0, value: undefined, closed: true, reason: "over" });
});

test("selectSync() takes a closed channel as often as one that has values, in all of its forms", () => {
  const closed = chan<number>();
  closed.close();
  const full = chan<number>(1);
  for (const options of [undefined, {}]) {
    let count = 0;
    for (let i = 0; i < 2000; i++) {
      full.trySend(i);
      count += selectSync([closed, full], options).closed ? 1 : 0;
    }
    // Five standard deviations of as many tosses.
    assert.ok(Math.abs(count - 1000) < 112, `closed in ${count} of 2000`);
  }
});

test("selectSync() throws at once when nothing could ever end it", () => {
  const a = chan<number>();
  for (
    const cases of [[a], [sending(a, 1)], [Promise.resolve(1)], [new AbortController().signal], [], [null]]
  ) {
    assert.throws(() => selectSync(cases), ChannelError);
  }
  assert.equal(a.trySend(1), false);
});

test("selectSync() throws TimeoutError when time is over", () => {
  const a = chan<number>();
  for (const timeout of [0, 0.5, 30]) {
    const began = performance.now();
    assert.throws(() => selectSync({ a }, { timeout }), TimeoutError);
    assert(performance.now() - began >= timeout);
  }
});

test("selectSync() waits for a timer", () => {
  const began = performance.now();
  const got = selectSync({ quiet: chan(), late: after(30), later: after(5000) });
  assert.equal(got.case, "late");
  assert(performance.now() - began >= 29);
  assert.equal(selectSync({ late: after(5) }, { timeout: 5.01 }).case, "late", "rather than a timeout");
});

test("selectSync() refuses options that are none", () => {
  assert.throws(
    () => selectSync([], { signal: 1 } as never),
    /unknown option "signal"; known are mode, timeout/,
  );
  assert.throws(() => selectSync([], { timeout: -1 }), RangeError);
});

test("selectSync() waits for a signal that another thread may raise, where nothing else could end it", () => {
  let looks = 0;
  const { signal } = flaggedSignal({ isRaised: () => ++looks > 4, reason: () => undefined }, () => undefined);
  assert.equal(selectSync({ quiet: chan(), signal }).case, "signal");
  assert.throws(() => selectSync({ quiet: chan(), signal: new AbortController().signal }), ChannelError);
});

test("selectSync() works in a serial interpreter, and throws in a concurrent one", async () => {
  function tryIt(): string {
    const ready = csp.chan<number>(1);
    ready.trySend(1);
    return csp.selectSync({ ready }).case;
  }
  await withInterpreter(async (interp) => {
    assert.equal(await within(interp.call(tryIt)), "ready");
  });
  await withInterpreter(async (interp) => {
    const failed = await within(interp.call(tryIt).catch((error) => error.cause));
    assert(failed instanceof InterpreterError);
  }, { mode: "concurrent" });
});
