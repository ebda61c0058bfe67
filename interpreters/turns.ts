/**
 * The local interpreter lock: in serial mode at most one turn runs at a time, in order of arrival; in concurrent mode
 * turns begin at once and interleave at `await`.
 *
 * *Who waits.* A queued turn waits for the one before it, which calls `next` when it has ended.
 */
import { Fifo } from "../channels/fifo.ts";
import { realm } from "./realm.ts";

/** A piece of work that holds the lock until it settles, which does not reject; or until it returns, if that is nothing. */
type Turn = () => Promise<void> | undefined;

/** Those that wait. */
const turns = new Fifo();
let busy = false;

/** Runs `turn` when the lock is free. */
export function takeTurn(turn: Turn): void {
  if (realm.mode === "concurrent") void turn();
  else if (busy) turns.push(turn);
  else {
    busy = true;
    const ends = turn();
    if (ends === undefined) next();
    else void ends.then(next);
  }
}

function next(): void {
  while (turns.length > 0) {
    const ends = (turns.shift() as Turn)();
    if (ends !== undefined) return void ends.then(next);
  }
  busy = false;
}
