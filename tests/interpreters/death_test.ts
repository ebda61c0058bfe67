import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chan,
  type Channel,
  create,
  type Interpreter,
  InterpreterError,
  InterpreterNotFoundError,
  listAll,
  Mutex,
  NotShareableError,
  PeerLostError,
  type Sender,
  yieldNow,
} from "@pool/csp";
import { flags, withInterpreter, withInterpreters } from "../_interpreters.ts";
import { runtime } from "../_program.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

/** Runs `kill` in an interpreter with other work pending, and gives the errors of all of it. */
async function die(kill: () => unknown): Promise<{ error: InterpreterError; interp: Interpreter }> {
  const interp = create();
  const killed = rejection(interp.call(kill), "the call that dies");
  const queued = [interp.call(() => 1), interp.exec("1"), interp.prepareMain({ x: 1 })];
  const others = queued.map((promise) => rejection(promise, "a queued request"));
  const error = await killed;
  for (const other of [error, ...await Promise.all(others)]) {
    assert(other instanceof InterpreterError, String(other));
    assert.equal(other.name, "InterpreterError");
  }
  assert(!listAll().includes(interp), "still listed");
  await assert.rejects(interp.call(() => 1), InterpreterNotFoundError);
  assert.throws(() => interp.isRunning(), InterpreterNotFoundError);
  await within(interp[Symbol.asyncDispose]());
  return { error: error as InterpreterError, interp };
}

test("Interpreter that calls process.exit() rejects everything with the code as cause", async () => {
  for (const code of [0, 7]) {
    const { error } = await die(code === 0 ? () => process.exit(0) : () => process.exit(7));
    assert(error.cause !== undefined, "no cause");
    // Deno does not tell the code of a worker's exit.
    if (code === 7 && runtime !== "deno") assert.match(`${error.message} ${error.cause}`, /7/);
  }
});

test("Interpreter that exits later, from a timer, rejects everything", async () => {
  const { error } = await die(() => {
    setTimeout(() => process.exit(5), 1);
    return new Promise(() => {});
  });
  assert(error.cause !== undefined, "no cause");
});

if (runtime === "deno") {
  test("Interpreter that calls Deno.exit() rejects everything", async () => {
    const { error } = await die(() => {
      (globalThis as unknown as { Deno: { exit(code: number): never } }).Deno.exit(4);
    });
    assert(error.cause !== undefined, "no cause");
  });
}

if (runtime !== "node") {
  test("Interpreter that calls close() of its own scope, where there is one, rejects everything", async () => {
    await die(() => {
      const { close } = globalThis as unknown as { close?: () => void };
      if (close === undefined) process.exit(0);
      close();
      return new Promise(() => {});
    });
  });
}

test("Interpreter that throws in a timer dies of that error", async () => {
  const { error } = await die(() => {
    setTimeout(() => {
      throw Object.assign(new RangeError("late"), { code: "LATE" });
    });
    return new Promise(() => {});
  });
  const cause = error.cause as RangeError & { code?: string };
  assert(cause instanceof RangeError, `cause is ${String(cause)}`);
  assert.equal(cause.message, "late");
  assert.equal(cause.code, "LATE");
  assert.match(error.message, /late/);
});

test("Interpreter that throws something that is no error dies of it", async () => {
  const { error } = await die(() => {
    setTimeout(() => {
      throw "a plain text";
    });
    return new Promise(() => {});
  });
  assert.match(String((error.cause as Error)?.message ?? error.cause), /a plain text/);
});

test("Interpreter with an unhandled rejection dies of it", async () => {
  const { error } = await die(() => {
    void Promise.reject(new TypeError("nobody cared"));
    return new Promise(() => {});
  });
  assert(error.cause instanceof TypeError, `cause is ${String(error.cause)}`);
  assert.match(error.cause.message, /nobody cared/);
});

test("Interpreter with an unhandled rejection in exec dies of it", async () => {
  const interp = create();
  const error = await rejection(interp.exec(`
    setTimeout(() => Promise.reject(new TypeError("nobody cared")));
    await new Promise(() => {});
  `));
  assert(error instanceof InterpreterError);
  assert.equal(error.name, "InterpreterError");
  assert(error.cause instanceof TypeError);
  assert(!listAll().includes(interp));
});

test("Interpreter that dies of something that cannot cross still rejects everything", async () => {
  await die(() => {
    setTimeout(() => {
      throw { fn() {}, map: new WeakMap() };
    });
    return new Promise(() => {});
  });
  await die(() => {
    setTimeout(() => {
      throw () => 1;
    });
    return new Promise(() => {});
  });
});

test("Interpreter that dies while it is idle leaves the list", async () => {
  const interp = create();
  const words = flags();
  await interp.call((words) => {
    const timer = setInterval(() => {
      if (Atomics.load(words, 0) === 0) return;
      clearInterval(timer);
      throw new Error("idle");
    }, 1);
  }, words);
  Atomics.store(words, 0, 1);
  const until = performance.now() + 10_000;
  while (listAll().includes(interp) && performance.now() < until) await new Promise((r) => setTimeout(r, 2));
  assert(!listAll().includes(interp));
  await assert.rejects(interp.call(() => 1), InterpreterNotFoundError);
});

