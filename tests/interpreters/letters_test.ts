/** Letters between interpreters: in order whatever carries them, in floods, with parties that are blocked, and with some that die. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chan, create, getMain, type Interpreter, InterpreterError, sharedArray } from "@pool/csp";
import { flags, reached, withInterpreter, withInterpreters } from "../_interpreters.ts";
import { runProgram } from "../_program.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

const slow = { timeout: 60_000 };
const LETTER_WATCH: string = new URL("../../interpreters/letter_watch.ts", import.meta.url).href;

/** Calls that make a link get its rings. */
async function warm(interp: Interpreter): Promise<void> {
  for (let i = 0; i < 20; i++) await interp.call((n: number) => n, i);
}

/** Notes a number there, in the order in which calls begin. */
function note(n: number, _payload?: unknown): number {
  const { noted = [] } = globalThis as { noted?: number[] };
  Object.assign(globalThis, { noted });
  noted.push(n);
  return n;
}

function noted(): number[] {
  return (globalThis as unknown as { noted: number[] }).noted;
}

/** Arguments that go by different carriers, the same ones in turns. */
function payload(n: number): unknown {
  switch (n % 8) {
    case 0:
      return sharedArray(Int32Array, 1);
    case 1:
      return "x".repeat(100_000);
    case 2:
      return chan(1);
    case 3:
      return chan(1).receiver();
    case 4:
      return { n, deep: [n] };
    case 5:
      return new ArrayBuffer(10);
    default:
      return n;
  }
}

describe("Interpreter.call()", () => {
  test(
    "Interpreter.call() arrives in the order of the calls, whatever carries their arguments",
    slow,
    async () => {
      await withInterpreter(async (interp) => {
        await warm(interp);
        const results: Promise<number>[] = [];
        for (let n = 0; n < 500; n++) results.push(interp.call(note, n, payload(n)));
        const values = await within(Promise.all(results));
        assert.deepEqual(values, Array.from({ length: 500 }, (_, n) => n));
        assert.deepEqual(await interp.call(noted), values);
      });
    },
  );

  test("Interpreter.call() from inside on a sibling arrives in order as well", slow, async () => {
    await withInterpreters(2, async (one, other) => {
      await warm(one);
      await warm(other);
      const values = await within(one.call(async (other: Interpreter) => {
        const { chan, sharedArray } = await import("@pool/csp");
        const results: Promise<number>[] = [];
        for (let n = 0; n < 300; n++) {
          const payload = n % 5 === 0
            ? sharedArray(Int32Array, 1)
            : n % 5 === 1
            ? "x".repeat(100_000)
            : n % 5 === 2
            ? chan(1).sender()
            : n;
          results.push(other.call(
            (n: number, _payload: unknown) => {
              const { noted = [] } = globalThis as { noted?: number[] };
              Object.assign(globalThis, { noted });
              noted.push(n);
              return n;
            },
            n,
            payload,
          ));
        }
        return await Promise.all(results);
      }, other));
      assert.deepEqual(values, Array.from({ length: 300 }, (_, n) => n));
      assert.deepEqual(await other.call(noted), values);
    });
  });

  test("Interpreter.call() settles in the order of the replies, whatever carries them", slow, async () => {
    await withInterpreter(async (interp) => {
      await warm(interp);
      const settled: number[] = [];
      const results = Array.from({ length: 400 }, (_, n) =>
        interp.call((n: number) => {
          if (n % 7 === 3) throw new RangeError(`odd ${n}`);
          return n % 4 === 0
            ? new Int32Array(new SharedArrayBuffer(8))
            : n % 4 === 1
            ? "y".repeat(90_000)
            : n % 4 === 2
            ? { n }
            : n;
        }, n).then(() => settled.push(n), () => settled.push(n)));
      await within(Promise.all(results));
      assert.deepEqual(settled, Array.from({ length: 400 }, (_, n) => n));
    });
  });

  test(
    "Interpreter.call() sends more at once than its ring holds, and gets it all back in order",
    slow,
    async () => {
      await withInterpreter(async (interp) => {
        await warm(interp);
        const text = "0123456789".repeat(20);
        const results: Promise<string>[] = [];
        for (let n = 0; n < 12_000; n++) {
          results.push(interp.call(
            (n: number, text: string) => {
              const { noted = [] } = globalThis as { noted?: number[] };
              Object.assign(globalThis, { noted });
              noted.push(n);
              return `${n} ${text}`;
            },
            n,
            text,
          ));
        }
        const values = await within(Promise.all(results), "the flood", 40_000);
        assert.ok(values.every((value, n) => value === `${n} ${text}`));
        const order = await interp.call(noted);
        assert.equal(order.length, 12_000);
        assert.ok(order.every((n, i) => n === i));
      }, { mode: "concurrent" });
    },
  );

  test("Interpreter.call() in a flood lets timers over there have their turn", slow, async () => {
    await withInterpreter(async (interp) => {
      await warm(interp);
      const busy = (): boolean => {
        const until = performance.now() + 0.05;
        while (performance.now() < until);
        return (globalThis as { late?: boolean }).late === true;
      };
      await interp.call(() => void setTimeout(() => Object.assign(globalThis, { late: true }), 1));
      // A twentieth of a second's work, all of it there before the first of it is read.
      const results: Promise<boolean>[] = [];
      for (let n = 0; n < 1000; n++) results.push(interp.call(busy));
      const saw = await within(Promise.all(results));
      assert.equal(saw.at(-1), true);
    }, { mode: "concurrent" });
  });

  test("Interpreter.call() in a flood lets timers here have their turn", slow, async () => {
    await withInterpreter(async (interp) => {
      await warm(interp);
      let settled = 0;
      const results = Array.from(
        { length: 20_000 },
        (_, n) => interp.call((n: number) => n, n).then(() => settled++),
      );
      const at = await new Promise<number>((resolve) => setTimeout(() => resolve(settled), 0));
      assert.ok(at < 20_000, `${at} calls had settled when a timer of 0 ms fired`);
      await within(Promise.all(results));
    }, { mode: "concurrent" });
  });
});

