/** How a run of processes ends early: by a failure, by a signal, by the end of who started it. */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import {
  Barrier,
  chan,
  ChannelClosedError,
  create,
  go,
  InterpreterError,
  listAll,
  par,
  proc,
  type Receiver,
  replicate,
  type Sender,
  seq,
  setParallelism,
  sharedArray,
  sleep,
} from "@pool/csp";
import { flags, reached, withInterpreter } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");
setParallelism(2);

/** Waits for ever; counts that it has begun in word 0, that it was told to end in word 1, that it has ended in word 2. */
const wait = async (words: Int32Array): Promise<void> => {
  Atomics.add(words, 0, 1);
  try {
    await csp.sleep(1e9);
  } finally {
    Atomics.add(words, 1, 1);
    // Takes its time to end.
    await new Promise((resolve) => setTimeout(resolve, 20));
    Atomics.add(words, 2, 1);
  }
};

/** Fails once `n` others have begun. */
const failAfter = async (words: Int32Array, n: number): Promise<void> => {
  while (Atomics.load(words, 0) < n) await csp.yieldNow();
  throw Object.assign(new RangeError("first"), { code: 7 });
};

for (const [name, make] of Object.entries({ go: proc, local: proc.local, dedicated: proc.dedicated })) {
  test(`par() by ${name}: the first failure cancels all levels, and rejects once all have ended`, async () => {
    const words = flags();
    const never = proc.local(() => assert.fail("started after the failure"));
    // What runs here as a closure uses the library by its import.
    const waits = name === "local" ? proc.local(waitHere, words) : make(wait, words);
    const error = await rejection(
      par(
        waits,
        seq(par(waits, replicate(2, waits)), never),
        seq(proc(() => 1), proc(failAfter, words, 4), never),
      ).run(),
    );
    assert(error instanceof RangeError);
    assert.deepEqual([error.message, (error as { code?: number }).code], ["first", 7]);
    assert.deepEqual([...words.slice(0, 3)], [4, 4, 4], "all have ended");
  });
}

