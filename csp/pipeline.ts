/**
 * Runs a pipeline: a feeder here that numbers the items, workers on interpreters of their own (`pipeline_crew.ts`), a deliverer
 * here that puts their results in order; all of them one `par`, which starts and ends them as one.
 *
 * *Who waits and who wakes.* The feeder waits for a credit, of which there are as many as batches may be under way, for an
 * item, and for room among the jobs; workers for a batch; the deliverer for results, which always find room, and for
 * whoever receives what it delivers. A credit comes back when a batch is delivered. The feeder's end closes the jobs, which
 * ends the workers, whose end closes the results, which ends the deliverer.
 */
import { interpreters } from "#engines";
import { chan } from "../channels/api.ts";
import { ChannelClosedError } from "../channels/errors.ts";
import type { ReceivePort, Sender, SendPort } from "../channels/mod.ts";
import type { AnyFunction } from "../interpreters/callable.ts";
import { processNow } from "../interpreters/process_context.ts";
import { isShareable, sharedArray } from "../sharing/api.ts";
import { NotShareableError } from "../sharing/errors.ts";
import { launchHere } from "./launch.ts";
import type { Leaf } from "./plan.ts";
import { runPlan } from "./plan_run.ts";
import type { PipelineOptions } from "./pipeline_api.ts";
import { PipelineCrew } from "./pipeline_crew.ts";
import { checkAll, inputOf, withIndex } from "./pipeline_input.ts";
import type { Batch, Results } from "./pipeline_worker.ts";
import { Process } from "./process.ts";
import { select } from "./select.ts";

/** Batches under way, for each worker: what it works on, what waits for it, and as many for results out of order. */
const BATCHES = 8;
/** Batches that wait for each worker: the feeder, asleep or kept from running for some milliseconds, must not hold it up. */
const WAITING = 3;
/** What a batch should take, in milliseconds: a multiple of what sending it costs, and little to wait for. */
const BATCH_MS = 1;
/** Most items in a batch. */
const MOST = 256;

/** See `pipeline` in pipeline_api.ts. `worker` is the task that runs `workOnItems`. */
export async function runPipeline(
  worker: AnyFunction,
  n: number,
  fn: AnyFunction,
  from: unknown,
  to: SendPort<unknown>,
  options: PipelineOptions | undefined,
): Promise<void> {
  const { ordered, close, signal } = checkAll(n, fn, to, options);
  signal?.throwIfAborted();
  const [input, own] = inputOf(from);
  const pipeline = new Pipeline(n, input, to, ordered);
  let reason: { readonly error: unknown } | undefined;
  try {
    await runPlan({ is: "par", parts: pipeline.parts(worker, fn) }, { signal });
    reason = pipeline.endedFor;
  } catch (error) {
    if (error !== pipeline.unwanted) reason = { error: pipeline.told(error) };
  }
  if (own !== undefined) own.retire();
  if (close) closeAs(to, reason);
  if (reason !== undefined) throw reason.error;
}

class Pipeline {
  /** Cancels what is left when nobody receives results any more. */
  readonly unwanted: DOMException = new DOMException(
    "Nobody receives from the pipeline any more",
    "AbortError",
  );
  /** The reason that the input was closed with. */
  endedFor: { readonly error: unknown } | undefined;

  readonly #n: number;
  readonly #crew: PipelineCrew;
  readonly #input: ReceivePort<unknown>;
  readonly #to: SendPort<unknown>;
  readonly #ordered: boolean;
  readonly #jobs: ReturnType<typeof chan<Batch>>;
  readonly #results: ReturnType<typeof chan<Results>>;
  /** See `Progress` in pipeline_worker.ts. */
  readonly #progress: Float64Array;
  #credits: number;
  #credited: (() => void) | undefined;
  /** The index of the next item. */
  #next = 0;
  /** How many items a batch should have. */
  #size = 1;
  /** The first process that has failed of its own: its error, and the item that it was at. */
  #failed: { readonly error: unknown; readonly index: number | undefined } | undefined;

  constructor(n: number, input: ReceivePort<unknown>, to: SendPort<unknown>, ordered: boolean) {
    this.#n = n;
    this.#crew = new PipelineCrew(n);
    this.#input = input;
    this.#to = to;
    this.#ordered = ordered;
    this.#jobs = chan<Batch>({ capacity: WAITING * n, name: "jobs of a pipeline" });
    this.#results = chan<Results>({ capacity: BATCHES * n, name: "results of a pipeline" });
    this.#progress = sharedArray(Float64Array, n).fill(-1);
    this.#credits = BATCHES * n;
  }

