/** Group "select mixed": promises, signals and timers among the cases. */
import assert from "node:assert/strict";
import { after, chan, every, never, select, selectSync, sending, trySelect } from "@pool/csp";
import { rejection, within } from "../_within.ts";
import { cases, type Harness, make } from "../channels/conformance/harness.ts";
import { assertPending, countedSignal, hops } from "../channels/conformance/timing.ts";

/** Registers the group. */
export function conformSelectMixed(h: Harness): void {
  promises(h);
  signals(h);
  timers(h);
}

function promises(h: Harness): void {
  const add = cases(h, "select mixed");
  const pending = new Promise<never>(() => {});

  add("select() gives the value of a promise that is resolved already", async () => {
    const ch = await make<number>(h);
    assert.deepEqual(await within(select({ ch, p: Promise.resolve("done") })), {
      case: "p",
      value: "done",
      closed: false,
    });
    assert.equal(ch.trySend(1), false);
  });

  add("select() gives the value of a promise that resolves while it waits", async () => {
    const ch = await make<number>(h);
    const { promise, resolve } = Promise.withResolvers<number[]>();
    const chosen = select([ch, promise]);
    await assertPending(chosen);
    resolve([1]);
    assert.deepEqual(await within(chosen), { case: 1, value: [1], closed: false });
  });

  add("select() takes from a channel while a promise is pending", async () => {
    const ch = await make<number>(h);
    const chosen = select({ pending, ch });
    await assertPending(chosen);
    await within(ch.send(5));
    assert.deepEqual(await within(chosen), { case: "ch", value: 5, closed: false });
  });

  add("select() rejects as a promise among its cases does", async () => {
    const ch = await make<number>(h);
    const failed = Promise.reject(new EvalError("failed"));
    assert.ok(await rejection(select([ch, failed])) instanceof EvalError);
    const { promise, reject } = Promise.withResolvers<never>();
    const chosen = select([ch, promise]);
    await assertPending(chosen);
    reject("later");
    assert.equal(await rejection(chosen), "later");
    assert.equal(ch.trySend(1), false, "the loser is still waited on");
  });

  add(
    'select({ mode: "priority" }) prefers a ready channel before a resolved promise, and after it',
    async () => {
      const ch = await make<number>(h, 2);
      await within(ch.sendMany([1, 2]));
      const resolved = Promise.resolve("p");
      assert.equal((await within(select([ch, resolved], { mode: "priority" }))).case, 0);
      assert.equal((await within(select([resolved, ch], { mode: "priority" }))).case, 0);
      assert.equal(ch.size, 1);
    },
  );

  add("trySelect() knows a promise as settled once it has been seen before", async () => {
    const ch = await make<number>(h);
    const resolved = Promise.resolve(3);
    trySelect([resolved]);
    await hops(1);
    assert.deepEqual(trySelect({ ch, resolved }), { case: "resolved", value: 3, closed: false });
    assert.equal(trySelect({ ch, pending }), undefined);
  });

  add("select() takes a thenable as a promise", async () => {
    const thenable: PromiseLike<number> = {
      then(onfulfilled) {
        return Promise.resolve(9).then(onfulfilled);
      },
    };
    const ch = await make<number>(h);
    assert.deepEqual(await within(select([ch, thenable])), { case: 1, value: 9, closed: false });
  });

  add("select() 10,000 times with one promise that stays pending", async () => {
    const ch = await make<number>(h, 1);
    for (let n = 0; n < 10_000; n++) {
      ch.trySend(n);
      assert.equal((await select([pending, ch])).value, n);
    }
  });
}

