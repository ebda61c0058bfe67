/** Group "select modes": which of several ready cases takes effect. */
import assert from "node:assert/strict";
import { alternation, type Channel, select, sending } from "@pool/csp";
import { within } from "../_within.ts";
import { cases, type Harness, make } from "../channels/conformance/harness.ts";
import { assertPending } from "../channels/conformance/timing.ts";

/** Registers the group. */
export function conformSelectModes(h: Harness): void {
  const add = cases(h, "select modes");
  /** Channels that are never empty for as long as a test takes. */
  const busy = (n: number, values = 600): Promise<Channel<number>[]> =>
    Promise.all(Array.from({ length: n }, async () => {
      const ch = await make<number>(h, values);
      await within(ch.sendMany(Float64Array.from({ length: values }, (_, i) => i)));
      return ch;
    }));
  const counts = async (n: number, rounds: number, choose: () => Promise<number>): Promise<number[]> => {
    const counts = new Array<number>(n).fill(0);
    for (let i = 0; i < rounds; i++) counts[await choose()]!++;
    return counts;
  };

  for (const n of [2, 3, 5]) {
    add(`select() of ${n} ready receives chooses each about as often`, async () => {
      const channels = await busy(n);
      for (const count of await counts(n, n * 100, async () => (await select(channels)).case)) {
        // Some ten standard deviations.
        assert.ok(count > 10 && count < 190 + n * 10, `chosen ${count} of ${n * 100} times`);
      }
    });
  }

  for (const capacity of [0, 1, 10]) {
    add(`PseudoRandomSend: two sends to one channel are each chosen, capacity ${capacity}`, async () => {
      const ch = await make<number>(h, capacity);
      const received = h.own.run("receiveSome", ch, 200);
      for (let i = 0; i < 200; i++) await select([sending(ch, 0), sending(ch, 1)]);
      const values = await within(received) as number[];
      const ones = values.filter((n) => n === 1).length;
      assert.ok(ones > 20 && ones < 180, `${ones} of 200`);
    });
  }

  add('select({ mode: "priority" }) always chooses the first that is ready', async () => {
    const channels = await busy(3, 10);
    const chosen: number[] = [];
    for (let i = 0; i < 30; i++) chosen.push((await select(channels, { mode: "priority" })).case);
    assert.deepEqual(chosen, [0, 1, 2].flatMap((i) => new Array<number>(10).fill(i)));
  });

  add('select({ mode: "priority" }) goes by the order of an object', async () => {
    const [a, b] = await busy(2, 1);
    assert.equal((await select({ second: b!, first: a! }, { mode: "priority" })).case, "second");
    assert.equal((await select({ second: b!, first: a! }, { mode: "priority" })).case, "first");
  });

  add("alternation().prioritySelect() always chooses the first that is ready", async () => {
    const channels = await busy(2, 5);
    const both = alternation(channels);
    const chosen: number[] = [];
    for (let i = 0; i < 10; i++) chosen.push((await both.prioritySelect()).case);
    assert.deepEqual(chosen, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  });

  add("alternation().select() chooses each about as often", async () => {
    const both = alternation(await busy(2));
    for (const count of await counts(2, 400, async () => (await both.select()).case)) {
      assert.ok(count > 100 && count < 300, `chosen ${count} of 400 times`);
    }
  });

  for (const n of [2, 3, 7]) {
    add(`alternation().fairSelect() lets no ready case of ${n} wait more than ${n} turns`, async () => {
      const all = alternation(await busy(n));
      const last = new Array<number>(n).fill(-1);
      for (let turn = 0; turn < n * 50; turn++) {
        last[(await all.fairSelect()).case] = turn;
        if (turn >= n) { for (const each of last) assert.ok(turn - each <= n, `${turn - each} turns`); }
      }
    });
  }

  add("alternation().fairSelect() passes over what is not ready and comes back to it", async () => {
    const [a, b, c] = [await make<number>(h, 9), await make<number>(h, 9), await make<number>(h, 9)];
    const all = alternation({ a, b, c });
    for (const ch of [a, b, c]) await within(ch.sendMany([1, 2, 3]));
    const chosen: string[] = [];
    for (let i = 0; i < 4; i++) chosen.push((await all.fairSelect()).case);
    await within(b.receiveMany(9));
    for (let i = 0; i < 3; i++) chosen.push((await all.fairSelect()).case);
    assert.equal(chosen.filter((each) => each === "a").length, 3);
    assert.equal(chosen.filter((each) => each === "c").length, 3);
    await within(b.send(4));
    assert.equal((await all.fairSelect()).case, "b");
  });

  add("alternation() waits when nothing is ready, and can be used at any time again", async () => {
    const [a, b] = [await make<number>(h), await make<number>(h)];
    const both = alternation({ a, out: sending(b, 7) });
    for (let n = 0; n < 5; n++) {
      const chosen = both.fairSelect();
      await assertPending(chosen);
      await within(a.send(n));
      assert.deepEqual(await within(chosen), { case: "a", value: n, closed: false });
      const sent = both.select();
      assert.equal(await within(b.receive()), 7);
      assert.equal((await within(sent)).case, "out");
    }
  });

  for (const method of ["select", "prioritySelect", "fairSelect"] as const) {
    add(`alternation().${method}() by several at once serves each of them`, async () => {
      const ch = await make<number>(h);
      const [off, other] = [null, await make<number>(h)];
      const all = alternation([off, ch, other]);
      const waiting = [all[method](), all[method](), all[method]()];
      await assertPending(...waiting);
      for (const n of [1, 2, 3]) await within(ch.send(n));
      const values = (await within(Promise.all(waiting))).map(({ value }) => value);
      assert.deepEqual(values, [1, 2, 3]);
    });
  }

  add("select() by several at once on one channel is served in order of arrival", async () => {
    const [ch, other] = [await make<number>(h), await make<number>(h)];
    const waiting = [select([ch, other]), ch.receive(), select([other, ch]), ch.receive()];
    await assertPending(...waiting);
    for (const n of [0, 1, 2, 3]) await within(ch.send(n));
    const [first, second, third, fourth] = await within(Promise.all(waiting));
    assert.deepEqual([first, second, third, fourth], [
      { case: 0, value: 0, closed: false },
      1,
      { case: 1, value: 2, closed: false },
      3,
    ]);
  });
}
