import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  getMain,
  type Interpreter,
  InterpreterError,
  InterpreterNotFoundError,
  listAll,
  yieldNow,
} from "@pool/csp";
import { flags, reached, withInterpreter, withInterpreters } from "../_interpreters.ts";
import { runProgram } from "../_program.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

/** An InterpreterError that is none of its subclasses. */
function plain(error: unknown): boolean {
  return error instanceof InterpreterError && error.name === "InterpreterError";
}

test("Interpreter.isRunning() tells whether a call is running", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    await interp.call(() => 1);
    assert.equal(interp.isRunning(), false);
    const call = interp.call((words) => {
      Atomics.store(words, 0, 1);
      Atomics.wait(words, 1, 0);
    }, words);
    assert.equal(interp.isRunning(), true);
    await reached(words, 0);
    assert.equal(interp.isRunning(), true);
    Atomics.store(words, 1, 1);
    Atomics.notify(words, 1);
    await within(call);
    assert.equal(interp.isRunning(), false);
    await within(interp.exec("await null"));
    assert.equal(interp.isRunning(), false);
    await interp.call(() => {
      throw new Error("over");
    }).catch(() => {});
    assert.equal(interp.isRunning(), false);
  });
});

test("Interpreter.isRunning() is true while exec runs, and seen by siblings", async () => {
  await withInterpreters(2, async (a, b) => {
    const words = flags();
    await a!.prepareMain({ words });
    const exec = a!.exec("Atomics.store(words, 0, 1); Atomics.wait(words, 1, 0)");
    await reached(words, 0);
    assert.equal(a!.isRunning(), true);
    assert.equal(await within(b!.call((other) => other.isRunning(), a!)), true);
    Atomics.store(words, 1, 1);
    Atomics.notify(words, 1);
    await within(exec);
    assert.equal(await within(b!.call((other) => other.isRunning(), a!)), false);
  });
});

test("An interpreter runs no longer when what it does is over, though who has called it has ended", async () => {
  await withInterpreters(1, async (callee) => {
    for (const force of [true, false]) {
      const words = flags();
      const caller = create();
      await within(caller.call(
        (other: Interpreter, words: Int32Array<SharedArrayBuffer>) => {
          other.call((words) => {
            Atomics.store(words, 0, 1);
            Atomics.wait(words, 1, 0);
            Atomics.store(words, 2, 1);
          }, words).catch(() => {});
        },
        callee!,
        words,
      ));
      await reached(words, 0);
      await within(caller.close({ force }));
      assert.equal(callee!.isRunning(), true);
      Atomics.store(words, 1, 1);
      Atomics.notify(words, 1);
      await reached(words, 2);
      await within(callee!.call(() => {}));
      assert.equal(callee!.isRunning(), false);
    }
    await within(callee!.close());
  });
});

test("Calling an interpreter that has died while it stood idle says why", async () => {
  const interp = create();
  await interp.call(() => {
    setTimeout(() => {
      throw new RangeError("of its own");
    });
  });
  while (listAll().includes(interp)) await yieldNow();
  const error = await rejection(interp.call(() => 1)) as Error;
  assert(error instanceof InterpreterNotFoundError);
  assert.match(String((error.cause as Error).message), /died: RangeError: of its own/);
});

test("Interpreter.isRunning() is false with background activity alone", async () => {
  await withInterpreter(async (interp) => {
    await interp.exec("var timer = setInterval(() => {}, 1)");
    assert.equal(interp.isRunning(), false);
    await within(interp.close());
  });
});

test("Interpreter.close() takes it off the list and every method then finds nothing", async () => {
  const interp = create();
  await interp.call(() => 1);
  assert.equal(await within(interp.close()), undefined);
  assert(!listAll().includes(interp));
  assert.throws(() => interp.isRunning(), InterpreterNotFoundError);
  await assert.rejects(interp.call(() => 1), InterpreterNotFoundError);
  await assert.rejects(interp.exec("1"), InterpreterNotFoundError);
  await assert.rejects(interp.prepareMain({ x: 1 }), InterpreterNotFoundError);
  await assert.rejects(interp.callInThread(() => 1).result, InterpreterNotFoundError);
  await assert.rejects(interp.with({ timeout: 10 }).call(() => 1), InterpreterNotFoundError);
  await assert.rejects(interp.with({ timeout: 10 }).exec("1"), InterpreterNotFoundError);
  await assert.rejects(interp.with({}).callInThread(() => 1).result, InterpreterNotFoundError);
  await assert.rejects(interp.close(), InterpreterNotFoundError);
  await assert.rejects(interp.close({ force: true }), InterpreterNotFoundError);
  await interp[Symbol.asyncDispose]();
});

test("Interpreter.close() right after create() ends it", async () => {
  for (const force of [false, true]) {
    const interp = create();
    await within(interp.close({ force }));
    assert(!listAll().includes(interp));
    const error = await rejection(create().close().then(() => interp.ready), "ready of a closed interpreter");
    assert(error instanceof InterpreterError, String(error));
  }
});

