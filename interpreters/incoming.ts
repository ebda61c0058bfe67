/**
 * Runs the requests of other interpreters: calls, exec, bindings, and the generators that calls opened.
 *
 * *Invariants.* Every request gets exactly one reply, whatever its code does. In serial mode at most one turn runs at
 * a time, in order of arrival; a generator takes a turn for each step, so a consumer that rests blocks nobody.
 *
 * *Who waits.* A queued request waits for `#next`, which each turn calls when it has ended.
 */
import { flushed } from "../runtime/inner.ts";
import { encode } from "../sharing/encode.ts";
import { NotShareableError } from "../sharing/errors.ts";
import { type Carried, isPlain, unpack } from "./carried.ts";
import { evaluateProgram, forgetSources, keepSource, resolveFunction } from "./compile.ts";
import { InterpreterError } from "./errors.ts";
import { loadHandles, loadLibrary } from "./library.ts";
import { receive } from "./mailbox.ts";
import { noteRunning, ProcessRecord, runAs, trackProcesses } from "./process_context.ts";
import type { Letter, Outcome } from "./protocol.ts";
import type { Begun } from "./entry.ts";
import { realm } from "./realm.ts";
import { raised, reviveReason } from "./stop_flag.ts";

type RequestLetter = Letter & { t: "request" };
type Step = () => Promise<void>;

/** A request that was not answered yet. */
interface Job {
  readonly letter: RequestLetter;
  readonly process: ProcessRecord;
  begun: boolean;
  forgotten: boolean;
}

/** A generator whose values are sent as they are asked for. */
interface Stream {
  readonly from: number;
  readonly key: number;
  readonly process: ProcessRecord;
  readonly iterator: Iterator<unknown> | AsyncIterator<unknown>;
  credit: number;
  /** A step is queued or runs. */
  active: boolean;
  ended: boolean;
}

/** The outcome of work without a result. */
const DONE: Outcome = { is: "value", value: { plain: undefined } };

const jobs = new Map<string, Job>();
const streams = new Map<string, Stream>();
/** Generators whose `finally` blocks have not run yet. */
const ending = new Set<Promise<void>>();
const turns: Step[] = [];
let busy = false;

receive("work", {
  letter(letter) {
    const key = `${letter.from}/${letter.key}`;
    switch (letter.t) {
      case "request":
        accept(key, letter);
        break;
      case "abort":
        abort(key, reviveReason(letter.reason));
        break;
      case "pull":
        pull(streams.get(key), letter.credit);
        break;
      case "end":
        if (streams.has(key)) end(key, streams.get(key)!);
        else realm.post({ from: realm.id, to: letter.from, key: letter.key, t: "last" });
        break;
    }
  },
  died(id, cause) {
    forgetSources(id);
    for (const [key, job] of jobs) if (job.letter.from === id) abort(key, cause);
    for (const [key, stream] of streams) if (stream.from === id) end(key, stream);
  },
});

/** Ends all generators that still stand open; settles when their `finally` blocks have run. */
export async function endStreams(): Promise<void> {
  for (const [key, stream] of streams) end(key, stream);
  while (ending.size > 0) await Promise.all(ending);
}

/** Runs `step` when its turn comes: at once in concurrent mode, one after the other in serial mode. */
function takeTurn(step: Step): void {
  if (realm.mode === "concurrent") void step();
  else if (busy) turns.push(step);
  else {
    busy = true;
    void step().then(next);
  }
}

function next(): void {
  const step = turns.shift();
  if (step === undefined) busy = false;
  else void step().then(next);
}

function accept(key: string, letter: RequestLetter): void {
  // In serial mode one process runs at a time: tracking can wait until sent code brings the library along.
  if (realm.mode === "concurrent") trackProcesses();
  const { work } = letter;
  if (work.do === "call" && work.fn.by === "source" && work.fn.code !== undefined) {
    keepSource(letter.from, work.fn.key, work.fn.code);
  }
  const job: Job = { letter, process: processOf(letter), begun: false, forgotten: false };
  jobs.set(key, job);
  takeTurn(async function turn() {
    // An abort that came while this thread was blocked has raised the flag; its letter is still behind this turn.
    if (letter.stop !== undefined && raised(letter.stop)) forget(key, job);
    if (!job.forgotten) {
      job.begun = true;
      noteRunning(job.process, true);
      const outcome = await perform(job);
      await flushed();
      noteRunning(job.process, false);
      jobs.delete(key);
      reply(job, outcome);
    }
  });
}

/** Finishes a call that has run before this module was loaded; called before any other letter is handed over. */
export function resume({ letter, outcome }: Begun): void {
  const job: Job = { letter, process: processOf(letter), begun: true, forgotten: false };
  jobs.set(`${letter.from}/${letter.key}`, job);
  takeTurn(async function turn() {
    noteRunning(job.process, true);
    const ended = "error" in outcome ? threw(outcome.error) : await settle(job, outcome.value);
    await flushed();
    noteRunning(job.process, false);
    jobs.delete(`${letter.from}/${letter.key}`);
    reply(job, ended);
  });
}

