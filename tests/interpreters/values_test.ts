/** Random values go to another interpreter and come back, by every way there is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ExecutionFailed, getCurrent, getMain, type Interpreter, NotShareableError } from "@pool/csp";
import fc from "fast-check";
import {
  checkCases,
  checkSamples,
  Parcel,
  parcels,
  repack,
  samples,
  throwParcel,
} from "../_fixtures/values.ts";
import { withInterpreter, withInterpreters } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";
import { anyValue } from "../sharing/_arbitrary.ts";
import { CASES } from "../sharing/_cases.ts";
import { assertSame } from "../sharing/same.ts";

declare const csp: typeof import("@pool/csp");

const LONG = { timeout: 60_000 };

/** Checks `body` with random values; a failure prints its seed and path. */
function forAny(numRuns: number, body: (value: unknown) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(anyValue(), (value) => within(body(value))), { numRuns });
}

const same = (value: unknown): unknown => value;

test("Interpreter.call() takes random values there and back", LONG, async () => {
  await withInterpreter(async (interp) => {
    await forAny(300, async (value) => assertSame(await interp.call(same, value), value));
  });
});

test("Interpreter.call() takes chosen values there, equal over there, and back", LONG, async () => {
  await withInterpreter(async (interp) => {
    const back = await within(interp.call(checkCases, CASES as Record<string, unknown>));
    for (const [name, value] of Object.entries(CASES)) assertSame(back[name], value);
  });
});

test(
  "Interpreter.call() takes random values there, equal over there, and streams them back",
  LONG,
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const count = 100;
    await withInterpreter(async (interp) => {
      const values = samples(seed, count);
      let i = 0;
      try {
        for await (const value of await within(interp.call(checkSamples, seed, ...values))) {
          assertSame(value, values[i++]);
        }
        assert.equal(i, count);
      } catch (cause) {
        throw new Error(`Random value ${i} of ${count} with seed ${seed} is not the same`, { cause });
      }
    });
  },
);

test(
  "Interpreter.call() takes random values through an interpreter to another one and to main",
  LONG,
  async () => {
    await withInterpreters(2, async (a, b) => {
      await forAny(60, async (value) => {
        const back = await a.call(
          async (b: Interpreter, value: unknown) => [
            await b.call((value: unknown) => value, value),
            await csp.getMain().call((value: unknown) => value, value),
            await csp.getCurrent().call((value: unknown) => value, value),
          ],
          b,
          value,
        );
        for (const one of back) assertSame(one, value);
      });
    }, { mode: "concurrent" });
  },
);

test("Interpreter.call() keeps what is shared among arguments and within a result", LONG, async () => {
  await withInterpreter(async (interp) => {
    await forAny(60, async (value) => {
      const [all, first, isShared] = await interp.call(
        (a: unknown, b: { a: unknown }, c: unknown[]) =>
          [{ a, b, c }, b, Object.is(a, b.a) && Object.is(c[0], c[1]) && Object.is(a, c[1])] as const,
        value,
        { a: value },
        [value, value],
      );
      const again = { a: value };
      assertSame([all, first], [{ a: value, b: again, c: [value, value] }, again]);
      assert.equal(isShared, true);
    });
  });
});

test("Interpreter.call() keeps handles inside random values the same objects", LONG, async () => {
  await withInterpreter(async (interp) => {
    const controller = new AbortController();
    const things = [interp, getMain(), getCurrent(), controller.signal];
    await forAny(60, async (value) => {
      const sent = {
        value,
        things,
        map: new Map<unknown, unknown>([[interp, value], [controller.signal, things]]),
      };
      assertSame(await interp.call(same, sent), sent, things);
    });
  });
});

