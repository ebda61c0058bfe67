import assert from "node:assert/strict";
import { test } from "node:test";
import { InterpreterError, TimeoutError } from "@pool/csp";
import { flags, reached, withInterpreter } from "../_interpreters.ts";
import { runProgram } from "../_program.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

/** Spins until its process is aborted, then says why in word 1: 2 when the reason is the expected text. */
function spin(words: Int32Array<SharedArrayBuffer>, expected: string): void {
  const { signal } = csp.currentProcess();
  Atomics.store(words, 0, 1);
  while (!signal.aborted);
  Atomics.store(words, 1, String(signal.reason?.message ?? signal.reason) === expected ? 2 : 1);
}

/** Settles when another interpreter has started and answered a call: what was sent before this has arrived by then. */
async function roundTrip(): Promise<void> {
  await withInterpreter(async (other) => assert.equal(await within(other.call(() => 1)), 1));
}

test("Interpreter.with() refuses options of the wrong kind", async () => {
  await withInterpreter(async (interp) => {
    const wrong: unknown[] = [
      null,
      5,
      { timeout: "5" },
      { timeout: 5n },
      { timeout: null },
      { signal: {} },
      {
        signal: new AbortController(),
      },
      { signal: null },
      { time: 5 },
      { singal: undefined },
    ];
    for (const options of wrong) assert.throws(() => interp.with(options as never), TypeError);
    for (const timeout of [-1, NaN, -Infinity, -0.001]) {
      assert.throws(() => interp.with({ timeout }), RangeError);
    }
    await interp.ready;
  });
});

test("Interpreter.with() without limits is like without", async () => {
  await withInterpreter(async (interp) => {
    for (const options of [{}, { signal: undefined, timeout: undefined }, { timeout: Infinity }]) {
      const limited = interp.with(options);
      assert.equal(await within(limited.call((n) => n + 1, 1)), 2);
      assert.equal(await within(limited.exec("1")), undefined);
      assert.equal(await within(limited.callInThread(() => 3).result), 3);
    }
  });
});

test("Interpreter.with() lets calls under a long timeout finish, longer than timers can count included", async () => {
  await withInterpreter(async (interp) => {
    await interp.call(() => 1);
    for (const timeout of [60_000, 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, 1e12, Number.MAX_VALUE]) {
      const slow = interp.with({ timeout }).call(async () => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        return "done";
      });
      assert.equal(await within(slow, `timeout ${timeout}`), "done");
    }
  });
});

test("Interpreter.with({ timeout }) rejects and the loop that never awaits sees it", async () => {
  await withInterpreter(async (interp) => {
    for (const first of [15, 15.5]) {
      const words = flags();
      await interp.call(() => csp.currentProcess().id);
      // on a busy machine it may be given up before it has begun: then it never runs
      for (let timeout = first; Atomics.load(words, 0) === 0; timeout *= 2) {
        const began = performance.now();
        const error = await rejection(interp.with({ timeout }).call(spin, words, "never"));
        assert(error instanceof TimeoutError, String(error));
        assert(performance.now() - began >= timeout - 2, "too early");
        await interp.call(() => 1);
      }
      await reached(words, 1);
      assert.equal(await within(interp.call(() => "free")), "free");
    }
  });
});

test("Interpreter.with({ timeout: 0 }) rejects a call that takes time", async () => {
  await withInterpreter(async (interp) => {
    for (let i = 0; i < 2; i++) {
      const words = flags();
      assert((await rejection(interp.with({ timeout: 0 }).call(spin, words, ""))) instanceof TimeoutError);
      assert.equal(await within(interp.call(() => "free")), "free");
    }
  });
});

test("Interpreter.with({ signal }) that has aborted rejects with its reason and runs nothing", async () => {
  await withInterpreter(async (interp) => {
    await interp.exec("var ran = 0");
    const mark = () => (globalThis as unknown as { ran: number }).ran++;
    for (const reason of [new RangeError("my reason"), "a text", null, 0]) {
      const limited = interp.with({ signal: AbortSignal.abort(reason) });
      assert.equal(await rejection(limited.call(mark)), reason);
      assert.equal(await rejection(limited.exec("ran++")), reason);
      assert.equal(await rejection(limited.callInThread(mark).result), reason);
    }
    assert.equal(await interp.call(() => (globalThis as unknown as { ran: number }).ran), 0);
  });
});

test("Interpreter.with({ signal }) aborted while queued rejects at once and never runs", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    await interp.exec("var ran = 0");
    const first = interp.call((words) => {
      Atomics.store(words, 0, 1);
      Atomics.wait(words, 1, 0);
    }, words);
    await reached(words, 0);
    const controller = new AbortController();
    const limited = interp.with({ signal: controller.signal });
    const queued = [
      limited.call(() => (globalThis as unknown as { ran: number }).ran++),
      limited.exec("ran++"),
      limited.callInThread(() => (globalThis as unknown as { ran: number }).ran++).result,
    ].map((promise) => rejection(promise));
    await roundTrip();
    const reason = new Error("changed my mind");
    controller.abort(reason);
    for (const error of await within(Promise.all(queued))) assert.equal(error, reason);
    Atomics.store(words, 1, 1);
    Atomics.notify(words, 1);
    await within(first);
    assert.equal(await within(interp.call(() => (globalThis as unknown as { ran: number }).ran)), 0);
  });
});

test("Interpreter.call() of a function whose first call was aborted while queued runs it", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const hold = interp.call(async (words) => {
      Atomics.store(words, 0, 1);
      while (Atomics.load(words, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }, words);
    await reached(words, 0);
    const fn = () => "ran at last";
    const controller = new AbortController();
    const failed = rejection(interp.with({ signal: controller.signal }).call(fn));
    await roundTrip();
    controller.abort("first");
    assert.equal(await failed, "first");
    await roundTrip();
    Atomics.store(words, 1, 1);
    await within(hold);
    assert.equal(await within(interp.call(fn)), "ran at last");
  });
});

