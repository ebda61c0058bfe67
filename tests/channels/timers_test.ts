import assert from "node:assert/strict";
import { test } from "node:test";
import {
  after,
  at,
  chan,
  type Channel,
  ChannelClosedError,
  every,
  never,
  type ReceivePort,
  select,
  selectSync,
  TimeoutError,
  trySelect,
} from "@pool/csp";
import { withInterpreter } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";
import { runProgram } from "../_program.ts";
import { assertPending, hops } from "./conformance/timing.ts";

/** Runs `body` with a clock that only moves when told to, and counts the runtime's timers. Nothing in it may wait. */
function withFakeClock(
  body: (clock: { pass(ms: number): void; timers(): number; fire(): void }) => void,
): void {
  const scope = globalThis as unknown as Record<string, unknown>;
  const { setTimeout, clearTimeout } = scope;
  const { now } = performance;
  const dateNow = Date.now;
  const waiting = new Map<number, () => void>();
  let time = 1000;
  let last = 0;
  scope["setTimeout"] = function fakeSet(fn: () => void): number {
    waiting.set(++last, fn);
    return last;
  };
  scope["clearTimeout"] = (timer: number): void => void waiting.delete(timer);
  performance.now = (): number => time;
  Date.now = (): number => Math.floor(time) + 1e12;
  try {
    body({
      pass: (ms) => time += ms,
      timers: () => waiting.size,
      fire() {
        for (const [timer, fn] of [...waiting]) {
          waiting.delete(timer);
          fn();
        }
      },
    });
  } finally {
    Object.assign(scope, { setTimeout, clearTimeout });
    performance.now = now;
    Date.now = dateNow;
  }
}

/** What is there to be received. */
function taken(port: ReceivePort<number>): number | string {
  const got = port.tryReceive();
  return got.state === "ok" ? got.value : got.state;
}

test("after() gives one value when its time has come and never another", () => {
  withFakeClock((clock) => {
    const timer = after(2.5);
    clock.pass(2.4);
    assert.equal(taken(timer), "empty");
    assert.equal(timer.size, 0);
    clock.pass(0.1);
    assert.equal(timer.size, 1);
    clock.pass(1000);
    assert.equal(taken(timer), 1e12 + 1002.5);
    assert.equal(timer.size, 0);
    clock.pass(1e10);
    assert.equal(taken(timer), "empty");
    assert.equal(timer.closed, false);
  });
});

test("after() takes 0, fractions and durations that no runtime's timer can wait for", () => {
  withFakeClock((clock) => {
    assert.equal(taken(after(0)), 1e12 + 1000);
    const long = after(2 ** 31 + 5);
    const endless = after(Infinity);
    clock.pass(2 ** 31 + 4);
    assert.equal(taken(long), "empty");
    clock.pass(1);
    assert.equal(taken(long), 1e12 + 1000 + 2 ** 31 + 5);
    clock.pass(1e15);
    assert.equal(taken(endless), "empty");
  });
});

test("after() and every() throw when the duration is none", () => {
  for (const start of [after, every]) {
    for (const ms of [-1, NaN, -Infinity]) assert.throws(() => start(ms), RangeError);
    assert.throws(() => start("5" as never), TypeError);
  }
  assert.throws(() => at(new Date(NaN)), RangeError);
  for (const date of [null, undefined, "2030-01-01", true]) {
    assert.throws(() => at(date as never), {
      name: "TypeError",
      message: /^Cannot start timer: date is .*; pass a Date/,
    });
  }
});

test("at() gives the date itself, at once when it has passed", () => {
  withFakeClock((clock) => {
    const date = new Date(1e12 + 1010);
    const timer = at(date);
    clock.pass(9);
    assert.equal(taken(timer), "empty");
    clock.pass(1);
    assert.equal(taken(timer), date.getTime());
    assert.equal(taken(at(0)), 0);
    assert.equal(taken(at(1e12 + 1010)), 1e12 + 1010);
  });
});

test("every() does not drift and skips what was missed", () => {
  withFakeClock((clock) => {
    const ticker = every(0.1);
    const base = 1e12 + 1000;
    assert.equal(taken(ticker), "empty");
    const moments: number[] = [];
    for (let i = 0; i < 1000; i++) {
      clock.pass(0.05);
      const got = taken(ticker);
      if (typeof got === "number") moments.push(got);
    }
    assert(moments.length >= 498 && moments.length <= 500, `${moments.length} ticks in 50 ms`);
    for (const [i, moment] of moments.entries()) {
      if (i > 0) assert(moment > moments[i - 1]!, "no moment twice");
    }
    assert(Math.abs(moments.at(-1)! - base - 50) < 0.11);
    clock.pass(777.77);
    assert.equal(ticker.size, 1);
    const late = taken(ticker) as number;
    assert(Math.abs(late - base - 827.7) < 0.001, `${late - base}`);
    assert.equal(taken(ticker), "empty");
  });
});