test("Interpreter.call() brings random values as cause and fields of what is thrown", LONG, async () => {
  await withInterpreter(async (interp) => {
    await forAny(100, async (value) => {
      const error = await rejection(interp.call((value: unknown) => {
        throw Object.assign(new RangeError("over there", { cause: value }), { value, list: [value] });
      }, value));
      assert(error instanceof ExecutionFailed, String(error));
      const cause = error.cause as RangeError & { value: unknown; list: unknown[] };
      assert.equal(Object.getPrototypeOf(cause), RangeError.prototype);
      assertSame([cause.cause, cause.value, cause.list], [value, value, [value]]);
    });
  });
});

test(
  "Interpreter.call() brings random values as what is thrown and among an AggregateError's errors",
  LONG,
  async () => {
    await withInterpreter(async (interp) => {
      await forAny(60, async (value) => {
        const bare = await rejection(interp.call((value: unknown) => {
          throw value;
        }, value));
        assert(bare instanceof ExecutionFailed, String(bare));
        assertSame(bare.cause, value);
        const error = await rejection(interp.call((value: unknown) => {
          throw new AggregateError([value, new Error("inner", { cause: value })], "all");
        }, value));
        const { cause } = error as { cause: AggregateError };
        assert.equal(Object.getPrototypeOf(cause), AggregateError.prototype);
        assertSame([cause.errors[0], cause.errors[1].cause], [value, value]);
      });
    });
  },
);

test("Interpreter.prepareMain() binds random values", LONG, async () => {
  await withInterpreter(async (interp) => {
    await forAny(100, async (value) => {
      await interp.prepareMain({ bound: value, again: [value] });
      assertSame(
        await interp.call(() => {
          const { bound, again } = globalThis as unknown as { bound: unknown; again: unknown[] };
          return [bound, again, Object.is(bound, again[0])];
        }),
        [value, [value], true],
      );
    });
  });
});

test("A generator yields random values, and promises of them", LONG, async () => {
  await withInterpreter(async (interp) => {
    await forAny(60, async (value) => {
      const seen: unknown[] = [];
      const stream = await interp.call(function* (value: unknown) {
        yield value;
        yield [value];
        yield Promise.resolve(value);
      }, value);
      for await (const item of stream) seen.push(item);
      assert.equal(seen.length, 3);
      // one by one: each item is a value of its own
      for (const [i, expected] of [value, [value], value].entries()) assertSame(seen[i], expected);
    });
  });
});

test("A signal's reason is any value", LONG, async () => {
  await withInterpreter(async (interp) => {
    await forAny(40, async (value) => {
      // an abort without a reason makes one of its own
      if (value === undefined) return;
      const { signal, reason } = await interp.call(
        (signal: AbortSignal) => ({ signal, reason: signal.reason }),
        AbortSignal.abort(value),
      );
      assertSame(reason, value);
      assertSame(signal.reason, value);
    });
  });
});

test("An error keeps its class, cause, errors and code", async () => {
  await withInterpreter(async (interp) => {
    const errors: Error[] = [
      new DOMException("late", "TimeoutError"),
      new Error("an undefined cause", { cause: undefined }),
      new AggregateError(new Set([1, new TypeError("in")]), "all", { cause: 5 }),
      Object.assign(new Error("fields"), { code: "E_FIELDS", errno: -2, nested: new TypeError("in") }),
    ];
    for (const error of errors) assertSame(await within(interp.call(same, error)), error);
  });
});

test("A SuppressedError keeps what it suppressed, where there is one", async () => {
  const { SuppressedError } = globalThis as {
    SuppressedError?: new (error: unknown, suppressed: unknown, message: string) => Error;
  };
  if (SuppressedError === undefined) return;
  await withInterpreter(async (interp) => {
    const error = new SuppressedError(new TypeError("b"), new RangeError("a"), "both");
    const back = await within(interp.call(same, error)) as Error & { error: unknown; suppressed: unknown };
    assertSame(back, error);
    const { error: first, suppressed } = error as typeof back;
    assertSame(back.error, first);
    assertSame(back.suppressed, suppressed);
  });
});

