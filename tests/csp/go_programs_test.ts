/** Whole programs that start processes: failures nobody awaits, what keeps a program alive, exits in the middle. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { type ProgramResult, runProgram, runtime, writeProgram } from "../_program.ts";

const LIMIT = { limit: 20_000 };
const slow = { timeout: 60_000 };

/** Fails unless the program ended by itself with `code`. */
function ended(result: ProgramResult, code: number, stdout: string): void {
  assert.equal(result.late, false, `does not end; stdout: ${result.stdout} stderr: ${result.stderr}`);
  assert.deepEqual({ code: result.code, stdout: result.stdout }, { code, stdout }, result.stderr);
}

const FORMS = ["go", "go.local", "go.dedicated"];

/** How long a program would go on that has failed. Bun reports the failure and lets it: its exit code is 1 then. */
const GOES_ON_MS = runtime === "bun" ? 100 : 60_000;

test(
  "A failure that nobody awaits ends the program; the report has the name and the remote stack",
  slow,
  async () => {
    for (const form of FORMS) {
      const { code, late, stderr } = await runProgram(
        `
      import { go, sleep } from "@pool/csp";
      const process = ${form}(function breakDown() { throw new RangeError("broken"); });
      await process.join();
      await sleep(${GOES_ON_MS});
    `,
        LIMIT,
      );
      assert.equal(late, false);
      assert.equal(code, 1, `${form}: ${stderr}`);
      assert.match(stderr, /RangeError: broken/, form);
      assert.match(stderr, /breakDown/, form);
      if (form !== "go.local") {
        // What came from elsewhere says from where.
        assert.match(stderr, /process "breakDown" \(\d+\) in interpreter \d+/, form);
        assert.match(stderr, /csp:breakDown/, form);
      }
    }
  },
);

test(
  "A failure of a nested process that nobody awaits is reported as well, or told to who shares its interpreter",
  slow,
  async () => {
    const use = `
    import { go, listAll, setParallelism, sleep } from "@pool/csp";
    import * as csp from "@pool/csp";
    setParallelism(1);
  `;
    const nested = `
    const outer = await go(() => {
      void csp.go(async function breakDown() { await csp.sleep(20); throw new RangeError("nested"); });
      return "outer is done";
    });
    console.log(outer);
  `;
    const alone = await runProgram(
      `${use} ${nested}
    const [, interp] = listAll();
    while (listAll().includes(interp)) await sleep(1);
    await sleep(1);
  `,
      LIMIT,
    );
    ended(alone, 1, "outer is done\n");
    assert.match(alone.stderr, /RangeError: nested/);
    assert.match(alone.stderr, /breakDown/);
    const shared = await runProgram(
      `${use}
    const neighbour = go(() => csp.sleep(60_000)).catch((error) => error);
    ${nested}
    const error = await neighbour;
    console.log(error.name, error.cause.name, error.cause.message);
  `,
      LIMIT,
    );
    ended(shared, 0, "outer is done\nInterpreterError RangeError nested\n");
  },
);

test(
  "A failure that somebody awaits, or of a process that was cancelled, is not reported",
  slow,
  async () => {
    for (const form of FORMS) {
      ended(
        await runProgram(
          `
        import { go } from "@pool/csp";
        import * as csp from "@pool/csp";
        await ${form}(() => { throw new Error("a"); }).catch(() => {});
        await ${form}(() => { throw new Error("b"); }).then(() => {}, () => {});
        const late = ${form}(() => { throw new Error("c"); });
        try { await late; } catch {}
        const cancelled = ${form}(() => csp.sleep(60_000));
        cancelled.cancel();
        await cancelled.join();
        const words = new Int32Array(new SharedArrayBuffer(4));
        const other = ${form}(async (words) => {
          Atomics.store(words, 0, 1);
          await csp.sleep(60_000).catch(() => {});
          throw new Error("d");
        }, words);
        while (Atomics.load(words, 0) === 0) await csp.sleep(1);
        other.cancel();
        await other.join();
        const timed = go.with({ timeout: 1${
            form === "go" ? "" : `, ${form.slice(3)}: true`
          } })(() => csp.sleep(60_000));
        await timed.join();
        const signal = AbortSignal.abort();
        await go.with({ signal${form === "go" ? "" : `, ${form.slice(3)}: true`} })(() => 1).join();
        await csp.sleep(20);
        console.log(cancelled.status, other.status, timed.status);
      `,
          LIMIT,
        ),
        0,
        "cancelled cancelled cancelled\n",
      );
    }
  },
);

