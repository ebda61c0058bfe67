/**
 * The inside of a pool's interpreter: takes tasks from its channel and sends results by another.
 *
 * *Invariants.* A task that is marked BEGUN runs once; its result is sent before it is marked PASSED. A task that was taken
 * back, marked RECALLED, is passed over. One task runs at a time, in a turn of the interpreter's lock, so that calls of
 * other interpreters find it as any serial one.
 */
import type { Channel } from "../../channels/channel.ts";
import { awaitFrom, macrotask, noteComputing } from "../../runtime/mod.ts";
import { decode } from "../../sharing/decode.ts";
import { encode } from "../../sharing/encode.ts";
import type { AnyFunction } from "../callable.ts";
import { keepSource, resolveFunction } from "../compile.ts";
import { isGenerator } from "../generators.ts";
import { pack } from "../carried.ts";
import { threw } from "../outcome.ts";
import { noteRunning, ProcessRecord, runAs } from "../process_context.ts";
import type { FunctionRef, Outcome } from "../protocol.ts";
import { nextProcess } from "../residents.ts";
import { takeTurn } from "../turns.ts";
import { generatorError } from "./generator_error.ts";
import { BEGUN, type Job, type Jobs, PASSED, QUEUED, type Report, type Shipment } from "./jobs.ts";

/** Milliseconds after which timers and messages have their turn. */
const SLICE_MS = 4;
/** Shorter tasks are none that keep others from a core, in milliseconds. */
const LEAST_MS = 0.1;

/**
 * Begins to serve a pool of interpreter `sender`; returns at once. `marks`: a word for each task that may be under way;
 * `base`: the number of the first.
 */
export function serve(
  sender: number,
  base: number,
  inbox: Channel<Shipment>,
  outbox: Channel<Report>,
  marks: Int32Array,
): void {
  void new Server(sender, base, outbox, marks).run(inbox);
}

class Server {
  readonly #sender: number;
  readonly #base: number;
  readonly #outbox: Channel<Report>;
  readonly #marks: Int32Array;
  readonly #functions = new Map<number | string, AnyFunction>();
  /** Names of the functions that came as source. */
  readonly #names = new Map<number, string>();
  #lastHop = performance.now();
  /** Milliseconds that the last task took. */
  #took = 0;

  constructor(sender: number, base: number, outbox: Channel<Report>, marks: Int32Array) {
    this.#sender = sender;
    this.#base = base;
    this.#outbox = outbox;
    this.#marks = marks;
  }

  async run(inbox: Channel<Shipment>): Promise<void> {
    try {
      for (;;) {
        const shipment = await inbox.receive();
        const ends = this.#inTurn(shipment);
        if (ends !== undefined) await ends;
        if (performance.now() - this.#lastHop > SLICE_MS) {
          await macrotask();
          this.#lastHop = performance.now();
        }
      }
    } catch {
      // The channel is closed, or this interpreter was cut off: the pool has ended.
    }
  }

