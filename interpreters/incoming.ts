/**
 * Runs the requests of other interpreters: calls, exec, bindings.
 *
 * *Invariants.* Every request gets exactly one reply, whatever its code does; a call that gives a generator is replied
 * `stream`, and generators.ts has it from there.
 */
import { flushed } from "../runtime/inner.ts";
import type { Given } from "../channels/given_ends.ts";
import type { AnyFunction } from "./callable.ts";
import { type Carried, drop, refers, unpack, unpackGiven } from "./carried.ts";
import { evaluateProgram, forgetSources, keepSource, resolveFunction } from "./compile.ts";
import type { Begun } from "./entry.ts";
import { InterpreterError } from "./errors.ts";
import {
  abortStream,
  endStream,
  endStreamsOf,
  isGenerator,
  openStream,
  pull,
  whenStreamEnds,
} from "./generators.ts";
import { loadHandles, loadLibrary } from "./library.ts";
import { receive } from "./mailbox.ts";
import { DONE, refusal, result, threw, threwIn } from "./outcome.ts";
import { membershipOf, noteRunning, ProcessRecord, runAs, trackProcesses } from "./process_context.ts";
import type { Letter, Outcome } from "./protocol.ts";
import { realm } from "./realm.ts";
import { type Flag, reviveReason, TableFlag } from "./stop_flag.ts";
import { takeTurn } from "./turns.ts";

type RequestLetter = Letter & { t: "request" };

/** A request that was not answered yet. */
interface Job {
  readonly letter: RequestLetter;
  readonly process: ProcessRecord;
  begun: boolean;
  forgotten: boolean;
}

const jobs = new Map<string, Job>();

receive("work", {
  letter(letter) {
    switch (letter.t) {
      case "request":
        accept(letter);
        break;
      case "abort":
        abort(letter.from, letter.key, reviveReason(letter.reason));
        break;
      case "pull":
        pull(letter.from, letter.key, letter.credit);
        break;
      case "end":
        endStream(letter.from, letter.key);
        break;
    }
  },
  died(id, cause) {
    forgetSources(id);
    stopTables.delete(id);
    for (const { letter } of jobs.values()) if (letter.from === id) abort(id, letter.key, cause);
    endStreamsOf(id);
  },
});

function accept(letter: RequestLetter): void {
  // In serial mode one process runs at a time: tracking can wait until sent code brings the library along.
  if (realm.mode === "concurrent") trackProcesses();
  const { work } = letter;
  if (work.do === "call" && work.fn.by === "source" && work.fn.code !== undefined) {
    keepSource(letter.from, work.fn.key, work.fn.code);
  }
  const job: Job = { letter, process: processOf(letter), begun: false, forgotten: false };
  jobs.set(keyOf(letter), job);
  takeTurn(async function turn() {
    // An abort that came while this thread was blocked has raised the flag; its letter is still behind this turn.
    if (job.process.isFlagRaised) forget(job);
    if (job.forgotten) return;
    job.begun = true;
    await finish(job, function run() {
      return perform(job);
    });
  });
}

/** Finishes a call that has run before this module was loaded; called before any other letter is handed over. */
export function resume({ letter, outcome }: Begun): void {
  const job: Job = { letter, process: processOf(letter), begun: true, forgotten: false };
  jobs.set(keyOf(letter), job);
  takeTurn(async function turn() {
    await finish(job, async function run() {
      return "error" in outcome ? threw(outcome.error) : await settle(job, outcome.value);
    });
  });
}

/** Runs what is left of a job and replies. */
async function finish(job: Job, run: () => Promise<Outcome>): Promise<void> {
  noteRunning(job.process, true);
  const outcome = await run();
  await flushed();
  noteRunning(job.process, false);
  jobs.delete(keyOf(job.letter));
  reply(job, outcome);
}

function keyOf(letter: { from: number; key: number }): string {
  return `${letter.from}/${letter.key}`;
}

function processOf(letter: RequestLetter): ProcessRecord {
  const { work } = letter;
  return new ProcessRecord(
    letter.process,
    work.do === "call" ? (work.as ?? work.fn.name) || "anonymous" : work.do,
    flagOf(letter),
  );
}

/** Tables of stop flags, by who has them. */
const stopTables = new Map<number, Int32Array<SharedArrayBuffer>[]>();