test("every(0) has a value as often as it is asked", () => {
  withFakeClock((clock) => {
    const ticker = every(0);
    assert.equal(taken(ticker), 1e12 + 1000);
    clock.pass(3);
    assert.equal(taken(ticker), 1e12 + 1003);
    assert.equal(taken(ticker), 1e12 + 1003);
  });
});

test("Ticker.close() ends it, with what was missed", () => {
  withFakeClock((clock) => {
    const ticker = every(10);
    clock.pass(15);
    assert.equal(ticker.size, 1);
    ticker.close();
    ticker.close(new Error("second"));
    assert.equal(ticker.size, 0);
    assert.equal(ticker.closed, true);
    assert.equal(taken(ticker), "closed");
  });
});

test("a timer of the runtime runs only while somebody waits, one for all", () => {
  withFakeClock((clock) => {
    const timer = after(5);
    const ticker = every(3);
    assert.equal(clock.timers(), 0);
    const selects = [1, 2, 3].map(() => select([timer], { signal: new AbortController().signal }));
    assert.equal(clock.timers(), 1);
    void ticker.receive();
    assert.equal(clock.timers(), 2);
    clock.pass(3);
    clock.fire();
    assert.equal(clock.timers(), 1, "nobody waits for the ticker");
    clock.pass(2);
    clock.fire();
    assert.equal(clock.timers(), 0, "the two that wait on wait for nothing");
    assert.equal(selects.length, 3);
  });
});

test("a select that another case wins takes its timers with it", async () => {
  const ch = chan<number>(1);
  const { setTimeout: start, clearTimeout: stop } = globalThis;
  const running = new Set<unknown>();
  globalThis.setTimeout = function counted(...args: Parameters<typeof start>) {
    const timer = start(...args);
    running.add(timer);
    return timer;
  } as typeof start;
  globalThis.clearTimeout = ((timer: number) => {
    running.delete(timer);
    stop(timer);
  }) as typeof stop;
  try {
    for (let i = 0; i < 5000; i++) {
      const late = after(60_000);
      const selected = select({ ch, late });
      ch.trySend(i);
      assert.equal((await selected).case, "ch");
    }
    assert.equal(running.size, 0);
  } finally {
    Object.assign(globalThis, { setTimeout: start, clearTimeout: stop });
  }
});

test("after().receive() waits until its time, never less", async () => {
  for (const ms of [0, 0.3, 2, 5.5]) {
    const [start, date] = [performance.now(), Date.now()];
    const value = await within(after(ms).receive());
    assert(performance.now() - start >= ms);
    assert(value >= date + ms && value <= Date.now() + 1);
  }
});

test("after() serves one of those who wait, the first", async () => {
  const timer = after(1);
  const first = timer.receive();
  const second = timer.receive();
  await within(first);
  await assertPending(second);
});

test("every() serves those who wait in order, one a tick", async () => {
  const ticker = every(1);
  const moments = await within(Promise.all([1, 2, 3].map(() => ticker.receive())));
  assert(moments[0]! < moments[1]! && moments[1]! < moments[2]!);
  ticker.close();
});

test("who asks a timer whose time has come does not overtake who waits", () => {
  withFakeClock((clock) => {
    const [timer, ticker] = [after(1), every(1)];
    const waiting = [timer, ticker].map((port) => port.receive());
    clock.pass(1);
    assert.deepEqual([taken(timer), taken(ticker)], ["empty", "empty"]);
    assert.equal(clock.timers(), 0, "they have been served");
    assert.equal(waiting.length, 2);
  });
});

test("every() can be iterated until it is closed", async () => {
  const ticker = every(1);
  let ticks = 0;
  for await (const moment of ticker) {
    assert.equal(typeof moment, "number");
    if (++ticks === 3) ticker.close();
  }
  assert.equal(ticks, 3);
});

test("Ticker.close() settles who waits, with its reason", async () => {
  const plain = every(60_000);
  const waiting = plain.receive();
  const selected = select([plain]);
  plain.close();
  assert(await rejection(waiting) instanceof ChannelClosedError);
  assert.deepEqual(await within(selected), { case: 0, value: undefined, closed: true });
  const reason = new Error("enough");
  const other = every(60_000);
  const rest = (async (): Promise<void> => {
    for await (const _ of other);
  })();
  const given = select([other]);
  other.close(reason);
  assert.equal(await rejection(rest), reason);
  assert.deepEqual(await within(given), { case: 0, value: undefined, closed: true, reason });
  assert.equal(await rejection(other.receive()), reason);
});

test("a timer's receive() rejects on abort and timeout, and takes nothing", async () => {
  const timer = after(30);
  const controller = new AbortController();
  const aborted = timer.receive({ signal: controller.signal });
  controller.abort("no");
  assert.equal(await rejection(aborted), "no");
  assert(await rejection(timer.receive({ timeout: 0 })) instanceof TimeoutError);
  assert(await rejection(timer.receive({ timeout: 1.5 })) instanceof TimeoutError);
  await assert.rejects(timer.receive({ timeout: -1 }), RangeError);
  await within(timer.receive());
});