describe("Interpreter.call() with blocked parties", () => {
  test(
    "Interpreter.call() has left when it returns: its caller may block by its own means",
    slow,
    async () => {
      await withInterpreter(async (interp) => {
        await warm(interp);
        const words = flags();
        await interp.prepareMain({ words });
        const mark = (n: number): number => {
          const { words } = globalThis as unknown as { words: Int32Array };
          Atomics.add(words, 0, 1);
          Atomics.notify(words, 0);
          return n;
        };
        await interp.call(mark, 0);
        const results = Array.from({ length: 100 }, (_, n) => interp.call(mark, n));
        const until = performance.now() + 10_000;
        for (let seen = 0; seen < 101 && performance.now() < until; seen = Atomics.load(words, 0)) {
          Atomics.wait(words, 0, seen, 50);
        }
        assert.equal(Atomics.load(words, 0), 101);
        await Promise.all(results);
      }, { mode: "concurrent" });
    },
  );

  test(
    "Interpreter.call() on a serial interpreter that is blocked is heard when it goes on",
    slow,
    async () => {
      await withInterpreters(2, async (blocked, other) => {
        await warm(blocked);
        await warm(other);
        const gate = chan<number>();
        const words = flags();
        const first = blocked.call(
          (gate, words: Int32Array) => {
            Atomics.store(words, 0, 1);
            return gate.receiveSync();
          },
          gate,
          words,
        );
        await reached(words, 0);
        const later: Promise<number>[] = [];
        for (let n = 0; n < 1000; n++) later.push(blocked.call(note, n));
        // Everybody else goes on meanwhile.
        assert.equal(await within(other.call((n: number) => n, 5)), 5);
        const between = other.call(
          async (blocked: Interpreter) => await blocked.call((n: number) => n + 1, 1),
          blocked,
        );
        await gate.send(9);
        assert.equal(await within(first), 9);
        assert.deepEqual(await within(Promise.all(later)), Array.from({ length: 1000 }, (_, n) => n));
        assert.equal(await within(between), 2);
      });
    },
  );

  test(
    "A main interpreter that is blocked hears afterwards what came meanwhile, in order",
    slow,
    async () => {
      await withInterpreters(2, async (one, other) => {
        await warm(one);
        await warm(other);
        const gate = chan<number>();
        const done = one.call(
          async (main: Interpreter, other: Interpreter, gate) => {
            const calls: Promise<unknown>[] = [];
            for (let n = 0; n < 200; n++) {
              calls.push(main.call((n: number) => {
                const { heardInMain = [] } = globalThis as { heardInMain?: number[] };
                Object.assign(globalThis, { heardInMain });
                heardInMain.push(n);
              }, n));
              if (n % 10 === 0) calls.push(other.call((n: number) => n, n));
            }
            await gate.send(1);
            await Promise.all(calls);
            return calls.length;
          },
          getMain(),
          other,
          gate,
        );
        // Both calls have left; then this thread hears nothing but the channel.
        await new Promise((resolve) => setTimeout(resolve, 0));
        assert.equal(gate.receiveSync(), 1);
        assert.equal(await within(done), 220);
        const heard = (globalThis as unknown as { heardInMain: number[] }).heardInMain;
        delete (globalThis as { heardInMain?: number[] }).heardInMain;
        assert.deepEqual(heard, Array.from({ length: 200 }, (_, n) => n));
      });
    },
  );
});