test("Interpreter.with({ signal }) aborted right after the call rejects, whatever was prepared yet", async () => {
  await withInterpreter(async (interp) => {
    await interp.call(() => csp.currentProcess().id);
    for (const start of ["call", "thread"] as const) {
      const controller = new AbortController();
      const limited = interp.with({ signal: controller.signal });
      const pending = start === "call"
        ? limited.call(() => new Promise(() => {}))
        : limited.callInThread(() => new Promise(() => {})).result;
      const failed = rejection(pending, start);
      controller.abort(start);
      assert.equal(await failed, start);
    }
  }, { mode: "concurrent" });
});

test("Interpreter.with({ signal }) aborted right after the first exec rejects", async () => {
  await withInterpreter(async (interp) => {
    const controller = new AbortController();
    const failed = rejection(
      interp.with({ signal: controller.signal }).exec("await new Promise(() => {})"),
      "the exec",
    );
    controller.abort("at once");
    assert.equal(await failed, "at once");
  }, { mode: "concurrent" });
});

// In a program of its own the parser is not loaded yet.
test("Interpreter.with() holds for the very first call of a program", { timeout: 40_000 }, async () => {
  const result = await runProgram(
    `
    import { create, TimeoutError } from "@pool/csp";
    const interp = create({ mode: "concurrent" });
    const controller = new AbortController();
    const first = interp.with({ signal: controller.signal }).call(() => new Promise(() => {}))
      .then(() => "resolved", (reason) => reason);
    controller.abort("aborted");
    console.log(await first);
    const second = interp.with({ timeout: 1 }).call(() => new Promise(() => {}));
    console.log(await second.then(() => "resolved", (error) => error instanceof TimeoutError));
    await interp.close({ force: true });
  `,
    { limit: 10_000 },
  );
  assert.deepEqual([result.stdout, result.code, result.late], ["aborted\ntrue\n", 0, false], result.stderr);
});

test("Interpreter.with({ signal }) aborted while running rejects at once with the reason, seen inside too", async () => {
  await withInterpreter(async (interp) => {
    for (const reason of [new RangeError("stop it"), "stop it"]) {
      const words = flags();
      const controller = new AbortController();
      const failed = rejection(interp.with({ signal: controller.signal }).call(spin, words, "stop it"));
      await reached(words, 0);
      controller.abort(reason);
      assert.equal(await failed, reason);
      await reached(words, 1);
      assert.equal(Atomics.load(words, 1), 2, "another reason inside");
    }
  });
});

test("Interpreter.with({ signal }) keeps the interpreter busy until the function returns", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const controller = new AbortController();
    const failed = rejection(
      interp.with({ signal: controller.signal }).call((words) => {
        Atomics.store(words, 0, 1);
        Atomics.wait(words, 1, 0);
      }, words),
    );
    await reached(words, 0);
    controller.abort();
    const error = await failed;
    assert.equal((error as Error).name, "AbortError");
    assert.equal(interp.isRunning(), true);
    await assert.rejects(interp.close(), InterpreterError);
    const next = interp.call(() => "next");
    Atomics.store(words, 1, 1);
    Atomics.notify(words, 1);
    assert.equal(await within(next), "next");
    assert.equal(interp.isRunning(), false);
  });
});

test("Interpreter.with({ signal }) aborted after the end changes nothing", async () => {
  await withInterpreter(async (interp) => {
    const controller = new AbortController();
    const limited = interp.with({ signal: controller.signal, timeout: 10_000 });
    assert.equal(await within(limited.call(() => 1)), 1);
    controller.abort();
    await assert.rejects(limited.call(() => 2), { name: "AbortError" });
    assert.equal(await within(interp.call(() => 3)), 3);
  });
});

test("Interpreter.with({ timeout }) limits exec and callInThread", async () => {
  await withInterpreter(async (interp) => {
    const limited = interp.with({ timeout: 20 });
    assert((await rejection(limited.exec("await new Promise(() => {})"))) instanceof TimeoutError);
    const thread = limited.callInThread(() => new Promise(() => {}));
    const failed = rejection(thread.result);
    await within(thread.join());
    assert((await failed) instanceof TimeoutError);
  }, { mode: "concurrent" });
});

test("Interpreter.with() can be used many times, each call under limits of its own", async () => {
  await withInterpreter(async (interp) => {
    const limited = interp.with({ timeout: 1500 });
    for (let i = 0; i < 5; i++) {
      assert.equal(
        await within(limited.call(async (i) => {
          await new Promise((resolve) => setTimeout(resolve, 350));
          return i;
        }, i)),
        i,
      );
    }
  });
});

test("Interpreter.with() works from inside on a sibling", async () => {
  await withInterpreter(async (a) => {
    await withInterpreter(async (b) => {
      const words = flags();
      const name = await within(a.call(
        async (other, words) => {
          // given up before it has begun, it never runs
          for (let timeout = 20;; timeout *= 2) {
            const name = await other.with({ timeout }).call((words) => {
              Atomics.store(words, 1, 1);
              const { signal } = csp.currentProcess();
              while (!signal.aborted);
              Atomics.store(words, 0, 1);
            }, words).then(() => "resolved", (error) => error.name);
            await other.call(() => 1);
            if (name !== "TimeoutError" || Atomics.load(words, 1) === 1) return name;
          }
        },
        b,
        words,
      ));
      assert.equal(name, "TimeoutError");
      await reached(words, 0);
    });
  });
});