test(
  "A pending process that nobody awaits keeps the program alive, idle interpreters do not",
  slow,
  async () => {
    const pending = await runProgram(
      `
      import * as csp from "@pool/csp";
      csp.go(async () => { await csp.sleep(200); console.log("shared"); });
      csp.go(async () => { await csp.go(async () => { await csp.sleep(400); console.log("nested"); }); });
      csp.go.dedicated(async () => { await csp.sleep(600); console.log("dedicated"); });
    `,
      LIMIT,
    );
    // On a busy machine they may end in another order.
    const lines = pending.stdout.split("\n").filter((line) => line !== "").sort();
    ended({ ...pending, stdout: lines.join("\n") }, 0, "dedicated\nnested\nshared");
    ended(
      await runProgram(
        `
      import * as csp from "@pool/csp";
      await Promise.all([csp.go(() => 1), csp.go(() => 2), csp.go.dedicated(() => 3)]);
      const values = await csp.go(function* () { for (;;) yield 1; });
      await values.next();
      console.log("end");
    `,
        LIMIT,
      ),
      0,
      "end\n",
    );
  },
);

test(
  "A process that was cancelled by another process still keeps the program alive until it has ended",
  slow,
  async () => {
    ended(
      await runProgram(
        `
      import * as csp from "@pool/csp";
      await csp.go(async () => {
        const words = new Int32Array(new SharedArrayBuffer(4));
        const inner = csp.go(async (words) => {
          Atomics.store(words, 0, 1);
          try { await csp.sleep(60_000); } finally {
            await new Promise((resolve) => setTimeout(resolve, 300));
            console.log("cleaned up");
          }
        }, words);
        while (Atomics.load(words, 0) === 0) await csp.sleep(1);
        inner.cancel();
      });
    `,
        LIMIT,
      ),
      0,
      "cleaned up\n",
    );
  },
);

test("process.exit() in the middle ends the program at once, with its code", slow, async () => {
  const result = await runProgram(
    `
    import * as csp from "@pool/csp";
    const words = new Int32Array(new SharedArrayBuffer(8));
    const spin = (words) => { Atomics.add(words, 0, 1); for (;;); };
    csp.go(spin, words);
    csp.go.dedicated(spin, words);
    csp.go.dedicated((words) => { Atomics.add(words, 0, 1); csp.chan().receiveSync({ timeout: 1e8 }); }, words).catch(() => {});
    csp.go.local(() => csp.sleep(60_000));
    while (Atomics.load(words, 0) < 2) await csp.sleep(1);
    console.log("exit");
    process.exit(7);
  `,
    LIMIT,
  );
  ended(result, 7, "exit\n");
});

test("Ctrl-C in the middle ends the program", slow, async () => {
  const file = writeProgram(`
    import * as csp from "@pool/csp";
    const words = new Int32Array(new SharedArrayBuffer(8));
    csp.go((words) => { Atomics.add(words, 0, 1); for (;;); }, words);
    csp.go.dedicated((words) => { Atomics.add(words, 0, 1); Atomics.wait(words, 1, 0); }, words);
    while (Atomics.load(words, 0) < 2) await csp.sleep(1);
    console.log("running");
    await csp.sleep(60_000);
  `);
  const flags = runtime === "deno" ? ["run", "-A", "--no-check", "--quiet"] : [];
  const child = spawn(process.execPath, [...flags, file], { stdio: ["ignore", "pipe", "inherit"] });
  const end = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  const guard = setTimeout(() => child.kill("SIGKILL"), 20_000);
  await new Promise<void>((resolve) => child.stdout!.once("data", () => resolve()));
  child.kill("SIGINT");
  const { code, signal } = await end;
  clearTimeout(guard);
  assert(signal === "SIGINT" || code === 130, `code ${code}, signal ${signal}`);
});

test(
  "A module that starts processes at its top level says so when it is imported for a task",
  slow,
  async () => {
    for (
      const form of [
        "go(() => 1)",
        "go.local(() => 1)",
        "go.dedicated(() => 1)",
        "go.with({ name: 'x' })(() => 1)",
      ]
    ) {
      const result = await runProgram(
        `
      import { create, go, task } from "@pool/csp";
      export const work = task(import.meta, function work() { return 7; });
      ${form}.then(() => {}, () => {});
      if (import.meta.main) {
        const interp = create();
        await interp.call(work).then(console.log, (error) => console.log(error.name, error.message));
        await interp.close({ force: true });
      }
    `,
        LIMIT,
      );
      assert.equal(result.late, false, form);
      assert.equal(result.code, 0, result.stderr);
      assert.match(result.stdout, /^InterpreterError Cannot start a process.*import\.meta\.main/, form);
    }
    ended(
      await runProgram(
        `
      import { go, task } from "@pool/csp";
      const work = task(import.meta, function work(n) { return 7 + n; });
      if (import.meta.main) console.log(await go(work, 1), await go.dedicated(work, 2), await go.local(work, 3));
    `,
        LIMIT,
      ),
      0,
      "8 9 10\n",
    );
  },
);
