/**
 * The shared set: the interpreters among which processes are spread, started on demand, used again and again.
 *
 * Who belongs to it stands in the switchboard, so any interpreter can pick one and start one: the first `parallelism` of
 * mode SHARED in order of creation. One that is over that number leaves the set: it gets nothing more, and is closed when it
 * stands still. What died is replaced by main at once, so that the next process does not wait for a start.
 *
 * *Invariants.* Only who holds SET_LOCK adds one, so there are never more than `parallelism`. What is remembered of the set
 * here holds as long as SET_VERSION is what it was.
 */
import { MODE, SLOTS } from "../kernel/layout.ts";
import { availableCores, environment, spinOnce, startTimer } from "../runtime/mod.ts";
import { processesIn } from "./calls.ts";
import { InterpreterError } from "./errors.ts";
import type { Interpreter } from "./interpreter.ts";
import { checkMainGuard } from "./main_guard.ts";
import { close, dispose } from "./operations.ts";
import { realm } from "./realm.ts";
import { createShared, handleOf } from "./registry.ts";
import { board, replacing } from "./residents.ts";

/** The environment variable that gives the number of interpreters. */
const VARIABLE = "CSP_PARALLELISM";

/** How long `shutdown` waits for processes that it has cancelled, in milliseconds. */
const GRACE_MS = 1000;

/** How long an interpreter that has left the set stands still before it is closed: what is on its way to it shall arrive. */
const LINGER_MS = 100;

/** One of the set, as this interpreter knows it. */
export interface Member {
  readonly id: number;
  readonly slot: number;
  readonly interpreter: Interpreter;
  /** Processes that this interpreter has placed there and that have not ended: main may not have heard of them yet. */
  placed: number;
}

let members: readonly Member[] = [];
let seen = -1;

/** The least loaded one of the set; a new one while all are busy and there may be more. Counts a process that it gets. */
export function place(): Member {
  const table = board();
  for (;;) {
    const limit = parallelism();
    if (table.setVersion !== seen) look(limit);
    let best: Member | undefined;
    let least = Infinity;
    for (const member of members) {
      const load = loadOf(member);
      if (load >= least) continue;
      least = load;
      best = member;
    }
    if (best === undefined || (least > 0 && members.length < limit)) {
      if (add(best !== undefined)) continue;
      // Another interpreter is adding one, which takes it microseconds.
      if (best === undefined) spinOnce();
    }
    if (best === undefined) continue;
    best.placed++;
    return best;
  }
}

/** `n` of the set, the least loaded ones, or all that there can be. Counts a process that each of them gets. */
export function placeApart(n: number): Member[] {
  const table = board();
  for (;;) {
    const limit = parallelism();
    if (table.setVersion !== seen) look(limit);
    if (members.length >= Math.min(n, limit)) break;
    try {
      add(false);
    } catch (error) {
      if (members.length === 0) throw error;
      break;
    }
  }
  const loads = new Map(members.map((member) => [member, loadOf(member)]));
  const least = members.toSorted((a, b) => loads.get(a)! - loads.get(b)!).slice(0, n);
  for (const member of least) member.placed++;
  return least;
}

function loadOf({ placed, slot }: Member): number {
  return Math.max(placed, board().running(slot));
}

/** A process that was placed has ended, or was refused. */
export function leave(member: Member): void {
  member.placed--;
  if (member.placed === 0 && board().isOf(MODE.LEFT, member.slot)) closeWhenIdle(member.interpreter);
}

/** Reads the set again. */
function look(limit: number): void {
  const table = board();
  seen = table.setVersion;
  const known = new Map(members.map((member) => [member.id, member]));
  members = table.livingOf(MODE.SHARED).slice(0, limit).map(function memberOf({ id, slot }) {
    return known.get(id) ?? { id, slot, interpreter: handleOf(id), placed: 0 };
  });
}

/** Adds one, unless there are enough or somebody else does so; whether to look again. `others`: it can do without. */
function add(others: boolean): boolean {
  const table = board();
  if (!table.lockSet(realm.slot)) return false;
  try {
    if (table.livingOf(MODE.SHARED).length >= parallelism()) {
      // It is the list here that is old.
      seen = -1;
      return !others;
    }
    const { id } = createShared();
    // Whoever has lowered the number meanwhile may not have seen this one.
    letSurplusLeave();
    return table.isOf(MODE.SHARED, table.find(id)) || !others;
  } catch (error) {
    if (others) return false;
    throw error;
  } finally {
    table.unlockSet(realm.slot);
  }
}

/** Connects this with what learns of deaths; once. */
export function installCrew(): void {
  replacing.replace = function replace() {
    add(true);
  };
}

/** How many interpreters the set may have. */
export function parallelism(): number {
  const table = board();
  const { parallelism } = table;
  return parallelism > 0 ? parallelism : table.parallelism = defaultParallelism();
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
  board().parallelism = checkParallelism("Cannot set the parallelism", n);
  letSurplusLeave();
}

function letSurplusLeave(): void {
  const table = board();
  for (const { id, slot } of table.livingOf(MODE.SHARED).slice(parallelism())) {
    table.leaveSet(slot);
    closeWhenIdle(handleOf(id));
  }
}

/** Closes what has left the set, unless it runs something then. */
function closeWhenIdle(interpreter: Interpreter): void {
  startTimer(LINGER_MS, function leave() {
    close(interpreter, {}).catch(function busyOrGone() {});
  }, "idle");
}

/** See `shutdown` in go_api.ts. */
export async function shutdown(): Promise<void> {
  checkMainGuard("Cannot shut down");
  const table = realm.board;
  if (table === undefined) return;
  const all = [...table.livingOf(MODE.SHARED), ...table.livingOf(MODE.LEFT)];
  if (all.some(({ id }) => id === realm.id)) {
    throw new InterpreterError(
      `Cannot shut down from inside a process of the shared set: interpreter ${realm.id} would have to end itself`,
    );
  }
  for (const { slot } of all) table.leaveSet(slot);
  const runs = processesIn(new Set(all.map(({ id }) => id)));
  if (runs.length > 0) {
    const reason = new DOMException("The shared interpreters are shut down", "AbortError");
    for (const run of runs) run.cancel(reason);
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const stop = startTimer(GRACE_MS, resolve);
    await Promise.race([Promise.all(runs.map((run) => run.whenEnded())), late]);
    stop();
  }
  await Promise.all(all.map(({ id }) => dispose(handleOf(id))));
}