test("Interpreter.ready settles when it is closed while it boots", async () => {
  const interp = create();
  const ready = interp.ready;
  await within(interp.close({ force: true }));
  // Whether it had booted by then depends on the machine.
  const outcome = await within(ready.then(() => "booted", (error: unknown) => error), "ready");
  assert(outcome === "booted" || outcome instanceof InterpreterError, String(outcome));
});

test("Interpreter.ready never makes an unhandled rejection by itself", async () => {
  const interp = create();
  void interp.ready;
  await within(interp.close({ force: true }));
  // by then the runtime would have reported it
  await yieldNow();
  await yieldNow();
});

test("Interpreter.close() while running is refused and the call goes on", async () => {
  await withInterpreters(2, async (interp, sibling) => {
    const words = flags();
    const call = interp!.call(async (words) => {
      Atomics.store(words, 0, 1);
      while (Atomics.load(words, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      return "finished";
    }, words);
    await reached(words, 0);
    assert(plain(await rejection(interp!.close(), "close")));
    assert(plain(await rejection(interp!.close({}), "close")));
    const fromSibling = await within(
      sibling!.call(
        async (other) => await other.close().then(() => "closed", (error) => error.name),
        interp!,
      ),
    );
    assert.equal(fromSibling, "InterpreterError");
    assert(listAll().includes(interp!));
    Atomics.store(words, 1, 1);
    assert.equal(await within(call), "finished");
    await within(interp!.close());
  });
});

test("Interpreter.close() right after a call was made counts as running", async () => {
  await withInterpreter(async (interp) => {
    await interp.ready;
    const call = interp.call(() => "done");
    assert(plain(await rejection(interp.close(), "close")));
    assert.equal(await within(call), "done");
  });
});

// In a program of its own the parser is not loaded yet, so the first call needs a moment before it leaves.
test(
  "Interpreter.isRunning() and close() know of the very first call of a program",
  { timeout: 30_000 },
  async () => {
    const result = await runProgram(`
    import { create } from "@pool/csp";
    const interp = create();
    await interp.ready;
    const call = interp.call(() => "done").catch((error) => error.name);
    console.log(interp.isRunning());
    console.log(await interp.close().then(() => "closed", (error) => error.name));
    console.log(await call);
  `);
    assert.deepEqual([result.stdout, result.code], ["true\nInterpreterError\ndone\n", 0], result.stderr);
  },
);

test("Interpreter.close() of itself is refused, with and without force", async () => {
  await withInterpreter(async (interp) => {
    const names = await within(interp.call(async () => {
      const names: string[] = [];
      for (const force of [false, true]) {
        names.push(await csp.getCurrent().close({ force }).then(() => "closed", (error) => error.name));
      }
      return names;
    }));
    assert.deepEqual(names, ["InterpreterError", "InterpreterError"]);
    assert.equal(await within(interp.call(() => "alive")), "alive");
  });
});

test("Interpreter.close() twice at once settles both", async () => {
  const interp = create();
  await interp.ready;
  const outcomes = await within(Promise.allSettled([interp.close(), interp.close()]));
  assert.equal(outcomes[0]!.status, "fulfilled");
  assert.equal(outcomes[1]!.status, "rejected");
  assert((outcomes[1] as PromiseRejectedResult).reason instanceof InterpreterNotFoundError);
});

test("Interpreter.close() refuses options of the wrong kind and closes nothing", async () => {
  await withInterpreter(async (interp) => {
    await assert.rejects(interp.close(null as never), TypeError);
    await assert.rejects(interp.close({ forced: true } as never), TypeError);
    await assert.rejects(interp.close(true as never), TypeError);
    for (const force of ["yes", 1, null, {}]) {
      await assert.rejects(interp.close({ force } as never), TypeError, String(force));
    }
    assert.equal(await interp.call(() => 1), 1);
  });
});

test("Interpreter.close() works while timers and sockets are left open inside", async () => {
  const interp = create();
  await interp.exec(`
    setInterval(() => {}, 1);
    const { createServer } = await import("node:net");
    globalThis.server = createServer().listen(0, "127.0.0.1");
  `);
  await within(interp.close());
  assert(!listAll().includes(interp));
});

test("Interpreter closed by a sibling is gone for everybody", async () => {
  await withInterpreters(2, async (a, b) => {
    await within(a!.call(async (other) => {
      await other.close();
    }, b!));
    assert.deepEqual(listAll(), [getMain(), a]);
    await assert.rejects(b!.call(() => 1), InterpreterNotFoundError);
    const seen = await a!.call((other) => csp.listAll().includes(other), b!);
    assert.equal(seen, false);
  });
});

test("Interpreter[Symbol.asyncDispose]() closes by force, once or more", async () => {
  const interp = create();
  const words = flags();
  const call = interp.call((words) => {
    Atomics.store(words, 0, 1);
    Atomics.wait(words, 1, 0);
  }, words);
  await reached(words, 0);
  const failed = rejection(call, "the pending call");
  await within(interp[Symbol.asyncDispose]());
  assert((await failed) instanceof InterpreterError);
  await within(interp[Symbol.asyncDispose]());
  assert(!listAll().includes(interp));
});