test("a timer's receiveSync() blocks until its time", () => {
  const start = performance.now();
  after(3).receiveSync();
  assert(performance.now() - start >= 3);
  const spent = after(0);
  spent.receiveSync();
  assert.throws(() => spent.receiveSync({ timeout: 2 }), TimeoutError);
  assert.throws(() => spent.receiveSync(), /wait for ever/);
  const ticker = every(1);
  assert(ticker.receiveSync() < ticker.receiveSync());
  ticker.close();
  assert.throws(() => ticker.receiveSync(), ChannelClosedError);
});

test("a timer's receiveMany() gives one value", async () => {
  assert.equal((await within(after(1).receiveMany(10))).length, 1);
  const numbers = await within(after(0).receiveMany(new Float64Array(4)));
  assert.equal(numbers.length, 1);
  assert(numbers[0]! > 1e12);
  assert.equal(after(0).receiveManySync(3).length, 1);
  await assert.rejects(async () => await after(0).receiveMany(0), RangeError);
});

test("a timer can be read as a stream, which closes it when it is cancelled", async () => {
  const ticker = every(1);
  const reader = ticker.toReadableStream().getReader();
  assert.equal(typeof (await within(reader.read())).value, "number");
  assert.equal(typeof (await within(reader.read())).value, "number");
  await within(reader.cancel());
  assert.equal(ticker.closed, true);
});

test("timers are cases of select, with channels, awaiting and blocking", async () => {
  const ch = chan<string>();
  assert.equal((await within(select({ ch, late: after(2) }))).case, "late");
  assert.equal((await within(select({ ch, late: after(2), later: after(1) }))).case, "later");
  assert.equal(selectSync({ ch, late: after(2), never }).case, "late");
  assert.equal(trySelect({ ch, late: after(60_000), never }), undefined);
  assert.equal(trySelect({ ch, now: after(0), never })?.case, "now");
});

test("timers are cases of select with channels that other interpreters have", async () => {
  await withInterpreter(async (interp) => {
    const ch = chan<string>();
    await interp.call((_ch: unknown) => undefined, ch);
    assert.equal((await within(select({ ch, late: after(2) }))).case, "late");
    assert.equal(selectSync({ ch, late: after(2) }).case, "late");
    const sent = interp.call((ch: Channel<string>) => ch.send("there"), ch);
    assert.equal((await within(select({ ch, late: after(10_000) }))).case, "ch");
    await within(sent);
  });
});

test("Ticker[Symbol.dispose]() and Ticker[Symbol.asyncDispose]() close it", async () => {
  const [ticker, other] = [every(1), every(1)];
  ticker[Symbol.dispose]();
  assert.equal(ticker.closed, true);
  await other[Symbol.asyncDispose]();
  assert.equal(other.closed, true);
});

test("never gives nothing, in any form", async () => {
  assert.deepEqual(never.tryReceive(), { state: "empty" });
  assert.deepEqual([never.size, never.closed], [0, false]);
  assert(await rejection(never.receive({ timeout: 1 })) instanceof TimeoutError);
  assert(await rejection(never.receiveMany(1, { timeout: 1 })) instanceof TimeoutError);
  assert.throws(() => never.receiveSync({ timeout: 1 }), TimeoutError);
  assert.throws(() => never.receiveSync(), /wait for ever/);
  assert.throws(() => never.receiveManySync(1), /wait for ever/);
  assert.throws(() => selectSync({ never }), /no case is ready/);
  await assert.rejects(select({ never }, { timeout: 1 }), TimeoutError);
  await assertPending(never.receive(), never[Symbol.asyncIterator]().next());
});

test("a loop over every(0) lets timers and messages in", async () => {
  let fired = false;
  setTimeout(() => fired = true, 1);
  const ticker = every(0);
  let ticks = 0;
  for await (const _ of ticker) {
    if (fired || ++ticks > 5_000_000) break;
  }
  assert.equal(fired, true);
  ticker.close();
});

test("a timer nobody waits for does not keep the program alive, a wait does", async () => {
  const ended = await runProgram(`
    import { after, every } from "@pool/csp";
    const [late, ticker] = [after(60_000), every(60_000)];
    await after(20).receive();
    console.log(late.size + ticker.size);
  `);
  assert.deepEqual([ended.code, ended.late, ended.stdout.trim()], [0, false, "0"]);
  assert(ended.ms < 15_000);
});

test("a waiter that was served elsewhere is passed over", async () => {
  const [timer, ch] = [after(20), chan<string>(1)];
  const selected = select({ timer, ch });
  const second = timer.receive();
  ch.trySend("first");
  assert.equal((await within(selected)).case, "ch");
  await within(second);
  await hops(1);
});
