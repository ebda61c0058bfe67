/**
 * What shared memory weighs for the collector: V8 does not count it at all, so that a program which makes and drops large
 * shared arrays would grow until something else calls the collector; JavaScriptCore counts it, and acts late.
 *
 * On V8 shared memory is accompanied by private memory that nobody touches, so none of it is resident, as large as what it
 * stands for: what is shared weighs what the same without sharing would. On JavaScriptCore, where that would be resident,
 * Bun is asked to collect when enough has gathered. Each interpreter does so for the memory that it knows: it is free when
 * all of them have let go.
 */
import { globals, runtimeName } from "./detect.ts";

/** What is lighter is weighed together: small pieces of private memory might be resident. */
const BLOCK = 2 ** 26;
/** What a receiver gets is a new object each time, also for memory that it has: no more than this is told of it, and so often. */
const MOST = 4 * BLOCK;
const EVERY_MS = 100;
/** How much has to gather on Bun, and more when more is in use. */
const GATHERED = 2 ** 28;

/** How many times as long as a collection of all took passes before the next one that is asked for. */
const REST = 50;
let nextFull = 0;

/** Memory that is weighed together. */
interface Group {
  bytes: number;
  ballast?: ArrayBuffer;
}

/** What this file uses of Bun. */
interface Collector {
  gc(synchronous: boolean): void;
}

const groups = new WeakMap<object, Group>();
let open: Group = { bytes: 0 };
let last = -Infinity;

/** Bytes of the groups that are in use, and of what has come since the last collection; on Bun. */
let used = 0;
let gathered = 0;
const unused = new FinalizationRegistry<number>(function forget(bytes) {
  used -= bytes;
});

/** Lets `memory` weigh what it takes, once, as long as it is in use. */
export function weigh(memory: { readonly byteLength: number }): void {
  if (groups.has(memory)) return;
  groups.set(memory, open);
  open.bytes += memory.byteLength;
  if (open.bytes < BLOCK) return;
  const now = performance.now();
  if (now - last < EVERY_MS) return;
  last = now;
  const full = open;
  full.bytes = Math.min(full.bytes, MOST);
  open = { bytes: 0 };
  if (runtimeName === "bun") collectIfDue(full);
  else if (runtimeName !== "browser") accompany(full);
}

/**
 * Asks for a collection of what is young, or, as long as that takes a small part of the time, of all; undefined where that
 * cannot be done. For what is too small to be weighed: Bun counts all of the shared memory as each interpreter's, and lets
 * as much again gather before it collects. What was kept by a list of what is finalized is not young any more.
 */
export const askToCollect: (() => void) | undefined = runtimeName !== "bun" ? undefined : function ask() {
  const { gc } = globals.Bun as unknown as Collector;
  const from = performance.now();
  if (from < nextFull) return gc(false);
  gc(true);
  const now = performance.now();
  nextFull = now + REST * (now - from);
};

function accompany(group: Group): void {
  try {
    group.ballast = new ArrayBuffer(group.bytes);
  } catch {
    // There is no room for it, so the collector has reasons of its own.
  }
}

function collectIfDue(group: Group): void {
  used += group.bytes;
  gathered += group.bytes;
  unused.register(group, group.bytes);
  if (gathered < GATHERED + (used - gathered) / 2) return;
  gathered = 0;
  (globals.Bun as unknown as Collector).gc(true);
}
