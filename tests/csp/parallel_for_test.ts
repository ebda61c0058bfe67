/** `parallelFor`: every index once, on all interpreters; failures, cancelling, and what it refuses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  type currentProcess,
  go,
  type IndexRange,
  NotShareableError,
  owned,
  OwnershipError,
  parallelFor,
  remote,
  setParallelism,
  sharedArray,
} from "@pool/csp";
import { flags, reached } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");
setParallelism(2);

type Words = Int32Array<SharedArrayBuffer>;

/** Counts each index at its place; `first` is the first of all. */
function count(from: number, to: number, counts: Words, first: number): void {
  for (let i = from; i < to; i++) Atomics.add(counts, i - first, 1);
}

test("parallelFor() runs every index of the range once", async () => {
  const cases: [range: IndexRange, chunk?: number][] = [
    [1],
    [2],
    [1000],
    [1000, 1],
    [1000, 7],
    [1000, 5000],
    [[10, 500], 3],
    [[-40, 40]],
    [[2 ** 53 - 80, 2 ** 53 - 1], 9],
  ];
  for (const [range, chunk] of cases) {
    const [first, end] = typeof range === "number" ? [0, range] : range;
    const counts = sharedArray(Int32Array, end - first);
    await within(parallelFor(range, count, { args: [counts, first], chunk }));
    assert.ok(counts.every((times) => times === 1), `${range} by ${chunk}: ${counts}`);
  }
});

test("parallelFor() has chunks of the given size, the last of what is left", async () => {
  const sizes = sharedArray(Int32Array, 25);
  const note = (from: number, to: number, sizes: Words): void => void (sizes[from] = to - from);
  await parallelFor([0, 25], note, { args: [sizes], chunk: 10 });
  assert.deepEqual([...sizes].filter(Boolean), [10, 10, 5]);
  for (const [length, count] of [[1_280, 128], [12_800, 200], [204_800, 512]] as const) {
    const many = sharedArray(Int32Array, length);
    await parallelFor(length, note, { args: [many] });
    assert.equal([...many].filter(Boolean).length, count, `${length} indices`);
  }
});

test("parallelFor() runs on all interpreters at once, and an uneven chunk holds up no other", async () => {
  const met = flags();
  // Each of the first two goes on when the other has come.
  await within(parallelFor(2, (_from, _to, met: Words) => {
    Atomics.add(met, 0, 1);
    while (Atomics.load(met, 0) < 2);
  }, { args: [met] }));
  // The first one ends when all others have.
  const done = flags();
  await within(parallelFor(50, (from, _to, done: Words) => {
    if (from === 0) { while (Atomics.load(done, 0) < 49); }
    else Atomics.add(done, 0, 1);
  }, { args: [done], chunk: 1 }));
});

test("parallelFor() awaits what the function returns, takes references, and sends arguments once each", async () => {
  const sum = flags();
  await parallelFor(20, async (from, to, sum: Words) => {
    await csp.sleep(0);
    Atomics.add(sum, 0, to - from);
  }, { args: [sum], chunk: 3 });
  assert.equal(sum[0], 20);
  await parallelFor(
    3,
    remote<typeof import("../_fixtures/tasks.ts")>(
      import.meta.resolve("../_fixtures/tasks.ts"),
    ).countCalls,
  );
  let reads = 0;
  const arg = {
    get once(): number {
      return reads++;
    },
  };
  await parallelFor(100, (_from: number, _to: number, _arg: { once: number }) => {}, {
    args: [arg],
    chunk: 1,
  });
  // Once to see that it crosses, once for each of two interpreters.
  assert.equal(reads, 3);
});

test("parallelFor() rejects with the first failure itself; nothing begins afterwards", async () => {
  const begun = flags();
  const failure = await rejection(parallelFor(1000, (from, _to, begun: Words) => {
    Atomics.add(begun, 0, 1);
    if (from === 5) throw Object.assign(new RangeError("the fifth"), { at: from });
  }, { args: [begun], chunk: 1 }));
  assert.ok(failure instanceof RangeError && failure.message === "the fifth");
  assert.equal((failure as RangeError & { at: number }).at, 5);
  const then = begun[0]!;
  assert.ok(then >= 6);
  // Both interpreters get through all they had before.
  await Promise.all([go(() => {}), go(() => {})]);
  assert.equal(begun[0], then);
  const rejected = parallelFor(4, () => Promise.reject(new TypeError("later")), { chunk: 1 });
  assert.match(String(await rejection(rejected)), /TypeError: later/);
  assert.match(String(await rejection(parallelFor(4, function* () {}))), /generator/);
});

