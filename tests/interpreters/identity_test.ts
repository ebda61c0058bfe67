import assert from "node:assert/strict";
import { test } from "node:test";
import { getCurrent, getMain, type Interpreter, InterpreterNotFoundError, listAll } from "@pool/csp";
import { withInterpreter, withInterpreters } from "../_interpreters.ts";
import { within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

test("Interpreter is one object in main, also after round trips at any depth", async () => {
  await withInterpreters(2, async (a, b) => {
    const back = await within(
      a!.call((x, y) => ({ list: [x, y], map: new Map([["main", csp.getMain()]]) }), a!, b!),
    );
    assert.equal(back.list[0], a);
    assert.equal(back.list[1], b);
    assert.equal(back.map.get("main"), getMain());
    assert.equal(await a!.call(() => csp.getCurrent()), a);
    assert.equal(await a!.call(() => csp.listAll().at(-1)), b);
  });
});

test("Interpreter is one object inside an interpreter, however it came", async () => {
  await withInterpreters(2, async (a, b) => {
    await a!.prepareMain({ bound: b! });
    const same = await within(a!.call(
      (x, nested) => {
        const { bound } = globalThis as unknown as { bound: unknown };
        return [
          x === nested.deep[0],
          x === bound,
          csp.listAll().includes(x),
          x === x,
          csp.getMain() === csp.listAll()[0],
        ];
      },
      b!,
      { deep: [b!] },
    ));
    assert.deepEqual(same, [true, true, true, true, true]);
    const again = await within(a!.call((x) => x === (globalThis as unknown as { bound: unknown }).bound, b!));
    assert.equal(again, true);
  });
});

test("Interpreter that arrives at home is getCurrent()", async () => {
  await withInterpreter(async (a) => {
    assert.equal(await a.call((self) => self === csp.getCurrent(), a), true);
    assert.equal(await a.call((main) => main === csp.getMain() && main.id === 0, getMain()), true);
  });
});

test("Interpreter keeps being the same handle after it was closed", async () => {
  const { handle, back } = await withInterpreter(async (a) => {
    return await withInterpreter(async (b) => {
      await b.close();
      const [back, state] = await within(a.call(async (gone) => {
        const error = await gone.call(() => 1).catch((error) => error);
        return [gone, [gone.id, gone.name, error.name]] as const;
      }, b));
      assert.deepEqual(state, [b.id, b.name, "InterpreterNotFoundError"]);
      return { handle: b, back };
    });
  });
  assert.equal(back, handle);
});

test("Interpreter closed before another heard of it arrives as a handle that finds nothing", async () => {
  await withInterpreter(async (a) => {
    const gone = await withInterpreter((b) => Promise.resolve(b));
    const seen = await within(a.call(async (handle) => {
      const errors: string[] = [];
      for (const act of [() => handle.call(() => 1), () => handle.exec("1"), () => handle.close()]) {
        errors.push(await act().then(() => "resolved", (error) => error.name));
      }
      try {
        errors.push(String(handle.isRunning()));
      } catch (error) {
        errors.push((error as Error).name);
      }
      return errors;
    }, gone));
    assert.deepEqual(seen, Array(4).fill("InterpreterNotFoundError"));
  });
});

test("Interpreter closed before another heard of it is one object there, however often it comes", async () => {
  await withInterpreter(async (a) => {
    const gone = await withInterpreter((b) => Promise.resolve(b));
    const same = await within(a.call(async (x) => {
      (globalThis as Record<string, unknown>)["goneOne"] = x;
      await null;
      return x === x;
    }, gone));
    assert.equal(same, true);
    for (let i = 0; i < 3; i++) {
      const again = await within(
        a.call((list) => {
          const { goneOne } = globalThis as unknown as { goneOne: unknown };
          return [list[0] === goneOne, list[0] === list[1]];
        }, [gone, gone]),
      );
      assert.deepEqual(again, [true, true]);
    }
    assert.equal(await within(a.call(() => (globalThis as Record<string, unknown>)["goneOne"])), gone);
  });
});

test("Interpreter made inside and gone before main heard of it is one object in main", async () => {
  await withInterpreter(async (a) => {
    const make = async () => {
      const kept = globalThis as unknown as { ended?: ReturnType<typeof csp.create> };
      if (kept.ended === undefined) {
        kept.ended = csp.create({ name: "short" });
        await kept.ended.close();
      }
      return kept.ended;
    };
    const first = await within(a.call(make));
    assert.equal(first.name, "short");
    assert.equal(await within(a.call(make)), first);
  });
});

test("AbortSignal is one object per interpreter, and itself when it comes home", async () => {
  await withInterpreters(2, async (a, b) => {
    const controller = new AbortController();
    const { signal } = controller;
    assert.equal(await within(a!.call((s) => s, signal)), signal);
    await a!.call((s) => void ((globalThis as Record<string, unknown>)["kept"] = s), signal);
    const same = await within(a!.call(
      (s, list) => {
        return [s === list[0], s === (globalThis as Record<string, unknown>)["kept"]];
      },
      signal,
      [signal],
    ));
    assert.deepEqual(same, [true, true]);
    // By way of another interpreter it is still the same thing.
    const onward = await within(b!.call(
      async (s, other) => {
        return await other.call((s2) => s2 === (globalThis as Record<string, unknown>)["kept"], s);
      },
      signal,
      a!,
    ));
    assert.equal(onward, true);
  });
});

test("AbortSignal made inside is one object in main and comes home as itself", async () => {
  await withInterpreter(async (a) => {
    const make = () => {
      const kept = globalThis as unknown as { controller: AbortController };
      kept.controller ??= new AbortController();
      return kept.controller.signal;
    };
    const first = await within(a.call(make));
    assert(first instanceof AbortSignal);
    assert.equal(await within(a.call(make)), first);
    const home = await within(
      a.call(
        (s) => s === (globalThis as unknown as { controller: AbortController }).controller.signal,
        first,
      ),
    );
    assert.equal(home, true);
  });
});

test("AbortSignal that has aborted already is one object inside one interpreter", async () => {
  await withInterpreter(async (a) => {
    const signal = AbortSignal.abort("over");
    assert.equal(
      await within(a.call((s, t) => s === t && s.aborted && s.reason === "over", signal, signal)),
      true,
    );
    assert.equal(await within(a.call((s) => s, signal)), signal);
  });
});

test("Interpreter.call() works between siblings and into main", async () => {
  await withInterpreters(2, async (a, b) => {
    const seen = await within(a!.call(async (sibling) => {
      const there = await sibling.call((n: number) => [csp.getCurrent().id, n * 2] as const, 21);
      const main = await csp.getMain().call(() => csp.getCurrent().id);
      return { there, main };
    }, b!));
    assert.deepEqual(seen, { there: [b!.id, 42], main: 0 });
  });
});

test("Interpreter.call() into main runs in main's own globals", async () => {
  await withInterpreter(async (a) => {
    const shared = globalThis as unknown as { secretOfMain?: number };
    shared.secretOfMain = 11;
    try {
      const sum = await within(a.call(async () => {
        await csp.getMain().exec("globalThis.secretOfMain += 1; var leftBehind = 1");
        return await csp.getMain().call(() =>
          (globalThis as unknown as { secretOfMain: number }).secretOfMain
        );
      }));
      assert.equal(sum, 12);
      assert.equal((globalThis as Record<string, unknown>)["leftBehind"], 1);
    } finally {
      delete shared.secretOfMain;
      delete (globalThis as Record<string, unknown>)["leftBehind"];
    }
  });
});

test("Interpreter.call() there and back many times nests", async () => {
  await withInterpreters(2, async (a, b) => {
    const bounce = async (left: number, here: Interpreter, there: Interpreter): Promise<number> => {
      if (left === 0) return 0;
      const next = csp.getCurrent() === here ? there : here;
      const again = (globalThis as unknown as { bounce: typeof bounce }).bounce;
      void again;
      return 1 + await next.call(
        (n: number, x: Interpreter, y: Interpreter) =>
          (globalThis as unknown as {
            bounce: (n: number, x: Interpreter, y: Interpreter) => Promise<number>;
          })
            .bounce(n, x, y),
        left - 1,
        here,
        there,
      );
    };
    const source = `var bounce = ${bounce.toString()}`;
    await Promise.all([a!.exec(source), b!.exec(source)]);
    assert.equal(
      await within(a!.call(
        (x, y) => (globalThis as unknown as { bounce: typeof bounce }).bounce(20, x, y),
        a!,
        b!,
      )),
      20,
    );
  }, { mode: "concurrent" });
});

test("Interpreter.call() on main from main runs here, with copies", async () => {
  const list = [1, 2];
  const back = await within(
    getMain().call((x) => {
      x.push(csp.getCurrent().id);
      return x;
    }, list),
  );
  assert.deepEqual(back, [1, 2, 0]);
  assert.deepEqual(list, [1, 2]);
});

test("Interpreter of main refuses close() from everywhere", async () => {
  await withInterpreter(async (a) => {
    for (const force of [false, true]) {
      await assert.rejects(getMain().close({ force }), (error: Error) => error.name === "InterpreterError");
      const name = await within(
        a.call(
          async (force) => await csp.getMain().close({ force }).then(() => "closed", (error) => error.name),
          force,
        ),
      );
      assert.equal(name, "InterpreterError");
    }
    assert.equal(listAll()[0], getCurrent());
    assert.notEqual(InterpreterNotFoundError.name, "InterpreterError");
  });
});