describe("Letters of interpreters that end", () => {
  test("An interpreter that exits has sent what it sent before", slow, async () => {
    const interp = create({ mode: "concurrent" });
    await warm(interp);
    await interp.call(async (main: Interpreter) => {
      for (let i = 0; i < 20; i++) await main.call((i: number) => i, i);
      Object.assign(globalThis, { main });
    }, getMain());
    const call = interp.call(() => {
      const { main } = globalThis as unknown as { main: Interpreter };
      for (let n = 0; n < 300; n++) {
        main.call((n: number) => {
          const { lastWords = [] } = globalThis as { lastWords?: number[] };
          Object.assign(globalThis, { lastWords });
          lastWords.push(n);
        }, n).catch(() => {});
      }
      // After the analysis of that function, which the first of these calls waits for.
      return new Promise<never>(() => {
        setTimeout(() => process.exit(3), 50);
      });
    });
    assert.ok(await rejection(call) instanceof InterpreterError);
    const { lastWords } = globalThis as unknown as { lastWords: number[] };
    delete (globalThis as { lastWords?: number[] }).lastWords;
    assert.deepEqual(lastWords, Array.from({ length: 300 }, (_, n) => n));
  });

  test("Replies that were sent before an uncaught error still arrive", slow, async () => {
    for (let round = 0; round < 5; round++) {
      const interp = create({ mode: "concurrent" });
      await warm(interp);
      const results: Promise<number>[] = [];
      for (let n = 0; n < 500; n++) results.push(interp.call((n: number) => n, n));
      const last = interp.call(() => {
        setTimeout(() => {
          throw new RangeError("enough");
        }, 0);
        return new Promise<never>(() => {});
      });
      const error = await rejection(last);
      assert.ok(error instanceof InterpreterError, String(error));
      assert.deepEqual(await within(Promise.all(results)), Array.from({ length: 500 }, (_, n) => n));
    }
  });

  test("Interpreter.close({ force }) settles every call, wherever its letter is", slow, async () => {
    for (let round = 0; round < 12; round++) {
      const interp = create({ mode: round % 2 === 0 ? "serial" : "concurrent" });
      await warm(interp);
      const results: Promise<number>[] = [];
      for (let n = 0; n < 3000; n++) results.push(interp.call((n: number) => n, n));
      for (let hops = 0; hops < round; hops++) await new Promise((resolve) => setTimeout(resolve, 0));
      const closed = interp.close({ force: true });
      const settled = await within(Promise.allSettled(results));
      await within(closed);
      const first = settled.findIndex(({ status }) => status === "rejected");
      for (const [n, outcome] of settled.entries()) {
        if (outcome.status === "fulfilled") assert.ok(outcome.value === n && (first < 0 || n < first));
        else assert.ok(outcome.reason instanceof InterpreterError, String(outcome.reason));
      }
    }
  });
});