test("An instance of a class that a task's module registers crosses in every way", async () => {
  await withInterpreters(2, async (a, b) => {
    const content = { list: [1n, NaN], signal: new AbortController().signal, a };
    const parcel = new Parcel("p", content);
    for (const interp of [a, b]) {
      const back = await within(interp.call(repack, parcel));
      assert(back instanceof Parcel);
      assert.equal(back.label, "re-p");
      const [inner, held] = back.open() as [Parcel, typeof content];
      assert(inner instanceof Parcel);
      assert.equal(inner.open(), held);
      assertSame(held, content, [content.signal, a]);
    }
    const error = await rejection(a.call(throwParcel, parcel)) as {
      cause: { cause: Parcel; parcel: Parcel };
    };
    assert(error.cause.parcel instanceof Parcel);
    assert.equal(error.cause.cause, error.cause.parcel);
    const labels: string[] = [];
    for await (const one of await within(a.call(parcels, 5))) {
      assert(one instanceof Parcel);
      labels.push(one.label);
    }
    assert.deepEqual(labels, ["0", "1", "2", "3", "4"]);
    await within(a.prepareMain({ parcel }));
    assert.equal(await a.call(() => (globalThis as unknown as { parcel: Parcel }).parcel.label), "p");
    const siblings = await within(a.call(async (b: Interpreter) => {
      const { parcel } = globalThis as unknown as { parcel: Parcel };
      return await b.call((p: Parcel) => [p.constructor.name, p.label, p] as const, parcel);
    }, b));
    assert.deepEqual(siblings.slice(0, 2), ["Packed", "p"]);
    assert(siblings[2] instanceof Parcel);
  });
});

test("An instance of a class that is not registered over there is refused by name", async () => {
  await withInterpreters(2, async (knows, fresh) => {
    const parcel = new Parcel("p", 1);
    for (
      const attempt of [
        () => fresh.call(same, parcel),
        () => fresh.call(same, [new Map([[1, parcel]])]),
        () => fresh.prepareMain({ fine: 1, parcel }),
      ]
    ) {
      const error = await rejection(attempt());
      assert(error instanceof NotShareableError, String(error));
      assert.match(error.message, /tests\.Parcel/);
    }
    assert.equal(await within(fresh.call(() => "fine" in globalThis)), false);
    await within(knows.call(repack, parcel));
    const refused = await within(knows.call(
      async (fresh: Interpreter, parcel: unknown) => {
        try {
          await fresh.call((x: unknown) => x, parcel);
          return "accepted";
        } catch (error) {
          return (error as Error).name;
        }
      },
      fresh,
      parcel,
    ));
    assert.equal(refused, "NotShareableError");
  });
});

test("An instance of a class that is registered over there alone is refused here", async () => {
  await withInterpreter(async (interp) => {
    await interp.exec(`
      globalThis.Elsewhere = class Elsewhere {
        [csp.toShared]() { return 1; }
        static fromShared() { return new Elsewhere(); }
      };
      csp.registerShareable("tests.Elsewhere", Elsewhere);
    `);
    const make = () => {
      const { Elsewhere } = globalThis as unknown as { Elsewhere: new () => object };
      return [new Elsewhere()];
    };
    const error = await rejection(interp.call(make));
    assert(error instanceof NotShareableError, String(error));
    assert.match(error.message, /tests\.Elsewhere/);
    const stream = await within(interp.call(function* () {
      yield 1;
      yield new (globalThis as unknown as { Elsewhere: new () => object }).Elsewhere();
      yield 3;
    }));
    const seen: unknown[] = [];
    const streamed = await rejection((async () => {
      for await (const item of stream) seen.push(item);
    })());
    assert(streamed instanceof NotShareableError, String(streamed));
    assert.deepEqual(seen, [1]);
    assert.equal(await within(interp.call(() => "alive")), "alive");
  });
});