function processOf(letter: RequestLetter): ProcessRecord {
  const { work } = letter;
  return new ProcessRecord(
    letter.process,
    work.do === "call" ? work.fn.name || "anonymous" : work.do,
    letter.stop,
  );
}

function reply(job: Job, outcome: Outcome): void {
  const { letter } = job;
  const back = { from: realm.id, to: letter.from, key: letter.key, t: "reply" } as const;
  try {
    realm.post({ ...back, outcome });
  } catch (error) {
    // What was encoded may still be refused by the runtime, a moved port that is already closed for example.
    // In an interpreter that was cut off the second attempt throws too, which ends its turn: nobody listens.
    realm.post({ ...back, outcome: refusal(error) });
  }
}

function abort(key: string, reason: unknown): void {
  const job = jobs.get(key);
  if (job === undefined) return streams.get(key)?.process.abort(reason);
  job.process.abort(reason);
  if (!job.begun) forget(key, job);
}

/** Drops a job that has not begun. Its caller waits no more; main is told that it is over. */
function forget(key: string, job: Job): void {
  if (job.forgotten) return;
  job.forgotten = true;
  jobs.delete(key);
  reply(job, DONE);
}

async function perform(job: Job): Promise<Outcome> {
  const { work } = job.letter;
  switch (work.do) {
    case "call":
      return await call(job, work);
    case "names": {
      const names = unboundOf(work.unbound);
      return names.length > 0 ? { is: "captured", names } : DONE;
    }
    case "exec":
      try {
        if (work.library) trackProcesses();
        const library = work.library ? await loadLibrary() : undefined;
        await runAs(job.process, function run() {
          return evaluateProgram(work.code, library);
        });
        return DONE;
      } catch (error) {
        return threw(error);
      }
    case "bind":
      try {
        bind(await open(work.bindings) as object);
        return DONE;
      } catch (error) {
        return refusal(error);
      }
    default:
      return refusal(new InterpreterError(`Cannot ${work.do} here: ask the main interpreter`));
  }
}

async function call(job: Job, work: RequestLetter["work"] & { do: "call" }): Promise<Outcome> {
  const names = unboundOf(work.unbound);
  if (names.length > 0) return { is: "captured", names };
  let fn: (...args: unknown[]) => unknown;
  let args: unknown[];
  try {
    const found = resolveFunction(job.letter.from, work.fn);
    fn = found instanceof Promise ? await found : found;
  } catch (error) {
    return error instanceof InterpreterError && error.cause === undefined ? refusal(error) : threw(error);
  }
  try {
    args = await open(work.args) as unknown[];
  } catch (error) {
    return refusal(error);
  }
  let value: unknown;
  try {
    value = runAs(job.process, function run() {
      return fn(...args);
    });
  } catch (error) {
    return threw(error);
  }
  return await settle(job, value);
}

/** The outcome of a call that has returned `value`. */
async function settle(job: Job, value: unknown): Promise<Outcome> {
  try {
    if (isGenerator(value)) {
      openStream(job, value);
      return { is: "stream" };
    }
    return await result(await value);
  } catch (error) {
    return threw(error);
  }
}

async function result(value: unknown): Promise<Outcome> {
  try {
    return { is: "value", value: isPlain(value) ? { plain: value } : encode(value, "result").wire };
  } catch (error) {
    if (!(error instanceof NotShareableError)) return refusal(error);
  }
  // An AbortSignal can be encoded once its kind is known; an interpreter that got no handle may not know it yet.
  await loadHandles();
  try {
    return { is: "value", value: encode(value, "result").wire };
  } catch (error) {
    return refusal(error);
  }
}

async function open(carried: Carried): Promise<unknown> {
  if ("handles" in carried) await loadHandles();
  return unpack(carried);
}

function unboundOf(names: readonly string[]): string[] {
  return names.filter(function unbound(name) {
    return !(name in globalThis);
  });
}

/** Binds all or nothing. */
function bind(bindings: object): void {
  const fixed = new Set<string>();
  for (const name of Object.keys(bindings)) {
    const known = Object.getOwnPropertyDescriptor(globalThis, name);
    if (known?.configurable !== false) continue;
    if (known.writable !== true) {
      throw new TypeError(`Cannot bind "${name}": it is a constant in that interpreter; choose another name`);
    }
    fixed.add(name);
  }
  for (const [name, value] of Object.entries(bindings)) {
    if (fixed.has(name)) Reflect.set(globalThis, name, value);
    else {Object.defineProperty(globalThis, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });}
  }
}