test(
  "A thread that sleeps is woken by the next who rings, though one was terminated before it had notified",
  slow,
  async () => {
    // What `ring` does, up to the instant in which its thread is terminated.
    const { stdout, stderr, code } = await runProgram(
      `
    import { ring, watchLetters } from ${JSON.stringify(LETTER_WATCH)};
    const NEWS = 1, ASLEEP = 2;
    const bell = { words: new Int32Array(new SharedArrayBuffer(64)), index: 0 };
    let reads = 0;
    watchLetters({ readUntil() { reads++; return false; } }, bell);
    const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
    while (Atomics.load(bell.words, 0) !== ASLEEP) await turn();
    Atomics.or(bell.words, 0, NEWS);
    for (let i = 0; i < 20; i++) await turn();
    if (reads !== 0) throw new Error("nobody has notified");
    ring(bell);
    while (reads === 0) await turn();
    // It looks and sleeps again as ever.
    while (Atomics.load(bell.words, 0) !== ASLEEP) await turn();
    ring(bell);
    while (reads === 1) await turn();
    console.log(reads);
  `,
      { limit: 10_000 },
    );
    assert.equal(code, 0, stderr);
    assert.equal(stdout.trim(), "2");
  },
);

describe("Interpreter.with()", () => {
  test("Interpreter.with({ signal }) stops thousands of calls at once, begun or not", slow, async () => {
    for (const mode of ["serial", "concurrent"] as const) {
      await withInterpreter(async (interp) => {
        await warm(interp);
        const controller = new AbortController();
        const limited = interp.with({ signal: controller.signal });
        const results: Promise<unknown>[] = [];
        for (let n = 0; n < 10_000; n++) {
          results.push(limited.call(async () => {
            const { signal } = csp.currentProcess();
            await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
          }));
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
        controller.abort(new RangeError("all of them"));
        const settled = await within(Promise.allSettled(results));
        assert.ok(
          settled.every((one) => one.status === "rejected" && one.reason === controller.signal.reason),
        );
        // Whatever flags they had can be used again, and say nothing to the next.
        const again: Promise<boolean>[] = [];
        const other = interp.with({ timeout: 60_000 });
        for (let n = 0; n < 5000; n++) again.push(other.call(() => csp.currentProcess().signal.aborted));
        assert.ok((await within(Promise.all(again))).every((aborted) => aborted === false));
      }, { mode });
    }
  });

  test("Interpreter.with() tells a loop that never awaits why it is to stop", slow, async () => {
    await withInterpreter(async (interp) => {
      await warm(interp);
      for (let round = 0; round < 3; round++) {
        const controller = new AbortController();
        const words = flags();
        const call = interp.with({ signal: controller.signal }).call((words: Int32Array) => {
          const { signal } = csp.currentProcess();
          Atomics.store(words, 0, 1);
          while (!signal.aborted);
          (globalThis as { why?: unknown }).why = `${signal.reason.name}: ${signal.reason.message}`;
          Atomics.store(words, 1, 1);
        }, words);
        await reached(words, 0);
        controller.abort(new RangeError(`enough ${round}`));
        await rejection(call);
        await reached(words, 1);
        const why = await within(interp.call(() => (globalThis as { why?: unknown }).why));
        assert.equal(why, `RangeError: enough ${round}`);
      }
    });
  });
});
