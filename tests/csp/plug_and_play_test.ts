/** The ready-made processes: what each does, in this interpreter and in others, and how it ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  blackhole,
  chan,
  type Channel,
  delta,
  fixedDelay,
  fromIterable,
  generate,
  go,
  identity,
  into,
  mux,
  NotShareableError,
  pairs,
  par,
  plus,
  prefix,
  printer,
  proc,
  type Receiver,
  setParallelism,
  sleep,
  successor,
  tail,
} from "@pool/csp";
import { runProgram } from "../_program.ts";
import { rejection, within } from "../_within.ts";

setParallelism(2);

/** For an interpreter of its own for each process. */
const slow = { timeout: 60_000 };

const places = { go, "go.local": go.local, "go.dedicated": go.dedicated };

for (const [name, start] of Object.entries(places)) {
  test(`Each by ${name} gives what it is for, and closes its outputs when its input ends`, slow, async () => {
    const list = () => fromIterable([1, 2, 3, 5]);
    const out = () => chan<number>();
    const results: Record<string, unknown> = {};
    async function collect(what: string, from: Channel<number>, process: PromiseLike<void>): Promise<void> {
      results[what] = await into<number>([], from);
      assert.equal(from.closed, true);
      await process;
    }
    const [a, b, c, d, e, f, g, h, i, j, k] = Array.from({ length: 11 }, out) as [
      Channel<number>,
      Channel<number>,
      Channel<number>,
      Channel<number>,
      Channel<number>,
      Channel<number>,
      Channel<number>,
      Channel<number>,
      Channel<number>,
      Channel<number>,
      Channel<number>,
    ];
    const deltas = start(delta<number>, list(), h.sender(), i.sender());
    await within(Promise.all([
      collect("identity", a, start(identity, list(), a.sender())),
      collect("prefix", b, start(prefix, list(), b.sender(), 0)),
      collect("successor", c, start(successor, list(), c.sender())),
      collect("plus", d, start(plus, list(), fromIterable([10, 20, 30]), d.sender())),
      collect("tail", e, start(tail, list(), e.sender())),
      collect("pairs", f, start(pairs, list(), f.sender())),
      collect("fixedDelay", g, start(fixedDelay, list(), g.sender(), 2)),
      collect("delta1", h, deltas),
      collect("delta2", i, deltas),
      collect("mux", j, start(mux, list(), fromIterable([7, 8]), j.sender())),
      start(blackhole, list()),
      (async () => {
        const numbers = k.receiver();
        const process = start(generate, k.sender(), 5);
        results["generate"] = [await numbers.receive(), await numbers.receive(), await numbers.receive()];
        numbers.retire();
        await process;
      })(),
    ]));
    (results["mux"] as number[]).sort();
    assert.deepEqual(results, {
      identity: [1, 2, 3, 5],
      prefix: [0, 1, 2, 3, 5],
      successor: [2, 3, 4, 6],
      plus: [11, 22, 33],
      tail: [2, 3, 5],
      pairs: [3, 5, 8],
      fixedDelay: [1, 2, 3, 5],
      delta1: [1, 2, 3, 5],
      delta2: [1, 2, 3, 5],
      mux: [1, 2, 3, 5, 7, 8],
      generate: [5, 6, 7],
    });
  });

  test(`A close reason travels on through each by ${name}`, slow, async () => {
    const broken = (): Receiver<number> => {
      const channel = chan<number>(3);
      for (const n of [1, 2, 3]) channel.trySend(n);
      channel.close(new RangeError("broken"));
      return channel.receiver();
    };
    const open = chan<number>(3);
    const all: Record<string, (out: Channel<number>, other: Channel<number>) => PromiseLike<void>> = {
      identity: (out) => start(identity, broken(), out.sender()),
      prefix: (out) => start(prefix, broken(), out.sender(), 0),
      successor: (out) => start(successor, broken(), out.sender()),
      delta: (out, other) => start(delta, broken(), out.sender(), other.sender()),
      plus: (out) => start(plus, fromIterable([1, 2, 3, 4, 5]), broken(), out.sender()),
      tail: (out) => start(tail, broken(), out.sender()),
      pairs: (out) => start(pairs, broken(), out.sender()),
      mux: (out) => start(mux, broken(), open.receiver(), out.sender()),
      fixedDelay: (out) => start(fixedDelay, broken(), out.sender(), 0),
    };
    for (const [what, run] of Object.entries(all)) {
      const [out, other] = [chan<number>(9), chan<number>(9)];
      await within(run(out, other), what);
      for (const channel of what === "delta" ? [out, other] : [out]) {
        const values: number[] = [];
        const error = await rejection((async () => {
          for await (const value of channel) values.push(value);
        })()) as Error;
        assert.deepEqual([error.name, error.message], ["RangeError", "broken"], what);
        assert(values.length >= 2, what);
      }
    }
    for (const sink of [blackhole, printer]) {
      const channel = chan<number>();
      channel.close(new RangeError("broken"));
      assert(await rejection(start(sink, channel.receiver())) instanceof RangeError);
    }
  });

  test(`Each by ${name} ends when nobody receives any more, and its input learns of it`, slow, async () => {
    const all: Record<string, (from: Receiver<number>, out: Channel<number>) => PromiseLike<void>> = {
      identity: (from, out) => start(identity, from, out.sender()),
      prefix: (from, out) => start(prefix, from, out.sender(), 0),
      successor: (from, out) => start(successor, from, out.sender()),
      delta: (from, out) => start(delta, from, out.sender(), chan<number>(9).sender()),
      plus: (from, out) => start(plus, from, fromIterable([1, 2, 3, 4, 5]), out.sender()),
      tail: (from, out) => start(tail, from, out.sender()),
      pairs: (from, out) => start(pairs, from, out.sender()),
      mux: (from, out) => start(mux, chan<number>().receiver(), from, out.sender()),
      fixedDelay: (from, out) => start(fixedDelay, from, out.sender(), 0),
    };
    for (const [what, run] of Object.entries(all)) {
      const [input, out] = [chan<number>(), chan<number>()];
      const reader = out.receiver();
      const process = run(input.receiver(), out);
      const feeding = rejection(input.sendMany([1, 2, 3, 4, 5, 6]), what);
      await within(reader.receive(), what);
      reader.retire();
      await within(process, what);
      assert.equal((await feeding as Error).name, "ChannelClosedError", what);
    }
  });
}

