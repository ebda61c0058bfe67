/** What `Pool` does. */
import { availableCores, checkOptions } from "../../runtime/mod.ts";
import { AsyncResult, track, type Tracked } from "../async_result.ts";
import type { AnyFunction } from "../callable.ts";
import { InterpreterError } from "../errors.ts";
import type { PoolMetrics } from "../executor.ts";
import type { AnyIterable, PoolEngine, PoolOptions } from "../pool.ts";
import { ChunkSizes, inChunks } from "./chunks.ts";
import type { Method } from "./line.ts";
import { checkArgs, checkCount, checkInitializer, checkItems, checkTask } from "./pool_options.ts";
import type { Owner, Work } from "./work.ts";
import { Workforce } from "./workforce.ts";

const MAP = "Cannot map";
const METHODS: readonly unknown[] = ["channel", "call", "port"] satisfies Method[];

/** See `Pool`. */
export function openPool(processes?: number, options?: PoolOptions): PoolEngine {
  const action = "Cannot make a Pool";
  checkOptions(action, options, ["initializer", "initargs", "maxTasksPerChild", "method"]);
  const { maxTasksPerChild, method = "channel" } = options ?? {};
  if (!METHODS.includes(method)) {
    throw new TypeError(`${action}: method is ${String(method)}; use "channel", "call" or "port"`);
  }
  return new PoolOfInterpreters(
    new Workforce({
      name: "Pool",
      size: processes === undefined ? availableCores() : checkCount(action, "processes", processes),
      method,
      ...checkInitializer(action, options),
      maxTasks: maxTasksPerChild === undefined
        ? Infinity
        : checkCount(action, "maxTasksPerChild", maxTasksPerChild, Infinity),
      grace: 0,
      eager: true,
    }),
  );
}

class PoolOfInterpreters implements PoolEngine {
  readonly #force: Workforce;

  constructor(force: Workforce) {
    this.#force = force;
  }

  apply(fn: AnyFunction, args: readonly unknown[]): Promise<unknown> {
    return this.#submit(fn, args, false).promise;
  }

  applyAsync(fn: AnyFunction, args: readonly unknown[]): AsyncResult<unknown> {
    return new AsyncResult(this.#submit(fn, args, true));
  }

  #submit(fn: AnyFunction, args: readonly unknown[], quiet: boolean): Caller {
    const action = "Cannot hand in a task";
    checkTask(action, fn);
    checkArgs(action, "args", args);
    const caller = new Caller(quiet);
    this.#force.submit(fn, [...args], caller);
    return caller;
  }

  async map(
    fn: AnyFunction,
    calls: Iterable<unknown>,
    star: boolean,
    chunksize: number | undefined,
  ): Promise<unknown[]> {
    return await this.#map(fn, listOf(calls, star), star, chunksize);
  }

