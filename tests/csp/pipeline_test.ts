/** `pipeline`: results and their order, how far it reads ahead, and every way in which it ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chan,
  type Channel,
  ChannelClosedError,
  fromIterable,
  getCurrent,
  go,
  InterpreterError,
  into,
  listAll,
  NotShareableError,
  pipeline,
  PipelineError,
  remote,
  setParallelism,
  sleep,
} from "@pool/csp";
import { nameOf } from "../_fixtures/tasks.ts";
import { realm } from "../../interpreters/realm.ts";
import { flags, reached } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");
setParallelism(2);

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
type Indexed = Error & { index?: number };

for (const n of [1, 2, 5]) {
  test(`pipeline(${n}) keeps the order of items that take different times`, async () => {
    const out = chan<number>();
    const done = pipeline(
      n,
      async (i: number) => {
        if (i % 7 === 0) await csp.sleep(2);
        return i * 2;
      },
      fromIterable(upTo(100), 8),
      out,
    );
    assert.deepEqual(await within(into<number>([], out)), upTo(100).map((i) => i * 2));
    await within(done);
    assert.equal(out.closed, true);
  });
}

test("pipeline() with many small items batches them, and keeps the order", { timeout: 30_000 }, async () => {
  const out = chan<number>(64);
  const done = pipeline(2, (i: number) => i + 1, upTo(20_000), out);
  assert.deepEqual(await within(into<number>([], out)), upTo(20_000).map((i) => i + 1));
  await within(done);
});

test("pipeline({ ordered: false }) delivers as results come", async () => {
  const out = chan<number>(9);
  const slow = flags();
  const done = pipeline(
    2,
    async (i: number) => {
      await Promise.resolve();
      return i;
    },
    [3, 1, 2],
    out,
    { ordered: false },
  );
  assert.deepEqual((await within(into<number>([], out))).toSorted(), [1, 2, 3]);
  await within(done);
  const late = chan<number>(9);
  const wait = async ([i, slow]: [number, Int32Array]) => {
    while (i === 0 && Atomics.load(slow, 0) === 0) await csp.yieldNow();
    return i;
  };
  const waiting = pipeline(2, wait, [[0, slow], [1, slow], [2, slow]] as [number, Int32Array][], late, {
    ordered: false,
  });
  assert.deepEqual([await within(late.receive()), await within(late.receive())], [1, 2]);
  Atomics.store(slow, 0, 1);
  assert.equal(await within(late.receive()), 0);
  await within(waiting);
});

test("pipeline() takes channels, receivers, iterables and async iterables", async () => {
  const buffered = chan<number>(3);
  await buffered.sendMany([1, 2, 3]);
  buffered.close();
  const ended = chan<number>(3);
  await ended.sendMany([1, 2, 3]);
  ended.close();
  async function* later(): AsyncGenerator<number> {
    for (const n of [1, 2, 3]) yield await Promise.resolve(n);
  }
  for (const from of [buffered, ended.receiver(), new Set([1, 2, 3]), later()]) {
    const out = chan<number>(3);
    await within(pipeline(2, (n: number) => n * n, from, out.sender()));
    assert.deepEqual(await into<number>([], out), [1, 4, 9]);
  }
  const none = chan<number>();
  await within(pipeline(3, (n: number) => n, [], none));
  assert.equal(none.closed, true);
});

test("pipeline() runs tasks and remote references, on several interpreters", async () => {
  const { nameOf: there } = remote<typeof import("../_fixtures/tasks.ts")>(
    new URL("../_fixtures/tasks.ts", import.meta.url),
  );
  for (const fn of [nameOf, there]) {
    const out = chan<string>(2);
    await within(pipeline<string, string | Promise<string>>(2, fn, ["/a/b", "/c"], out));
    assert.deepEqual(await into<string>([], out), ["b!", "c!"]);
  }
  const ids = chan<number>(9);
  const meeting = async ([met, i]: [Int32Array, number]) => {
    Atomics.store(met, i, 1);
    while (Atomics.load(met, 1 - i) === 0) await csp.yieldNow();
    return csp.getCurrent().id;
  };
  const met = flags();
  await within(pipeline(2, meeting, [[met, 0], [met, 1]] as [Int32Array, number][], ids));
  const there2 = await into<number>([], ids);
  assert.equal(new Set(there2).size, 2);
  assert(!there2.includes(getCurrent().id));
});

/** Waits until all of `count` items are under way at once; where. */
const meet = async ([met, count]: [Int32Array, number]): Promise<number> => {
  Atomics.add(met, 0, 1);
  while (Atomics.load(met, 0) < count) await csp.yieldNow();
  return csp.getCurrent().id;
};

