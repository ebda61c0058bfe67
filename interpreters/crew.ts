/**
 * The shared set: the interpreters among which processes are spread, started on demand, used again and again.
 *
 * Who belongs to it stands in the switchboard, so any interpreter can pick one and start one; the set is the first
 * `parallelism` of them in order of creation. One that is over that number gets nothing more, and whoever made it so
 * closes it.
 */
import { availableCores, environment } from "../runtime/mod.ts";
import { SLOTS } from "../kernel/layout.ts";
import type { ProcessRun } from "./callable.ts";
import { InterpreterError } from "./errors.ts";
import type { Interpreter } from "./interpreter.ts";
import { checkMainGuard } from "./main_guard.ts";
import { dispose } from "./operations.ts";
import { create, createShared, handleOf } from "./registry.ts";
import { realm } from "./realm.ts";
import { board } from "./residents.ts";

/** The environment variable that gives the number of interpreters. */
const VARIABLE = "CSP_PARALLELISM";

/** How long `shutdown` waits for processes that it has cancelled, in milliseconds. */
const GRACE_MS = 1000;

/** Processes that this interpreter has started in the set and that have not ended, by where they run. */
const started = new Map<number, Set<ProcessRun>>();

/** The least loaded interpreter of the set; a new one while all are busy and there may be more. */
export function leastLoaded(): Interpreter {
  const limit = parallelism();
  const members = board().shared(limit);
  let best: { id: number; load: number } | undefined;
  for (const { id, running } of members) {
    // What this interpreter has just started, main may not have heard of.
    const load = Math.max(running, started.get(id)?.size ?? 0);
    if (best === undefined || load < best.load) best = { id, load };
  }
  if (best === undefined || (best.load > 0 && members.length < limit)) {
    const made = createShared();
    // Several may have made the last one at once.
    if (board().shared(limit).some(({ id }) => id === made.id)) return made;
    void dispose(made);
  }
  return best === undefined ? leastLoaded() : handleOf(best.id);
}

/** An interpreter for one process that may block. */
export function createDedicated(name: string): Interpreter {
  return create({ name: `dedicated${name === "" ? "" : ` ${name}`}`.slice(0, 200), mode: "serial" });
}

/** Notes a process that runs in `interpreter`; the function is to be called when it has ended. */
export function noteStarted(interpreter: Interpreter, run: ProcessRun): void {
  const here = started.get(interpreter.id) ?? new Set();
  started.set(interpreter.id, here.add(run));
}

/** The process has ended. */
export function noteEnded(interpreter: Interpreter, run: ProcessRun): void {
  const here = started.get(interpreter.id);
  if (here?.delete(run) && here.size === 0) started.delete(interpreter.id);
}

function parallelism(): number {
  const { parallelism } = board();
  return parallelism > 0 ? parallelism : board().parallelism = defaultParallelism();
}

function defaultParallelism(): number {
  const text = environment(VARIABLE);
  if (text === undefined || text === "") return Math.min(availableCores(), SLOTS - 1);
  return checkParallelism(`Cannot use ${VARIABLE}`, /^\s*\d+\s*$/.test(text) ? Number(text) : text);
}

function checkParallelism(action: string, n: unknown): number {
  if (Number.isInteger(n) && (n as number) >= 1 && (n as number) < SLOTS) return n as number;
  throw new RangeError(`${action}: ${String(n)} is no number of interpreters; use 1 to ${SLOTS - 1}`);
}

/** See `setParallelism` in go_api.ts. */
export function setParallelism(n: number): void {
  const limit = checkParallelism("Cannot set the parallelism", n);
  board().parallelism = limit;
  const kept = new Set(board().shared(limit).map(({ id }) => id));
  for (const { id, running } of board().shared(SLOTS)) {
    // One that is busy gets nothing more; it stays until `shutdown`.
    if (!kept.has(id) && running === 0 && !started.has(id)) void dispose(handleOf(id));
  }
}

/** See `shutdown` in go_api.ts. */
export async function shutdown(): Promise<void> {
  checkMainGuard("Cannot shut down");
  if (realm.board === undefined) return;
  const members = realm.board.shared(SLOTS);
  if (members.some(({ id }) => id === realm.id)) {
    throw new InterpreterError(
      `Cannot shut down from inside a process of the shared set: interpreter ${realm.id} would have to end itself`,
    );
  }
  const runs = members.flatMap(({ id }) => [...started.get(id) ?? []]);
  if (runs.length > 0) {
    const reason = new DOMException("The shared interpreters are shut down", "AbortError");
    for (const run of runs) run.cancel(reason);
    const ended = Promise.all(runs.map((run) => run.whenEnded()));
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, GRACE_MS);
    await Promise.race([ended, late]);
    clearTimeout(timer);
  }
  await Promise.all(members.map(({ id }) => dispose(handleOf(id))));
}