test("commstime goes round, with ends and with channels, and ends when its consumer does", async () => {
  for (const start of [go, go.local]) {
    for (const ends of [true, false]) {
      const [a, b, c, d] = [chan<number>(), chan<number>(), chan<number>(), chan<number>()];
      const network = [
        ends ? start(prefix, c.receiver(), a.sender(), 0) : start(prefix, c, a, 0),
        ends ? start(delta, a.receiver(), b.sender(), d.sender()) : start(delta, a, b, d),
        ends ? start(successor, b.receiver(), c.sender()) : start(successor, b, c),
      ];
      const numbers = d.receiver();
      for (let i = 0; i < 100; i++) assert.equal(await within(numbers.receive()), i);
      numbers.retire();
      await within(Promise.all(network));
      for (const channel of [a, b, c, d]) assert.equal(channel.closed, true);
    }
  }
});

test("Senders of one channel end one by one: it closes after the last", async () => {
  const out = chan<number>();
  const slow = chan<number>();
  const both = [
    go(identity, fromIterable([1]), out.sender()),
    go.local(identity, slow.receiver(), out.sender()),
  ];
  assert.equal(await within(out.receive()), 1);
  await within(both[0]!);
  assert.equal(out.closed, false);
  const [two] = await within(Promise.all([out.receive(), slow.send(2)]));
  assert.equal(two, 2);
  slow.close();
  await within(both[1]!);
  assert.equal(out.closed, true);
});

