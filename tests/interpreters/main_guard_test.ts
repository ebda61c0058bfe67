import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "../_program.ts";

const LIMIT = { limit: 15_000 };
const slow = { timeout: 30_000 };

test(
  "A program that creates at top level without a guard is told so by InterpreterError, no fork bomb",
  slow,
  async () => {
    const result = await runProgram(
      `
    import { create, InterpreterError, listAll, task } from "@pool/csp";
    const work = task(import.meta, function work() { return 7; });
    const interp = create();
    try {
      await interp.call(work);
      console.log("resolved");
    } catch (error) {
      console.log(error instanceof InterpreterError, error.message);
      console.log(listAll().length);
    }
    await interp.close({ force: true });
  `,
      LIMIT,
    );
    assert.equal(result.late, false, "does not end");
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /^true .*import\.meta\.main/s);
    assert.match(result.stdout, /\n2\n$/);
  },
);

test("A program that calls parallel() at top level without a guard is told so", slow, async () => {
  const result = await runProgram(
    `
    import { parallel, task } from "@pool/csp";
    const work = task(import.meta, function work() { return 7; });
    await parallel([work], [work]).then(console.log, (error) => console.log(error.name, error.message));
  `,
    LIMIT,
  );
  assert.equal(result.late, false, "does not end");
  assert.match(result.stdout, /InterpreterError.*import\.meta\.main/s, result.stderr);
});

test(
  "A program that creates after an await at top level, or in a helper's top level, is told so",
  slow,
  async () => {
    const result = await runProgram(
      `
    import { create, task } from "@pool/csp";
    const work = task(import.meta, function work() { return 7; });
    await new Promise((resolve) => setTimeout(resolve, 1));
    function start() { return create(); }
    const interp = start();
    await interp.call(work).then(console.log, (error) => console.log(error.name, error.message));
    await interp.close({ force: true });
  `,
      LIMIT,
    );
    assert.equal(result.late, false, "does not end");
    assert.match(result.stdout, /import\.meta\.main/, result.stderr);
  },
);

test("A guarded program works, and import.meta.main is false there", slow, async () => {
  const result = await runProgram(
    `
    import { create, parallel, task } from "@pool/csp";
    const main = import.meta.main;
    const work = task(import.meta, function work(n) { return [n, main, import.meta.main]; });
    // A task may create: only the top level may not.
    const nested = task(import.meta, async function nested() { return (await parallel([work, 3]))[0]; });
    if (import.meta.main) {
      const interp = create();
      console.log(JSON.stringify(await interp.call(work, 1)));
      console.log(JSON.stringify(await interp.call(nested)));
      console.log(JSON.stringify(await parallel([work, 2])));
      await interp.close();
    }
  `,
    LIMIT,
  );
  assert.deepEqual([result.late, result.code], [false, 0], result.stderr);
  assert.equal(result.stdout, "[1,false,false]\n[3,false,false]\n[[2,false,false]]\n");
});

test(
  "A call that creates while a module is being imported for another call is not taken for its top level",
  slow,
  async () => {
    const result = await runProgram(
      `
    import { create, task } from "@pool/csp";
    if (!import.meta.main) await new Promise((resolve) => globalThis.finishImport = resolve);
    const work = task(import.meta, function work() { return "task"; });
    if (import.meta.main) {
      const interp = create({ mode: "concurrent" });
      const imported = interp.call(work);
      const created = interp.call(async () => {
        while (!globalThis.finishImport) await csp.yieldNow();
        const child = csp.create();
        await csp.yieldNow();
        const second = csp.create();
        const out = await second.call(() => "created");
        await child.close();
        await second.close();
        globalThis.finishImport();
        return out;
      });
      console.log(await imported, await created);
      await interp.close();
    }
  `,
      LIMIT,
    );
    assert.equal(result.stdout, "task created\n", result.stderr);
    assert.equal(result.code, 0);
  },
);
