/**
 * What passes between the post office and those who use it: every word of the memory they share, and every message.
 *
 * *Memory.* 32-bit words in a buffer of their own, shared by all interpreters of a program and the office.
 *
 * *Who waits and who wakes.* Messages go over a port between each interpreter and the office, and nobody listens on a
 * port: whoever has posted rings, by adding to the other side's bell and notifying it, and whoever hears the bell takes
 * what the port has. So an interpreter that blocks its thread gets its answers too, and the office can tell when it has
 * seen all that a dead interpreter has posted.
 */
import type { Wire } from "../sharing/wire.ts";

/** Set once somebody needs the office; main waits on it, and starts the office. */
export const OFFICE_WANTED = 0;
/** The office's bell: only ever added to. */
export const OFFICE_BELL = 1;
/** Set when the office has ended: nothing will be answered any more. Written by main. */
export const OFFICE_DOWN = 2;
/** 32 words with a bit for each slot: its interpreter has posted something. Set by it, taken by the office. */
export const CALLERS = 32;
export const CALLER_WORDS = 32;
/** A word for each slot, its interpreter's bell: only ever added to, by the office. */
export const BELLS = 64;
/**
 * A word for each ticket: 0, it is free; n + 1, interpreter n made it; -(n + 1), n has ended and deposited nothing.
 * Made by compare-and-swap from 0; freed by the office, or by its maker as long as nobody else knows it.
 */
export const TICKETS: number = BELLS + 32 * CALLER_WORDS;
/** Tickets that can be in use at once, and one more: ticket 0 is none. A power of two. */
export const TICKET_COUNT = 0x10000;
export const OFFICE_BYTES: number = 4 * (TICKETS + TICKET_COUNT);

/** One end of the way to the office, as it is handed out with the boot order. */
export interface OfficeLink {
  readonly port: MessagePort;
  readonly words: Int32Array<SharedArrayBuffer>;
}

/** From an interpreter to the office. */
export type OfficeRequest =
  | { t: "deposit"; ticket: number; side: readonly unknown[] }
  /** The deposit could not be posted. */
  | { t: "spoilt"; ticket: number; why: string }
  /** Answered under `key`, at once or when the deposit has come. `keep`: others will collect it as well. */
  | { t: "collect"; ticket: number; key: number; keep: boolean }
  | { t: "discard"; ticket: number };

/** From the office to an interpreter. */
export type OfficeAnswer =
  & { key: number }
  & (
    | { is: "side"; side: unknown[] }
    | { is: "spoilt"; why: string }
    /** Interpreter `id`, which was to deposit it, has ended. */
    | { is: "lost"; id: number; cause: Wire }
  );

/** From main to the office. */
export type OfficeOrder =
  | { t: "open"; words: Int32Array<SharedArrayBuffer> }
  | { t: "serve"; id: number; slot: number; port: MessagePort }
  /** Interpreter `id` has ended. */
  | { t: "died"; id: number; cause: Wire };

/** What of `side` moves; the rest is shared, or copied. */
export function movedIn(side: readonly unknown[]): Transferable[] {
  return side.filter(function moves(entry): entry is Transferable {
    return entry instanceof MessagePort || entry instanceof ArrayBuffer;
  });
}

/** Nobody will get what moved in `side`: whoever has the other end of a port hears that it is closed. */
export function closeMoved(side: readonly unknown[]): void {
  for (const entry of side) if (entry instanceof MessagePort) entry.close();
}
