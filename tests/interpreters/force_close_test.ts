import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  type Interpreter,
  InterpreterError,
  InterpreterNotFoundError,
  listAll,
  parallel,
} from "@pool/csp";
import { flags, reached, withInterpreter, withInterpreters } from "../_interpreters.ts";
import { runtime } from "../_program.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

/** Ways to be busy for ever; each first sets word 0. */
const BUSY: Record<string, (words: Int32Array<SharedArrayBuffer>) => unknown> = {
  "an endless loop"(words) {
    Atomics.store(words, 0, 1);
    // On Deno such a loop cannot be stopped: word 3 lets it go when the test is over.
    while (Atomics.load(words, 3) === 0);
  },
  "a blocking wait"(words) {
    Atomics.store(words, 0, 1);
    Atomics.wait(words, 3, 0);
  },
  async "an endless asynchronous loop"(words) {
    Atomics.store(words, 0, 1);
    while (Atomics.load(words, 3) === 0) await null;
  },
  async "a promise that never settles"(words) {
    Atomics.store(words, 0, 1);
    await new Promise(() => {});
  },
};

for (const [name, busy] of Object.entries(BUSY)) {
  test(
    `Interpreter.close({ force }) stops ${name} and rejects all that was pending`,
    { timeout: 30_000 },
    async () => {
      const interp = create();
      const words = flags();
      const running = interp.call(busy, words);
      const queued = interp.call(() => "never runs");
      const queuedExec = interp.exec("1");
      const thread = interp.callInThread(() => 1);
      const limited = interp.with({ timeout: 60_000 }).call(() => 1);
      const all = [running, queued, queuedExec, thread.result, limited].map((promise) =>
        rejection(promise, name)
      );
      await reached(words, 0);
      const began = performance.now();
      const closed = interp.close({ force: true });
      await within(closed, "close");
      assert(performance.now() - began < 5000, "closing took too long");
      for (const error of await Promise.all(all)) {
        assert(error instanceof InterpreterError, String(error));
        assert.equal(error.name, "InterpreterError");
      }
      await within(thread.join());
      assert.equal(thread.isAlive(), false);
      assert(!listAll().includes(interp));
      await assert.rejects(interp.call(() => 1), InterpreterNotFoundError);
      Atomics.store(words, 3, 1);
      Atomics.notify(words, 3);
    },
  );
}

test("Interpreter.close({ force }) takes it off the list and rejects at once", async () => {
  const interp = create();
  const words = flags();
  const running = rejection(interp.call(BUSY["a blocking wait"]!, words), "the call");
  await reached(words, 0);
  const closed = interp.close({ force: true });
  await null;
  await null;
  assert(!listAll().includes(interp), "still listed");
  await within(running);
  await within(closed);
  Atomics.store(words, 3, 1);
  Atomics.notify(words, 3);
});

test("Interpreter.close({ force }) really ends the thread", async () => {
  const words = flags();
  const tick = (words: Int32Array<SharedArrayBuffer>, i: number): void => {
    setInterval(() => Atomics.add(words, i, 1), 1);
  };
  const interp = create();
  await withInterpreters(1, async (witness) => {
    await interp.call(tick, words, 0);
    await witness!.call(tick, words, 1);
    await reached(words, 0, 3);
    await within(interp.close({ force: true }));
    // while another one ticks on, its counter stands
    await reached(words, 1, Atomics.load(words, 1) + 10);
    const stopped = Atomics.load(words, 0);
    await reached(words, 1, Atomics.load(words, 1) + 30);
    assert.equal(Atomics.load(words, 0), stopped);
  });
});

test("Interpreter.close({ force }) from a sibling works on a busy interpreter", async () => {
  await withInterpreters(2, async (a, b) => {
    const words = flags();
    const running = rejection(b!.call(BUSY["a blocking wait"]!, words), "the call");
    await reached(words, 0);
    await within(a!.call((other) => other.close({ force: true }), b!));
    assert((await running) instanceof InterpreterError);
    assert(!listAll().includes(b!));
    Atomics.store(words, 3, 1);
    Atomics.notify(words, 3);
  });
});

