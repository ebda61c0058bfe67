import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProgramResult, runProgram, runtime, SMALL_HEAP } from "../_program.ts";

const LIMIT = { limit: 12_000 };
const slow = { timeout: 30_000 };

/** Fails unless the program ended by itself with `code`. */
function ended(result: ProgramResult, code: number, stdout?: string): void {
  assert.equal(result.late, false, `does not end; stdout: ${result.stdout} stderr: ${result.stderr}`);
  assert.equal(result.code, code, result.stderr);
  if (stdout !== undefined) assert.equal(result.stdout, stdout, result.stderr);
}

test("A program that leaves idle interpreters ends by itself", slow, async () => {
  ended(
    await runProgram(
      `
    import { create } from "@pool/csp";
    const interps = [create(), create({ mode: "concurrent" }), create()];
    await interps[0].call(() => 1);
    await interps[1].exec("setInterval(() => {}, 1000)");
    console.log("end");
  `,
      LIMIT,
    ),
    0,
    "end\n",
  );
});

test("A program that leaves interpreters starting ends by itself", slow, async () => {
  ended(
    await runProgram(`import { create } from "@pool/csp"; create(); create(); console.log("end");`, LIMIT),
    0,
    "end\n",
  );
});

test("A program with interpreters closed by force in a loop and in a wait ends by itself", slow, async () => {
  ended(
    await runProgram(
      `
    import { create } from "@pool/csp";
    const flag = new Int32Array(new SharedArrayBuffer(8));
    const [a, b] = [create(), create()];
    const spinning = a.call((flag) => { Atomics.add(flag, 0, 1); for (;;); }, flag).catch((error) => error.name);
    const blocked = b.call((flag) => { Atomics.add(flag, 0, 1); Atomics.wait(flag, 1, 0); }, flag).catch((error) => error.name);
    while (Atomics.load(flag, 0) < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    await Promise.all([a.close({ force: true }), b.close({ force: true })]);
    console.log(await spinning, await blocked);
  `,
      LIMIT,
    ),
    0,
    "InterpreterError InterpreterError\n",
  );
});

test("A program with a pending call that nobody awaits stays until it is done", slow, async () => {
  ended(
    await runProgram(
      `
    import { create } from "@pool/csp";
    create().call(() => new Promise((resolve) => setTimeout(resolve, 300))).then(() => console.log("done"));
    create().exec("await new Promise((resolve) => setTimeout(resolve, 300))").then(() => console.log("exec"));
  `,
      LIMIT,
    ).then((result) => ({ ...result, stdout: result.stdout.split("\n").sort().join("\n") })),
    0,
    "\ndone\nexec",
  );
});

test("A program stays while one interpreter waits for another", slow, async () => {
  ended(
    await runProgram(
      `
    import { create } from "@pool/csp";
    const [a, b] = [create(), create()];
    a.call(async (b) => {
      await b.call(() => new Promise((resolve) => setTimeout(resolve, 200)));
      await csp.getMain().call(() => console.log("main was told"));
    }, b);
  `,
      LIMIT,
    ),
    0,
    "main was told\n",
  );
});

test(
  "A program that streams stays until the stream has ended, and ends when nobody asks for more",
  slow,
  async () => {
    ended(
      await runProgram(
        `
    import { create } from "@pool/csp";
    const interp = create();
    const stream = await interp.call(async function* () {
      for (let i = 0; i < 3; i++) { await new Promise((resolve) => setTimeout(resolve, 50)); yield i; }
    });
    (async () => { for await (const x of stream) console.log(x); })();
    const unread = await create().call(function* () { for (;;) yield 1; });
    await unread.next();
  `,
        LIMIT,
      ),
      0,
      "0\n1\n2\n",
    );
  },
);

test("A failure of callInThread that nobody reads is reported", slow, async () => {
  const result = await runProgram(
    `
    import { create } from "@pool/csp";
    const thread = create().callInThread(() => { throw new RangeError("nobody reads this"); });
    await thread.join();
    console.log("joined");
  `,
    LIMIT,
  );
  assert.equal(result.late, false);
  assert.notEqual(result.code, 0);
  assert.match(result.stderr, /nobody reads this/);
});

test("A failure of callInThread that somebody reads is not reported", slow, async () => {
  ended(
    await runProgram(
      `
    import { create } from "@pool/csp";
    const thread = create().callInThread(() => { throw new RangeError("read"); });
    thread.result.catch((error) => console.log(error.excinfo.type));
    await thread.join();
  `,
      LIMIT,
    ),
    0,
    "RangeError\n",
  );
});

