import assert from "node:assert/strict";
import { test } from "node:test";
import { startTimer } from "../../runtime/mod.ts";
import { within } from "../_within.ts";

const LONGEST_MS = 2 ** 31 - 1;

/** A clock and timers that only move when told to. */
interface FakeTime {
  /** Delays of the timers that wait, oldest first. */
  delays(): number[];
  /** Lets `ms` pass without a timer noticing. */
  pass(ms: number): void;
  /** Runs the only timer that waits, whatever the clock says. */
  fire(): void;
}

/** Runs `body`, which may not wait, with a clock and timers of its own. */
function withFakeTime(body: (time: FakeTime) => void): void {
  const scope = globalThis as unknown as Record<string, unknown>;
  const { setTimeout, clearTimeout } = scope;
  const now = performance.now;
  const waiting = new Map<number, { fn: () => void; ms: number }>();
  let clock = 1000;
  let last = 0;
  scope["setTimeout"] = function fakeSet(fn: () => void, ms: number): number {
    waiting.set(++last, { fn, ms });
    return last;
  };
  scope["clearTimeout"] = (timer: number): void => void waiting.delete(timer);
  performance.now = (): number => clock;
  try {
    body({
      delays: () => [...waiting.values()].map(({ ms }) => ms),
      pass: (ms) => clock += ms,
      fire() {
        assert.equal(waiting.size, 1);
        const [timer, { fn }] = [...waiting][0]!;
        waiting.delete(timer);
        fn();
      },
    });
  } finally {
    Object.assign(scope, { setTimeout, clearTimeout });
    performance.now = now;
  }
}

test("startTimer() cuts a delay that no runtime can wait for into several", () => {
  withFakeTime((time) => {
    let calls = 0;
    startTimer(2 * LONGEST_MS + 10, () => calls++);
    for (const delay of [LONGEST_MS, LONGEST_MS, 10]) {
      assert.deepEqual(time.delays(), [delay]);
      assert.equal(calls, 0);
      time.pass(delay);
      time.fire();
    }
    assert.equal(calls, 1);
    assert.deepEqual(time.delays(), []);
  });
});

test("startTimer() never calls for Infinity", () => {
  withFakeTime((time) => {
    startTimer(Infinity, () => assert.fail("it was called"));
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(time.delays(), [LONGEST_MS]);
      time.pass(LONGEST_MS);
      time.fire();
    }
  });
});

test("startTimer() waits on when the runtime's timer was early", () => {
  withFakeTime((time) => {
    let calls = 0;
    startTimer(5, () => calls++);
    time.pass(4.25);
    time.fire();
    assert.equal(calls, 0);
    assert.deepEqual(time.delays(), [1], "whole milliseconds, rounded up");
    time.pass(0.75);
    time.fire();
    assert.equal(calls, 1);
  });
});

test("startTimer() counts fractions and takes 0", () => {
  withFakeTime((time) => {
    let calls = 0;
    startTimer(0.5, () => calls++);
    assert.deepEqual(time.delays(), [1]);
    time.pass(0.5);
    time.fire();
    startTimer(0, () => calls++);
    assert.deepEqual(time.delays(), [0]);
    time.fire();
    assert.equal(calls, 2);
  });
});

test("startTimer() is called off at once and after it has waited on", () => {
  withFakeTime((time) => {
    const fail = (): void => assert.fail("it was called");
    startTimer(5, fail)();
    assert.deepEqual(time.delays(), []);
    const cancel = startTimer(LONGEST_MS + 5, fail);
    time.pass(LONGEST_MS);
    time.fire();
    assert.deepEqual(time.delays(), [5]);
    cancel();
    cancel();
    assert.deepEqual(time.delays(), []);
  });
});

test("startTimer() never calls early on the real clock", async () => {
  for (const ms of [0, 0.1, 1.5, 3]) {
    const start = performance.now();
    await within(new Promise<void>((resolve) => startTimer(ms, resolve)));
    assert(performance.now() - start >= ms, `${performance.now() - start} ms for ${ms}`);
  }
});

test("startTimer() calls in order of time", async () => {
  const order: number[] = [];
  await within(Promise.all([20, 1, 10].map((ms) =>
    new Promise<void>((resolve) =>
      startTimer(ms, () => {
        order.push(ms);
        resolve();
      })
    )
  )));
  assert.deepEqual(order, [1, 10, 20]);
});