  /** Feeder, deliverer and workers. */
  parts(worker: AnyFunction, fn: AnyFunction): Leaf[] {
    const sent = interpreters().sendable(fn);
    const feed = (jobs: Sender<Batch>): Promise<void> => this.#feed(jobs);
    const deliver = (): Promise<void> => this.#deliver();
    const parts = [
      this.#part(feed, [this.#jobs.sender()], "here", () => undefined),
      this.#part(deliver, [], "here", () => undefined),
    ];
    // A worker that fails closes its end of the results with its error. That must not reach the deliverer before the news of
    // the failure itself is here, so one more end keeps them open.
    const last = this.#results.sender();
    let left = this.#n;
    const ended = (): void => {
      if (--left === 0) last.retire();
    };
    for (let me = 0; me < this.#n; me++) {
      const args = [sent, this.#jobs.receiver(), this.#results.sender(), this.#progress, me];
      const at = (): number => {
        const item = this.#progress[me]!;
        return item < 0 ? this.#next : item;
      };
      parts.push(
        me < this.#crew.shared
          ? this.#part(worker, args, "bare", at, ended)
          : this.#part(this.#crew.later(worker), args, "here", at, ended),
      );
    }
    return parts;
  }

  /** A process that notes that it has failed, and by `at`, at which item; `returned` hears that it has not. */
  #part(
    fn: AnyFunction,
    args: unknown[],
    place: Leaf["place"],
    at: () => number | undefined,
    returned?: () => void,
  ): Leaf {
    const start = (fn: AnyFunction, args: unknown[]): Process<unknown> => {
      const process = place === "here" ? launchHere(fn, args) : this.#crew.start(fn, args);
      Process.outcomeOf(process).then(returned, (error) => {
        if (process.status === "failed") this.#failed ??= { error, index: at() };
      });
      return process;
    };
    return { is: "process", fn, args, place, start };
  }

  /** What the pipeline rejects with for `error`. */
  told(error: unknown): unknown {
    const failed = this.#failed;
    return failed === undefined || failed.error !== error || failed.index === undefined
      ? error
      : withIndex(error, failed.index);
  }

  async #feed(jobs: Sender<Batch>): Promise<void> {
    try {
      await this.#feedAll(jobs);
    } finally {
      this.#crew.dismiss();
    }
  }

  async #feedAll(jobs: Sender<Batch>): Promise<void> {
    const { signal } = processNow();
    for (;;) {
      // A signal that has aborted already tells no new listener.
      signal.throwIfAborted();
      if (this.#credits === 0) {
        await new Promise<void>((resolve, reject) => {
          const aborted = (): void => reject(signal.reason);
          signal.addEventListener("abort", aborted, { once: true });
          this.#credited = function credited() {
            signal.removeEventListener("abort", aborted);
            resolve();
          };
        });
      }
      const items = await this.#take(signal);
      if (items === undefined) return;
      this.#credits--;
      try {
        await jobs.send([this.#next, items], { signal });
      } catch (error) {
        if (error instanceof NotShareableError) this.#blame(items);
        throw error;
      }
      this.#next += items.length;
      if (jobs.size > 0) this.#crew.callOne();
    }
  }

  /** The next items, at least one; undefined when the input has ended. */
  async #take(signal: AbortSignal): Promise<unknown[] | undefined> {
    const input = this.#input;
    const got = input.tryReceive();
    const items: unknown[] = [];
    if (got.state === "ok") items.push(got.value);
    else {
      const first = await select([input], { signal });
      if (first.closed) {
        this.endedFor = "reason" in first ? { error: first.reason } : undefined;
        return undefined;
      }
      items.push(first.value);
    }
    // What is there is shared out when it is less than a batch for everybody.
    const most = Math.min(this.#size, 1 + Math.ceil(input.size / this.#n));
    while (items.length < most) {
      const next = input.tryReceive();
      if (next.state !== "ok") break;
      items.push(next.value);
    }
    return items;
  }

  /** Throws for the item that cannot cross alone. */
  #blame(items: readonly unknown[]): void {
    const at = items.findIndex((item) => !isShareable(item));
    if (at < 0) return;
    try {
      interpreters().checkValue(items[at], "args[0]");
    } catch (error) {
      this.#failed ??= { error, index: this.#next + at };
      throw error;
    }
  }

  async #deliver(): Promise<void> {
    const early = new Map<number, unknown[]>();
    let next = 0;
    for await (const [start, values, ms] of this.#results) {
      this.#learn(values.length, ms);
      if (!this.#ordered) await this.#send(values);
      else {
        early.set(start, values);
        for (let ready = early.get(next); ready !== undefined; ready = early.get(next)) {
          early.delete(next);
          next += ready.length;
          await this.#send(ready);
        }
      }
    }
  }

  async #send(values: readonly unknown[]): Promise<void> {
    try {
      if (values.length === 1) await this.#to.send(values[0]);
      else await this.#to.sendMany(values);
    } catch (error) {
      throw error instanceof ChannelClosedError ? this.unwanted : error;
    }
    this.#credits++;
    this.#credited?.();
    this.#credited = undefined;
  }

  /** Lets batches grow or shrink to what takes {@link BATCH_MS}. */
  #learn(count: number, ms: number): void {
    const right = Math.floor(count * BATCH_MS / Math.max(ms, 0.001));
    this.#size = Math.max(1, Math.min(right, this.#size * 2, MOST));
  }
}

/** Closes `to`, unless it is an end that is none any more. */
function closeAs(to: SendPort<unknown>, reason: { readonly error: unknown } | undefined): void {
  try {
    if (reason === undefined) to.close();
    else to.close(reason.error);
  } catch (error) {
    if (!(error instanceof ChannelClosedError)) throw error;
  }
}