test("Interpreter.close({ force }) rejects what siblings and main wait for", async () => {
  await withInterpreters(2, async (a, b) => {
    const words = flags();
    const viaSibling = a!.call(
      async (other, words) => {
        return await other.call((words) => {
          Atomics.store(words, 0, 1);
          Atomics.wait(words, 3, 0);
        }, words).then(() => "resolved", (error) => [error.name, error instanceof csp.InterpreterError]);
      },
      b!,
      words,
    );
    await reached(words, 0);
    await within(b!.close({ force: true }));
    assert.deepEqual(await within(viaSibling), ["InterpreterError", true]);
    Atomics.store(words, 3, 1);
    Atomics.notify(words, 3);
  });
});

test("Interpreter closed by force aborts the processes it had started elsewhere", async () => {
  await withInterpreters(2, async (a, b) => {
    const words = flags();
    const pending = rejection(
      a!.call(
        async (other, words) => {
          await other.call((words) => {
            const { signal } = csp.currentProcess();
            Atomics.store(words, 0, 1);
            return new Promise((resolve) =>
              signal.addEventListener("abort", () => {
                Atomics.store(words, 1, 1);
                resolve(undefined);
              })
            );
          }, words);
        },
        b!,
        words,
      ),
      "the outer call",
    );
    await reached(words, 0);
    await within(a!.close({ force: true }));
    assert((await pending) instanceof InterpreterError);
    await reached(words, 1);
    assert.equal(await within(b!.call(() => "free")), "free");
  });
});

test("Interpreter closed by force while it calls into main does no harm to main", async () => {
  const a = create();
  const words = flags();
  const shared = globalThis as unknown as { release?: () => void };
  const pending = rejection(
    a.call(async (words) => {
      await csp.getMain().call((words) => {
        Atomics.store(words, 0, 1);
        return new Promise<void>((resolve) =>
          (globalThis as unknown as { release: () => void }).release = resolve
        );
      }, words);
    }, words),
    "the call",
  );
  await reached(words, 0);
  await within(a.close({ force: true }));
  assert((await pending) instanceof InterpreterError);
  shared.release!();
  delete shared.release;
  await withInterpreter(async (b) => assert.equal(await within(b.call(() => 1)), 1));
});

test("Interpreter.close({ force }) of many busy ones at once", { timeout: 40_000 }, async () => {
  const words = flags(8);
  const interps: Interpreter[] = Array.from({ length: 8 }, () => create());
  const failures = interps.map((interp) =>
    rejection(
      interp.call((words) => {
        Atomics.add(words, 0, 1);
        Atomics.wait(words, 3, 0);
      }, words),
      "a call",
    )
  );
  await reached(words, 0, interps.length);
  await within(Promise.all(interps.map((interp) => interp.close({ force: true }))));
  for (const error of await Promise.all(failures)) assert(error instanceof InterpreterError);
  Atomics.store(words, 3, 1);
  Atomics.notify(words, 3);
  assert.equal(listAll().length, 1);
});

// Only Deno cannot stop a loop; what it leaves running is cut off there. Elsewhere the loop never comes to that point.
test(
  "Interpreter cut off by force throws at whatever it does with the library",
  { timeout: 30_000 },
  async () => {
    const interp = create();
    const words = flags(16);
    const running = rejection(
      interp.call((words) => {
        const { signal } = csp.currentProcess();
        Atomics.store(words, 0, 1);
        while (Atomics.load(words, 1) === 0);
        Atomics.store(words, 2, signal.aborted ? 1 : 2);
        const acts = [
          () => csp.create(),
          () => signal.throwIfAborted(),
          () => csp.currentProcess().signal.throwIfAborted(),
        ];
        for (let i = 0; i < acts.length; i++) {
          try {
            acts[i]!();
            Atomics.store(words, 4 + i, 2);
          } catch {
            Atomics.store(words, 4 + i, 1);
          }
        }
        Atomics.store(words, 3, 1);
      }, words),
      "the call",
    );
    await reached(words, 0);
    await within(interp.close({ force: true }));
    assert((await running) instanceof InterpreterError);
    Atomics.store(words, 1, 1);
    if (runtime === "deno") {
      await reached(words, 3);
      assert.deepEqual([...words.subarray(2, 7)], [1, 1, 1, 1, 1]);
    } else {
      // as long as a new interpreter takes to start and answer
      await within(parallel([() => 1]));
      assert.equal(Atomics.load(words, 3), 0);
    }
    assert.equal(listAll().length, 1, `phantoms: ${listAll().map((one) => one.name)}`);
  },
);