/** The interpreters on which `count` items meet. */
async function meeting(n: number, count: number): Promise<Set<number>> {
  const [ids, met] = [chan<number>(count), flags()];
  const items = Array.from({ length: count }, (): [Int32Array, number] => [met, count]);
  await within(pipeline(n, meet, items, ids));
  return new Set(await into<number>([], ids));
}

test("pipeline() works on n interpreters, also where the shared set is smaller, and ends what it started", async () => {
  for (const [n, count] of [[4, 4], [5, 3], [2, 2]] as const) {
    const ids = await meeting(n, count);
    assert.equal(ids.size, count);
    assert(!ids.has(getCurrent().id));
    await within((async () => {
      while (listAll().length > 3) await sleep(1);
    })());
  }
  // As many items as can be under way need no more.
  const one = chan<number>(1);
  await within(pipeline(9, () => csp.listAll().length, [1], one));
  assert((await one.receive()) <= 4);
});

test("pipeline() works on n interpreters where some of the shared set are busy", async () => {
  const stay = Array.from({ length: 2 }, () => go(() => csp.sleep(60_000)));
  const [first] = stay.map(({ interpreter }) => interpreter);
  const more = [1, 2, 3].map(() => go.with({ interpreter: first! })(() => csp.sleep(60_000)));
  assert.equal((await meeting(2, 2)).size, 2);
  for (const process of [...stay, ...more]) process.cancel();
  await Promise.all([...stay, ...more].map((process) => process.join()));
});

test("pipeline() of more than the shared set fails and is cancelled as a whole", async () => {
  const met = flags();
  const failing = async ([met, i]: [Int32Array, number]) => {
    Atomics.add(met, 0, 1);
    while (Atomics.load(met, 0) < 4) await csp.yieldNow();
    if (i === 3) throw new RangeError("third");
    await csp.sleep(60_000);
  };
  const items = [0, 1, 2, 3].map((i): [Int32Array, number] => [met, i]);
  const error = await rejection(pipeline(4, failing, items, chan<void>(9))) as Indexed;
  assert(error instanceof RangeError);
  assert.equal(error.index, 3);
  const controller = new AbortController();
  const waiting = pipeline(4, () => csp.sleep(60_000), [0, 1, 2, 3], chan<void>(9), {
    signal: controller.signal,
  });
  waiting.catch(() => {});
  await within((async () => {
    while (listAll().length < 5) await sleep(1);
  })());
  controller.abort();
  assert.equal(await rejection(waiting), controller.signal.reason);
  await within((async () => {
    while (listAll().length > 3) await sleep(1);
  })());
});

test("pipeline({ close: false }) leaves the output open", async () => {
  const out = chan<number>(4);
  await within(pipeline(1, (n: number) => n, [1], out, { close: false }));
  assert.equal(out.closed, false);
  await rejection(pipeline(1, () => Promise.reject(new Error("no")), [1], out, { close: false }));
  assert.equal(out.closed, false);
});

for (const ordered of [true, false]) {
  test(`pipeline({ ordered: ${ordered} }) rejects with what an item threw, and its index`, async () => {
    for (const bad of [0, 1, 17, 49]) {
      const out = chan<number>(100);
      const failing = pipeline(
        2,
        ([n, bad]: [number, number]) => {
          if (n === bad) throw Object.assign(new RangeError(`item ${n}`), { code: n });
          return n;
        },
        upTo(50).map((n) => [n, bad] as [number, number]),
        out,
        { ordered },
      );
      const error = await rejection(failing) as Indexed & { code: number };
      assert(error instanceof RangeError);
      assert.deepEqual([error.message, error.index, error.code], [`item ${bad}`, bad, bad]);
      assert(Object.hasOwn(error, "index"));
      const reason = await rejection(into<number>([], out)) as Indexed;
      assert.equal(reason, error, "the output is closed with it");
    }
  });
}

