/** What `go.with` takes and refuses; ids of processes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, go, type GoOptions, type InterpreterError } from "@pool/csp";
import { runProgram, runtime } from "../_program.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

test("go.with() refuses unknown options, wrong types, and two places", async () => {
  const interpreter = create();
  const refused: [unknown, new (...args: never[]) => Error, RegExp][] = [
    [{ nam: "x" }, TypeError, /nam/],
    [{ name: 5 }, TypeError, /name is of type number/],
    [{ signal: {} }, TypeError, /signal/],
    [{ timeout: "1" }, TypeError, /timeout is of type string/],
    [{ timeout: -1 }, RangeError, /timeout is -1/],
    [{ timeout: NaN }, RangeError, /timeout is NaN/],
    [{ interpreter: {} }, TypeError, /interpreter/],
    [{ local: 1 }, TypeError, /local is of type number/],
    [{ dedicated: "yes" }, TypeError, /dedicated is of type string/],
    [{ local: true, dedicated: true }, TypeError, /dedicated and local/],
    [{ interpreter, local: true }, TypeError, /interpreter and local/],
    [5, TypeError, /options/],
  ];
  for (const [options, type, message] of refused) {
    assert.throws(() => go.with(options as GoOptions), (error: Error) => {
      assert(error instanceof type, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
  assert.equal(await within(go.with({})(() => 1)), 1);
  assert.equal(await within(go.with({ dedicated: false, local: false, name: undefined })(() => 2)), 2);
  const start = go.with({ name: "again" });
  assert.deepEqual(await within(Promise.all([start(() => 1), start(() => 2)])), [1, 2]);
  await interpreter.close();
});

test("go.with({ signal }) cancels with a signal that aborts while the process is being started", async () => {
  const interpreter = create();
  for (const place of [{}, { dedicated: true }, { interpreter }]) {
    const controller = new AbortController();
    const aborting = {
      get now() {
        controller.abort("meanwhile");
        return 1;
      },
    };
    const start = go.with({ ...place, signal: controller.signal });
    const process = start((_: { now: number }) => csp.never.receive(), aborting);
    assert.equal(await rejection(process), "meanwhile");
    assert.equal(process.status, "cancelled");
  }
  await interpreter.close();
});

test(
  "The ids of processes are unique, also before there is any interpreter",
  { timeout: 30_000 },
  async () => {
    const { stdout, stderr, code } = await runProgram(`
    import * as csp from "@pool/csp";
    const early = [csp.go.local(() => csp.currentProcess().id), csp.go.local(() => csp.currentProcess().id)];
    const late = [csp.go(() => csp.currentProcess().id), csp.go.local(() => csp.currentProcess().id)];
    const nested = csp.go(async () => [csp.currentProcess().id, await csp.go(() => csp.currentProcess().id)]);
    const all = [...early, ...late];
    const ids = await Promise.all(all);
    if (String(ids) !== String(all.map((p) => p.id))) throw new Error(String(ids));
    const more = [...ids, ...await nested];
    console.log(more.length, new Set(more).size, more.every((id) => id > 0));
  `);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "6 6 true\n");
  },
);

test(
  "CSP_PARALLELISM sets the number of interpreters; what is no number is refused",
  { timeout: 60_000 },
  async () => {
    const source = (value: string) => `
    import { go, listAll } from "@pool/csp";
    process.env.CSP_PARALLELISM = ${JSON.stringify(value)};
    try {
      const all = Array.from({ length: 9 }, () => go(() => 1));
      console.log(listAll().length - 1);
      await Promise.all(all);
    } catch (error) {
      console.log(error.name, error.message);
    }
  `;
    const outputs = [];
    for (const value of ["3", " 1 ", "", "0", "many", "2.5", "99999"]) {
      const { stdout, stderr, code } = await runProgram(source(value));
      assert.equal(code, 0, stderr);
      outputs.push(stdout.trim());
    }
    assert.deepEqual(outputs.slice(0, 2), ["3", "1"]);
    assert.equal(outputs[2], String(Math.min(9, navigator.hardwareConcurrency)));
    for (const output of outputs.slice(3)) {
      assert.match(
        output,
        /^RangeError Cannot use CSP_PARALLELISM: .*1 to 1023$/,
      );
    }
  },
);

if (runtime === "deno") {
  test("CSP_PARALLELISM that may not be read counts as not set", { timeout: 30_000 }, async () => {
    const { runRuntime, writeProgram } = await import("../_program.ts");
    const file = writeProgram(`
      import { go, listAll } from "@pool/csp";
      await Promise.all(Array.from({ length: 9 }, () => go(() => 1)));
      console.log(listAll().length - 1);
    `);
    const { stdout, stderr, code } = await runRuntime([
      "run",
      "--no-prompt",
      "--no-check",
      "--allow-read",
      file,
    ]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `${Math.min(9, navigator.hardwareConcurrency)}\n`);
  });
}

/** For the type of an error in this file's programs. */
export type Refusal = InterpreterError;
