/**
 * Main's books: which requests are under way, so that a slot's RUNNING is exact and the program lives as long as one of
 * them does.
 *
 * *Invariants.* A request is open from the moment it was passed on until its reply has passed or the interpreter that runs
 * it has ended. A generator counts as running from a `pull` or `end` until it stands still or has sent its `last`.
 */
import { holdAlive, releaseAlive } from "../runtime/mod.ts";
import type { Letter } from "./protocol.ts";
import { board, residents } from "./residents.ts";

/**
 * Requests under way, by who asked and key: four times the id of who runs it, 1 if it keeps the program alive for who asked,
 * and 2 if it does so also once it was aborted: whoever cancels a process still waits for its end.
 */
const open = new Map<number, Map<number, number>>();
const HOLDS = 1;
const STAYS = 2;

/** The id of who runs a request. */
function runnerOf(request: number): number {
  return Math.floor(request / 4);
}

/** Whether a request keeps the program alive for who asked. */
function holds(request: number): boolean {
  return request % 2 === HOLDS;
}

let busy = 0;
let changed: () => void = function nobodyAsks() {};

/** Whether an interpreter other than main is running something. */
export function busyElsewhere(): boolean {
  return busy > 0;
}

/** `watcher` is called when that may have changed. */
export function watchBusy(watcher: () => void): void {
  changed = watcher;
}

function setBusy(next: number): void {
  const before = busy;
  busy = next;
  if ((before > 0) !== (next > 0)) changed();
}

/** Keeps `open`, RUNNING and the program's life in step with a letter that has just been passed on. */
export function account(letter: Letter): void {
  switch (letter.t) {
    case "request": {
      const held = letter.from !== 0;
      const stays = letter.work.do === "call" && letter.work.as !== undefined;
      let asked = open.get(letter.from);
      if (asked === undefined) open.set(letter.from, asked = new Map());
      asked.set(letter.key, 4 * letter.to + (stays ? STAYS : 0) + (held ? HOLDS : 0));
      if (held) holdAlive();
      if (letter.work.do !== "close" && letter.work.do !== "ready") count(letter.to, 1);
      break;
    }
    case "reply":
      settle(letter.to, letter.key);
      break;
    case "abort": {
      const asked = open.get(letter.from);
      const request = asked?.get(letter.key) ?? 0;
      if (request % 4 === HOLDS) {
        asked!.set(letter.key, request - HOLDS);
        releaseAlive();
      }
      break;
    }
    case "pull":
    case "end": {
      const stepping = residents.get(letter.to)?.stepping;
      if (stepping && !stepping.has(requestKey(letter))) {
        stepping.add(requestKey(letter));
        count(letter.to, 1);
      }
      break;
    }
    case "item":
      if (letter.idle) rest(letter);
      break;
    case "last":
      rest(letter);
      break;
  }
}

function rest(letter: Letter): void {
  if (residents.get(letter.from)?.stepping.delete(`${letter.to}/${letter.key}`)) count(letter.from, -1);
}

function settle(from: number, key: number): void {
  const asked = open.get(from);
  const request = asked?.get(key);
  if (request === undefined) return;
  asked!.delete(key);
  if (asked!.size === 0 && from !== 0 && !residents.has(from)) open.delete(from);
  if (holds(request)) releaseAlive();
  count(runnerOf(request), -1);
}

function count(id: number, change: 1 | -1): void {
  const resident = residents.get(id);
  if (resident === undefined) return;
  board().addRunning(resident.slot, change);
  setBusy(busy + change);
  resident.cancelWarm?.();
}

/**
 * Closes the books of an interpreter that has ended, in which `running` requests were under way. What it had asked of
 * others is still under way there.
 */
export function closeAccounts(id: number, running: number): void {
  setBusy(busy - running);
  for (const [from, asked] of open) {
    for (const [key, request] of asked) {
      const to = runnerOf(request);
      if (to !== id && from !== id) continue;
      if (holds(request)) releaseAlive();
      if (to === id) asked.delete(key);
      else asked.set(key, 4 * to);
    }
    if (asked.size === 0) open.delete(from);
  }
}

function requestKey(letter: Letter): string {
  return `${letter.from}/${letter.key}`;
}
