import assert from "node:assert/strict";
import { test } from "node:test";
import { flags, reached, withInterpreter, withInterpreters } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

test("AbortSignal as argument is an AbortSignal there, not aborted", async () => {
  await withInterpreter(async (interp) => {
    const { signal } = new AbortController();
    const seen = await within(interp.call((s) => {
      s.throwIfAborted();
      return [s instanceof AbortSignal, s.aborted, s.reason];
    }, signal));
    assert.deepEqual(seen, [true, false, undefined]);
  });
});

test("AbortSignal as argument is seen by a loop that never awaits, with its reason", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const controller = new AbortController();
    const call = interp.call(
      (signal, words) => {
        Atomics.store(words, 0, 1);
        while (!signal.aborted);
        const { reason } = signal;
        let thrown: unknown;
        try {
          signal.throwIfAborted();
        } catch (error) {
          thrown = error;
        }
        return [reason instanceof RangeError, reason.message, thrown === reason, signal.reason === reason];
      },
      controller.signal,
      words,
    );
    await reached(words, 0);
    controller.abort(new RangeError("enough"));
    assert.deepEqual(await within(call), [true, "enough", true, true]);
  });
});

test("AbortSignal as argument fires 'abort' there, once, to every kind of listener", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const controller = new AbortController();
    const call = interp.call(
      async (signal, words) => {
        const seen: string[] = [];
        const fired = new Promise<void>((resolve) => {
          signal.onabort = () => seen.push("onabort");
          signal.addEventListener("abort", (event) => {
            seen.push(
              event.type,
              String(event.target === signal),
              String(signal.aborted),
              String(signal.reason),
            );
            setTimeout(resolve, 5);
          });
        });
        Atomics.store(words, 0, 1);
        await fired;
        return seen;
      },
      controller.signal,
      words,
    );
    await reached(words, 0);
    controller.abort("now");
    assert.deepEqual(await within(call), ["onabort", "abort", "true", "true", "now"]);
  });
});

test("AbortSignal fires 'abort' for a listener added after the loop saw it", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const controller = new AbortController();
    const call = interp.call(
      async (signal, words) => {
        let events = 0;
        signal.addEventListener("abort", () => events++);
        Atomics.store(words, 0, 1);
        while (!signal.aborted);
        while (events === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        return events;
      },
      controller.signal,
      words,
    );
    await reached(words, 0);
    controller.abort();
    assert.equal(await within(call), 1);
  });
});

test("AbortSignal that has aborted arrives aborted, with its reason", async () => {
  await withInterpreter(async (interp) => {
    for (const reason of [new TypeError("old"), "text", 0, null, { code: 7 }, [1n]]) {
      const seen = await within(interp.call((s) => [s.aborted, s.reason], AbortSignal.abort(reason)));
      assert.deepEqual(seen, [true, reason]);
    }
    const plain = await within(
      interp.call((s) => [s.reason.name, s.reason instanceof DOMException], AbortSignal.abort()),
    );
    assert.deepEqual(plain, ["AbortError", true]);
  });
});

test("AbortSignal with a reason that cannot cross arrives aborted all the same", async () => {
  await withInterpreter(async (interp) => {
    const seen = await within(
      interp.call((s) => [s.aborted, s.reason !== undefined], AbortSignal.abort(() => 1)),
    );
    assert.deepEqual(seen, [true, true]);
  });
});

test("AbortSignal with a reason larger than any flag arrives with it", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const controller = new AbortController();
    const call = interp.call(
      async (signal, words) => {
        const fired = new Promise((resolve) => signal.addEventListener("abort", resolve));
        Atomics.store(words, 0, 1);
        await fired;
        return signal.reason.length;
      },
      controller.signal,
      words,
    );
    await reached(words, 0);
    controller.abort("x".repeat(100_000));
    assert.equal(await within(call), 100_000);
    assert.equal(await within(interp.call((signal) => signal.reason.length, controller.signal)), 100_000);
    const old = AbortSignal.abort("y".repeat(100_000));
    assert.equal(await within(interp.call((signal) => signal.reason.length, old)), 100_000);
  });
});

test("AbortSignal.reason is one value there, before and after the event", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const controller = new AbortController();
    const call = interp.call(
      async (signal, words) => {
        const fired = new Promise((resolve) => signal.addEventListener("abort", resolve));
        Atomics.store(words, 0, 1);
        while (!signal.aborted);
        const early = signal.reason;
        await fired;
        return [early === signal.reason, typeof early];
      },
      controller.signal,
      words,
    );
    await reached(words, 0);
    controller.abort({ big: "y".repeat(5000) });
    assert.deepEqual(await within(call), [true, "object"]);
  });
});

test("AbortSignal is passed on from interpreter to interpreter", async () => {
  await withInterpreters(3, async (a, b, c) => {
    const words = flags();
    const controller = new AbortController();
    const call = a!.call(
      async (signal, b, c, words) => {
        return await b.call(
          async (signal, c, words) => {
            return await c.call(
              (signal, words) => {
                Atomics.store(words, 0, 1);
                while (!signal.aborted);
                return signal.reason;
              },
              signal,
              words,
            );
          },
          signal,
          c,
          words,
        );
      },
      controller.signal,
      b!,
      c!,
      words,
    );
    await reached(words, 0);
    controller.abort("through three");
    assert.equal(await within(call), "through three");
  });
});