test("Interpreter that dies does not harm others, and a sibling that waits for it is told why", async () => {
  await withInterpreters(2, async (a, b) => {
    const seen = await within(a!.call(async (other) => {
      const error = await other.call(() => {
        setTimeout(() => {
          throw new RangeError("in the other");
        });
        return new Promise(() => {});
      }).catch((error: unknown) => error) as Error;
      return [
        error.name,
        error instanceof csp.InterpreterError,
        (error.cause as Error)?.name,
        (error.cause as Error)?.message,
      ];
    }, b!));
    assert.deepEqual(seen, ["InterpreterError", true, "RangeError", "in the other"]);
    assert.equal(await within(a!.call(() => "alive")), "alive");
    assert(!listAll().includes(b!));
  });
});

test("Interpreter that dies after posting an answer has still answered", async () => {
  for (let i = 0; i < 10; i++) {
    const interp = create();
    const answer = interp.call(() => {
      queueMicrotask(() => setTimeout(() => process.exit(0)));
      return "x".repeat(10_000);
    });
    assert.equal((await within(answer)).length, 10_000);
    const until = performance.now() + 10_000;
    while (listAll().includes(interp) && performance.now() < until) {
      await new Promise((r) => setTimeout(r, 2));
    }
    assert(!listAll().includes(interp));
  }
});

test("Interpreter survives errors that somebody handles", async () => {
  await withInterpreter(async (interp) => {
    await within(interp.call(async () => {
      await Promise.reject(new Error("handled")).catch(() => {});
      const late = Promise.reject(new Error("handled in the same turn"));
      late.catch(() => {});
    }));
    assert.equal(await within(interp.call(() => "alive")), "alive");
  });
});

test("Interpreter that overflows its stack only fails the call", async () => {
  await withInterpreter(async (interp) => {
    const error = await rejection(interp.call(() => {
      const dig = (): number => 1 + dig();
      return dig();
    }));
    assert((error as Error).cause instanceof RangeError);
    assert.equal(await within(interp.call(() => "alive")), "alive");
  });
});

test("Interpreter that was sent a value nobody can revive in main rejects and main lives", async () => {
  await withInterpreter(async (interp) => {
    await interp.exec(`
      globalThis.Alien = class Alien {
        [csp.toShared]() { return 1; }
        static fromShared() { return new Alien(); }
      };
      csp.registerShareable("tests.Alien", Alien);
    `);
    type WithAlien = { Alien: new () => object };
    const asResult = await rejection(interp.call(() => new (globalThis as unknown as WithAlien).Alien()));
    assert(asResult instanceof NotShareableError, String(asResult));
    const inError = await rejection(interp.call(() => {
      throw Object.assign(new RangeError("with an alien"), {
        alien: new (globalThis as unknown as WithAlien).Alien(),
      });
    }));
    assert.match(String((inError as Error).message), /with an alien/);
    const streamed = await within(interp.call(function* () {
      yield 1;
      yield new (globalThis as unknown as WithAlien).Alien();
    }));
    assert.deepEqual(await within(streamed.next()), { done: false, value: 1 });
    assert((await rejection(streamed.next(), "the alien")) instanceof NotShareableError);
    assert.equal(await within(interp.call(() => "alive")), "alive");
  });
});

for (const how of ["throws", "rejects unseen", "exits"] as const) {
  test(`Channel.receiveSync() in main tells that the last sender's interpreter ${how} while main is blocked`, async () => {
    const interp = create();
    await interp.ready;
    const ch = chan<string>(1);
    const call = rejection(
      interp.call(
        (sender: Sender<string>, how: string) => {
          sender.trySend("begun");
          // Main has had that, and blocks for more, or is about to.
          setTimeout(() => {
            if (how === "throws") throw new RangeError("it throws");
            if (how === "exits") process.exit(3);
            void Promise.reject(new RangeError("it rejects unseen"));
          }, 1);
          return new Promise(() => sender);
        },
        ch.sender(),
        how,
      ),
      "the call that dies",
    );
    // The call has left, and main sees to nothing any more.
    await yieldNow();
    assert.equal(ch.receiveSync({ timeout: 5_000 }), "begun");
    assert.throws(() => ch.receiveSync({ timeout: 5_000 }), (error) => {
      assert(error instanceof PeerLostError, String(error));
      assert(error.cause instanceof InterpreterError, String(error.cause));
      assert.match(String(error.cause.cause), how === "exits" ? /exited/ : new RegExp(`it ${how}`));
      return true;
    });
    assert(await call instanceof InterpreterError);
  });
}

test("Mutex that a dying interpreter holds is given to a main that is blocked", async () => {
  const interp = create();
  await interp.ready;
  const mutex = new Mutex();
  const ch = chan<string>(1);
  const call = rejection(
    interp.call(
      async (mutex: Mutex, ch: Channel<string>) => {
        await mutex.lock();
        ch.trySend("held");
        setTimeout(() => process.exit(3), 1);
        return new Promise(() => {});
      },
      mutex,
      ch,
    ),
    "the call that dies",
  );
  await yieldNow();
  assert.equal(ch.receiveSync({ timeout: 5_000 }), "held");
  mutex.lockSync({ timeout: 5_000 }).release();
  assert(await call instanceof InterpreterError);
});