test(
  "A program whose main throws while interpreters exist ends with code 1 and the error",
  slow,
  async () => {
    const result = await runProgram(
      `
    import { create } from "@pool/csp";
    const interp = create();
    await interp.call(() => 1);
    const flag = new Int32Array(new SharedArrayBuffer(4));
    interp.call((flag) => { Atomics.store(flag, 0, 1); for (;;); }, flag).catch(() => {});
    while (Atomics.load(flag, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    throw new RangeError("main throws");
  `,
      LIMIT,
    );
    assert.equal(result.late, false);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /main throws/);
  },
);

test("process.exit() in main with busy interpreters ends at once", slow, async () => {
  const result = await runProgram(
    `
    import { create } from "@pool/csp";
    const flag = new Int32Array(new SharedArrayBuffer(8));
    for (const busy of [(flag) => { Atomics.add(flag, 0, 1); for (;;); }, (flag) => { Atomics.add(flag, 0, 1); Atomics.wait(flag, 1, 0); }]) {
      create().call(busy, flag).catch(() => {});
    }
    while (Atomics.load(flag, 0) < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    process.exit(6);
  `,
    LIMIT,
  );
  ended(result, 6);
});

test("Importing the library starts no thread and allocates no shared memory", slow, async () => {
  ended(
    await runProgram(
      `
    const made = [];
    for (const name of ["Worker", "SharedArrayBuffer", "MessageChannel"]) {
      const Original = globalThis[name];
      if (Original) globalThis[name] = new Proxy(Original, { construct(...args) { made.push(name); return Reflect.construct(...args); } });
    }
    const Memory = WebAssembly.Memory;
    WebAssembly.Memory = new Proxy(Memory, { construct(...args) { made.push("Memory"); return Reflect.construct(...args); } });
    const timer = globalThis.setInterval;
    globalThis.setInterval = (...args) => { made.push("setInterval"); return timer(...args); };
    const threads = process.getBuiltinModule("node:worker_threads");
    const NodeWorker = threads.Worker;
    try { threads.Worker = class extends NodeWorker { constructor(...args) { super(...args); made.push("node Worker"); } }; } catch {}
    for (const part of ["", "/interpreters", "/channels", "/csp", "/sharing", "/worker"]) await import("@pool/csp" + part);
    const { listAll, getMain, getCurrent, task, remote, isShareable } = await import("@pool/csp");
    listAll(); getMain(); getCurrent().isRunning(); isShareable([1]); remote("file:///m.ts").f; task(import.meta, function t() {});
    console.log(JSON.stringify(made));
  `,
      LIMIT,
    ),
    0,
    "[]\n",
  );
});

test("An unhandled failure of a call ends the program with an error", slow, async () => {
  const result = await runProgram(
    `import { create } from "@pool/csp"; create().call(() => { throw new RangeError("unhandled"); });`,
    LIMIT,
  );
  assert.equal(result.late, false);
  assert.notEqual(result.code, 0);
  assert.match(result.stderr, /unhandled/);
});

test("An interpreter that dies while idle does not end the program", slow, async () => {
  ended(
    await runProgram(
      `
    import { create, listAll } from "@pool/csp";
    const interp = create();
    await interp.exec("setTimeout(() => { throw new Error('in the background') }, 5)");
    while (listAll().length > 1) await new Promise((resolve) => setTimeout(resolve, 5));
    console.log("main lives");
  `,
      LIMIT,
    ),
    0,
    "main lives\n",
  );
});

test("An interpreter that fails to boot rejects its calls", slow, async () => {
  const result = await runProgram(
    `
    import { create } from "@pool/csp";
    const interp = create();
    const error = await interp.call(() => { globalThis.setTimeout = undefined; process.exit(1); }).catch((error) => error);
    console.log(error.name);
  `,
    LIMIT,
  );
  ended(result, 0, "InterpreterError\n");
});

if (runtime === "node") {
  test(
    "An interpreter out of memory rejects everything pending on it, and main lives",
    { timeout: 60_000 },
    async () => {
      const result = await runProgram(
        `
      import { create, listAll } from "@pool/csp";
      const interp = create();
      // in small pieces: Node stops the thread at the limit, one big piece beyond it would end the program
      const hungry = interp.call(() => { let chain; for (;;) chain = [chain, 0.5]; });
      const queued = interp.call(() => 1);
      for (const error of await Promise.all([hungry, queued].map((p) => p.then(() => "resolved", (error) => error)))) {
        console.log(error.name, error.cause?.code ?? String(error.cause));
      }
      console.log(listAll().length, await create().call(() => "main lives"));
    `,
        { limit: 40_000, flags: SMALL_HEAP },
      );
      ended(
        result,
        0,
        "InterpreterError ERR_WORKER_OUT_OF_MEMORY\nInterpreterError ERR_WORKER_OUT_OF_MEMORY\n1 main lives\n",
      );
    },
  );
}
