/** Pools of other libraries: each runs functions of `../party/workloads.ts`, named, with one argument. */

import process from "node:process";
import { fileURLToPath } from "node:url";
import type { TaskName } from "../party/_plan.ts";
import * as workloads from "../party/workloads.ts";

/** A pool that runs tasks. */
export interface PeerPool {
  run(task: TaskName, argument: unknown): PromiseLike<unknown>;
  end(): Promise<unknown>;
}

const TASKS = new URL("../party/workloads.ts", import.meta.url);

/** A thread of the runtime, and the object that comlink exposes in it. */
interface Thread {
  terminate(): unknown;
}
type Exposed = Readonly<Record<TaskName, (argument: unknown) => Promise<unknown>>>;

/** Starts one of them with so many threads, or processes. */
export const PEER_POOLS: Readonly<Record<string, (workers: number) => Promise<PeerPool>>> = {
  "tinypool": (workers) => startTinypool(workers, "worker_threads"),
  "tinypool processes": (workers) => startTinypool(workers, "child_process"),

  async piscina(workers) {
    const { Piscina } = await import("piscina");
    // The queue keeps its threads from idling between two looks.
    const pool = new Piscina({
      filename: TASKS.href,
      minThreads: workers,
      maxThreads: workers,
      concurrentTasksPerWorker: 64,
    });
    return { run: (name, argument) => pool.run(argument, { name }), end: () => pool.destroy() };
  },

  async workerpool(workers) {
    const { default: workerpool } = await import("workerpool");
    const pool = workerpool.pool(fileURLToPath(new URL("./workerpool_tasks.ts", import.meta.url)), {
      minWorkers: workers,
      maxWorkers: workers,
      workerType: "thread",
    });
    return {
      run: (task, argument) => pool.exec(task, [argument]) as PromiseLike<unknown>,
      end: async () => await pool.terminate(),
    };
  },

  async poolifier(workers) {
    const { FixedThreadPool } = await import("poolifier");
    const file = fileURLToPath(new URL("./poolifier_tasks.ts", import.meta.url));
    const pool = new FixedThreadPool<unknown, unknown>(workers, file);
    return {
      run: (task, argument) => pool.execute(argument, task),
      async end() {
        await pool.destroy();
      },
    };
  },

  async comlink(workers) {
    const { wrap } = await import("comlink");
    const { endpointOf } = await import("./_comlink_node.ts");
    const entry = new URL("./comlink_tasks.ts", import.meta.url);
    const threads: Thread[] = [];
    const objects: Exposed[] = [];
    for (let i = 0; i < workers; i++) {
      if ("Deno" in globalThis || "Bun" in globalThis) {
        const worker = new Worker(entry, { type: "module" });
        threads.push(worker);
        objects.push(wrap(worker));
      } else {
        const worker = new (process.getBuiltinModule("node:worker_threads").Worker)(entry);
        threads.push(worker);
        objects.push(wrap(await endpointOf(worker)));
      }
    }
    // It has no pool: the threads take turns.
    let next = 0;
    return {
      run: (task, argument) => objects[next++ % workers]![task](argument),
      async end() {
        for (const thread of threads) await thread.terminate();
      },
    };
  },

  // Its threads get a function's source; as it replaces globals, this one needs a process of its own.
  async multithreading(workers) {
    const { initRuntime, move, shutdown, spawn } = await import("multithreading");
    initRuntime({ maxWorkers: workers });
    return {
      async run(task, argument) {
        const result = await spawn(move(argument), workloads[task] as (argument: unknown) => unknown).join();
        if (!result.ok) throw result.error;
        return result.value;
      },
      end: () => Promise.resolve(shutdown()),
    };
  },
};

async function startTinypool(
  workers: number,
  runtime: "worker_threads" | "child_process",
): Promise<PeerPool> {
  const { default: Tinypool } = await import("tinypool");
  const pool = new Tinypool({ filename: TASKS.href, minThreads: workers, maxThreads: workers, runtime });
  return { run: (name, argument) => pool.run(argument, { name }), end: () => pool.destroy() };
}
