import assert from "node:assert/strict";
import { test } from "node:test";
import { create, getCurrent, getMain, Interpreter, InterpreterNotFoundError, listAll } from "@pool/csp";
import { withInterpreter, withInterpreters } from "../_interpreters.ts";
import { within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

test("getMain() and getCurrent() give one object in main", () => {
  assert.equal(getMain(), getCurrent());
  assert.equal(getMain(), getMain());
  assert(getMain() instanceof Interpreter);
  assert.equal(getMain().id, 0);
  assert.equal(getMain().whence, "main");
  assert.equal(typeof getMain().name, "string");
});

test("listAll() holds just main when nothing was created", () => {
  assert.deepEqual(listAll().map((interp) => interp.id), [0]);
  assert.equal(listAll()[0], getMain());
});

test("create() returns at once with id, name and whence", async () => {
  await withInterpreter(async (interp) => {
    assert(interp instanceof Interpreter);
    assert(Number.isSafeInteger(interp.id) && interp.id > 0);
    assert.equal(interp.name, "worker bee");
    assert.equal(interp.whence, "interpreters");
    assert.equal(interp.isRunning(), false);
    assert.equal(listAll().at(-1), interp);
    assert.equal(await interp.ready, undefined);
  }, { name: "worker bee" });
});

test("create() gives a default name that tells interpreters apart", async () => {
  await withInterpreters(2, async (a, b) => {
    assert.notEqual(a!.name, "");
    assert.notEqual(a!.name, b!.name);
    await Promise.all([a!.ready, b!.ready]);
  });
});

test("create() keeps odd names whole", async () => {
  for (const name of ["", " ", "ünïcødé 🐝", "\ud800", "a\0b", "'\"`${}", "../../etc"]) {
    await withInterpreter(async (interp) => {
      assert.equal(interp.name, name);
      assert.equal(await within(interp.call(() => csp.getCurrent().name)), name);
    }, { name });
  }
});

test("create() refuses options of the wrong kind and starts nothing", () => {
  const before = listAll().length;
  const wrong: unknown[] = [
    null,
    1,
    "serial",
    { mode: "parallel" },
    { mode: null },
    { mode: 1 },
    { name: 1 },
    {
      name: null,
    },
    { nmae: "x" },
    { name: Symbol("x") },
  ];
  for (const options of wrong) {
    assert.throws(() => create(options as never), TypeError);
  }
  assert.throws(() => create({ mode: Symbol("odd") } as never), {
    name: "TypeError",
    message: /mode is Symbol\(odd\); use "serial" or "concurrent"/,
  });
  assert.throws(() => create({ name: "x".repeat(100_000) }), RangeError);
  assert.equal(listAll().length, before);
});

test("create() takes undefined options as left out", async () => {
  for (const options of [undefined, {}, { name: undefined, mode: undefined }]) {
    const interp = create(options);
    await interp.close();
  }
});

test("listAll() is in order of creation, main first", async () => {
  await withInterpreters(4, async (...interps) => {
    assert.deepEqual(listAll(), [getMain(), ...interps]);
    await interps[1]!.close();
    assert.deepEqual(listAll(), [getMain(), interps[0], interps[2], interps[3]]);
    await withInterpreter(async (late) => {
      assert.deepEqual(listAll(), [getMain(), interps[0], interps[2], interps[3], late]);
      await late.ready;
    });
  });
  assert.deepEqual(listAll(), [getMain()]);
});

test("listAll() gives a fresh array each time", () => {
  listAll().length = 0;
  assert.deepEqual(listAll(), [getMain()]);
});

test("Interpreter.id is never used again", async () => {
  const seen = new Set<number>([0]);
  for (let round = 0; round < 3; round++) {
    const interps = [create(), create()];
    for (const { id } of interps) {
      assert(!seen.has(id), `id ${id} was used before`);
      seen.add(id);
    }
    await Promise.all(interps.map((interp) => interp.close()));
  }
});

test("Interpreter properties cannot be written", async () => {
  await withInterpreter(async (interp) => {
    await interp.ready;
    const open = interp as unknown as Record<string, unknown>;
    for (const key of ["id", "name", "whence", "ready"]) {
      const before = open[key];
      try {
        assert.throws(
          () => {
            open[key] = 77;
          },
          TypeError,
          `${key} was written`,
        );
      } finally {
        if (open[key] !== before) open[key] = before;
      }
    }
  });
});

test("Interpreter cannot be constructed by a program", () => {
  assert.throws(() => new (Interpreter as unknown as new (id: number) => Interpreter)(0), TypeError);
});

test("getCurrent(), getMain() and listAll() agree from inside", async () => {
  await withInterpreters(2, async (a, b) => {
    const seen = await within(a!.call(() => {
      const { getCurrent, getMain, listAll } = csp;
      return {
        current: getCurrent().id,
        whence: getCurrent().whence,
        same: getCurrent() === getCurrent() && listAll()[1] === getCurrent() && listAll()[0] === getMain(),
        main: [getMain().id, getMain().whence, getMain().name],
        all: listAll().map((interp) => interp.id),
        running: getCurrent().isRunning(),
        mainRunning: getMain().isRunning(),
      };
    }));
    assert.deepEqual(seen, {
      current: a!.id,
      whence: "interpreters",
      same: true,
      main: [0, "main", getMain().name],
      all: [0, a!.id, b!.id],
      running: true,
      mainRunning: true,
    });
  });
});

test("create() works from inside, at two levels, and everybody sees it", async () => {
  await withInterpreter(async (a) => {
    const ids = await within(a.call(async () => {
      const child = csp.create({ name: "child" });
      const grandchild = await child.call(async () => {
        const mine = csp.create({ name: "grandchild" });
        await mine.ready;
        return mine.id;
      });
      return [child.id, grandchild];
    }));
    const [child, grandchild] = listAll().slice(-2);
    assert.deepEqual([child!.id, grandchild!.id], ids);
    assert.deepEqual([child!.name, grandchild!.name], ["child", "grandchild"]);
    assert.equal(await grandchild!.call(() => csp.getCurrent().name), "grandchild");
    // A sibling that never heard of it closes it.
    await withInterpreter(async (b) => {
      await within(b.call(async (other) => await other.close(), grandchild!));
    });
    await assert.rejects(grandchild!.call(() => 1), InterpreterNotFoundError);
    await child!.close();
  });
  assert.deepEqual(listAll(), [getMain()]);
});

test("create() from inside outlives its creator", async () => {
  const a = create();
  const id = await within(a.call(async () => {
    const child = csp.create();
    await child.ready;
    return child.id;
  }));
  await a.close();
  const child = listAll().find((interp) => interp.id === id);
  assert(child !== undefined);
  assert.equal(await within(child.call(() => 5)), 5);
  await child.close();
});

test("create() from inside, many at once, gives each an id of its own", async () => {
  await withInterpreters(3, async (...interps) => {
    const lists = await within(Promise.all(interps.map((interp) =>
      interp.call(async () => {
        const mine = Array.from({ length: 5 }, () => csp.create());
        const answers = await Promise.all(mine.map((one) => one.call(() => csp.getCurrent().id)));
        const ids = mine.map((one) => one.id);
        await Promise.all(mine.map((one) => one.close()));
        return { ids, answers };
      })
    )));
    for (const { ids, answers } of lists) assert.deepEqual(ids, answers);
    assert.equal(new Set(lists.flatMap((list) => list.ids)).size, 15);
    assert.equal(listAll().length, 4);
  });
});
