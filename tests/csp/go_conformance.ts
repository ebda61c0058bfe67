/** What a process is, whichever way it was started: results, errors, cancelling, who it is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as csp from "@pool/csp";
import { NotShareableError, Process, TimeoutError } from "@pool/csp";
import { flags, reached } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";
import type { Form } from "./_go_forms.ts";

/** Tests results and errors of processes of one form. */
export function conformOutcomes({ name, start, here }: Form): void {
  test(`${name}: await gives the result, copied as it crosses`, async () => {
    const process = start()((a: number, b: string) => ({ a, b, list: [a, a] }), 1, "x");
    assert(process instanceof Process);
    assert.equal(process.status, "running");
    assert.deepEqual(await within(process), { a: 1, b: "x", list: [1, 1] });
    assert.equal(process.status, "done");
  });

  test(`${name}: await gives what a promise resolves to, and undefined`, async () => {
    assert.equal(
      await within(
        start()(async () => {
          await null;
          return 7n;
        }),
      ),
      7n,
    );
    assert.equal(await within(start()(() => {})), undefined);
  });

  test(`${name}: awaiting twice, then, catch and finally give the same`, async () => {
    const process = start()(() => 5);
    let finals = 0;
    assert.deepEqual(
      await within(Promise.all([
        process,
        process,
        process.then((n) => n + 1),
        process.catch(() => 0),
        process.finally(() => finals++),
      ])),
      [5, 5, 6, 5, 5],
    );
    assert.equal(finals, 1);
    const failing = start()(() => {
      throw new RangeError("no");
    });
    const [a, b] = [await rejection(failing), await rejection(failing)];
    assert.equal(a, b);
    assert.equal(await failing.catch((error: RangeError) => error.message), "no");
    assert.equal(await failing.then(() => 1, () => 2), 2);
    assert.equal(await rejection(failing.finally(() => finals++)), a);
    assert.equal(finals, 2);
  });

  test(`${name}: an error comes back as itself: class, cause, own fields, stack`, async () => {
    const process = start()(function digDeep() {
      throw Object.assign(new RangeError("too deep", { cause: new TypeError("rock") }), { depth: 40 });
    });
    const error = await rejection(process) as RangeError & { depth: number };
    assert(error instanceof RangeError);
    assert.equal(error.message, "too deep");
    assert.equal(error.depth, 40);
    assert(error.cause instanceof TypeError);
    assert.equal(error.cause.message, "rock");
    assert.match(error.stack!, /digDeep/);
    if (!here) assert.match(error.stack!, /at process "digDeep" \(\d+\) in interpreter \d+ \(".*"\)/);
    assert.equal(process.status, "failed");
  });

  test(`${name}: anything can be thrown`, async () => {
    for (const thrown of ["text", 5, null, undefined, 7n, true]) {
      const process = start()((value: unknown) => {
        throw value;
      }, thrown);
      const outcome = await within(process.then(() => ({ value: 1 }), (error: unknown) => ({ error })));
      assert.deepEqual(outcome, { error: thrown });
      assert.equal(process.status, "failed");
    }
    const object = await rejection(
      start()(() => {
        throw { code: 1 };
      }),
    );
    assert.deepEqual(object, { code: 1 });
    const aggregate = await rejection(
      start()(() => {
        throw new AggregateError([new TypeError("a"), 2], "both");
      }),
    ) as AggregateError;
    assert(aggregate instanceof AggregateError);
    assert(aggregate.errors[0] instanceof TypeError);
    assert.equal(aggregate.errors[1], 2);
  });

  test(`${name}: join() waits for the end and never rejects`, async () => {
    const words = flags();
    const process = start()(async (words: Int32Array<SharedArrayBuffer>) => {
      while (Atomics.load(words, 0) === 0) await csp.sleep(1);
      throw new Error("in the end");
    }, words);
    process.catch(() => {});
    let joined = false;
    const joining = process.join().then(() => joined = true);
    await csp.sleep(5);
    assert.equal(joined, false);
    Atomics.store(words, 0, 1);
    await within(joining);
    assert.equal(process.status, "failed");
    assert.equal(await within(process.join()), undefined);
  });

  test(`${name}: currentProcess() is the process: id, name, signal`, async () => {
    const look = async function look() {
      const before = csp.currentProcess();
      await null;
      await csp.sleep(1);
      const after = csp.currentProcess();
      return [before.id, after.id, before.name, after.name, before.signal === after.signal];
    };
    const process = start()(look);
    assert.deepEqual(await within(process), [process.id, process.id, "look", "look", true]);
    assert.equal(process.name, "look");
    const named = start({ name: "kepler" })(look);
    assert.deepEqual((await within(named)).slice(0, 3), [named.id, named.id, "kepler"]);
    assert.equal(named.name, "kepler");
    assert(named.id > process.id);
  });

  test(`${name}: the library is there by import, and by no global name`, async () => {
    const process = start()(async () => {
      const { chan, select } = await import("@pool/csp");
      const channel = chan<number>(1);
      await channel.send(1);
      return [(await select([channel, null])).value, "csp" in globalThis];
    });
    assert.deepEqual(await within(process), [1, false]);
  });

  if (here) return;

  test(`${name}: a result that cannot cross rejects with NotShareableError, path result`, async () => {
    const process = start()(() => ({ list: [1, () => 1] }));
    const error = await rejection(process) as NotShareableError;
    assert(error instanceof NotShareableError);
    assert.equal(error.path, "result.list[1]");
    assert.equal(process.status, "failed");
    assert.match(error.stack!, /at process/);
  });

  test(`${name}: refused functions and arguments throw at once, with the path`, async () => {
    const outer = Math.random();
    function refused(path: string, start: () => unknown): void {
      assert.throws(start, (error: NotShareableError) => {
        assert(error instanceof NotShareableError, String(error));
        assert.equal(error.path, path);
        return true;
      });
    }
    refused("args[0]", () => start()((f: unknown) => f, () => 1));
    refused("args[1].deep[0]", () => start()((_a: number, b: unknown) => b, 1, { deep: [new WeakMap()] }));
    if (name.startsWith("go.with")) {
      const captured = await rejection(start()(() => outer)) as NotShareableError;
      assert(captured instanceof NotShareableError);
      assert.deepEqual(captured.captured, ["outer"]);
    } else refused("fn", () => start()(() => outer));
    refused("fn", () => start()(Math.max, 1, 2));
    assert.equal(await within(start()(() => 3)), 3);
  });

  test(`${name}: what is no function throws TypeError at once`, () => {
    for (const value of [undefined, null, 5, "f", {}]) {
      assert.throws(() => start()(value as never), TypeError);
    }
  });
}

