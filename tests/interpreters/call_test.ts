import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chan,
  type Channel,
  isShareable,
  NotShareableError,
  registerShareable,
  sharedArray,
  toShared,
} from "@pool/csp";
import { withInterpreter } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

test("Interpreter.call() runs every form of function", async () => {
  await withInterpreter(async (interp) => {
    const object = {
      method(n: number) {
        return n + 1;
      },
      async later(n: number) {
        await null;
        return n + 2;
      },
      ["computed name"](n: number) {
        return n + 3;
      },
      get(n: number) {
        return n + 4;
      },
    };
    class Holder {
      static twice(n: number): number {
        return n * 2;
      }
      thrice(n: number): number {
        return n * 3;
      }
    }
    function declared(n: number): number {
      return n;
    }
    const forms: [(n: number) => unknown, number][] = [
      [declared, 10],
      [(n) => n, 10],
      [async (n) => await Promise.resolve(n), 10],
      [function (n) {
        return n;
      }, 10],
      [function recursive(n): number {
        return n === 0 ? 0 : 1 + recursive(n - 1);
      }, 10],
      [object.method, 11],
      [object.later, 12],
      [object["computed name"], 13],
      [object.get, 14],
      [Holder.twice, 20],
      [new Holder().thrice, 30],
    ];
    for (const [fn, expected] of forms) {
      assert.equal(await within(interp.call(fn as (n: number) => number, 10), String(fn)), expected);
    }
  });
});

for (const first of [true, false]) {
  test(`Interpreter.call() runs functions of any name, ${first ? "as the first call" : "later"}`, async () => {
    for (
      const name of ["two words", "quo'te\"s", "a\nb", "\u2028", "é😀", "*/", "", "%", "__proto__", "\ud800"]
    ) {
      const { [name]: fn } = { [name]: (n: number) => n + 1 };
      await withInterpreter(async (interp) => {
        if (!first) await within(interp.exec("var later"));
        assert.equal(await within(interp.call(fn!, 1), JSON.stringify(name)), 2);
      });
    }
  });
}

test("Interpreter.call() takes no, default, rest, destructured and too few arguments", async () => {
  await withInterpreter(async (interp) => {
    assert.equal(await interp.call(() => "none"), "none");
    assert.equal(await interp.call((a: number = 1, b: number = a + 1) => a * 10 + b), 12);
    assert.equal(await interp.call((a?: number, b = 5) => [a, b].join(), undefined), ",5");
    assert.deepEqual(await interp.call((...all: number[]) => all.reverse(), 1, 2, 3), [3, 2, 1]);
    assert.equal(
      await interp.call(({ x, y: [z] }: { x: number; y: number[] }) => x + z!, { x: 1, y: [2] }),
      3,
    );
    assert.equal(await interp.call((...args: unknown[]) => args.length, ...Array(1000).fill(0)), 1000);
    assert.equal(
      await interp.call(
        function () {
          return arguments.length;
        } as (...args: number[]) => number,
        1,
        2,
      ),
      2,
    );
    assert.equal(
      await interp.call(function (this: unknown) {
        return this === undefined || this === globalThis;
      }),
      true,
    );
  });
});

test("Interpreter.call() gives back every kind of value", async () => {
  await withInterpreter(async (interp) => {
    const echo = <T>(value: T): T => value;
    const values: unknown[] = [
      undefined,
      null,
      true,
      0,
      -0,
      NaN,
      Infinity,
      12n ** 40n,
      "",
      "\ud800 lone",
      Symbol.for("tests"),
      [1, [2]],
      { a: { b: undefined } },
      new Map<unknown, unknown>([[{ k: 1 }, new Set([1])]]),
      new Date(5),
      new Date(NaN),
      /a+/giu,
      new Uint8Array([1, 2]),
      new ArrayBuffer(3),
      new DataView(new ArrayBuffer(2)),
    ];
    for (const value of values) {
      const back = await within(interp.call(echo, value));
      assert.deepEqual(back, value);
      if (typeof value === "object" && value !== null) assert.notEqual(back, value);
    }
    assert.equal(Object.is(await interp.call(echo, -0), -0), true);
    assert.equal(await interp.call(() => Promise.resolve("promised")), "promised");
    // deno-lint-ignore no-explicit-any
    const thenable = await interp.call((): any => ({ then: undefined, x: 1 }));
    assert.deepEqual(thenable, { then: undefined, x: 1 });
  });
});