test("pipeline() wraps what cannot carry an index", async () => {
  for (const thrown of ["text", undefined, 7]) {
    const error = await rejection(
      pipeline(1, (x: unknown) => Promise.reject(x), [thrown], chan<never>()),
    ) as PipelineError;
    assert(error instanceof PipelineError);
    assert.deepEqual([error.index, error.cause, error.name], [0, thrown, "PipelineError"]);
  }
});

test("pipeline() rejects with the index of an item, or a result, that cannot cross", async () => {
  const items: unknown[] = [1, 2, 3, { a: [() => 1] }, 5];
  const sent = await rejection(pipeline(2, (x: unknown) => x, items, chan<unknown>(9))) as NotShareableError;
  assert(sent instanceof NotShareableError);
  assert.deepEqual([sent.path, (sent as Indexed).index], ["args[0].a[0]", 3]);
  const made = await rejection(
    pipeline(2, (n: number) => n === 4 ? { f: () => n } : n, upTo(9), chan<unknown>(9)),
  ) as NotShareableError;
  assert(made instanceof NotShareableError);
  assert.deepEqual([made.path, (made as Indexed).index], ["result.f", 4]);
  const stream = await rejection(
    pipeline(
      1,
      function* () {
        yield 1;
      },
      [1],
      chan<unknown>(9),
    ),
  ) as Indexed;
  assert(stream instanceof InterpreterError);
  assert.equal(stream.index, 0);
});

test("pipeline() passes on why its input was closed, after what came before", async () => {
  const from = chan<number>(5);
  await from.sendMany([1, 2, 3]);
  const reason = new SyntaxError("cut");
  from.close(reason);
  const out = chan<number>(5);
  assert.equal(await rejection(pipeline(2, (n: number) => n, from, out)), reason);
  const got: number[] = [];
  const error = await rejection((async () => {
    for await (const n of out) got.push(n);
  })());
  assert.equal(error, reason);
  assert.deepEqual(got, [1, 2, 3]);
  assert.equal((reason as Indexed).index, undefined);
});

test("pipeline() ends when nobody receives its results any more", async () => {
  let closed = false;
  function* numbers(): Generator<number> {
    try {
      for (let n = 0;; n++) yield n;
    } finally {
      closed = true;
    }
  }
  const out = chan<number>();
  const reader = out.receiver();
  const done = pipeline(2, (n: number) => n, numbers(), out.sender());
  assert.equal(await within(reader.receive()), 0);
  reader.retire();
  await within(done);
  await within((async () => {
    while (!closed) await sleep(1);
  })());
});

test("pipeline() reads no further ahead than it says", async () => {
  for (const n of [1, 3]) {
    const from = chan<number>(1_000);
    await from.sendMany(upTo(1_000));
    const out = chan<number>();
    const controller = new AbortController();
    // Items that take longer than a millisecond travel alone.
    const slowly = (i: number) => {
      const until = performance.now() + 1.5;
      while (performance.now() < until);
      return i;
    };
    const items = pipeline(n, slowly, from, out, { signal: controller.signal });
    items.catch(() => {});
    await within((async () => {
      while (1_000 - from.size < 8 * n) await sleep(1);
    })());
    await sleep(20);
    assert.equal(1_000 - from.size, 8 * n);
    controller.abort();
    await rejection(items);
  }
});

test("pipeline({ signal }) is cancelled: items are told, and the reason travels on", async () => {
  const words = flags();
  const controller = new AbortController();
  const out = chan<number>();
  const run = pipeline(
    2,
    async (words: Int32Array) => {
      Atomics.add(words, 0, 1);
      try {
        await csp.sleep(1e9);
      } finally {
        Atomics.add(words, 1, 1);
      }
      return 1;
    },
    [words, words, words],
    out,
    { signal: controller.signal },
  );
  run.catch(() => {});
  await reached(words, 0, 2);
  const reason = new Error("enough");
  controller.abort(reason);
  assert.equal(await rejection(run), reason);
  assert.equal(words[1], 2);
  assert.equal((reason as Indexed).index, undefined);
  assert.equal(await rejection(out.receive()), reason);
  const before = chan<number>();
  assert.equal(
    await rejection(pipeline(1, (n: number) => n, [1], before, { signal: AbortSignal.abort("no") })),
    "no",
  );
});