function signals(h: Harness): void {
  const add = cases(h, "select mixed");

  add("select() gives the reason of a signal that has aborted already", async () => {
    const ch = await make<number>(h);
    const signal = AbortSignal.abort("stop");
    assert.deepEqual(await within(select({ ch, signal })), { case: "signal", value: "stop", closed: false });
    assert.deepEqual(trySelect({ ch, signal }), { case: "signal", value: "stop", closed: false });
    assert.equal(selectSync({ ch, signal }).value, "stop");
  });

  add("select() gives the reason of a signal that aborts while it waits", async () => {
    const ch = await make<number>(h);
    const controller = new AbortController();
    const reason = new EvalError("stop");
    const chosen = select([ch, controller.signal]);
    await assertPending(chosen);
    controller.abort(reason);
    const { case: index, value } = await within(chosen);
    assert.equal(index, 1);
    assert.equal(value, reason);
    assert.equal(ch.trySend(1), false);
  });

  add("select() that is over keeps no listener on a signal among its cases", async () => {
    const ch = await make<number>(h, 1);
    const { signal, listeners } = countedSignal();
    for (let n = 0; n < 20; n++) {
      const chosen = select([signal, ch]);
      await within(ch.send(n));
      assert.equal((await within(chosen)).value, n);
    }
    await rejection(select([signal], { timeout: 1 }));
    assert.equal(listeners(), 0);
  });

  add("select({ signal }) of which the signal is a case as well rejects with its reason", async () => {
    const ch = await make<number>(h);
    const controller = new AbortController();
    const chosen = select([ch], { signal: controller.signal });
    await assertPending(chosen);
    controller.abort("stop");
    assert.equal(await rejection(chosen), "stop");
  });
}

function timers(h: Harness): void {
  const add = cases(h, "select mixed");

  add("select() with after() ends when its time has come", async () => {
    const ch = await make<number>(h);
    const begin = performance.now();
    assert.equal((await within(select({ ch, late: after(10) }))).case, "late");
    assert.ok(performance.now() - begin >= 9);
    assert.equal(ch.trySend(1), false);
  });

  add("select() with after() takes what comes before", async () => {
    const ch = await make<number>(h);
    const chosen = select({ ch, late: after(60_000) });
    await assertPending(chosen);
    await within(ch.send(1));
    assert.equal((await within(chosen)).case, "ch");
  });

  add("select() with never takes anything else", async () => {
    const ch = await make<number>(h, 1);
    const chosen = select({ never, ch });
    await assertPending(chosen);
    await within(ch.send(1));
    assert.equal((await within(chosen)).case, "ch");
    assert.equal(trySelect({ never, ch }), undefined);
  });

  add("select() with every() ticks until it is closed", async () => {
    const ch = await make<number>(h);
    const ticks = every(2);
    for (let n = 0; n < 3; n++) assert.equal((await within(select({ ch, ticks }))).case, "ticks");
    ticks.close();
    assert.equal((await within(select({ ch, ticks }))).closed, true);
  });

  add("selectSync() with after() ends when its time has come", async () => {
    const ch = await make<number>(h);
    const begin = performance.now();
    assert.equal(selectSync({ ch, late: after(10) }).case, "late");
    assert.ok(performance.now() - begin >= 9);
    assert.equal(ch.trySend(1), false);
  });

  add("select() over everything there is: exactly one case takes effect", async () => {
    const [ch, full, local] = [await make<number>(h), await make<number>(h, 1), chan<number>()];
    await within(full.send(0));
    const controller = new AbortController();
    const { promise, resolve } = Promise.withResolvers<string>();
    const all = {
      off: null,
      ch,
      full: sending(full, 1),
      local,
      out: sending(local, 2),
      promise,
      signal: controller.signal,
      late: after(60_000),
      never,
    };
    const chosen = select(all);
    await assertPending(chosen);
    assert.equal(await within(full.receive()), 0);
    assert.deepEqual(await within(chosen), { case: "full", value: undefined, closed: false });
    resolve("late");
    controller.abort();
    assert.equal(ch.trySend(1), false);
    assert.equal(local.trySend(1), false);
    assert.deepEqual(local.tryReceive(), { state: "empty" });
    assert.equal(await within(full.receive()), 1);
  });
}