test("Interpreter.call() copies arguments as they are at the call", async () => {
  await withInterpreter(async (interp) => {
    const list = [1];
    const copy = interp.call((x) => {
      x.push(99);
      return x;
    }, list);
    list.push(2);
    assert.deepEqual(await copy, [1, 99]);
    assert.deepEqual(list, [1, 2]);
  });
});

test("Interpreter.call() shares SharedArrayBuffers and sharedArray", async () => {
  await withInterpreter(async (interp) => {
    const numbers = sharedArray(Float64Array, [1, 2]);
    await interp.call((x) => void (x[0] = 9.5), numbers);
    assert.equal(numbers[0], 9.5);
    const back = await interp.call((x) => x, numbers);
    back[1] = 8.5;
    assert.equal(numbers[1], 8.5);
  });
});

test("Interpreter.call() refuses what is no function with TypeError", async () => {
  await withInterpreter(async (interp) => {
    for (const wrong of [undefined, null, 1, "() => 1", {}, [], Symbol.iterator]) {
      const error = await rejection(interp.call(wrong as never), String(wrong as unknown as string));
      assert(error instanceof TypeError, String(error));
    }
    assert.equal(interp.isRunning(), false);
  });
});

test("Interpreter.call() refuses captured variables, by name, and runs nothing", async () => {
  await withInterpreter(async (interp) => {
    let first = 1;
    let second = 2;
    first += 0;
    second += 0;
    await interp.exec("var ran = 0");
    const error = await rejection(interp.call(() => {
      (globalThis as unknown as Record<string, number>)["ran"]!++;
      return first + second;
    }));
    assert(error instanceof NotShareableError);
    assert(error instanceof TypeError);
    for (const word of ["first", "second", "argument", "task"]) assert.match(error.message, new RegExp(word));
    assert.equal(await interp.call(() => (globalThis as Record<string, unknown>)["ran"]), 0);
  });
});

test("Interpreter.call() accepts a captured name that is bound in the target's main namespace, there only", async () => {
  await withInterpreter(async (bound) => {
    await withInterpreter(async (other) => {
      let limit = 0;
      limit += 0;
      const fn = () => limit;
      await bound.prepareMain({ limit: 5 });
      assert.equal(await bound.call(fn), 5);
      await assert.rejects(other.call(fn), NotShareableError);
      await other.call(() => 1);
      await assert.rejects(other.call(fn), NotShareableError);
      await other.exec("var limit = 6");
      assert.equal(await other.call(fn), 6);
      assert.equal(await bound.call(fn), 5);
      await bound.exec("delete globalThis.limit");
      await assert.rejects(bound.call(fn), NotShareableError);
    });
  });
});

test("Interpreter.call() refuses native and bound functions, classes are refused or fail as calls", async () => {
  await withInterpreter(async (interp) => {
    await assert.rejects(interp.call(Math.max, 1, 2), NotShareableError);
    await assert.rejects(interp.call(((x: number) => x).bind(null), 1), NotShareableError);
    await assert.rejects(interp.call(class Plain {} as never));
    await assert.rejects(interp.call(new Proxy(() => 1, {})), NotShareableError);
  });
});

test("Interpreter.call() names the path of an argument that cannot cross", async () => {
  class Unknown {}
  await withInterpreter(async (interp) => {
    const cases: [unknown[], string][] = [
      [[() => 1], "args[0]"],
      [[1, new WeakMap()], "args[1]"],
      [[{ a: { b: [0, Promise.resolve()] } }], "args[0].a.b[1]"],
      [[{ "odd key": new Unknown() }], 'args[0]["odd key"]'],
      [[new Map([["k", Symbol("local")]])], "args[0].get("],
      [[new Set([1, new Unknown()])], "args[0].values()[1]"],
    ];
    for (const [args, path] of cases) {
      assert.equal(isShareable(args), false);
      const error = await rejection(interp.call((...all: unknown[]) => all.length, ...args));
      assert(error instanceof NotShareableError, String(error));
      assert(String(error.path).startsWith(path), `${error.path} for ${path}`);
    }
    assert.equal(interp.isRunning(), false);
  });
});