async function waitHere(words: Int32Array): Promise<void> {
  Atomics.add(words, 0, 1);
  try {
    await sleep(1e9);
  } finally {
    Atomics.add(words, 1, 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    Atomics.add(words, 2, 1);
  }
}

test("par() rejects with the very object that a local process threw", async () => {
  for (const thrown of [new Error("mine"), undefined, null, "text", Object.freeze({ a: 1 })]) {
    const words = flags();
    const error = await rejection(
      par(
        proc(wait, words),
        seq(proc.local(async () => {
          await reached(words, 0);
          throw thrown;
        })),
        proc.local(async () => {
          // Fails on its cancellation, in its own way: not the first.
          await sleep(1e9).catch(() => {
            throw new Error("second");
          });
        }),
      ).run(),
    );
    assert.equal(error, thrown);
    assert.equal(words[2], 1);
  }
});

test("par() cancels with the failure as reason", async () => {
  const reasons: unknown[] = [];
  const failure = new Error("why");
  await rejection(
    par(
      proc.local(async () => {
        await sleep(1e9).catch((reason) => reasons.push(reason));
      }),
      proc.local(async () => {
        await sleep(1);
        throw failure;
      }),
    ).run(),
  );
  assert.deepEqual(reasons, [failure]);
  assert.equal(reasons[0], failure);
});

test("par() waits for a sibling that ignores its cancellation", async () => {
  const words = flags();
  let ended = false;
  const run = par(
    proc(async (words: Int32Array) => {
      Atomics.store(words, 0, 1);
      while (Atomics.load(words, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }, words),
    proc(failAfter, words, 1),
  ).run().finally(() => ended = true);
  run.catch(() => {});
  await reached(words, 0);
  await sleep(30);
  assert.equal(ended, false);
  Atomics.store(words, 1, 1);
  assert(await rejection(run) instanceof RangeError);
});

test("par() retires the ends of cancelled siblings, and of what has not started, with the failure", async () => {
  const [a, b, c, d] = [chan<number>(), chan<number>(), chan<number>(), chan<number>()];
  const error = await rejection(
    par(
      proc(async (out: Sender<number>) => await out.send(1), a.sender()),
      seq(
        proc(async () => {
          await csp.sleep(5);
          throw new SyntaxError("gone");
        }),
        proc((_: Sender<number>, __: Receiver<number>) => {}, b.sender(), c.receiver()),
        proc.local((_: { end: Sender<number> }[]) => {}, [{ end: d.sender() }]),
      ),
    ).run(),
  ) as Error;
  assert.equal(error.name, "SyntaxError");
  for (const channel of [a, b, d]) {
    assert.equal(channel.closed, true);
    const reason = await rejection(channel.receive()) as Error;
    assert.deepEqual([reason.name, reason.message], ["SyntaxError", "gone"]);
  }
  assert(await rejection(c.send(1)) instanceof ChannelClosedError);
});

test("par() ends a stream that one of its processes has resulted in", async () => {
  const words = flags();
  const out = chan<number>();
  const error = await rejection(
    par(
      proc(
        async function* (words: Int32Array, _out: Sender<number>) {
          try {
            for (;;) yield 1;
          } finally {
            await csp.sleep(5);
            Atomics.store(words, 1, 1);
          }
        },
        words,
        out.sender(),
      ),
      proc.local(async () => {
        await sleep(20);
        throw new Error("late");
      }),
    ).run(),
  ) as Error;
  assert.equal(error.message, "late");
  // A generator that was never asked for anything has no finally block to run; its ends retire all the same.
  await within((async () => {
    while (!out.closed) await sleep(1);
  })());
});

for (const [name, start] of Object.entries({ go, local: go.local })) {
  test(`Proc.run({ signal }) rejects with the reason once all have ended (${name})`, async () => {
    const words = flags();
    const controller = new AbortController();
    const waits = name === "go" ? proc(wait, words) : proc.local(waitHere, words);
    const run = par(waits, seq(replicate(2, waits), proc.local(() => assert.fail()))).run({
      signal: controller.signal,
    });
    run.catch(() => {});
    await reached(words, 0, 3);
    const reason = { why: "enough" };
    controller.abort(reason);
    assert.equal(await rejection(run), reason);
    assert.equal(words[2], 3);
    void start;
  });
}

test("Proc.run({ signal }) rejects also when all return in spite of it", async () => {
  const controller = new AbortController();
  const run = proc.local(async () => {
    await sleep(1e9).catch(() => {});
    return 1;
  }).run({ signal: controller.signal });
  await sleep(1);
  controller.abort("stop");
  assert.equal(await rejection(run), "stop");
});

test("Proc.run({ signal }) starts nothing when it has aborted before, and keeps the ends", async () => {
  const out = chan<number>(1);
  const send = proc.local((out: Sender<number>) => out.send(1), out.sender());
  assert.equal(await rejection(send.run({ signal: AbortSignal.abort("before") })), "before");
  assert.equal(out.closed, false);
  await within(send);
  assert.equal(await out.receive(), 1);
});

test("Proc.run({ signal }) rejects with a signal that aborts while the arguments are looked at", async () => {
  const controller = new AbortController();
  const aborting = {
    get now() {
      controller.abort("meanwhile");
      return 1;
    },
  };
  const words = flags();
  const run = par(proc(wait, words), proc((_: { now: number }) => {}, aborting)).run(controller);
  assert.equal(await rejection(run), "meanwhile");
  assert.equal(words[0], 0);
});

test("Proc.run({ signal }) has no effect once it has ended", async () => {
  const controller = new AbortController();
  assert.equal(await within(proc((n: number) => n, 1).run({ signal: controller.signal })), 1);
  controller.abort();
});

test("par() awaited in a process is cancelled along with it", async () => {
  for (const start of [go, go.dedicated]) {
    const words = flags();
    const process = start(async (words: Int32Array) => {
      const wait = async (words: Int32Array) => {
        Atomics.add(words, 0, 1);
        try {
          await csp.sleep(1e9);
        } finally {
          Atomics.add(words, 1, 1);
        }
      };
      try {
        await csp.par(csp.proc(wait, words), csp.seq(csp.replicate(2, csp.proc.local(wait, words))));
      } catch (error) {
        Atomics.add(words, 2, Atomics.load(words, 1));
        throw error;
      }
    }, words);
    await reached(words, 0, 3);
    const reason = new TypeError("given up");
    process.cancel(reason);
    assert.equal(await rejection(process), reason);
    assert.equal(process.status, "cancelled");
    assert.equal(words[2], 3, "all had ended before");
  }
});

test("par() in a process that was cancelled before starts nothing", async () => {
  const words = flags();
  const process = go.local(async () => {
    await sleep(1e9).catch(() => {});
    await proc.local(() => Atomics.add(words, 0, 1));
  });
  await sleep(1);
  process.cancel("over");
  assert.equal(await rejection(process), "over");
  assert.equal(words[0], 0);
});

test("par() of processes in an interpreter that is killed rejects with InterpreterError", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const run = par(
      proc.with({ interpreter: interp })(wait, words),
      seq(replicate(2, proc(wait, words))),
    ).run();
    run.catch(() => {});
    await reached(words, 0, 3);
    await interp.close({ force: true });
    const error = await rejection(run);
    assert(error instanceof InterpreterError);
    assert.equal(words[2], 2, "the others have ended");
  }, { mode: "concurrent" });
});