function flagOf({ from, key, stop }: RequestLetter): Flag | undefined {
  if (stop === undefined) return undefined;
  let tables = stopTables.get(from);
  if (tables === undefined) stopTables.set(from, tables = []);
  if (stop.words !== undefined) tables[stop.table] = stop.words;
  const words = tables[stop.table];
  return words === undefined ? undefined : new TableFlag(words, stop.index, key);
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

function abort(from: number, key: number, reason: unknown): void {
  const job = jobs.get(keyOf({ from, key }));
  if (job === undefined) return abortStream(from, key, reason);
  job.process.abort(reason);
  if (!job.begun) forget(job);
}

/** Drops a job that has not begun. */
function forget(job: Job): void {
  if (job.forgotten) return;
  job.forgotten = true;
  jobs.delete(keyOf(job.letter));
  const { work } = job.letter;
  // Nobody waits for a call any more, but main wants to know that it is over; for the end of a process somebody may wait.
  if (work.do === "call" && work.as !== undefined) void refuseProcess(job, work);
  else {
    if (work.do === "call" && refers(work.args)) void dropLater(work.args);
    reply(job, DONE);
  }
}

/** Ends a process that was cancelled before it began. */
async function refuseProcess(job: Job, work: RequestLetter["work"] & { do: "call" }): Promise<void> {
  const { reason } = job.process.signal;
  job.process.abort(reason);
  await giveUp(work, reason);
  reply(job, threwIn(job.process, reason));
}

/** Drops what was carried once that can be done: nothing of the library may be loaded yet. */
async function dropLater(carried: Carried): Promise<void> {
  await loadHandles();
  drop(carried);
}

/** The arguments of a call will not be used: ends that a process was given retire for `error`. */
async function giveUp(work: RequestLetter["work"] & { do: "call" }, error: unknown): Promise<void> {
  if (!refers(work.args)) return;
  if (work.as === undefined) return await dropLater(work.args);
  try {
    const args = await given(work.args);
    const membership = membershipOf(args.value);
    // It may have been called off by its network: an ordinary end.
    membership?.failed(error, true);
    args.retire(membership?.endedPlainly ? undefined : { error });
  } catch {
    // What cannot be opened has retired already.
  }
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
  if (names.length > 0) {
    await giveUp(work, new InterpreterError(`Cannot run "${work.fn.name}": it captures ${names.join(", ")}`));
    return { is: "captured", names };
  }
  let fn: (...args: unknown[]) => unknown;
  try {
    const found = resolveFunction(job.letter.from, work.fn);
    fn = found instanceof Promise ? await found : found;
  } catch (error) {
    await giveUp(work, error);
    return error instanceof InterpreterError && error.cause === undefined ? refusal(error) : threw(error);
  }
  if (work.as !== undefined && refers(work.args)) return await runGiven(job, fn, work.args);
  let args: unknown[];
  try {
    args = await open(work.args) as unknown[];
  } catch (error) {
    return refusal(error);
  }
  return await run(job, fn, args);
}

/** Runs the function of a call; `failed` hears what it throws. */
async function run(
  job: Job,
  fn: AnyFunction,
  args: unknown[],
  failed?: (error: unknown) => void,
): Promise<Outcome> {
  job.process.membership = membershipOf(args);
  let value: unknown;
  try {
    value = runAs(job.process, function call() {
      return fn(...args);
    });
  } catch (error) {
    failed?.(error);
    return threwIn(job.process, error);
  }
  return await settle(job, value, failed);
}

/** Runs a process whose arguments may have ends of channels in them: they are its own, and retire with it. */
async function runGiven(job: Job, fn: AnyFunction, carried: Carried): Promise<Outcome> {
  let args: Given<unknown[]>;
  try {
    args = await given(carried);
  } catch (error) {
    return refusal(error);
  }
  let failure: { error: unknown } | undefined;
  const outcome = await run(job, fn, args.value, function failed(error) {
    failure = { error };
  });
  if (outcome.is === "stream") {
    whenStreamEnds(job.letter.from, job.letter.key, args.retire);
  } else args.retire(job.process.membership?.endedPlainly ? undefined : failure);
  return outcome;
}

/** Opens arguments and keeps the ends among them in sight. */
async function given(carried: Carried): Promise<Given<unknown[]>> {
  await loadHandles();
  return unpackGiven(carried) as Given<unknown[]>;
}

/** The outcome of a call that has returned `value`. */
async function settle(job: Job, value: unknown, failed?: (error: unknown) => void): Promise<Outcome> {
  try {
    if (isGenerator(value)) {
      const { from, key, work } = job.letter;
      openStream(from, key, job.process, value, work.do === "call" && work.as !== undefined);
      return { is: "stream" };
    }
    return await result(await value);
  } catch (error) {
    failed?.(error);
    return threwIn(job.process, error);
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
    const binding = { value, writable: true, enumerable: true, configurable: true };
    if (fixed.has(name)) Reflect.set(globalThis, name, value);
    else Object.defineProperty(globalThis, name, binding);
  }
}
