import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "../_program.ts";

/** Takes the means to start a thread away from a program, or gives them back. */
const NO_THREADS = `
  const owner = typeof Bun === "object" || typeof Deno === "object"
    ? globalThis
    : process.getBuiltinModule("node:worker_threads");
  const { Worker } = owner;
  function refuseThreads() {
    owner.Worker = class { constructor() { throw new RangeError("no more threads"); } };
  }
  function allowThreads() {
    owner.Worker = Worker;
  }
`;

test("create() from inside fails there when main cannot start a thread, and main lives", {
  timeout: 30_000,
}, async () => {
  const result = await runProgram(
    `
    import { create, listAll } from "@pool/csp";
    ${NO_THREADS}
    const a = create();
    await a.call(() => csp.getCurrent().id);
    refuseThreads();
    const errors = await a.call(async () => {
      const errors = [];
      for (let i = 0; i < 2; i++) {
        try {
          const child = csp.create();
          await child.call(() => 1);
          errors.push("resolved");
        } catch (error) {
          errors.push(error instanceof csp.InterpreterError ? "refused" : String(error));
        }
      }
      return errors;
    });
    console.log(errors.join());
    console.log(listAll().length, await a.call(() => "a lives"));
    allowThreads();
    console.log(await a.call(async () => {
      const child = csp.create();
      const answer = await child.call(() => "a child lives");
      await child.close();
      return answer;
    }));
  `,
    { limit: 15_000 },
  );
  assert.deepEqual(
    [result.stdout, result.code, result.late],
    ["refused,refused\n2 a lives\na child lives\n", 0, false],
    result.stderr,
  );
});

test("create() in main throws InterpreterError when it cannot start a thread, and leaves nothing", {
  timeout: 30_000,
}, async () => {
  const result = await runProgram(
    `
    import { create, listAll } from "@pool/csp";
    ${NO_THREADS}
    refuseThreads();
    try { create(); } catch (error) { console.log(error.name, error.cause.message); }
    console.log(listAll().length);
    allowThreads();
    const interp = create();
    console.log(await interp.call(() => "lives"));
  `,
    { limit: 15_000 },
  );
  assert.deepEqual(
    [result.stdout, result.code, result.late],
    ["InterpreterError no more threads\n1\nlives\n", 0, false],
    result.stderr,
  );
});