function refusal(error: unknown): Outcome {
  return {
    is: "refused",
    error: encode(error instanceof Error ? error : new Error(String(error)), "result").wire,
  };
}

/** What code threw, with as much of it as can cross. Whatever it is, reading it may throw again. */
function threw(error: unknown): Outcome {
  const isError = attempt(function check() {
    return error instanceof Error || error instanceof DOMException;
  }, false);
  function field(name: "name" | "message" | "stack", otherwise: string): string {
    return attempt(function read() {
      return String((error as Error)[name] ?? otherwise);
    }, otherwise);
  }
  const seen = isError
    ? { type: field("name", "Error"), message: field("message", ""), stack: trim(field("stack", "")) }
    : { type: error === null ? "null" : typeof error, message: textOf(error), stack: "" };
  try {
    return { is: "threw", ...seen, error: encode(error, "error").wire };
  } catch {
    return { is: "threw", ...seen };
  }
}

/** A stack down to the sent code: what called that is ours and says nothing to anybody. */
function trim(stack: string): string {
  const lines = stack.split("\n");
  const ours = lines.findIndex(function isOurs(line) {
    return OURS.test(line);
  });
  return ours > 0 ? lines.slice(0, ours).join("\n") : stack;
}

/** The files of ours that call sent code. */
const OURS =
  /[/\\](?:interpreters[/\\](?:incoming|entry|compile|process_context)|runtime[/\\]context)\.[jt]s:/;

function textOf(value: unknown): string {
  return attempt(function text() {
    return String(value);
  }, `${typeof value} without text`);
}

function attempt<T>(fn: () => T, otherwise: T): T {
  try {
    return fn();
  } catch {
    return otherwise;
  }
}

type GeneratorObject = Iterator<unknown> | AsyncIterator<unknown>;

function isGenerator(value: unknown): value is GeneratorObject {
  if (typeof value !== "object" || value === null) return false;
  const tag = Object.prototype.toString.call(value);
  return tag === "[object Generator]" || tag === "[object AsyncGenerator]";
}

function openStream(job: Job, iterator: GeneratorObject): void {
  const { from, key } = job.letter;
  streams.set(`${from}/${key}`, {
    from,
    key,
    process: job.process,
    iterator,
    credit: 0,
    active: false,
    ended: false,
  });
}

function pull(stream: Stream | undefined, credit: number): void {
  if (stream === undefined) return;
  stream.credit += credit;
  if (stream.active || stream.ended) return;
  stream.active = true;
  takeTurn(function turn() {
    return step(stream);
  });
}

/** One value of a generator; goes to the end of the queue for the next one. */
async function step(stream: Stream): Promise<void> {
  if (stream.ended) return;
  const letter = { from: realm.id, to: stream.from, key: stream.key } as const;
  try {
    const found = await runAs(stream.process, function run() {
      return stream.iterator.next();
    });
    if (stream.ended) return;
    await flushed();
    if (found.done) return last(stream);
    // A plain generator may yield promises, as it may in `for await`.
    const outcome = await result(await found.value);
    if (outcome.is !== "value") {
      // What cannot cross is what the consumer is told, whatever the `finally` blocks throw.
      await runAs(stream.process, async function run() {
        await stream.iterator.return?.();
      }).catch(function ignored() {});
      return last(stream, outcome);
    }
    stream.credit--;
    stream.active = stream.credit > 0;
    realm.post({ ...letter, t: "item", value: outcome.value, idle: !stream.active });
    if (stream.active) {
      takeTurn(function turn() {
        return step(stream);
      });
    }
  } catch (error) {
    last(stream, threw(error));
  }
}

function last(stream: Stream, outcome?: Outcome): void {
  if (stream.ended) return;
  stream.ended = true;
  streams.delete(`${stream.from}/${stream.key}`);
  const letter = { from: realm.id, to: stream.from, key: stream.key, t: "last" } as const;
  realm.post(outcome === undefined ? letter : { ...letter, outcome });
}

/**
 * The consumer is done: runs the generator's `finally` blocks, which may await, in a turn of their own. A step under way
 * finishes first; the signal tells it.
 */
function end(key: string, stream: Stream): void {
  if (stream.ended) return;
  stream.ended = true;
  streams.delete(key);
  stream.process.abort(new DOMException("The consumer has ended the iteration", "AbortError"));
  const { promise, resolve } = Promise.withResolvers<void>();
  ending.add(promise);
  takeTurn(async function turn() {
    let outcome: Outcome | undefined;
    try {
      await runAs(stream.process, function run() {
        return stream.iterator.return?.();
      });
    } catch (error) {
      outcome = threw(error);
    }
    ending.delete(promise);
    resolve();
    await flushed();
    const letter = { from: realm.id, to: stream.from, key: stream.key, t: "last" } as const;
    realm.post(outcome === undefined ? letter : { ...letter, outcome });
  });
}