test("Interpreter.call() names the path of a result that cannot cross, and the interpreter lives", async () => {
  await withInterpreter(async (interp) => {
    const error = await rejection(interp.call(() => ({ deep: [1, () => 1] })));
    assert(error instanceof NotShareableError, String(error));
    assert.equal(error.path, "result.deep[1]");
    await assert.rejects(interp.call(() => (x: number) => x), NotShareableError);
    await assert.rejects(interp.call(async () => await Promise.resolve(new WeakSet())), NotShareableError);
    assert.equal(await interp.call(() => 1), 1);
  });
});

test("Interpreter.call() carries registered classes by their protocol", async () => {
  class Point {
    readonly x: number;
    constructor(x: number) {
      this.x = x;
    }
    [toShared](): number {
      return this.x;
    }
    static fromShared(x: number): Point {
      return new Point(x);
    }
  }
  registerShareable("tests.call.Point", Point);
  await withInterpreter(async (interp) => {
    const error = await rejection(interp.call((p) => p, new Point(1)));
    assert(error instanceof NotShareableError, String(error));
    assert.match(error.message, /tests\.call\.Point/);
    // Of several at once what comes before it is not lost.
    const points = chan<unknown>(5);
    await within(interp.call((points) => void points.size, points));
    await within(points.sendMany([1, "two", new Point(3), 4]));
    const received = await within(interp.call(async (points: Channel<unknown>) => {
      const error = await points.receiveMany(5).catch((error) => error) as {
        name: string;
        received: unknown[];
      };
      return [error.name, error.received, await points.receiveMany(5)];
    }, points));
    assert.deepEqual(received, ["NotShareableError", [1, "two"], [4]]);
    await interp.exec(`
      class Point {
        constructor(x) { this.x = x; }
        [csp.toShared]() { return this.x + 1; }
        static fromShared(x) { return new Point(x); }
      }
      csp.registerShareable("tests.call.Point", Point);
    `);
    const back = await within(interp.call((p) => p, new Point(41)));
    assert(back instanceof Point);
    assert.equal(back.x, 42);
  });
});

test("Interpreter.call() gives sent functions csp and import()", async () => {
  await withInterpreter(async (interp) => {
    const seen = await within(interp.call(async () => {
      const path = await import("node:path");
      const own = await import("@pool/csp");
      const part = await import("@pool/csp/interpreters");
      return [
        path.basename("/a/b"),
        own === csp,
        own.create === csp.create,
        part.create === csp.create,
        typeof csp.sleep,
      ];
    }));
    assert.deepEqual(seen, ["b", true, true, true, "function"]);
    const url = new URL("../_fixtures/tasks.ts", import.meta.url).href;
    assert.equal(await within(interp.call(async (url) => (await import(url)).double(4), url)), 8);
    await assert.rejects(interp.call(async (specifier) => await import(specifier), "./relative.ts"));
  });
});

test("Interpreter.call() keeps globals between calls, apart from main's and other interpreters'", async () => {
  await withInterpreter(async (a) => {
    await withInterpreter(async (b) => {
      await a.call(() => void ((globalThis as Record<string, unknown>)["mark"] = 1));
      const read = () => (globalThis as Record<string, unknown>)["mark"];
      assert.equal(await a.call(read), 1);
      assert.equal(await b.call(read), undefined);
      assert.equal(read(), undefined);
    });
  });
});

test("Interpreter.call() leaves in the order in which calls were made, the first included", async () => {
  await withInterpreter(async (interp) => {
    const results: Promise<unknown>[] = [
      interp.exec("var order = ['exec']"),
      interp.call(() => void (globalThis as unknown as { order: string[] }).order.push("call")),
      interp.prepareMain({ bound: 1 }),
      interp.call(() =>
        void (globalThis as unknown as { order: unknown[] }).order.push("bound" in globalThis)
      ),
      interp.exec("order.push('exec 2')"),
      interp.call((x: string) => void (globalThis as unknown as { order: unknown[] }).order.push(x), "last"),
    ];
    await within(Promise.all(results));
    assert.deepEqual(await interp.call(() => (globalThis as unknown as { order: unknown[] }).order), [
      "exec",
      "call",
      true,
      "exec 2",
      "last",
    ]);
  });
});