test("par() in an interpreter that is killed: what it has started elsewhere is cancelled", async () => {
  const words = flags();
  const interp = create({ mode: "concurrent" });
  const outer = go.with({ interpreter: interp })(async (words: Int32Array) => {
    const wait = async (words: Int32Array) => {
      Atomics.add(words, 0, 1);
      try {
        await csp.sleep(1e9);
      } finally {
        Atomics.add(words, 1, 1);
      }
    };
    await csp.replicate(3, csp.proc(wait, words));
  }, words);
  outer.catch(() => {});
  await reached(words, 0, 3);
  await interp.close({ force: true });
  assert(await rejection(outer) instanceof InterpreterError);
  await reached(words, 1, 3);
});

test("par() with an interpreter that is closed already starts what it can, and ends it again", async () => {
  const interp = create();
  await interp.close();
  const words = flags();
  const error = await rejection(
    par(proc(wait, words), proc.with({ interpreter: interp })(() => 1), proc.local(() => 1)).run(),
  );
  assert(error instanceof InterpreterError);
  assert.equal(words[0], words[2]);
});

test("par() with options: a timeout of one is the failure of all", async () => {
  const words = flags();
  const error = await rejection(
    par(proc(wait, words), proc.with({ timeout: 10, name: "slow" })(() => csp.sleep(1e9))).run(),
  ) as Error;
  assert.equal(error.name, "TimeoutError");
  assert.equal(words[0], words[2]);
});

test("Proc.run() that fails with nobody waiting for its parts reports nothing", async () => {
  const reported: unknown[] = [];
  const note = (error: unknown): void => void reported.push(error);
  process.on("unhandledRejection", note);
  try {
    const words = sharedArray(Int32Array, 4);
    await rejection(par(proc(wait, words), proc(failAfter, words, 1), proc.local(waitHere, words)).run());
    await sleep(20);
    assert.deepEqual(reported, []);
  } finally {
    process.off("unhandledRejection", note);
  }
  assert(listAll().length <= 3);
});

test(
  "par() rejects with the death of an interpreter, not with what a sibling has seen of it",
  { timeout: 60_000 },
  async () => {
    for (let i = 0; i < 8; i++) {
      const numbers = chan<number>();
      const error = await rejection(par(
        proc(async (out: Sender<number>) => {
          await out.send(1);
          (globalThis as unknown as { process: { exit(code: number): never } }).process.exit(3);
        }, numbers.sender()),
        proc(async (input: Receiver<number>) => {
          for await (const _ of input);
        }, numbers.receiver()),
      ));
      assert.match(String(error), /^InterpreterError: .* exited/);
      // The same of what is said of a lock.
      const [barrier, met] = [new Barrier(3), new Barrier(2)];
      const lost = await rejection(par(
        proc(
          async (barrier: Barrier, met: Barrier) => {
            await met.wait();
            if (barrier.broken) return;
            (globalThis as unknown as { process: { exit(code: number): never } }).process.exit(3);
          },
          barrier,
          met,
        ),
        proc(
          async (barrier: Barrier, met: Barrier) => {
            await met.wait();
            await barrier.wait();
          },
          barrier,
          met,
        ),
      ));
      assert.match(String(lost), /^InterpreterError: .* exited/);
    }
  },
);
