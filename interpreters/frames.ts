/**
 * Letters as frames of a ring: a few header words, then what the letter carries; see `frame_values.ts`.
 *
 * Not every letter has one: what needs structured clone or a transfer, what is long, and what is rare goes by the port.
 */
import type { Wire } from "../sharing/wire.ts";
import {
  boundOfCarried,
  boundOfString,
  plus,
  readCarried,
  readDouble,
  readValue,
  readWire,
  writeCarried,
  writeDouble,
  writeString,
  writeWire,
} from "./frame_values.ts";
import type { FunctionRef, Letter, Outcome, Work } from "./protocol.ts";
import { KIND_SHIFT, LENGTH_MASK, MOST_WORDS, type RingReader, type RingWriter } from "./ring.ts";

/** Kinds of frames; 0 is the ring's. */
const MARK = 1;
const REQUEST = 2;
const VALUE = 3;
const STREAM = 4;
const THREW = 5;
const ABORT = 6;
const PULL = 7;
const END = 8;
const ITEM = 9;
const LAST = 10;
const WATCH = 11;
const FIRED = 12;
const UNWATCH = 13;

/** Words of a frame before what its letter carries: length and kind, from, to, key. */
const HEADER = 5;

/** In the word that tells how a call's function is named: it runs as a process, whose name follows. */
const AS_PROCESS = 4;

// Writing

/**
 * Writes `letter`, behind a mark to wait for the port's message number `awaited` if that is not 0. False if the letter has no
 * frame or the ring no room; nothing has happened then.
 */
export function writeLetter(ring: RingWriter, letter: Letter, awaited: number): boolean {
  const body = boundOf(letter);
  if (body < 0 || body > MOST_WORDS - HEADER) return false;
  const at = ring.reserve(body + HEADER + 2);
  if (at < 0) return false;
  const { words } = ring;
  let frame = at;
  if (awaited !== 0) {
    words[at] = MARK << KIND_SHIFT | 2;
    words[at + 1] = awaited;
    frame += 2;
  }
  words[frame + 1] = letter.from;
  words[frame + 2] = letter.to;
  ring.at = frame + 3;
  writeDouble(ring, letter.key);
  const kind = writeBody(ring, letter);
  words[frame] = kind << KIND_SHIFT | ring.at - frame;
  ring.publish(ring.at - at);
  return true;
}

/** The most words that what the letter carries may take; -1 if it has no frame. */
function boundOf(letter: Letter): number {
  switch (letter.t) {
    case "request":
      return letter.stop?.words === undefined ? boundOfWork(letter.work) : -1;
    case "reply":
      return boundOfOutcome(letter.outcome);
    case "item":
      return plus(1, boundOfCarried(letter.value));
    case "abort":
    case "fired":
      return boundOfCarried(letter.reason);
    case "last":
      return letter.outcome === undefined ? 0 : -1;
    default:
      return 1;
  }
}

function boundOfWork(work: Work): number {
  // What is sent once for each interpreter, or now and then, is left to the port.
  if (work.do !== "call") return -1;
  const { fn, args, unbound, as } = work;
  if (fn.by === "source" && fn.code !== undefined) return -1;
  let most = 7 + (as === undefined ? 0 : boundOfString(as)) + boundOfString(fn.name) +
    (fn.by === "source" ? 2 : boundOfString(fn.url));
  for (const name of unbound) most += boundOfString(name);
  return plus(most, boundOfCarried(args));
}

function boundOfOutcome(outcome: Outcome): number {
  switch (outcome.is) {
    case "value":
      return boundOfCarried(outcome.value);
    case "stream":
      return 0;
    case "threw": {
      const texts = 2 + boundOfString(outcome.type) + boundOfString(outcome.message) +
        boundOfString(outcome.stack);
      return plus(texts, outcome.error === undefined ? 0 : boundOfCarried(outcome.error));
    }
    default:
      return -1;
  }
}

