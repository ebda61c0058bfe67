/** Timers that several interpreters have: one timer, whoever waits. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  after,
  at,
  chan,
  create,
  every,
  isShareable,
  never,
  type ReceivePort,
  select,
  selectSync,
  type Ticker,
  TimeoutError,
} from "@pool/csp";
import { withInterpreter, withInterpreters } from "../_interpreters.ts";
import { runProgram } from "../_program.ts";
import { rejection, within } from "../_within.ts";
import { assertPending } from "./conformance/timing.ts";

declare const csp: typeof import("@pool/csp");

/** Longer than any test: what ends a wait for it is something else. */
const LONG_MS = 60_000;
/** By how much clocks of two interpreters differ at most, and Date from both. */
const SKEW_MS = 5;

const nextOf = (port: ReceivePort<number>): Promise<number> => port.receive();
const stateOf = (port: ReceivePort<number>): string => port.tryReceive().state;

test("a timer that is sent gives its one value over there, and none here", async () => {
  await withInterpreter(async (interp) => {
    await interp.ready;
    const began = Date.now();
    const [timer, date] = [after(30), at(began + 40)];
    const [first, second] = await within(
      Promise.all([interp.call(nextOf, timer), interp.call(nextOf, date)]),
    );
    assert(first >= began + 29 && first <= Date.now() + SKEW_MS, `${first - began} ms`);
    assert.equal(second, began + 40);
    for (const port of [timer, date]) {
      assert.deepEqual(port.tryReceive(), { state: "empty" });
      assert.equal(await interp.call(stateOf, port), "empty");
      assert.equal(port.size, 0);
      assert(await rejection(port.receive({ timeout: 1 })) instanceof TimeoutError);
    }
    await assertPending(timer.receive());
  });
});

test("a timer that has fired is there with its value, unless that was taken", async () => {
  await withInterpreter(async (interp) => {
    const [fired, taken, later, unasked] = [at(5), at(6), after(LONG_MS), at(7)];
    assert.equal(await taken.receive(), 6);
    const there = await interp.call(
      (...ports: ReceivePort<number>[]) => ports.map((port) => [port.size, port.tryReceive()]),
      fired,
      taken,
      later,
    );
    assert.deepEqual(there, [[1, { state: "ok", value: 5 }], [0, { state: "empty" }], [0, {
      state: "empty",
    }]]);
    assert.deepEqual(fired.tryReceive(), { state: "empty" });
    assert.equal(await interp.call((port: ReceivePort<number>) => port.size, unasked), 1);
    assert.deepEqual(unasked.tryReceive(), { state: "ok", value: 7 });
  });
});

test("a timer is one object in each interpreter, and never is never", async () => {
  await withInterpreter(async (interp) => {
    const [timer, ticker] = [after(LONG_MS), every(LONG_MS)];
    const back = await interp.call(
      (a: unknown[], b: unknown) => [a[0] === b, ...a],
      [timer, ticker, never],
      timer,
    );
    assert.equal(back[0], true);
    assert.equal(back[1], timer);
    assert.equal(back[2], ticker);
    assert.equal(back[3], never);
    assert.equal(await interp.call((port: unknown) => port === csp.never, never), true);
    assert.deepEqual([timer, ticker, never, [{ timer }]].map(isShareable), [true, true, true, true]);
    ticker.close();
  });
});

test("one of all who wait for a timer gets its value, in whatever way they wait", async () => {
  await withInterpreters(3, async (...interps) => {
    for (let round = 0; round < 6; round++) {
      const timer = after(round);
      const wait = async (port: ReceivePort<number>, way: number): Promise<number> => {
        const limit = { timeout: 60 };
        if (way === 1) return await port.receive(limit).then(() => 1, () => 0);
        if (way === 0) return await csp.select({ port }, limit).then(() => 1, () => 0);
        try {
          return way === 2 ? (port.receiveSync(limit), 1) : (csp.selectSync({ port }, limit), 1);
        } catch {
          return 0;
        }
      };
      const served = interps.map((interp, i) => interp.call(wait, timer, (round + i) % 4));
      served.push(timer.receive({ timeout: 60 }).then(() => 1, () => 0));
      const counts = await within(Promise.all(served));
      assert.equal(counts.reduce((a, b) => a + b), 1, `round ${round}: ${counts}`);
    }
  });
});

test("a ticker's values go to one of those who have it, each", async () => {
  await withInterpreters(2, async (...interps) => {
    const ticker = every(1);
    const take = async (port: ReceivePort<number>): Promise<number[]> => {
      const values: number[] = [];
      while (values.length < 20) values.push(await port.receive());
      return values;
    };
    const all = await within(
      Promise.all([take(ticker), ...interps.map((interp) => interp.call(take, ticker))]),
    );
    const moments = all.flat();
    assert.equal(new Set(moments).size, 60);
    for (const values of all) assert.deepEqual(values, values.toSorted((a, b) => a - b));
    ticker.close();
  });
});

