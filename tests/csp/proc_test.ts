/** What `proc`, `par`, `seq` and `replicate` describe, when it runs, what it gives, and what is refused before anything starts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chan,
  create,
  listAll,
  move,
  NotShareableError,
  OwnershipError,
  par,
  type Proc,
  proc,
  remote,
  replicate,
  type Sender,
  seq,
  setParallelism,
  sharedArray,
  shutdown,
  sleep,
} from "@pool/csp";
import { runProgram } from "../_program.ts";
import { rejection, within } from "../_within.ts";
import { nameOf } from "../_fixtures/tasks.ts";

declare const csp: typeof import("@pool/csp");
setParallelism(2);

const square = (n: number): number => n * n;
const count = (runs: Int32Array): number => Atomics.add(runs, 0, 1);

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}

test("par() gives results in order, nested as its parts are", async () => {
  const nested = par(
    proc(square, 3),
    seq(proc(() => "a"), par(), proc(async () => await Promise.resolve([1]))),
    replicate(2, seq(proc(square, 2), proc.local(() => true))),
    seq(),
    replicate(0, proc(square, 1)),
  );
  const results = await within(nested.run());
  same<typeof results, [number, [string, [], number[]], [number, boolean][], [], number[]]>(true);
  assert.deepEqual(results, [9, ["a", [], [1]], [[4, true], [4, true]], [], []]);
});

test("par() of a list gives a list", async () => {
  const list = [1, 2, 3].map((n) => proc(square, n));
  const results = await within(par(...list).run());
  same<typeof results, number[]>(true);
  assert.deepEqual(results, [1, 4, 9]);
});

test("proc() gives what the function gives: a value, a promise's value, a stream", async () => {
  assert.equal(await within(proc(square, 4)), 16);
  assert.equal(await within(proc(async () => await Promise.resolve("later"))), "later");
  const stream = await within(proc(function* (to: number) {
    for (let i = 0; i < to; i++) yield i;
  }, 3));
  const values: number[] = [];
  for await (const value of stream) values.push(value);
  assert.deepEqual(values, [0, 1, 2]);
});

test("proc() runs tasks, remote references, and by its forms elsewhere", async () => {
  const { nameOf: there } = remote<typeof import("../_fixtures/tasks.ts")>(
    new URL("../_fixtures/tasks.ts", import.meta.url),
  );
  const interp = create({ mode: "concurrent" });
  const here = { n: 1 };
  const where = () => csp.getCurrent().id;
  const results = await within(
    par(
      proc(nameOf, "/etc/hosts"),
      proc(there, "/a/b"),
      proc.local(() => here),
      proc.dedicated(() => csp.chan<number>(1).trySend(1) && csp.getCurrent().id),
      proc.with({ interpreter: interp, name: "there" })(where),
      proc.with({ name: "named" })(() => csp.currentProcess().name),
    ).run(),
  );
  assert.deepEqual(results.slice(0, 2), ["hosts!", "b!"]);
  assert.equal(results[2], here);
  assert.equal(results[4], interp.id);
  assert.equal(results[5], "named");
  await interp.close();
});

test("Proc runs nothing until it is awaited, and anew each time", async () => {
  const runs = sharedArray(Int32Array, 1);
  const once = proc(count, runs);
  const both = par(once, once);
  await sleep(5);
  assert.equal(runs[0], 0);
  assert.deepEqual((await within(both)).toSorted(), [0, 1]);
  assert.equal(runs[0], 2);
  await within(both);
  assert.equal(runs[0], 4);
  assert.equal(await within(once.run()), 4);
  const run = once.run();
  assert.deepEqual(await within(Promise.all([run, run])), [5, 5]);
  assert.equal(runs[0], 6);
});

test("seq() starts each when the one before has ended, with its arguments as they are then", async () => {
  const log: string[] = [];
  const list: number[] = [];
  const note = (name: string) =>
    proc.local(async () => {
      log.push(`${name} begins`);
      await sleep(2);
      list.push(list.length);
      log.push(`${name} ends`);
    });
  const [, , length] = await within(
    seq(note("a"), note("b"), proc((list: number[]) => list.length, list)).run(),
  );
  assert.deepEqual(log, ["a begins", "a ends", "b begins", "b ends"]);
  assert.equal(length, 2);
});

test("par() runs its parts at once", async () => {
  const meet = async (flags: Int32Array, me: number) => {
    Atomics.store(flags, me, 1);
    while (Atomics.load(flags, 1 - me) === 0) await csp.yieldNow();
    return me;
  };
  const flags = sharedArray(Int32Array, 2);
  assert.deepEqual(await within(par(proc(meet, flags, 0), proc(meet, flags, 1)).run()), [0, 1]);
});

test("par() inside go inside par", async () => {
  const tree = async (depth: number): Promise<number> => {
    // Sent by its source, it carries itself along.
    async function grow(depth: number): Promise<number> {
      if (depth === 0) return 1;
      const [a, b] = await csp.par(csp.proc.local(grow, depth - 1), csp.proc.local(grow, depth - 1));
      return a + b;
    }
    const two = await csp.par(csp.proc.local(grow, depth), csp.proc((n: number) => n, 100)).run();
    return two[0] + two[1] + await csp.go((n: number) => n, 1_000);
  };
  assert.deepEqual(await within(replicate(3, proc(tree, 4)).run()), [1_116, 1_116, 1_116]);
});

test("par() is wide and seq() is deep without a limit of the stack", { timeout: 30_000 }, async () => {
  let ran = 0;
  const one = proc.local(() => void ran++);
  await within(replicate(10_000, one).run());
  assert.equal(ran, 10_000);
  let deep: Proc<unknown> = one;
  for (let i = 0; i < 20_000; i++) deep = i % 2 === 0 ? par(deep) : seq(deep);
  await within(deep.run());
  assert.equal(ran, 10_001);
  await within(seq(...Array.from({ length: 20_000 }, () => par())).run());
  // A billion of nothing needs no time: each description is looked at twice at most.
  let doubled: Proc<unknown> = par();
  for (let i = 0; i < 10; i++) doubled = par(doubled, doubled);
  await within(doubled.run());
});

test("replicate() refuses what is no number of processes, and what is no Proc", () => {
  for (const n of [-1, 1.5, NaN, "2" as never]) {
    assert.throws(() => replicate(n, proc(square, 1)), (error: Error) => {
      return error instanceof RangeError && error.message.includes(`${n} is no number of processes`);
    });
  }
  assert.throws(() => replicate(1, square as never), TypeError);
  assert.throws(() => par(proc(square, 1), Promise.resolve() as never), {
    name: "TypeError",
    message:
      "Cannot compose processes by par: part 1 is another object; pass what proc(fn, …), par, seq or replicate gives",
  });
  assert.throws(() => seq(null as never), TypeError);
});

test("proc() refuses what can never be sent", () => {
  const captured = Math.random();
  assert.throws(() => proc(() => captured), (error: NotShareableError) => {
    return error instanceof NotShareableError && error.message.includes("captures captured");
  });
  assert.throws(() => proc.dedicated(() => captured), NotShareableError);
  assert.throws(() => proc.with({})(() => captured), NotShareableError);
  assert.throws(() => proc(Math.max), NotShareableError);
  assert.throws(() => proc(undefined as never), TypeError);
  assert.throws(() => proc.local(1 as never), TypeError);
  assert.throws(() => proc.with({ place: "here" } as never), TypeError);
  assert.throws(() => proc.with({ local: true, dedicated: true }), TypeError);
  assert.throws(() => proc.with({ timeout: -1 }), RangeError);
});

test("Proc.run() starts nothing when any argument cannot cross", async () => {
  const runs = sharedArray(Int32Array, 1);
  const out = chan<number>();
  const end = out.sender();
  const bad = par(
    proc((_end: Sender<number>, runs: Int32Array) => Atomics.add(runs, 0, 1), end, runs),
    seq(proc(count, runs), par(proc.dedicated((x: unknown) => x, [{ key: () => 1 }]))),
  );
  const error = await rejection(bad.run()) as NotShareableError;
  assert(error instanceof NotShareableError);
  assert.equal(error.path, "args[0][0].key");
  assert.equal(runs[0], 0);
  end.trySend(1); // still usable
  assert.equal(out.closed, false);
  const [got] = await within(Promise.all([out.receive(), end.send(2)]));
  assert.equal(got, 2);
});

test("Proc.run() refuses options it does not know", async () => {
  const once = proc(square, 1);
  assert(await rejection(once.run({ signals: 1 } as never)) instanceof TypeError);
  assert(await rejection(once.run({ signal: 1 } as never)) instanceof TypeError);
});

test("Proc.run() refuses a second run of a process that has an end, before anything starts", async () => {
  const runs = sharedArray(Int32Array, 1);
  const out = chan<number>(1);
  const send = async (out: Sender<number>, n: number) => await out.send(n);
  for (
    const twice of [
      par(proc(count, runs), proc(send, out.sender(), 1)),
      seq(proc(count, runs), proc.local(send, chan<number>(1).sender(), 1)),
    ]
  ) {
    runs[0] = 0;
    await within(twice.run());
    const error = await rejection(twice.run()) as Error;
    assert(error instanceof OwnershipError);
    assert.match(error.message, /has gone to an earlier run/);
    assert.equal(runs[0], 1);
  }
});

test("Proc.run() refuses a second run at once, though the end has not gone yet", async () => {
  const gate = chan<void>();
  const out = chan<number>(1);
  const later = seq(
    proc.local(() => gate.receive()),
    proc((out: Sender<number>) => out.send(1), out.sender()),
  );
  const first = later.run();
  assert(await rejection(later.run()) instanceof OwnershipError);
  await gate.send();
  await within(first);
  assert.equal(await out.receive(), 1);
});

test("Proc.run() refuses an end that several processes would get", async () => {
  const out = chan<number>(10);
  const end = out.sender();
  const send = async (out: Sender<number>) => await out.send(1);
  const one = proc(send, end);
  for (const several of [par(one, one), replicate(2, one), par(one, proc(send, end)), seq(one, par(one))]) {
    assert(await rejection(several.run()) instanceof OwnershipError);
  }
  const buffer = new ArrayBuffer(8);
  const size = (buffer: ArrayBuffer) => buffer.byteLength;
  const moved = par(proc(size, move(buffer)), proc(size, move(buffer)));
  assert(await rejection(moved.run()) instanceof OwnershipError);
  assert.equal(buffer.byteLength, 8);
  assert.equal(out.size, 0);
  await within(replicate(1, one).run());
  assert.equal(out.size, 1);
  assert.equal(out.closed, true, "the end has retired");
});

test("Proc.run() refuses an end that was passed on or retired", async () => {
  const out = chan<number>(1);
  const send = async (out: Sender<number>) => await out.send(1);
  const spent = out.sender();
  await within(proc(send, spent));
  assert(await rejection(proc(send, spent).run()) instanceof OwnershipError);
  const retired = chan<number>(1).sender();
  retired.retire();
  assert.equal((await rejection(proc(send, retired).run()) as Error).name, "ChannelClosedError");
});

test("Proc.run() moves what is marked, once", async () => {
  const buffer = new ArrayBuffer(16);
  const size = (buffer: ArrayBuffer) => buffer.byteLength;
  const moves = proc(size, move(buffer));
  assert.equal(await within(moves), 16);
  assert.equal(buffer.byteLength, 0);
  assert(await rejection(moves) instanceof Error);
});

test("par() leaves no interpreter of its own behind", async () => {
  await within(par(proc.dedicated(() => 1), proc(square, 2)).run());
  await within(shutdown());
  await within((async () => {
    while (listAll().length > 1) await sleep(1);
  })());
});

test(
  "go.local() and proc.local() refuse a spent end also when no other end is left",
  { timeout: 30_000 },
  async () => {
    const { stdout, stderr } = await runProgram(`
    import { chan, go, proc } from "@pool/csp";
    const end = chan(1).sender();
    const send = (end) => end.send(1);
    await go.local(send, end);
    try {
      go.local(send, end);
      console.log("started");
    } catch (error) {
      console.log(error.name);
    }
    await proc.local(send, [end]).run().catch((error) => console.log(error.name));
  `);
    assert.deepEqual([stdout, stderr], ["OwnershipError\nOwnershipError\n", ""]);
  },
);