  /** Does what came, when the lock is free; undefined if all is done already. */
  #inTurn(shipment: Shipment): Promise<void> | undefined {
    let isOver = false;
    let over: (() => void) | undefined;
    takeTurn(() => {
      this.#begins();
      const ends = this.#perform(shipment);
      noteComputing(false);
      if (ends !== undefined) return ends.then(() => over!());
      isOver = true;
      over?.();
      return undefined;
    });
    return isOver ? undefined : new Promise<void>((resolve) => over = resolve);
  }

  #perform(shipment: Shipment): Promise<void> | undefined {
    if ("jobs" in shipment) {
      for (const { ref, code } of shipment.refs) {
        if (ref.by !== "source" || code === undefined) continue;
        this.#names.set(ref.key, ref.name);
        keepSource(this.#sender, ref.key, code);
      }
      return this.#from(shipment.jobs, 0);
    }
    return this.#from(shipment, 0);
  }

  /** Does the jobs from place `i` on; undefined if all is done already. */
  #from(jobs: Jobs, i: number): Promise<void> | undefined {
    for (; i < jobs.length; i += 3) {
      const slot = jobs[i] as number;
      if (Atomics.compareExchange(this.#marks, slot, QUEUED, BEGUN) === QUEUED) {
        const ends = this.#task(slot, jobs[i + 1] as FunctionRef | number, jobs[i + 2] as Job);
        if (ends !== undefined) return this.#after(ends, slot, jobs, i + 3);
      }
      Atomics.store(this.#marks, slot, PASSED);
    }
    return undefined;
  }

  async #after(ends: Promise<void>, slot: number, jobs: Jobs, next: number): Promise<void> {
    await ends;
    Atomics.store(this.#marks, slot, PASSED);
    this.#begins();
    const rest = this.#from(jobs, next);
    noteComputing(false);
    await rest;
  }

  /** Notes that this thread computes, if the last task took long enough to matter. */
  #begins(): void {
    if (this.#took >= LEAST_MS) noteComputing(true);
  }

  /** Not async where the function is not: a microtask costs as much as a small task. */
  #task(slot: number, ref: FunctionRef | number, job: Job): Promise<void> | undefined {
    const started = performance.now();
    const name = typeof ref === "number" ? this.#names.get(ref) : ref.name;
    const record = new ProcessRecord(nextProcess(), name || "anonymous", undefined);
    noteRunning(record, true);
    let value: unknown;
    try {
      const fn = this.#functionOf(ref);
      if (fn instanceof Promise) {
        return this.#later(slot, started, record, () => fn.then((fn) => fn(...argsOf(job))));
      }
      const args = argsOf(job);
      value = runAs(record, () => fn(...args));
      if (value instanceof Promise || isThenable(value)) {
        return this.#later(slot, started, record, () => value);
      }
    } catch (error) {
      noteRunning(record, false);
      this.#failed(slot, error, started);
      return undefined;
    }
    noteRunning(record, false);
    this.#done(slot, value, started);
    return undefined;
  }

  async #later(slot: number, started: number, record: ProcessRecord, wait: () => unknown): Promise<void> {
    try {
      const value = await runAs(record, wait);
      noteRunning(record, false);
      this.#begins();
      this.#done(slot, value, started);
    } catch (error) {
      noteRunning(record, false);
      this.#failed(slot, error, started);
    } finally {
      noteComputing(false);
    }
  }

  #functionOf(ref: FunctionRef | number): AnyFunction | Promise<AnyFunction> {
    const key = typeof ref === "number"
      ? ref
      : ref.by === "source"
      ? ref.key
      : `${ref.by} ${ref.url} ${ref.name}`;
    const known = this.#functions.get(key);
    if (known !== undefined) return known;
    const found = resolveFunction(
      this.#sender,
      typeof ref === "number" ? { by: "source", key: ref, name: this.#names.get(ref) ?? "" } : ref,
    );
    if (!(found instanceof Promise)) {
      this.#functions.set(key, found);
      return found;
    }
    return found.then((fn) => {
      this.#functions.set(key, fn);
      return fn;
    });
  }

  #done(slot: number, value: unknown, started: number): void {
    if (isGenerator(value)) return this.#failed(slot, generatorError(), started);
    try {
      this.#took = performance.now() - started;
      this.#outbox.trySend([this.#base + slot, value, this.#took]);
    } catch (error) {
      this.#failed(slot, refusalOf(value, error), started);
    }
  }

  #failed(slot: number, error: unknown, started: number): void {
    const ms = performance.now() - started;
    const { type, message, stack } = threw(error) as Outcome & { is: "threw" };
    const info = { type, message, stack };
    try {
      this.#outbox.trySend([this.#base + slot, error, ms, info]);
    } catch {
      this.#outbox.trySend([this.#base + slot, new Error(`${type}: ${message}`), ms, info]);
    }
  }
}

function argsOf(job: Job): unknown[] {
  return job instanceof Uint8Array ? decode({ bytes: job as Uint8Array<ArrayBuffer> }) as unknown[] : job;
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    typeof (value as { then?: unknown }).then === "function";
}

/** The error for a result that cannot cross, with its path from the result. */
function refusalOf(value: unknown, error: unknown): unknown {
  try {
    encode(value, "result");
    return error;
  } catch (refused) {
    return refused;
  }
}

let resultPort: MessagePort;

/** The port by which results go. */
export function openPort(port: MessagePort): void {
  resultPort = port;
}

/** A task whose result goes by the port: that it has returned is only the sign that the result is there. */
export async function perform(
  key: number,
  parent: number,
  ref: FunctionRef,
  code: unknown,
  ...args: unknown[]
): Promise<void> {
  if (ref.by === "source" && code !== undefined) keepSource(parent, ref.key, code as never);
  const fn = await resolveFunction(parent, ref);
  const value = await fn(...args);
  if (isGenerator(value)) throw generatorError();
  const { wire, transfer, left } = pack(value, "result");
  resultPort.postMessage({ key, wire }, [...transfer]);
  left?.();
}

/** Calls a function with each item of a chunk, one after another. */
export async function callEach(
  parent: number,
  ref: FunctionRef,
  code: unknown,
  items: readonly unknown[],
): Promise<unknown[]> {
  return await callAll(parent, ref, code, items.map((item) => [item]));
}

/** Calls a function with the arguments that each item of a chunk is, one after another. */
export async function callEachWith(
  parent: number,
  ref: FunctionRef,
  code: unknown,
  calls: readonly (readonly unknown[])[],
): Promise<unknown[]> {
  return await callAll(parent, ref, code, calls);
}

async function callAll(
  parent: number,
  ref: FunctionRef,
  code: unknown,
  calls: readonly (readonly unknown[])[],
): Promise<unknown[]> {
  if (ref.by === "source" && code !== undefined) keepSource(parent, ref.key, code as never);
  const fn = await resolveFunction(parent, ref);
  const results: unknown[] = [];
  noteComputing(true);
  try {
    for (const args of calls) {
      let result = fn(...args);
      if (isThenable(result)) result = await awaitFrom(result);
      if (isGenerator(result)) throw generatorError();
      results.push(result);
    }
  } finally {
    noteComputing(false);
  }
  return results;
}