test("AbortSignal goes on working when the interpreter that passed it on is gone", async () => {
  await withInterpreters(2, async (a, b) => {
    const controller = new AbortController();
    await within(a!.call(
      async (signal, b) => {
        await b.call((signal) => void ((globalThis as Record<string, unknown>)["kept"] = signal), signal);
      },
      controller.signal,
      b!,
    ));
    await a!.close();
    const waiting = b!.call(() => {
      const { kept } = globalThis as unknown as { kept: AbortSignal };
      if (kept.aborted) return kept.reason;
      return new Promise((resolve) => kept.addEventListener("abort", () => resolve(kept.reason)));
    });
    controller.abort("still heard");
    assert.equal(await within(waiting), "still heard");
  });
});

test("AbortSignal whose origin is gone can still be sent on", async () => {
  await withInterpreters(2, async (a, b) => {
    const signal = await within(a!.call(() => new AbortController().signal));
    await a!.close();
    for (let i = 0; i < 2; i++) {
      const seen = await within(b!.call((s) => [s instanceof AbortSignal, s.aborted, s.reason], signal));
      assert.deepEqual(seen, [true, false, undefined]);
    }
    assert.equal(await within(b!.call((s) => s, signal)), signal);
    await within(b!.close());
  });
});

test("AbortSignal made inside aborts in main", async () => {
  await withInterpreter(async (interp) => {
    const signal = await within(interp.call(() => {
      const controller = new AbortController();
      (globalThis as Record<string, unknown>)["controller"] = controller;
      return controller.signal;
    }));
    assert.equal(signal.aborted, false);
    const fired = new Promise((resolve) => signal.addEventListener("abort", resolve));
    await interp.call(() =>
      (globalThis as unknown as { controller: AbortController }).controller.abort("from inside")
    );
    assert.equal(signal.aborted, true);
    await within(fired, "the event");
    assert.equal(signal.reason, "from inside");
  });
});

test("AbortSignal works as the limit of a call made there", async () => {
  await withInterpreters(2, async (a, b) => {
    const words = flags();
    const controller = new AbortController();
    const call = a!.call(
      async (signal, b, words) => {
        return await b.with({ signal }).call((words) => {
          Atomics.store(words, 0, 1);
          const { signal } = csp.currentProcess();
          while (!signal.aborted);
          Atomics.store(words, 1, 1);
        }, words).then(() => "resolved", (reason) => reason);
      },
      controller.signal,
      b!,
      words,
    );
    await reached(words, 0);
    controller.abort("limit");
    assert.equal(await within(call), "limit");
    await reached(words, 1);
  });
});

test("AbortSignal that aborts while a call's arguments are read ends the call", async () => {
  await withInterpreter(async (interp) => {
    const controller = new AbortController();
    const aborting = {
      get now() {
        controller.abort("meanwhile");
        return 1;
      },
    };
    const limited = interp.with({ signal: controller.signal });
    assert.equal(
      await rejection(limited.call((_: { now: number }) => csp.never.receive(), aborting)),
      "meanwhile",
    );
    assert.equal(await within(interp.call(() => "free")), "free");
  });
});

test("AbortSignal works with the platform there: fetch-like listeners, AbortSignal.any, timers", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const controller = new AbortController();
    const call = interp.call(
      async (signal, words) => {
        const any = AbortSignal.any([signal]);
        const { setTimeout: delay } = await import("node:timers/promises");
        const sleeping = delay(60_000, undefined, { signal }).then(() => "slept", (error) => error.name);
        const combined = new Promise((resolve) => any.addEventListener("abort", () => resolve(any.reason)));
        Atomics.store(words, 0, 1);
        return [await sleeping, await combined];
      },
      controller.signal,
      words,
    );
    await reached(words, 0);
    controller.abort("platform");
    assert.deepEqual(await within(call), ["AbortError", "platform"]);
  });
});

test("AbortSignal.timeout() as argument aborts there", async () => {
  await withInterpreter(async (interp) => {
    const name = await within(interp.call((signal) => {
      if (signal.aborted) return signal.reason.name as string;
      return new Promise<string>((resolve) =>
        signal.addEventListener("abort", () => resolve(signal.reason.name))
      );
    }, AbortSignal.timeout(30)));
    assert.equal(name, "TimeoutError");
  });
});

test("AbortSignal.any() as argument aborts there", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    const controller = new AbortController();
    const any = AbortSignal.any([controller.signal, new AbortController().signal]);
    const call = interp.call(
      (signal, words) => {
        Atomics.store(words, 0, 1);
        while (!signal.aborted);
        return signal.reason;
      },
      any,
      words,
    );
    await reached(words, 0);
    controller.abort("any");
    assert.equal(await within(call), "any");
  });
});

test("AbortSignal crosses inside values, bindings and results", async () => {
  await withInterpreter(async (interp) => {
    const controller = new AbortController();
    await interp.prepareMain({ stop: controller.signal });
    const back = await within(interp.call((x) => new Map([["s", x.list[0]]]), { list: [controller.signal] }));
    assert.equal(back.get("s"), controller.signal);
    controller.abort("bound");
    assert.equal(
      await within(interp.call(() => (globalThis as unknown as { stop: AbortSignal }).stop.aborted)),
      true,
    );
  });
});
