import assert from "node:assert/strict";
import { test } from "node:test";
import { ExecutionFailed, InterpreterError } from "@pool/csp";
import { flags, withInterpreter } from "../_interpreters.ts";
import { runtime } from "../_program.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

const log = async (n: number): Promise<void> => {
  const seen = ((globalThis as unknown as { seen?: number[] }).seen ??= []);
  seen.push(n);
  await new Promise((resolve) => setTimeout(resolve, 2));
  seen.push(-n);
};
const seen = () => (globalThis as unknown as { seen: number[] }).seen;

test("A serial interpreter runs one call at a time, in order, its lock held across awaits", async () => {
  await withInterpreter(async (interp) => {
    const calls = [1, 2, 3].map((n) => interp.call(log, n));
    const exec = interp.exec(
      "seen.push('exec'); await new Promise((r) => setTimeout(r, 2)); seen.push('end')",
    );
    await within(Promise.all([...calls, exec, interp.call(log, 4)]));
    assert.deepEqual(await interp.call(seen), [1, -1, 2, -2, 3, -3, "exec", "end", 4, -4]);
  }, { mode: "serial" });
});

test("A serial interpreter goes on after a call that throws", async () => {
  await withInterpreter(async (interp) => {
    const first = rejection(interp.call(() => {
      throw new Error("first");
    }));
    const second = interp.call(() => "second");
    await first;
    assert.equal(await within(second), "second");
  });
});

test("A concurrent interpreter interleaves calls at await", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    // The first can only end when the second has run.
    const first = interp.call(async (words) => {
      while (Atomics.load(words, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      return "first";
    }, words);
    const second = interp.call((words) => {
      Atomics.store(words, 0, 1);
      return "second";
    }, words);
    assert.deepEqual(await within(Promise.all([first, second])), ["first", "second"]);
    await within(Promise.all([interp.call(log, 1), interp.call(log, 2)]));
    assert.deepEqual((await interp.call(seen)).slice(0, 2), [1, 2]);
  }, { mode: "concurrent" });
});

test("A concurrent interpreter may call itself by way of another", async () => {
  await withInterpreter(async (a) => {
    await withInterpreter(async (b) => {
      const result = await within(a.call(
        async (a, b) => {
          return await b.call(async (a) => await a.call(() => "home"), a) +
            (await csp.getCurrent().call(() => "!"));
        },
        a,
        b,
      ));
      assert.equal(result, "home!");
    }, { mode: "concurrent" });
  }, { mode: "concurrent" });
});

/** Tries to start a thread and tells how it went. */
const tryWorker = (): [string, string, string] => {
  const { Worker } = globalThis as unknown as {
    Worker?: new (url: string, options?: object) => { terminate(): void };
  };
  if (Worker === undefined) return ["none", "", ""];
  try {
    new Worker("data:text/javascript,", { type: "module" }).terminate();
    return ["started", "", ""];
  } catch (error) {
    return ["refused", (error as Error).name, (error as Error).message];
  }
};

test("A serial interpreter refuses the global Worker, a concurrent one allows it", async () => {
  await withInterpreter(async (interp) => {
    const [outcome, name, message] = await within(interp.call(tryWorker));
    if (runtime === "node") return assert.equal(outcome, "none");
    assert.deepEqual([outcome, name], ["refused", "InterpreterError"]);
    assert.match(message, /serial/);
    assert.match(message, /concurrent|create|go/);
    assert.equal(await within(interp.call(() => typeof Worker)), "function");
    assert.equal(await within(interp.call(tryWorker)).then((r) => r[0]), "refused");
  });
  await withInterpreter(async (interp) => {
    const [outcome] = await within(interp.call(tryWorker));
    assert.equal(outcome, runtime === "node" ? "none" : "started");
  }, { mode: "concurrent" });
});

if (runtime === "node") {
  test("A serial interpreter refuses node:worker_threads and node:child_process by import and require", async () => {
    await withInterpreter(async (interp) => {
      const outcomes = await within(interp.call(async () => {
        const threads = await import("node:worker_threads");
        const children = await import("node:child_process");
        const { createRequire } = await import("node:module");
        const require = createRequire("file:///");
        const acts: Record<string, () => unknown> = {
          Worker: () => new threads.Worker("", { eval: true }),
          "default Worker": () => new threads.default.Worker("", { eval: true }),
          "required Worker": () => new (require("worker_threads").Worker)("", { eval: true }),
          spawn: () => children.spawn("true"),
          exec: () => children.exec("true"),
          execFile: () => children.execFile("true"),
          fork: () => children.fork("/nonexistent.js"),
          spawnSync: () => children.spawnSync("true"),
          execSync: () => children.execSync("true"),
          execFileSync: () => children.execFileSync("true"),
          "required spawn": () => require("child_process").spawn("true"),
        };
        const refused: Record<string, string> = {};
        for (const [name, act] of Object.entries(acts)) {
          try {
            act();
            refused[name] = "allowed";
          } catch (error) {
            refused[name] = (error as Error).name;
          }
        }
        return refused;
      }));
      for (const [name, outcome] of Object.entries(outcomes)) assert.equal(outcome, "InterpreterError", name);
    });
  });

  test("A concurrent interpreter allows node:worker_threads and node:child_process", async () => {
    await withInterpreter(async (interp) => {
      const outcome = await within(interp.call(async () => {
        const { Worker } = await import("node:worker_threads");
        const { spawnSync } = await import("node:child_process");
        const worker = new Worker("require('node:worker_threads').parentPort.postMessage(7)", { eval: true });
        const message = await new Promise((resolve) => worker.once("message", resolve));
        return [message, spawnSync(process.execPath, ["-e", "1"]).status];
      }));
      assert.deepEqual(outcome, [7, 0]);
    }, { mode: "concurrent" });
  });
}

test("create() works inside a serial interpreter", async () => {
  await withInterpreter(async (interp) => {
    const answer = await within(interp.call(async () => {
      const child = csp.create();
      try {
        return await child.call(() => 6 * 7);
      } finally {
        await child.close();
      }
    }));
    assert.equal(answer, 42);
  });
});

test("Atomics.wait works in serial interpreters", async () => {
  await withInterpreter(async (interp) => {
    const words = flags();
    assert.equal(await within(interp.call((words) => Atomics.wait(words, 0, 0, 5), words)), "timed-out");
  });
});

test("A refused thread is an error of the call, no death", async () => {
  if (runtime === "node") return;
  await withInterpreter(async (interp) => {
    const error = await rejection(interp.call(() => void new Worker("data:text/javascript,")));
    assert(error instanceof ExecutionFailed);
    assert(error.cause instanceof InterpreterError);
    assert.equal(await within(interp.call(() => "alive")), "alive");
  });
});
