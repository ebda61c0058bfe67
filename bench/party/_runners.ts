/** The ways of doing many tasks: by this library, in a loop, in child processes, in WebAssembly, by other libraries. */

import { type ChildProcess, fork } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Pool } from "@pool/csp";
import type { TaskName } from "./_plan.ts";
import * as workloads from "./workloads.ts";

/** Does tasks; ended with its program. */
export interface Runner {
  /** All of them, each with one argument; the results in their order. */
  run(task: TaskName, args: readonly unknown[]): Promise<readonly unknown[]>;
}

type Task = (argument: unknown) => unknown;

/** The task as pools send it. */
function taskOf(name: TaskName): Task {
  return workloads[name] as Task;
}

/** Starts a way with so many workers. Each loads what it needs itself alone: that counts for its memory. */
export async function startRunner(program: string, workers: number): Promise<Runner> {
  switch (program) {
    case "sequential":
      return { run: (task, args) => Promise.resolve(args.map(taskOf(task))) };
    case "thread": {
      const { create } = await import("@pool/csp");
      const interpreter = create({ mode: "concurrent" });
      return { run: (task, args) => Promise.all(args.map((arg) => interpreter.call(taskOf(task), arg))) };
    }
    case "channel":
    case "call":
    case "port": {
      const { Pool } = await import("@pool/csp");
      return runnerOf(new Pool(workers, { method: program }), taskOf);
    }
    case "processes":
      return startProcesses(workers);
    case "wasm": {
      prepareWasm((await import("./_nbody_code.ts")).NBODY_CODE);
      return { run: (_task, args) => Promise.resolve(args.map(wasmNbody as Task)) };
    }
    case "wasm interp": {
      const { Pool } = await import("@pool/csp");
      const { NBODY_CODE } = await import("./_nbody_code.ts");
      const pool = new Pool(workers, { initializer: prepareWasm, initargs: [NBODY_CODE] });
      return runnerOf(pool, () => wasmNbody as Task);
    }
  }
  const { PEER_POOLS } = await import("../peers/pool_peers.ts");
  const pool = await PEER_POOLS[program]!(workers);
  return { run: (task, args) => Promise.all(args.map((arg) => pool.run(task, arg))) };
}

/** Task by task, so that the choice of chunks plays no part. */
function runnerOf(pool: Pool, functionOf: (name: TaskName) => Task): Runner {
  return { run: (task, args) => Promise.all(args.map((arg) => pool.applyAsync(functionOf(task), [arg]))) };
}

/** Compiles nbody and keeps it in this interpreter. */
function prepareWasm(code: string): void {
  const bytes = Uint8Array.from(atob(code), (letter) => letter.charCodeAt(0));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { abort() {} } });
  (globalThis as { wasmNbody?: unknown }).wasmNbody = exports["nbody"];
}

function wasmNbody(steps: number): number {
  return (globalThis as unknown as { wasmNbody: (steps: number) => number }).wasmNbody(steps);
}

/** A task for a child process, and what it answers. */
export interface Order {
  readonly task: TaskName;
  readonly argument: unknown;
  readonly index: number;
}

/** Child processes of the runtime that get tasks and send results by its messages between processes. */
function startProcesses(workers: number): Runner {
  const program = fileURLToPath(new URL("./child.ts", import.meta.url));
  const children = Array.from({ length: workers }, () => fork(program));
  process.once("exit", () => children.forEach((child) => child.kill("SIGKILL")));
  return {
    async run(task, args) {
      const results = new Array<unknown>(args.length);
      let next = 0;
      // Whoever is free gets the next task.
      async function serve(child: ChildProcess): Promise<void> {
        while (next < args.length) {
          const index = next++;
          const answered = new Promise<{ result: unknown }>((resolve, reject) => {
            child.once("message", resolve as (message: unknown) => void);
            child.once("exit", (code) => reject(new Error(`A child process ended with ${code}`)));
          });
          child.send({ task, argument: args[index], index } satisfies Order);
          results[index] = (await answered).result;
          child.removeAllListeners("exit");
        }
      }
      await Promise.all(children.map(serve));
      return results;
    },
  };
}