test("parallelFor() stops the others when one fails, if they look", async () => {
  const words = flags();
  const failure = rejection(parallelFor(2, (from, _to, words: Words) => {
    if (from === 0) {
      while (Atomics.load(words, 0) === 0);
      throw new Error("first");
    }
    Atomics.store(words, 0, 1);
    while (!csp.currentProcess().signal.aborted);
    Atomics.store(words, 1, 1);
  }, { args: [words] }));
  assert.match(String(await failure), /Error: first/);
  assert.equal(words[1], 1);
});

test("parallelFor() rejects with a signal's reason, also of the process that it is in", async () => {
  const spin = (_from: number, _to: number, words: Words): void => {
    Atomics.add(words, 0, 1);
    const { signal }: ReturnType<typeof currentProcess> = csp.currentProcess();
    while (!signal.aborted);
  };
  const words = flags();
  const controller = new AbortController();
  const stopped = rejection(parallelFor(100, spin, { args: [words], signal: controller.signal, chunk: 1 }));
  await reached(words, 0, 2);
  controller.abort("enough");
  assert.equal(await stopped, "enough");
  assert.equal(words[0], 2);
  assert.equal(
    await rejection(parallelFor(100, spin, { args: [words], signal: controller.signal })),
    "enough",
  );
  assert.equal(words[0], 2);
  const around = go.local(() => parallelFor(100, spin, { args: [words], chunk: 1 }));
  await reached(words, 0, 4);
  around.cancel("all of it");
  assert.equal(await rejection(around), "all of it");
});

test("parallelFor() does not wait for an interpreter that is busy when all is done", async () => {
  const words = flags();
  const busy = go((words: Words) => {
    Atomics.store(words, 0, 1);
    while (Atomics.load(words, 1) === 0);
  }, words);
  await reached(words, 0);
  await within(parallelFor(100, count, { args: [sharedArray(Int32Array, 100), 0], chunk: 1 }));
  Atomics.store(words, 1, 1);
  await busy;
});

test("parallelFor() runs inside a process and inside an interpreter", async () => {
  const inner = async (n: number): Promise<number> => {
    const counts = csp.sharedArray(Int32Array, n);
    await csp.parallelFor(n, (from: number, to: number, counts: Words) => {
      for (let i = from; i < to; i++) Atomics.add(counts, i, 1);
    }, { args: [counts] });
    return counts.reduce((sum, times) => sum + times, 0);
  };
  assert.deepEqual(await within(Promise.all([go(inner, 500), go(inner, 700), go(inner, 3)])), [500, 700, 3]);
  const interp = create();
  assert.equal(await interp.call(inner, 400), 400);
  await interp.close();
});

test("parallelFor() of an empty range runs nothing", async () => {
  const counts = flags();
  for (const range of [0, [7, 7]] as const) await parallelFor(range, count, { args: [counts, 0] });
  assert.equal(counts[0], 0);
});

test("parallelFor() refuses what it cannot run, and runs nothing", async () => {
  const counts = flags();
  const args: [Words, number] = [counts, 0];
  const outer = counts.length;
  const closure = await rejection(parallelFor(4, () => void Atomics.add(counts, 0, outer)));
  assert.ok(closure instanceof NotShareableError && closure.message.includes("outer"));
  const refused = await rejection(parallelFor(4, count as never, { args: [counts, () => 1] as never }));
  assert.ok(refused instanceof NotShareableError && refused.path === "args[1]", String(refused));
  const box = owned(1);
  assert.ok(await rejection(parallelFor(4, () => {}, { args: [box] as never })) instanceof OwnershipError);
  const ranges: [unknown, string][] = [
    [-1, "RangeError"],
    [1.5, "RangeError"],
    [NaN, "RangeError"],
    [Infinity, "RangeError"],
    [[3, 2], "RangeError"],
    [[0], "RangeError"],
    [[0, 1, 2], "RangeError"],
    [[-(2 ** 53) + 1, 2 ** 53 - 1], "RangeError"],
    ["4", "TypeError"],
    [undefined, "TypeError"],
    [4n, "TypeError"],
  ];
  for (const [range, name] of ranges) {
    assert.equal(
      (await rejection(parallelFor(range as number, count, { args })) as Error).name,
      name,
      String(range),
    );
  }
  for (const chunk of [0, -1, 1.5, NaN, Infinity, "2"]) {
    const error = await rejection(parallelFor(4, count, { args, chunk: chunk as number }));
    assert.ok(error instanceof RangeError, String(chunk));
  }
  for (const options of [{ args: 5 }, { signal: {} }, { chunks: 1 }, 5]) {
    assert.ok(await rejection(parallelFor(4, count, options as never)) instanceof TypeError);
  }
  assert.ok(await rejection(parallelFor(4, "count" as never)) instanceof TypeError);
  assert.equal(counts[0], 0);
});
