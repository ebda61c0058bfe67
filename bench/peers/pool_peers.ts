/** Pools of other libraries, with as many threads: each runs the tiny task. */
import { fileURLToPath } from "node:url";

/** A pool that runs `n => n + 1`. */
export interface PeerPool {
  readonly mode: string;
  run(n: number): PromiseLike<number>;
  end(): Promise<unknown>;
}

const TASKS = new URL("./pool_tasks.mjs", import.meta.url).href;

/** Starts them all; they are made for Node and measured there. */
export async function startPeerPools(threads: number): Promise<readonly PeerPool[]> {
  const [{ default: Tinypool }, { Piscina }, { default: workerpool }] = await Promise.all([
    import("tinypool"),
    import("piscina"),
    import("workerpool"),
  ]);
  const sizes = { filename: TASKS, minThreads: threads, maxThreads: threads };
  const tinypool = new Tinypool(sizes);
  // The queue keeps its threads from idling between two looks.
  const piscina = new Piscina({ ...sizes, concurrentTasksPerWorker: 64 });
  const pool = workerpool.pool(fileURLToPath(new URL("./workerpool_tasks.mjs", import.meta.url)), {
    minWorkers: threads,
    maxWorkers: threads,
    workerType: "thread",
  });
  return [
    { mode: "tinypool", run: (n) => tinypool.run(n) as Promise<number>, end: () => tinypool.destroy() },
    { mode: "piscina", run: (n) => piscina.run(n) as Promise<number>, end: () => piscina.destroy() },
    {
      mode: "workerpool",
      run: (n) => pool.exec("increment", [n]) as PromiseLike<number>,
      end: async () => await pool.terminate(),
    },
  ];
}