/** Writes what the letter carries; its kind. */
function writeBody(ring: RingWriter, letter: Letter): number {
  const { words } = ring;
  switch (letter.t) {
    case "request": {
      const { fn, args, unbound, as } = letter.work as Work & { do: "call" };
      words[ring.at++] = letter.process;
      words[ring.at++] = letter.stop === undefined ? 0 : letter.stop.table + 1;
      words[ring.at++] = letter.stop?.index ?? 0;
      const by = fn.by === "source" ? 0 : fn.by === "task" ? 1 : 2;
      words[ring.at++] = unbound.length << 3 | (as === undefined ? 0 : AS_PROCESS) | by;
      if (as !== undefined) writeString(ring, as);
      writeString(ring, fn.name);
      if (fn.by === "source") writeDouble(ring, fn.key);
      else writeString(ring, fn.url);
      for (const name of unbound) writeString(ring, name);
      writeCarried(ring, args);
      return REQUEST;
    }
    case "reply": {
      const { outcome } = letter;
      if (outcome.is === "value") {
        writeCarried(ring, outcome.value);
        return VALUE;
      }
      if (outcome.is === "stream") return STREAM;
      const { type, message, stack, error, aborted } = outcome as Outcome & { is: "threw" };
      words[ring.at++] = aborted === true ? 1 : 0;
      writeString(ring, type);
      writeString(ring, message);
      writeString(ring, stack);
      writeWire(ring, error);
      return THREW;
    }
    case "abort":
      writeCarried(ring, letter.reason);
      return ABORT;
    case "fired":
      writeCarried(ring, letter.reason);
      return FIRED;
    case "item":
      words[ring.at++] = letter.idle ? 1 : 0;
      writeCarried(ring, letter.value);
      return ITEM;
    case "pull":
      words[ring.at++] = letter.credit;
      return PULL;
    case "end":
      return END;
    case "last":
      return LAST;
    case "watch":
      return WATCH;
    case "unwatch":
      return UNWATCH;
  }
}

// Reading

/** If the frame at `at` is a mark: the number of the port's message that it waits for; else 0. */
export function markAt(ring: RingReader, at: number): number {
  return ring.words[at]! >>> KIND_SHIFT === MARK ? ring.words[at + 1]! : 0;
}

/** Words of the frame at `at`. */
export function lengthAt(ring: RingReader, at: number): number {
  return ring.words[at]! & LENGTH_MASK;
}

/** The letter in the frame at `at`, which is no mark. All of it is copied. */
export function readLetter(ring: RingReader, at: number): Letter {
  const { words } = ring;
  const from = words[at + 1]!;
  const to = words[at + 2]!;
  ring.at = at + 3;
  const key = readDouble(ring);
  switch (words[at]! >>> KIND_SHIFT) {
    case REQUEST: {
      const process = words[ring.at++]!;
      const table = words[ring.at++]! - 1;
      const index = words[ring.at++]!;
      const work = readCall(ring);
      if (table < 0) return { from, to, key, t: "request", work, process };
      return { from, to, key, t: "request", work, process, stop: { table, index } };
    }
    case VALUE:
      return { from, to, key, t: "reply", outcome: { is: "value", value: readCarried(ring) } };
    case STREAM:
      return { from, to, key, t: "reply", outcome: { is: "stream" } };
    case THREW:
      return { from, to, key, t: "reply", outcome: readThrown(ring) };
    case ABORT:
      return { from, to, key, t: "abort", reason: readCarried(ring) as Wire };
    case FIRED:
      return { from, to, key, t: "fired", reason: readCarried(ring) as Wire };
    case ITEM: {
      const idle = words[ring.at++] === 1;
      return { from, to, key, t: "item", value: readCarried(ring), idle };
    }
    case PULL:
      return { from, to, key, t: "pull", credit: words[ring.at]! };
    case END:
      return { from, to, key, t: "end" };
    case LAST:
      return { from, to, key, t: "last" };
    case WATCH:
      return { from, to, key, t: "watch" };
    default:
      return { from, to, key, t: "unwatch" };
  }
}

function readCall(ring: RingReader): Work {
  const { words } = ring;
  const how = words[ring.at++]!;
  const by = how & 3;
  const as = (how & AS_PROCESS) === 0 ? undefined : readValue(ring) as string;
  const name = readValue(ring) as string;
  const fn: FunctionRef = by === 0
    ? { by: "source", key: readDouble(ring), name }
    : { by: by === 1 ? "task" : "export", url: readValue(ring) as string, name };
  const unbound: string[] = [];
  for (let i = how >>> 3; i > 0; i--) unbound.push(readValue(ring) as string);
  const args = readCarried(ring);
  return as === undefined ? { do: "call", fn, args, unbound } : { do: "call", fn, args, unbound, as };
}

function readThrown(ring: RingReader): Outcome {
  const aborted = ring.words[ring.at++] === 1;
  const type = readValue(ring) as string;
  const message = readValue(ring) as string;
  const stack = readValue(ring) as string;
  const outcome: Outcome & { is: "threw" } = { is: "threw", type, message, stack };
  const error = readWire(ring);
  if (error !== undefined) outcome.error = error;
  if (aborted) outcome.aborted = true;
  return outcome;
}
