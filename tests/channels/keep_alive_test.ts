/** Whether a pending operation keeps the program alive: while another interpreter runs something, and no longer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProgramResult, runProgram } from "../_program.ts";

const slow = { timeout: 60_000 };
const LIMIT = { limit: 30_000 };

function ended(result: ProgramResult, code: number): void {
  assert.equal(result.late, false, result.stdout + result.stderr);
  assert.equal(result.code, code, result.stderr);
}

test("Channel.receive() keeps the program alive while another interpreter runs", slow, async () => {
  const result = await runProgram(
    `
    import { chan, create } from "@pool/csp";
    const values = chan();
    const interp = create({ mode: "concurrent" });
    void interp.call(async (values) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await values.send("late");
    }, values);
    values.receive().then((value) => console.log(value));
  `,
    LIMIT,
  );
  ended(result, 0);
  assert.equal(result.stdout, "late\n");
});

test("Channel.receive() does not keep the program alive once nobody runs", slow, async () => {
  const result = await runProgram(
    `
    import { chan, create } from "@pool/csp";
    const values = chan();
    const interp = create();
    await interp.call((values) => { globalThis.values = values; }, values);
    values.receive().then(() => console.log("never"));
    console.log("end");
  `,
    LIMIT,
  );
  ended(result, 0);
  assert.equal(result.stdout, "end\n");
});

test("Channel.receive() between two interpreters keeps the program alive for their calls", slow, async () => {
  const result = await runProgram(
    `
    import { chan, create } from "@pool/csp";
    const values = chan();
    const [one, other] = [create(), create()];
    one.call(async (values) => await values.receive(), values).then((value) => console.log(value));
    await other.call(async (values) => await values.send("through"), values);
  `,
    LIMIT,
  );
  ended(result, 0);
  assert.equal(result.stdout, "through\n");
});

test(
  "Channel.receiveSync() in main throws while an interpreter starts, and works once it has",
  slow,
  async () => {
    const result = await runProgram(
      `
    import { chan, create, InterpreterError } from "@pool/csp";
    const values = chan();
    const interp = create();
    void interp.call((values) => values.sendSync("sent"), values);
    try {
      values.receiveSync();
    } catch (error) {
      console.log(error instanceof InterpreterError);
    }
    await interp.ready;
    console.log(values.receiveSync());
  `,
      LIMIT,
    );
    ended(result, 0);
    assert.equal(result.stdout, "true\nsent\n");
  },
);
