import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chan,
  type Channel,
  filter,
  fromIterable,
  into,
  map,
  merge,
  mult,
  type Receiver,
  reduce,
  type Sender,
  take,
  zip,
} from "@pool/csp";
import { flags, reached, withInterpreter, withInterpreters } from "../_interpreters.ts";
import { within } from "../_within.ts";
import { drained, settled } from "./_operators.ts";

declare const csp: typeof import("@pool/csp");

test("operators read what another interpreter sends, and end with its reason", async () => {
  await withInterpreter(async (interp) => {
    const numbers = chan<number>();
    const out = map((n) => n + 1, filter((n) => n % 2 === 0, numbers));
    const sent = interp.call(async (numbers: Channel<number>) => {
      for (let n = 0; n < 100; n++) await numbers.send(n);
      numbers.close(new RangeError("enough"));
    }, numbers);
    const end = await drained(out);
    assert.deepEqual(end.values, Array.from({ length: 50 }, (_, i) => 2 * i + 1));
    assert(end.reason instanceof RangeError);
    await within(sent);
  });
});

test("an operator goes on when its receiver is passed to another interpreter", async () => {
  await withInterpreter(async (interp) => {
    const squares = map((n) => n * n, fromIterable([1, 2, 3, 4]));
    assert.equal(await within(squares.receive()), 1);
    const rest = await within(interp.call((squares: Receiver<number>) => csp.into([], squares), squares));
    assert.deepEqual(rest, [4, 9, 16]);
  });
});

test("an operator stops when its receiver is retired in another interpreter, and takes nothing more", async () => {
  await withInterpreter(async (interp) => {
    const from = chan<number>();
    const out = map((n) => n, from);
    const words = flags();
    const got = interp.call(
      async (out: Receiver<number>, words: Int32Array<SharedArrayBuffer>) => {
        const value = await out.receive();
        out.retire();
        Atomics.store(words, 0, 1);
        return value;
      },
      out,
      words,
    );
    await within(from.send(7));
    assert.equal(await within(got), 7);
    await reached(words, 0);
    while (from.trySend(8)) await settled();
  });
});

test("the consumer in another interpreter learns of an operator's error", async () => {
  await withInterpreter(async (interp) => {
    const out = map((n: number) => {
      if (n === 2) throw new RangeError("two");
      return n;
    }, fromIterable([1, 2, 3]));
    const told = await within(interp.call(async (out: Receiver<number>) => {
      const values: number[] = [];
      try {
        for await (const value of out) values.push(value);
      } catch (error) {
        return [values, (error as Error).name, (error as Error).message];
      }
      return values;
    }, out));
    assert.deepEqual(told, [[1], "RangeError", "two"]);
  });
});

test("merge() and zip() take from several interpreters", async () => {
  await withInterpreters(2, async (...interps) => {
    const count = async (out: Sender<number>) => {
      for (let n = 1; n <= 100; n++) await out.send(n);
      out.retire();
    };
    const calls: Promise<void>[] = [];
    const inputs = interps.map((interp) => {
      const channel = chan<number>(4);
      calls.push(interp.call(count, channel.sender()));
      return channel;
    });
    assert.equal(await within(reduce((sum, n) => sum + n, 0, merge(inputs))), 10_100);
    const others = interps.map((interp) => {
      const channel = chan<number>();
      calls.push(interp.call(count, channel.sender()));
      return channel;
    });
    const pairs = await within(into([], zip(others[0]!, others[1]!)));
    assert.deepEqual(pairs, Array.from({ length: 100 }, (_, i) => [i + 1, i + 1]));
    await within(Promise.all(calls));
  });
});

test("mult() gives what it reads to taps in other interpreters", async () => {
  await withInterpreters(2, async (...interps) => {
    const all = mult(fromIterable(Array.from({ length: 50 }, (_, i) => i)));
    const sums = interps.map((interp) => {
      const tap = all.tap();
      return interp.call((tap: Channel<number>) => csp.reduce((sum, n) => sum + n, 0, tap), tap);
    });
    assert.deepEqual(await within(Promise.all(sums)), [1225, 1225]);
  });
});

test("operators run in the interpreter that calls them, timers too", async () => {
  await withInterpreter(async (interp) => {
    const result = await within(interp.call(async () => {
      const ticks = csp.every(1);
      const two = await csp.into([], csp.map(() => "tick", csp.take(2, ticks)));
      ticks.close();
      await csp.after(0.5).receive();
      return two;
    }));
    assert.deepEqual(result, ["tick", "tick"]);
  });
});

test("a receiver of an operator tells of the loss when its interpreter dies", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const out = await within(interp.call((words: Int32Array<SharedArrayBuffer>) => {
      const never = csp.chan<number>();
      const out = csp.map((n) => n, never);
      Atomics.store(words, 0, 1);
      return out;
    }, words));
    await reached(words, 0);
    await interp.close({ force: true });
    const end = await drained(out);
    assert.equal((end.reason as Error).name, "PeerLostError");
  });
});

test("take() of a shared channel leaves the rest to others", async () => {
  await withInterpreter(async (interp) => {
    const numbers = chan<number>(10);
    await interp.call(async (numbers: Channel<number>) => {
      for (let n = 0; n < 10; n++) await numbers.send(n);
      numbers.close();
    }, numbers);
    assert.deepEqual(await within(into([], take(3, numbers))), [0, 1, 2]);
    assert.equal(await within(interp.call((numbers: Channel<number>) => numbers.receive(), numbers)), 3);
  });
});