test("delta() serves both outputs in any order", async () => {
  const [a, b, c] = [chan<number>(2), chan<number>(), chan<number>()];
  const process = go.local(delta, a, b, c);
  await a.sendMany([1, 2]);
  a.close();
  assert.deepEqual([await b.receive(), await c.receive(), await c.receive(), await b.receive()], [
    1,
    1,
    2,
    2,
  ]);
  await within(process);
});

test("plus() takes whichever input comes first", async () => {
  const [a, b, out] = [chan<string>(), chan<string>(), chan<string>()];
  const process = go.local(plus, a, b, out);
  await within(b.send("b"));
  await within(a.send("a"));
  assert.equal(await out.receive(), "ab");
  a.close();
  await within(process);
});

test("successor(), plus() and pairs() count bigints too", async () => {
  const out = chan<bigint>(3);
  await within(go(successor, fromIterable([1n]), out.sender()));
  assert.equal(await out.receive(), 2n);
  const sums = chan<bigint>(3);
  await within(go(pairs, fromIterable([1n, 2n]), sums.sender()));
  assert.equal(await sums.receive(), 3n);
});

test("mux() lets neither input keep the other from its turn", async () => {
  const [a, b, out] = [chan<string>(50), chan<string>(50), chan<string>()];
  for (let i = 0; i < 50; i++) {
    a.trySend("a");
    b.trySend("b");
  }
  a.close();
  b.close();
  go.local(mux, a, b, out);
  const got = await within(into<string>([], out));
  for (let i = 0; i < 98; i++) assert.notEqual(got.slice(i, i + 3).join(""), "aaa");
  for (let i = 0; i < 98; i++) assert.notEqual(got.slice(i, i + 3).join(""), "bbb");
  assert.equal(got.length, 100);
});

test("A cancelled process closes its outputs with the reason", async () => {
  for (const start of [go, go.local]) {
    const [a, b] = [chan<number>(), chan<number>()];
    const process = start(identity, a, b);
    await sleep(5);
    process.cancel(new TypeError("stop"));
    assert.equal((await rejection(process) as Error).message, "stop");
    assert.equal((await rejection(b.receive()) as Error).message, "stop");
    assert.equal(process.status, "cancelled");
  }
});

test("A value that cannot be sent on fails the process", async () => {
  const [a, b] = [chan<unknown>(1), chan<unknown>()];
  a.trySend(() => 1);
  await proc((_: unknown) => {}, b);
  const process = go.local(identity, a, b);
  assert(await rejection(process) instanceof NotShareableError);
  assert.equal((await rejection(b.receive()) as Error).name, "NotShareableError");
});

test("They are plain functions too", async () => {
  const out = chan<number>(9);
  await within(Promise.all([prefix(fromIterable([1, 2]), out, 0), sleep(0)]));
  assert.deepEqual(await into<number>([], out), [0, 1, 2]);
});

test("A failure in a network of them ends all of it, by par", async () => {
  const [a, b] = [chan<number>(), chan<number>()];
  const error = await rejection(
    par(
      proc(generate, a.sender()),
      proc(identity, a.receiver(), b.sender()),
      proc(async (numbers: Receiver<number>) => {
        for await (const n of numbers) if (n === 10) throw new RangeError("ten");
      }, b.receiver()),
    ).run(),
  ) as Error;
  assert.equal(error.message, "ten");
  assert.deepEqual([a.closed, b.closed], [true, true]);
});

test("printer() prints, here and elsewhere", { timeout: 30_000 }, async () => {
  const { stdout, stderr, code } = await runProgram(`
    import { fromIterable, go, printer } from "@pool/csp";
    await go(printer, fromIterable(["there", { n: 1 }]));
    await go.local(printer, fromIterable(["here"]));
  `);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^there\n\{ n: 1 \}|^there\n\{\n {2}n: 1,?\n\}/);
  assert.match(stdout, /here/);
});
