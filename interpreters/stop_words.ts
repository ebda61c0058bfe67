/**
 * Stop flags of requests, on the caller's side: a word in a table of shared memory for each, used again and again.
 *
 * *Memory.* A table has {@link FLAGS} flags of two words, then a log of reasons. A flag is raised for the request whose key
 * it says; its second word says where in the log the reason begins, plus 1, or 0. The log goes round: WRITTEN is moved on
 * before what was there is overwritten, and who reads a reason looks at it afterwards.
 *
 * *Lifetime.* A flag is free again when the reply has come, or the last letter of its stream, or its callee has died. Since
 * keys are never used twice, one that is raised for another request says nothing to who looks late. A table lives as long as
 * an interpreter that knows it: who calls may die before who was called.
 *
 * *Who is told.* The first request to an interpreter that uses a table brings it along.
 */
import type { Wire } from "../sharing/wire.ts";
import type { Stop } from "./protocol.ts";
import { COPIED_BYTES } from "./transfers.ts";
import { encodeReason, FLAG_WORDS, FLAGS, REASON_BYTES, REASONS, TABLE_BYTES, WRITTEN } from "./stop_flag.ts";

/** A flag that is in use. */
interface Used {
  readonly to: number;
  readonly table: number;
  readonly index: number;
}

const tables: Int32Array<SharedArrayBuffer>[] = [];
const free: number[] = [];
const used = new Map<number, Used>();
/** The tables that an interpreter has got. */
const known = new Map<number, Set<number>>();

/** A flag for request `key` to interpreter `to`. */
export function takeStop(to: number, key: number): Stop {
  if (free.length === 0) addTable();
  const flag = free.pop()!;
  const stop = { table: Math.floor(flag / FLAGS), index: flag % FLAGS };
  used.set(key, { to, ...stop });
  return known.get(to)?.has(stop.table) ? stop : { ...stop, words: tables[stop.table]! };
}

/** The request was posted: what it brought along is there. */
export function noteStopSent(to: number, { table, words }: Stop): void {
  if (words === undefined) return;
  const tables = known.get(to) ?? new Set<number>();
  known.set(to, tables.add(table));
}

/** The last reason, until the end of this turn: what is cancelled together has one. */
let last: { readonly reason: unknown; readonly wire: Wire } | undefined;

function encodeOnce(reason: unknown): Wire {
  if (last !== undefined && last.reason === reason) return last.wire;
  const wire = encodeReason(reason);
  if (wire.side !== undefined || wire.references !== undefined || wire.bytes.length > COPIED_BYTES) {
    return wire;
  }
  last = { reason, wire };
  queueMicrotask(function forget() {
    last = undefined;
  });
  return wire;
}

/** Raises the flag of a request, once; `reason` is what the other side's signal will give. Returns it as it crosses. */
export function raiseStop(key: number, reason: unknown): Wire {
  const wire = encodeOnce(reason);
  const flag = used.get(key);
  if (flag === undefined) return wire;
  const words = tables[flag.table]!;
  const at = flag.index * FLAG_WORDS;
  const { bytes, side, handles } = wire;
  words[at + 1] = side === undefined && !handles && bytes.length <= REASON_BYTES / 4 ? log(words, bytes) : 0;
  Atomics.store(words, at, key | 0);
  return wire;
}

/** Request `key` is over: its flag, if it has one, may be used again. */
export function releaseStop(key: number): void {
  const flag = used.get(key);
  if (flag === undefined) return;
  used.delete(key);
  free.push(flag.table * FLAGS + flag.index);
}

/** An interpreter has ended: no reply comes from it. */
export function forgetStops(id: number): void {
  known.delete(id);
  for (const [key, flag] of used) if (flag.to === id) releaseStop(key);
}

/** Writes a reason; where it begins, plus 1. */
function log(words: Int32Array<SharedArrayBuffer>, bytes: Uint8Array): number {
  const size = 4 + (bytes.length + 3 & ~3);
  let from = words[WRITTEN]!;
  const left = REASON_BYTES - (from & (REASON_BYTES - 1));
  if (size > left) from = (from + left) | 0;
  Atomics.store(words, WRITTEN, (from + size) | 0);
  const at = REASONS * 4 + (from & (REASON_BYTES - 1));
  words[at >>> 2] = bytes.length;
  new Uint8Array(words.buffer).set(bytes, at + 4);
  return from + 1;
}

function addTable(): void {
  const first = tables.length * FLAGS;
  tables.push(new Int32Array(new SharedArrayBuffer(TABLE_BYTES)));
  for (let i = FLAGS - 1; i >= 0; i--) free.push(first + i);
}
