/** Group "batches": many values at once. */
import assert from "node:assert/strict";
import { type Channel, ChannelClosedError, NotShareableError } from "@pool/csp";
import { rejection, within } from "../../_within.ts";
import { NUMBER_VIEWS } from "../../sharing/_arbitrary.ts";
import { cases, type Harness, make } from "./harness.ts";
import { assertPending } from "./timing.ts";

/** The classes of typed arrays that `receiveMany` fills. */
const FILLABLE = NUMBER_VIEWS.filter((View) => View.name !== "Float16Array");

/** Numbers that every class of typed arrays holds. */
const SMALL = [0, 1, 2, 3, 100, 127];

/** Registers the group. */
export function conformBatches(h: Harness): void {
  const add = cases(h, "batches");
  typed(h);

  add("Channel.sendMany() and receiveMany() keep the order", async () => {
    const ch = await make<number>(h, 8);
    await within(ch.sendMany([1, 2, 3, 4, 5]));
    assert.equal(ch.size, 5);
    assert.deepEqual(await within(ch.receiveMany(3)), [1, 2, 3]);
    assert.deepEqual(await within(ch.receiveMany(3)), [4, 5]);
  });

  add(
    "Channel.sendMany() sends nothing when one of the values cannot cross, and names its place",
    async () => {
      const ch = await make<unknown>(h, 9);
      const wrong: [unknown[], string][] = [
        [[1, 2, 3, { key: () => {} }], "value[3].key"],
        [["a", new Map([["b", [1, Symbol("c")]]])], 'value[1].get("b")[1]'],
        [[{}, { a: [[{ "odd key": new WeakMap() }]] }, {}], 'value[1].a[0][0]["odd key"]'],
        [[{ a: 1 }, new (class Own {})()], "value[1]"],
        [[{ [Symbol.for("s")]: () => {} }], 'value[0][Symbol.for("s")]'],
      ];
      for (const [values, path] of wrong) {
        if (h.isLocal) {
          await within(ch.sendMany(values));
          assert.deepEqual(await within(ch.receiveMany(9)), values);
          continue;
        }
        const error = await rejection(ch.sendMany(values)) as NotShareableError & { sent?: number };
        assert.ok(error instanceof NotShareableError, String(error));
        assert.deepEqual([error.path, error.sent], [path, 0]);
        assert.ok(error.message.includes(path), error.message);
        assert.throws(
          () => ch.sendManySync(values),
          (error) => error instanceof NotShareableError && error.path === path,
        );
        assert.deepEqual(ch.tryReceive(), { state: "empty" });
      }
    },
  );

  add("Channel.sendMany() names by its place what is seen late not to cross", async () => {
    if (h.isLocal) return;
    const ch = await make<unknown>(h, 9);
    // Further keys of arrays are not looked at beforehand.
    const values = [1, "b", Object.assign([1], { key: () => {} })];
    const error = await rejection(ch.sendMany(values)) as NotShareableError & { sent?: number };
    assert.ok(error instanceof NotShareableError, String(error));
    assert.deepEqual([error.path, error.sent], ["value[2].key", 2]);
    assert.deepEqual(await within(ch.receiveMany(9)), [1, "b"]);
  });

  add("Channel.sendMany() of nothing resolves", async () => {
    const ch = await make<number>(h);
    await within(ch.sendMany([]));
    await within(ch.sendMany(new Float64Array(0)));
    ch.sendManySync([]);
    assert.equal(ch.size, 0);
  });

  add("Channel.sendMany() takes values of every kind, undefined and null among them", async () => {
    const ch = await make<unknown>(h, 8);
    const values = [undefined, null, "text", 1n, { a: [1] }, -0, NaN];
    await within(ch.sendMany(values));
    assert.deepEqual(await within(ch.receiveMany(9)), values);
  });

  for (const capacity of [0, 1, 3]) {
    add(`Channel.sendMany() of more than fits waits until all have gone, capacity ${capacity}`, async () => {
      const ch = await make<number>(h, capacity);
      const sent = ch.sendMany([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      const values: number[] = [];
      for (let n = 0; n < 10 - capacity - 1; n++) values.push(await within(ch.receive()));
      await assertPending(sent);
      values.push(await within(ch.receive()));
      await within(sent);
      while (values.length < 10) values.push(...await within(ch.receiveMany(10)));
      assert.deepEqual(values, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    add(
      `Channel.receiveMany() takes one value at least, ${"never more than asked for"}, capacity ${capacity}`,
      async () => {
        const ch = await make<number>(h, capacity);
        const produced = h.own.run("sendRangeAndClose", ch, 0, 100);
        const values: number[] = [];
        while (values.length < 100) {
          const batch = await within(ch.receiveMany(7));
          assert.ok(batch.length >= 1 && batch.length <= 7, `${batch.length} values`);
          values.push(...batch);
        }
        assert.deepEqual(values, Array.from({ length: 100 }, (_, n) => n));
        await within(produced);
      },
    );

    add(`Channel.receiveMany() that waits is served by one send, capacity ${capacity}`, async () => {
      const ch = await make<number>(h, capacity);
      const received = ch.receiveMany(10);
      await assertPending(received);
      await within(ch.send(5));
      assert.deepEqual(await within(received), [5]);
    });

    add(`Channel.sendMany() serves several waiting receivers, capacity ${capacity}`, async () => {
      const ch = await make<number>(h, capacity);
      const waiting = [ch.receive(), ch.receive(), ch.receive()];
      await assertPending(...waiting);
      await within(ch.sendMany([1, 2, 3]));
      assert.deepEqual(await within(Promise.all(waiting)), [1, 2, 3]);
    });

    add(`Channel.sendMany() of two at once keeps the order of each, capacity ${capacity}`, async () => {
      const ch = await make<number>(h, capacity);
      const sends = [0, 1000].map((from) =>
        ch.sendMany(Float64Array.from({ length: 200 }, (_, n) => from + n))
      );
      const values = await within(h.own.run("receiveSome", ch, 400)) as number[];
      await within(Promise.all(sends));
      for (const from of [0, 1000]) {
        const own = values.filter((n) => n >= from && n < from + 1000);
        assert.deepEqual(own, Array.from({ length: 200 }, (_, n) => from + n));
      }
    });
  }

  add("Channel.receiveMany() on a closed channel drains, then ends", async () => {
    const ch = await make<number>(h, 4);
    await within(ch.sendMany([1, 2, 3]));
    ch.close();
    assert.deepEqual(await within(ch.receiveMany(2)), [1, 2]);
    assert.deepEqual(await within(ch.receiveMany(2)), [3]);
    assert.ok(await rejection(ch.receiveMany(2)) instanceof ChannelClosedError);
    assert.throws(() => ch.receiveManySync(2), ChannelClosedError);
  });

  add("Channel.sendMany() on a closed channel rejects, none went through", async () => {
    const ch = await make<number>(h, 4);
    ch.close();
    const error = await rejection(ch.sendMany([1, 2]));
    assert.ok(error instanceof ChannelClosedError);
    assert.equal(error.sent, 0);
    assert.throws(
      () => ch.sendManySync([1, 2]),
      (error) => error instanceof ChannelClosedError && error.sent === 0,
    );
  });

  add("Channel.sendManySync() and receiveManySync() move many values", async () => {
    const ch = await make<number>(h, 8);
    ch.sendManySync([1, 2, 3]);
    ch.sendManySync(Int16Array.of(4, 5));
    assert.deepEqual(ch.receiveManySync(4), [1, 2, 3, 4]);
    assert.deepEqual(ch.receiveManySync(4), [5]);
  });

  add("Channel.sendMany() waits behind who came before", async () => {
    const ch = await make<number>(h);
    const sends = [ch.send(1), ch.sendMany([2, 3]), ch.send(4)];
    await assertPending(...sends);
    const values = await within(h.own.run("receiveSome", ch, 4)) as number[];
    await within(Promise.all(sends));
    assert.equal(values[0], 1);
    assert.deepEqual(values.filter((n) => n === 2 || n === 3), [2, 3]);
    assert.deepEqual([...values].sort(), [1, 2, 3, 4]);
  });
}

/** Numbers in bulk. */
function typed(h: Harness): void {
  const add = cases(h, "batches");

  for (const View of NUMBER_VIEWS) {
    add(`Channel.sendMany(${View.name}) sends its numbers`, async () => {
      const ch: Channel<number> = await make(h, 10);
      await within(ch.sendMany(View.from(SMALL)));
      ch.sendManySync(View.from([5, 6]).subarray(1));
      assert.deepEqual(await within(ch.receiveMany(20)), [...SMALL, 6]);
    });
  }

  for (const View of [BigInt64Array, BigUint64Array]) {
    add(`Channel.sendMany(${View.name}) sends its bigints`, async () => {
      const ch: Channel<bigint> = await make(h, 4);
      await within(ch.sendMany(View.of(0n, 5n, 2n ** 63n - 1n)));
      assert.deepEqual(await within(ch.receiveMany(9)), [0n, 5n, 2n ** 63n - 1n]);
    });
  }

  for (const View of FILLABLE) {
    add(`Channel.receiveMany(${View.name}) fills it and gives the part that is filled`, async () => {
      const ch: Channel<number> = await make(h, 10);
      await within(ch.sendMany(SMALL));
      const buffer = new View(4);
      const first = await within(ch.receiveMany(buffer));
      assert.deepEqual([...first], SMALL.slice(0, 4));
      assert.equal(first.buffer, buffer.buffer);
      assert.ok(first instanceof View);
      const rest = ch.receiveManySync(buffer);
      assert.deepEqual([...rest], SMALL.slice(4));
      assert.equal(rest.length, 2);
    });
  }

  add("Channel.receiveMany(Float64Array) keeps -0, NaN and fractions", async () => {
    const ch: Channel<number> = await make(h, 8);
    const values = [-0, NaN, 0.1, -Infinity, 2 ** 53, Number.MIN_VALUE, 2 ** 31];
    await within(ch.sendMany(Float64Array.from(values)));
    assert.deepEqual([...await within(ch.receiveMany(new Float64Array(8)))], values);
    await within(ch.sendMany(values));
    assert.deepEqual(await within(ch.receiveMany(8)), values);
  });

  add(
    "Channel.sendMany(Int32Array) and receiveMany(Int32Array) pass integers, and other numbers as it holds them",
    async () => {
      const ch: Channel<unknown> = await make(h, 7);
      const numbers = [
        -0,
        1,
        -(2 ** 31),
        2 ** 31 - 1,
        0.5,
        7,
        NaN,
        2 ** 31,
        -(2 ** 31) - 1,
        2 ** 53,
        Infinity,
        -3,
        8,
      ];
      // Each size begins elsewhere in the ring, and goes past its end in places of its own.
      for (let size = 1; size <= 7; size++) {
        for (let from = 0; from < numbers.length; from += size) {
          const some = numbers.slice(from, from + size);
          const integers = Int32Array.from(some);
          await within(ch.sendMany(Float64Array.from(some)));
          assert.deepEqual(await within(ch.receiveMany(new Int32Array(7) as never)), integers);
          await within(ch.sendMany(integers));
          assert.deepEqual(await within(ch.receiveMany(7)), [...integers]);
        }
      }
      await within(ch.sendMany([5, 6, 7, "end"]));
      assert.deepEqual(await within(ch.receiveMany(new Int32Array(7) as never)), Int32Array.of(5, 6, 7));
      assert.equal(await within(ch.receive()), "end");
    },
  );

  add("Channel.receiveMany(array) that waits is filled later", async () => {
    const ch: Channel<number> = await make(h);
    const received = ch.receiveMany(new Int32Array(4));
    await assertPending(received);
    await within(ch.send(77));
    assert.deepEqual([...await within(received)], [77]);
  });

  add("Channel.sendMany() of a large typed array goes through a small buffer", async () => {
    const ch: Channel<number> = await make(h, 16);
    const sent = ch.sendMany(Float64Array.from({ length: 20_000 }, (_, n) => n)).then(() => ch.close());
    assert.equal(await within(h.own.run("sumBatches", ch, 512)), 19_999 * 20_000 / 2);
    await within(sent);
  });
}
