/** The interpreters that live, as main knows them. */
import { createMemory, Switchboard } from "../kernel/switchboard.ts";
import type { Thread } from "../runtime/mod.ts";
import type { Link } from "./link.ts";
import { realm } from "./realm.ts";

/** What main knows of a living interpreter. */
export interface Resident {
  readonly id: number;
  readonly slot: number;
  readonly name: string;
  readonly thread: Thread;
  readonly ready: PromiseWithResolvers<void>;
  booted: boolean;
  /** Why it ends, once that is known. */
  cause: unknown;
  /** Settles when the thread has ended. */
  readonly gone: PromiseWithResolvers<void>;
  /** Generators of this interpreter that are running a step or their end. */
  readonly stepping: Set<string>;
  /** How letters go there, once more than a few did. */
  link: Link | undefined;
  /** Letters that went there before. */
  letters: number;
  /** Calls off the order to load what it will need. */
  cancelWarm: (() => void) | undefined;
  /** It closes: calls off the time that it has for that. */
  cancelLate: (() => void) | undefined;
  /** Those that ended with it. */
  readonly owned: Resident[];
}

/** By id. */
export const residents: Map<number, Resident> = new Map();
/** Makes this thread the main interpreter of a program; called at the first use of the shared memory. */
export function board(): Switchboard {
  if (realm.board !== undefined) return realm.board;
  realm.board = new Switchboard(createMemory(early));
  return realm.board;
}

/** The number of the next process that starts before there is a shared memory to draw it from. */
let early = 1;

/** A number that no other process of the program has or will get. */
export function nextProcess(): number {
  return realm.board?.nextProcess() ?? early++;
}

/** What is to be done when one of the shared interpreters has died; installed by who spreads processes over them. */
export const replacing: { replace(): void } = { replace() {} };

let starting = 0;

/** Notes that a thread starts (1), or that it has booted or will not (-1). */
export function noteStarting(change: 1 | -1): void {
  starting += change;
}

/** Whether a thread is starting: main must be able to answer it. */
export function isAnyStarting(): boolean {
  return starting > 0;
}

/** An interpreter in a message. */
export function title(id: number, name: string): string {
  return `Interpreter ${id} ("${name}")`;
}