  mapAsync(
    fn: AnyFunction,
    calls: Iterable<unknown>,
    star: boolean,
    chunksize: number | undefined,
  ): AsyncResult<unknown[]> {
    this.#force.checkOpen();
    return new AsyncResult(track(this.#map(fn, listOf(calls, star), star, chunksize)));
  }

  async #map(
    fn: AnyFunction,
    calls: readonly unknown[],
    star: boolean,
    chunksize: number | undefined,
  ): Promise<unknown[]> {
    checkTask(MAP, fn);
    const sizes = new ChunkSizes(fn, chunksize, MAP, this.#force.size, calls.length);
    this.#force.checkOpen();
    function guest(): void {}
    this.#force.enter(guest);
    const results: unknown[] = new Array<unknown>(calls.length);
    const under = new Set<Work>();
    let next = 0;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const submit = (): void => {
      const from = next;
      const items = calls.slice(from, next += sizes.next(calls.length - from));
      const started = performance.now();
      const work = inChunks(this.#force, fn, items, star, {
        began() {},
        fulfilled: (value) => {
          under.delete(work);
          const given = value as unknown[];
          for (let i = 0; i < given.length; i++) results[from + i] = given[i];
          sizes.took(items.length, performance.now() - started);
          try {
            while (next < calls.length && under.size < sizes.ahead) submit();
            if (under.size === 0) resolve();
          } catch (error) {
            reject(error);
          }
        },
        rejected: (error) => {
          next = calls.length;
          for (const other of under) this.#force.cancel(other);
          reject(error);
        },
      });
      under.add(work);
    };
    try {
      if (calls.length === 0) resolve();
      while (next < calls.length && under.size < sizes.ahead) submit();
      await promise;
      return results;
    } finally {
      this.#force.leave(guest);
    }
  }

  imap(
    fn: AnyFunction,
    items: AnyIterable<unknown>,
    chunksize: number | undefined,
    ordered: boolean,
  ): AsyncIterableIterator<unknown> {
    checkTask(MAP, fn);
    checkItems(MAP, "items", items, "async");
    const sizes = new ChunkSizes(fn, chunksize ?? 1, MAP, this.#force.size, Infinity);
    return stream(this.#force, fn, items, sizes, ordered);
  }

  close(): void {
    this.#force.close();
  }

  async terminate(): Promise<void> {
    await this.#force.terminate(new InterpreterError("Cannot finish the task: the Pool was terminated"));
  }

  async join(): Promise<void> {
    if (this.#force.isOpen) throw new InterpreterError("Cannot join the Pool: it is open; close() it first");
    await this.#force.whenGone();
  }

  metrics(): PoolMetrics {
    return this.#force.metrics();
  }
}

/** The items of a map; `star`: each is the array of the arguments of a call. */
function listOf(calls: Iterable<unknown>, star: boolean): unknown[] {
  const name = star ? "calls" : "items";
  checkItems(MAP, name, calls, "sync");
  const list = [...calls];
  if (star) { for (const [i, args] of list.entries()) checkArgs(MAP, `${name}[${i}]`, args); }
  return list;
}

/** Who waits for one task. `quiet`: a failure that nobody asks for is not reported. */
class Caller implements Owner, Tracked<unknown> {
  state: Tracked<unknown>["state"] = "pending";
  readonly promise: Promise<unknown>;
  readonly #quiet: boolean;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;

  constructor(quiet: boolean) {
    this.#quiet = quiet;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  began(): void {}

  fulfilled(value: unknown): void {
    this.state = "fulfilled";
    this.#resolve(value);
  }

  rejected(error: unknown): void {
    this.state = "rejected";
    if (this.#quiet) this.promise.catch(function heard() {});
    this.#reject(error);
  }
}

/** One chunk that is under way, or over. */
interface Chunk {
  outcome: { readonly values: readonly unknown[] } | { readonly error: unknown } | undefined;
  work: Work | undefined;
}

/** Results as they are asked for; items are taken a bounded number of chunks ahead, from now on. */
function stream(
  force: Workforce,
  fn: AnyFunction,
  items: AnyIterable<unknown>,
  sizes: ChunkSizes,
  ordered: boolean,
): AsyncGenerator<unknown, undefined> {
  force.checkOpen();
  const isAsync = Symbol.asyncIterator in Object(items);
  const source = isAsync
    ? (items as AsyncIterable<unknown>)[Symbol.asyncIterator]()
    : (items as Iterable<unknown>)[Symbol.iterator]();
  const chunks: Chunk[] = [];
  let wake: (() => void) | undefined;
  let reading = false;
  /** Nothing more is taken: the source has ended, or the pool has, or who asks has left. */
  let exhausted = false;
  let failure: { readonly error: unknown } | undefined;

  function changed(): void {
    wake?.();
  }
  /** The pool has to wait for what was handed in alone. */
  function exhaust(): void {
    if (exhausted) return;
    exhausted = true;
    force.leave(terminated);
  }
  /** Ends the source before its end. One that is being waited for may never go on: nobody waits for its end, then. */
  async function leaveSource(): Promise<void> {
    if (exhausted) return;
    exhaust();
    const left = (async () => void await source.return?.())();
    if (!reading) return await left;
    left.catch(function nobodyWaits() {});
  }
  function terminated(reason: unknown): void {
    failure = { error: reason };
    leaveSource().catch(function unheard() {});
    changed();
  }
  function submit(batch: unknown[]): void {
    const chunk: Chunk = { outcome: undefined, work: undefined };
    chunk.work = inChunks(force, fn, batch, false, {
      began() {},
      fulfilled(value) {
        chunk.outcome = { values: value as unknown[] };
        changed();
      },
      rejected(error) {
        chunk.outcome = { error };
        changed();
      },
    });
    chunks.push(chunk);
  }
  /** Takes items until enough chunks are under way. */
  async function read(): Promise<void> {
    reading = true;
    try {
      while (!exhausted && chunks.length < sizes.ahead) {
        const batch: unknown[] = [];
        let ended = false;
        while (!ended && batch.length < sizes.next(Infinity)) {
          const next = isAsync ? await source.next() : source.next() as IteratorResult<unknown>;
          // Left meanwhile: what comes now is nobody's.
          if (exhausted) return;
          if (next.done) ended = true;
          else batch.push(next.value);
        }
        if (batch.length > 0) submit(batch);
        if (ended) exhaust();
        changed();
      }
    } catch (error) {
      failure ??= { error };
      exhaust();
    } finally {
      reading = false;
      changed();
    }
  }

  /** What is under way is wanted no more. */
  async function leave(): Promise<void> {
    for (const { work } of chunks.splice(0)) if (work !== undefined) force.cancel(work);
    await leaveSource();
  }
  let begun = false;
  async function* results(): AsyncGenerator<unknown, undefined> {
    begun = true;
    try {
      for (;;) {
        if (!reading && !exhausted && chunks.length < sizes.ahead) void read();
        const at = ordered
          ? chunks[0]?.outcome === undefined ? -1 : 0
          : chunks.findIndex(({ outcome }) => outcome !== undefined);
        if (at >= 0) {
          const [{ outcome }] = chunks.splice(at, 1) as [Chunk];
          if ("error" in outcome!) throw outcome.error;
          yield* outcome!.values;
          continue;
        }
        if (chunks.length === 0 && exhausted) {
          if (failure !== undefined) throw failure.error;
          return undefined;
        }
        await new Promise<void>(function sleep(resolve) {
          wake = resolve;
        });
      }
    } finally {
      await leave();
    }
  }
  force.enter(terminated);
  void read();
  const generator = results();
  const end = generator.return.bind(generator);
  return Object.assign(generator, {
    async return(value: undefined) {
      // A generator that has not begun just ends.
      if (!begun) await leave();
      return await end(value);
    },
  });
}