test("pipeline() in a process that is cancelled", async () => {
  const words = flags();
  const process = go(async (words: Int32Array) => {
    const wait = async (words: Int32Array) => {
      Atomics.add(words, 0, 1);
      try {
        await csp.sleep(1e9);
      } finally {
        Atomics.add(words, 1, 1);
      }
    };
    await csp.pipeline(2, wait, [words, words], csp.chan<void>());
  }, words);
  await reached(words, 0, 2);
  process.cancel("stop");
  assert.equal(await rejection(process), "stop");
  assert.equal(words[1], 2);
});

test("pipeline() rejects with InterpreterError and an index when an interpreter is killed", async () => {
  const words = flags();
  const out = chan<number>(9);
  const other = go(() => csp.sleep(1e9));
  const run = pipeline(
    1,
    async ([words, i]: [Int32Array, number]) => {
      if (i < 2) return i;
      Atomics.store(words, 1, csp.getCurrent().id);
      Atomics.store(words, 0, 1);
      await new Promise(() => {});
      return i;
    },
    upTo(4).map((i) => [words, i] as [Int32Array, number]),
    out,
  );
  run.catch(() => {});
  other.catch(() => {});
  await reached(words, 0);
  const victim = listAll().find(({ id }) => id === words[1])!;
  await victim.close({ force: true });
  const error = await rejection(run) as Indexed;
  assert(error instanceof InterpreterError);
  assert.equal(error.index, 2);
  assert.equal(await rejection(into<number>([], out)), error);
  if (other.interpreter === victim) assert.equal((await rejection(other) as Indexed).index, undefined);
  else other.cancel();
  await other.join();
});

test("pipeline() refuses what it cannot use, before it takes anything", async () => {
  const captured = Math.random();
  const from = chan<number>(2);
  await from.send(1);
  const out = chan<number>();
  const refused: [unknown, () => Promise<void>][] = [
    [RangeError, () => pipeline(0, (n: number) => n, from, out)],
    [RangeError, () => pipeline(1.5, (n: number) => n, from, out)],
    [NotShareableError, () => pipeline(1, (n: number) => n + captured, from, out)],
    [TypeError, () => pipeline(1, undefined as never, from, out)],
    [TypeError, () => pipeline(1, (n: number) => n, 7 as never, out)],
    [TypeError, () => pipeline(1, (n: number) => n, from, null as never)],
    [TypeError, () => pipeline(1, (n: number) => n, from, out, { orderd: true } as never)],
    [TypeError, () => pipeline(1, (n: number) => n, from, out, { ordered: 1 } as never)],
    [TypeError, () => pipeline(1, (n: number) => n, from, out, { signal: 1 } as never)],
  ];
  for (const [type, run] of refused) {
    assert(await rejection(run()) instanceof (type as new () => Error), String(run));
  }
  assert.deepEqual([from.size, out.closed], [1, false]);
});

test("pipeline() to a channel that is closed already ends at its first result", async () => {
  const out: Channel<number> = chan<number>();
  out.close();
  await within(pipeline(1, (n: number) => n, upTo(9), out));
  assert.equal((await rejection(out.receive()) as Error).name, ChannelClosedError.name);
});

test("pipeline() notes which interpreters compute, and not while an item awaits or after its end", async () => {
  for (const awaits of [false, true]) {
    const [words, out] = [flags(), chan<number>(2)];
    const done = pipeline(
      2,
      ([words, awaits]: [Int32Array, boolean]) => {
        if (!awaits) {
          Atomics.add(words, 0, 1);
          while (Atomics.load(words, 1) === 0);
          return 0;
        }
        return (async () => {
          await csp.sleep(0);
          Atomics.add(words, 0, 1);
          while (Atomics.load(words, 1) === 0) await csp.sleep(1);
          return 0;
        })();
      },
      [[words, awaits], [words, awaits]] as [Int32Array, boolean][],
      out,
    );
    await reached(words, 0, 2);
    assert.equal(realm.board!.areComputing(1), !awaits);
    assert.equal(realm.board!.areComputing(2), !awaits);
    Atomics.store(words, 1, 1);
    await within(done);
    assert.equal(realm.board!.areComputing(1), false);
  }
});