test("Ticker.close() ends it for all who have it and wait, at once and with its reason", async () => {
  await withInterpreter(async (interp) => {
    const loop = async (port: ReceivePort<number>, ready: { trySend(value: null): boolean }) => {
      const next = port[Symbol.asyncIterator]().next();
      ready.trySend(null);
      return (await next).done;
    };
    const ready = chan<null>(1);
    const ticker = every(LONG_MS);
    const looped = interp.call(loop, ticker, ready);
    await within(ready.receive());
    ticker.close();
    assert.equal(await within(looped), true);
    assert.equal(await interp.call((port: ReceivePort<number>) => port.closed, ticker), true);
    assert.equal(await interp.call(stateOf, ticker), "closed");

    const other = every(LONG_MS);
    const failed = [other.receive(), other.receive({ signal: new AbortController().signal })].map((wait) =>
      rejection(wait)
    );
    const selected = select({ other });
    await interp.call((port: Ticker) => port.close(new RangeError("enough")), other);
    for (const error of await Promise.all(failed)) assert(error instanceof RangeError);
    assert.equal((await within(selected)).closed, true);
    assert.equal(other.closed, true);

    const shut = every(LONG_MS);
    shut.close();
    assert.equal(await interp.call(stateOf, shut), "closed");
  });
});

test("Ticker.close() ends a wait that blocks another thread", async () => {
  await withInterpreter(async (interp) => {
    const ticker = every(LONG_MS);
    const ready = chan<null>(1);
    const blocked = interp.call(
      (port: ReceivePort<number>, ready: { trySend(value: null): boolean }) => {
        ready.trySend(null);
        try {
          return port.receiveSync();
        } catch (error) {
          return (error as Error).name;
        }
      },
      ticker,
      ready,
    );
    await within(ready.receive());
    ticker.close();
    assert.equal(await within(blocked), "ChannelClosedError");
  });
});

test("who waits for a timer when it is sent goes on waiting", async () => {
  await withInterpreter(async (interp) => {
    const [timer, ticker] = [after(40), every(LONG_MS)];
    const [first, second, closed] = [timer.receive(), select({ timer }), rejection(ticker.receive())];
    await interp.call((_ports: unknown) => undefined, [timer, ticker]);
    assert(await within(first) > 0);
    await assertPending(second);
    await interp.call((port: Ticker) => port.close(), ticker);
    assert.equal((await within(closed) as Error).name, "ChannelClosedError");
  });
});

test("a timer goes on when the interpreter that made it has ended, and when one that waits for it has", async () => {
  const maker = create();
  const [timer, ticker] = await within(maker.call(() => [csp.after(50), csp.every(20)] as const));
  await maker.close();
  await withInterpreter(async (interp) => {
    const waiting = chan<null>(1);
    const lost = rejection(interp.call(
      (port: ReceivePort<number>, waiting: { trySend(value: null): boolean }) => {
        const wait = port.receive();
        waiting.trySend(null);
        return wait;
      },
      after(LONG_MS),
      waiting,
    ));
    await within(waiting.receive());
    await interp.close({ force: true });
    await lost;
  });
  assert(await within(timer.receive()) > 0);
  const [first, second] = [await within(ticker.receive()), await within(ticker.receive())];
  assert(second - first >= 19, `${second - first} ms`);
  ticker.close();
});

test("timers travel on channels, and are cases of selects beside them", async () => {
  await withInterpreter(async (interp) => {
    const post = chan<ReceivePort<number>>(2);
    const silent = chan<number>();
    const chosen = interp.call(
      async (post: ReceivePort<ReceivePort<number>>, silent: ReceivePort<number>) => {
        const timer = await post.receive();
        const first = await csp.select({ silent, timer });
        const blocked = csp.selectSync({ silent, timer: await post.receive() });
        return [first.case, blocked.case];
      },
      post,
      silent,
    );
    await post.send(after(5));
    await post.send(after(5));
    assert.deepEqual(await within(chosen), ["timer", "timer"]);
  });
});

test("a blocked thread does not wait for a timer whose value another interpreter has taken", async () => {
  await withInterpreter(async (interp) => {
    const timer = after(20);
    await interp.call((port: ReceivePort<number>) => void port.receive(), timer);
    // Both wait: the other one has its value, or this one.
    const got = ((): string => {
      try {
        return selectSync({ timer }).case;
      } catch (error) {
        return (error as Error).message;
      }
    })();
    assert.match(got, /^timer$|no case is ready/);
  });
});

test("a program that has sent a timer and waits for none ends", async () => {
  const ended = await runProgram(`
    import { after, create, every, isShareable, never } from "@pool/csp";
    if (!isShareable([never, AbortSignal.abort()])) throw new Error("known only later");
    const interp = create();
    console.log(await interp.call((a, b) => a.size + b.size, after(60_000), every(60_000)));
  `);
  assert.deepEqual([ended.code, ended.late, ended.stdout.trim()], [0, false, "0"]);
});