/** Tests cancelling of processes of one form. */
export function conformCancelling({ name, start, here, blocks }: Form): void {
  test(`${name}: cancel() makes the operation it waits in reject, with the reason itself for the caller`, async () => {
    const words = flags();
    const process = start()(async (words: Int32Array<SharedArrayBuffer>) => {
      Atomics.store(words, 0, 1);
      try {
        await csp.sleep(60_000);
      } finally {
        Atomics.store(words, 1, csp.currentProcess().signal.aborted ? 1 : 2);
      }
    }, words);
    await reached(words, 0);
    const reason = { why: "enough" };
    process.cancel(reason);
    process.cancel("too late");
    assert.equal(process.status, "running");
    assert.equal(await rejection(process), reason);
    assert.equal(process.status, "cancelled");
    assert.equal(words[1], 1);
    process.cancel("again");
    assert.equal(process.status, "cancelled");
  });

  test(`${name}: cancel() without a reason rejects with an AbortError that names the process`, async () => {
    const process = start({ name: "sleepy" })(() => csp.sleep(60_000));
    process.cancel();
    const error = await rejection(process) as DOMException;
    assert(error instanceof DOMException);
    assert.equal(error.name, "AbortError");
    assert.match(error.message, /"sleepy"/);
    const odd = start()(() => csp.sleep(60_000));
    assert.equal(odd.name, "anonymous");
    odd.cancel(undefined);
    assert.match(String(await rejection(odd)), /^AbortError: .*anonymous/);
    assert.equal(odd.status, "cancelled");
  });

  test(`${name}: cancel() ends every kind of wait`, async () => {
    type Words = Int32Array<SharedArrayBuffer>;
    const waits = {
      process: async (words: Words) => {
        Atomics.store(words, 0, 1);
        const child = csp.go(() => csp.sleep(60_000));
        try {
          await child;
        } finally {
          child.cancel();
        }
      },
      join: async (words: Words) => {
        Atomics.store(words, 0, 1);
        const child = csp.go.local(() => csp.sleep(60_000));
        try {
          await child.join();
        } finally {
          child.cancel();
        }
      },
      call: async (words: Words) => {
        const interpreter = csp.create();
        Atomics.store(words, 0, 1);
        try {
          await interpreter.call(() => new Promise(() => {}));
        } finally {
          // What it waits for after that, it waits for.
          await interpreter.close({ force: true });
          await csp.go(() => 1);
        }
      },
      receive: async (words: Words) => {
        Atomics.store(words, 0, 1);
        await csp.chan().receive();
      },
      send: async (words: Words) => {
        Atomics.store(words, 0, 1);
        await csp.chan().send(1);
      },
      iterate: async (words: Words) => {
        Atomics.store(words, 0, 1);
        for await (const _ of csp.chan());
      },
      select: async (words: Words) => {
        Atomics.store(words, 0, 1);
        await csp.select([csp.chan(), csp.never]);
      },
      yield: async (words: Words) => {
        Atomics.store(words, 0, 1);
        for (;;) await csp.yieldNow();
      },
    };
    for (const [what, wait] of Object.entries(waits)) {
      const words = flags();
      const process = start()(wait, words);
      await reached(words, 0);
      process.cancel(what);
      assert.equal(await rejection(process, what), what);
      assert.equal(process.status, "cancelled", what);
    }
  });

  if (!here && name !== "go.with({ interpreter }), main") {
    test(`${name}: cancel() shows in a loop that never awaits, and in throwIfAborted`, async () => {
      const words = flags();
      const process = start()((words: Int32Array<SharedArrayBuffer>) => {
        const { signal } = csp.currentProcess();
        Atomics.store(words, 0, 1);
        for (;;) signal.throwIfAborted();
      }, words);
      await reached(words, 0);
      process.cancel("stop");
      assert.equal(await rejection(process), "stop");
      assert.equal(process.status, "cancelled");
      const counting = start()((words: Int32Array<SharedArrayBuffer>) => {
        const { signal } = csp.currentProcess();
        Atomics.store(words, 1, 1);
        while (!signal.aborted);
        return signal.reason;
      }, words);
      await reached(words, 1);
      counting.cancel("and tell");
      assert.equal(await within(counting), "and tell");
      assert.equal(counting.status, "done");
    });

    if (blocks) {
      test(`${name}: cancel() ends blocking waits, and their channel loses nothing`, async () => {
        const words = flags();
        const channel = csp.chan<number>();
        const process = start()(
          (channel: csp.Channel<number>, words: Int32Array<SharedArrayBuffer>) => {
            Atomics.store(words, 0, 1);
            return channel.receiveSync();
          },
          channel,
          words,
        );
        await reached(words, 0);
        process.cancel("no more");
        assert.equal(await rejection(process), "no more");
        assert.equal(process.status, "cancelled");
        const sending = start()(
          (channel: csp.Channel<number>, words: Int32Array<SharedArrayBuffer>) => {
            Atomics.store(words, 1, 1);
            channel.sendSync(1);
          },
          channel,
          words,
        );
        await reached(words, 1);
        sending.cancel("nor sending");
        assert.equal(await rejection(sending), "nor sending");
        assert.deepEqual(channel.tryReceive(), { state: "empty" });
        assert.equal(channel.trySend(1), false);
        const selecting = start()(
          (channel: csp.Channel<number>, words: Int32Array<SharedArrayBuffer>) => {
            Atomics.store(words, 2, 1);
            csp.selectSync([channel]);
          },
          channel,
          words,
        );
        await reached(words, 2);
        selecting.cancel("nor selecting");
        assert.equal(await rejection(selecting), "nor selecting");
      });

      test(`${name}: cancel() ends blocking waits for locks, which stay in order for the others`, async () => {
        const words = flags();
        const mutex = new csp.Mutex();
        const held = await mutex.lock();
        const process = start()(
          (mutex: csp.Mutex, words: Int32Array<SharedArrayBuffer>) => {
            Atomics.store(words, 0, 1);
            mutex.lockSync().release();
          },
          mutex,
          words,
        );
        await reached(words, 0);
        const next = mutex.lock();
        process.cancel("no more");
        assert.equal(await rejection(process), "no more");
        assert.equal(process.status, "cancelled");
        held.release();
        (await within(next)).release();
      });
    }
  }

  test(`${name}: a process that returns after all is done; one that throws something else is cancelled`, async () => {
    const words = flags();
    const returning = start()(async (words: Int32Array<SharedArrayBuffer>) => {
      Atomics.store(words, 0, 1);
      await csp.sleep(60_000).catch(() => {});
      return "anyhow";
    }, words);
    await reached(words, 0);
    returning.cancel();
    assert.equal(await within(returning), "anyhow");
    assert.equal(returning.status, "done");
    const throwing = start()(async (words: Int32Array<SharedArrayBuffer>) => {
      Atomics.store(words, 1, 1);
      await csp.sleep(60_000).catch(() => {});
      throw new RangeError("other");
    }, words);
    await reached(words, 1);
    throwing.cancel();
    assert((await rejection(throwing)) instanceof RangeError);
    assert.equal(throwing.status, "cancelled");
  });

  test(`${name}: cancel() after the end changes nothing`, async () => {
    const process = start()(() => 1);
    await within(process);
    process.cancel("late");
    assert.equal(process.status, "done");
    assert.equal(await within(process), 1);
    const failed = start()(() => {
      throw new Error("before");
    });
    await rejection(failed);
    failed.cancel("late");
    assert.equal(failed.status, "failed");
    assert.equal((await rejection(failed) as Error).message, "before");
  });

  test(`${name}: cancel() before it could begin: it never begins`, async () => {
    const words = flags();
    const process = start()(async (words: Int32Array<SharedArrayBuffer>) => {
      await null;
      Atomics.add(words, 0, 1);
      await csp.sleep(60_000);
    }, words);
    process.cancel("at once");
    assert.equal(await rejection(process), "at once");
    assert.equal(process.status, "cancelled");
    assert(words[0]! <= 1);
  });

  test(`${name}: async dispose cancels and waits for the end`, async () => {
    const words = flags();
    const process = start()(async (words: Int32Array<SharedArrayBuffer>) => {
      Atomics.store(words, 0, 1);
      try {
        await csp.sleep(60_000);
      } finally {
        await new Promise((resolve) => setTimeout(resolve, 5));
        Atomics.store(words, 1, 1);
      }
    }, words);
    await reached(words, 0);
    await within(process[Symbol.asyncDispose]());
    assert.equal(process.status, "cancelled");
    assert.equal(words[1], 1);
    await within(process[Symbol.asyncDispose]());
  });

  test(`${name}: with({ signal }) cancels with the signal's reason`, async () => {
    const controller = new AbortController();
    const process = start({ signal: controller.signal })(() => csp.sleep(60_000));
    const reason = new Error("by signal");
    controller.abort(reason);
    assert.equal(await rejection(process), reason);
    assert.equal(process.status, "cancelled");
  });

  test(`${name}: with({ signal }) of one that has aborted: it never begins, refusals still throw`, async () => {
    const words = flags();
    const signal = AbortSignal.abort("before");
    const process = start({ signal, name: "unborn" })((words: Int32Array<SharedArrayBuffer>) => {
      Atomics.store(words, 0, 1);
    }, words);
    assert.equal(process.name, "unborn");
    assert.equal(await rejection(process), "before");
    assert.equal(process.status, "cancelled");
    assert.equal(words[0], 0);
    if (!here) assert.throws(() => start({ signal })((f: unknown) => f, () => 1), NotShareableError);
    assert.throws(() => start({ signal })(null as never), TypeError);
  });

  test(`${name}: with({ timeout }) cancels with a TimeoutError, 0 included`, async () => {
    for (const timeout of [0, 1.5, 10]) {
      const process = start({ timeout, name: "slow" })(() => csp.sleep(60_000));
      const error = await rejection(process) as TimeoutError;
      assert(error instanceof TimeoutError);
      assert.match(error.message, new RegExp(`"slow".*${timeout} ms`));
      assert.equal(process.status, "cancelled");
    }
    const quick = start({ timeout: 60_000, signal: new AbortController().signal })(() => 1);
    assert.equal(await within(quick), 1);
    assert.equal(await within(start({ timeout: Infinity })(() => 2)), 2);
  });

  test(`${name}: with({ signal }) leaves no listener behind`, async () => {
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    Object.assign(signal, {
      addEventListener(...args: Parameters<typeof add>) {
        listeners++;
        add(...args);
      },
      removeEventListener(...args: Parameters<typeof remove>) {
        listeners--;
        remove(...args);
      },
    });
    const processes = Array.from({ length: 5 }, (_, i) => start({ signal })((n: number) => n, i));
    assert.deepEqual(await within(Promise.all(processes)), [0, 1, 2, 3, 4]);
    await null;
    assert.equal(listeners, 0);
    controller.abort();
  });
}
