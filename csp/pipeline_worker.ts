/** What a pipeline does in each of its interpreters: takes batches of items, applies the function, sends back the results. */
import { interpreters } from "#engines";
import { isShareable } from "../sharing/api.ts";
import { NotShareableError } from "../sharing/errors.ts";
import type { Receiver, Sender } from "../channels/mod.ts";
import type { SentFunction } from "../interpreters/sent_function.ts";
import { InterpreterError } from "../interpreters/errors.ts";
import { processNow } from "../interpreters/process_context.ts";
import { awaitFrom, noteComputing } from "../runtime/mod.ts";

/** Items, and the index of the first. */
export type Batch = readonly [start: number, items: readonly unknown[]];
/** Their results, and the milliseconds that they took. */
export type Results = readonly [start: number, values: unknown[], ms: number];

/** Items under way, by worker, in shared memory: whoever hears of a failure finds here which one it was at. -1: none. */
export type Progress = Float64Array;

/** Works until `jobs` ends. What an item throws ends the process, and `progress[me]` stays at it. */
export async function workOnItems(
  sent: SentFunction,
  jobs: Receiver<Batch>,
  results: Sender<Results>,
  progress: Progress,
  me: number,
): Promise<void> {
  const { signal } = processNow();
  const fn = await interpreters().functionOf(sent);
  try {
    for (let batch = await next(jobs); batch !== undefined; batch = await next(jobs)) {
      const [start, items] = batch;
      signal.throwIfAborted();
      noteComputing(true);
      const began = performance.now();
      const values: unknown[] = [];
      for (let i = 0; i < items.length; i++) {
        progress[me] = start + i;
        let value = fn(items[i]);
        if (typeof value === "object" && value !== null) value = await settled(value);
        values.push(value);
      }
      const ms = performance.now() - began;
      try {
        await results.send([start, values, ms]);
      } catch (error) {
        if (error instanceof NotShareableError) blame(values, start, progress, me);
        throw error;
      }
      progress[me] = -1;
    }
  } finally {
    noteComputing(false);
  }
}

/** The next batch; undefined when there is no more. This thread computes on if one is there. */
async function next(jobs: Receiver<Batch>): Promise<Batch | undefined> {
  const got = jobs.tryReceive();
  if (got.state === "ok") return got.value;
  noteComputing(false);
  for await (const batch of jobs) return batch;
  return undefined;
}

/** What a function has returned, awaited. */
async function settled(value: object): Promise<unknown> {
  if (typeof (value as Partial<Iterator<unknown>>).next === "function" && Symbol.toStringTag in value) {
    throw new InterpreterError(
      "Cannot send a generator through a pipeline: its values stay where they are made; return an array",
    );
  }
  return await awaitFrom(value);
}

/** Lets progress point at the result that cannot cross, and throws for it alone. */
function blame(values: readonly unknown[], start: number, progress: Progress, me: number): void {
  const at = values.findIndex((value) => !isShareable(value));
  if (at < 0) return;
  progress[me] = start + at;
  interpreters().checkValue(values[at], "result");
}
