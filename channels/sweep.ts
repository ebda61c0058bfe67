/**
 * Frees channels that hold each other and that nobody else can reach; main does it.
 *
 * *What is garbage.* A channel counts who holds it and the references to it that are under way. Of channels that nobody
 * holds, those make a set of garbage whose references all stand in channels of the set: no thread can get at one of them.
 *
 * *Beside others who go on.* LIFE of each candidate is read first, then that nobody holds it, then what the candidates hold;
 * then how many references to it there are; and in the end a compare-and-swap finds LIFE as it was, which takes the channel.
 * Whoever adds a holder or a reference raises LIFE before. So meanwhile nobody held a candidate, and what it holds stood
 * still, since who takes something out has to hold it; and no reference was added, so that as many as are counted now, all
 * of them seen in the set, are all there are. What is garbage stays so, and nobody else touches it.
 *
 * *When.* A cycle becomes garbage when its last handle goes while references are under way, so that is what asks for a
 * sweep (`handles.ts`, and main after a burial). One takes a small part of the time that passes between two of them.
 *
 * *Source.* Trial deletion, as CPython's collector of cycles does it.
 */
import type { Heap } from "../kernel/heap.ts";
import {
  CHANNEL,
  CHANNEL_FAILURE,
  CHANNEL_FLIGHTS,
  CHANNEL_HEAD,
  CHANNEL_HOLDERS,
  CHANNEL_HOLDERS_SIZE,
  CHANNEL_LIFE,
  CHANNEL_MASK,
  CHANNEL_POISON,
  CHANNEL_REASON,
  CHANNEL_RING,
  CHANNEL_SIZE,
  CHANNEL_TAIL,
  DATA_BODY,
  DATA_REFS,
  TAG_BLOCK,
  TAG_CHANNEL,
  TAG_RECEIVER,
  TAG_SENDER,
} from "../kernel/heap_layout.ts";
import { startTimer } from "../runtime/mod.ts";
import { blocks } from "./heap_blocks.ts";
import { disposeOf, isEnd, tagOf, targetOf } from "./references.ts";
import { channelOfEnd } from "./shared_ends.ts";

/** Least milliseconds from when a sweep is asked for to when it is done, and most, once several have found nothing. */
const SOON_MS = 50;
const LATE_MS = 1000;
/** How many times as long as it took passes before the next one. */
const REST = 20;

/** How many sweeps there were, and what they have freed; for tests. */
export const sweeps = { done: 0, freed: 0 };

interface Candidate {
  readonly life: number;
  /** Channels that what it holds refers to, once for each reference. */
  readonly refersTo: readonly number[];
  /** References to it that candidates hold. */
  seen: number;
}

/** See the file's description. How many channels were freed. */
export function sweep(heap: Heap): number {
  sweeps.done++;
  const candidates = candidatesOf(heap);
  for (const { refersTo } of candidates.values()) count(candidates, refersTo, 1);
  // Who has references from elsewhere is none, and what it holds is not in the set either.
  const queue = [...candidates.keys()];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    const candidate = candidates.get(at);
    if (candidate === undefined) continue;
    // One that has no references any more dies by itself, and who disposes of it takes what it holds.
    const flights = heap.load(at + CHANNEL_FLIGHTS);
    if (flights !== 0 && flights === candidate.seen) continue;
    candidates.delete(at);
    count(candidates, candidate.refersTo, -1);
    queue.push(...new Set(candidate.refersTo));
  }
  const garbage = [...candidates].filter(([at, { life }]) => take(heap, at, life)).map(([at]) => at);
  disposeOf(heap, garbage);
  sweeps.freed += garbage.length;
  return garbage.length;
}

function candidatesOf(heap: Heap): Map<number, Candidate> {
  const found = new Map<number, Candidate>();
  const lives = new Map<number, number>();
  for (const { at, kind } of blocks(heap, CHANNEL_SIZE)) {
    if (kind !== CHANNEL) continue;
    const life = heap.load(at + CHANNEL_LIFE);
    if ((life & 1) === 0 && heap.load(at + CHANNEL_FLIGHTS) !== 0) lives.set(at, life);
  }
  for (const [at, life] of lives) {
    if (!isHeld(heap, at)) found.set(at, { life, refersTo: contentsOf(heap, at), seen: 0 });
  }
  return found;
}

function isHeld(heap: Heap, channel: number): boolean {
  for (let word = 0; word < CHANNEL_HOLDERS_SIZE; word += 4) {
    if (heap.load(channel + CHANNEL_HOLDERS + word) !== 0) return true;
  }
  return false;
}

/** Whether it is main's to dispose of now. */
function take(heap: Heap, channel: number, life: number): boolean {
  const words = heap.words(channel + CHANNEL_LIFE);
  const dead = (heap.slot + 1) << 1 | 1;
  return Atomics.compareExchange(words, (channel + CHANNEL_LIFE) >>> 2, life, dead) === life;
}

function count(candidates: ReadonlyMap<number, Candidate>, refersTo: readonly number[], by: 1 | -1): void {
  for (const at of refersTo) {
    const candidate = candidates.get(at);
    if (candidate !== undefined) candidate.seen += by;
  }
}

/** Channels that what a channel holds refers to. */
function contentsOf(heap: Heap, channel: number): number[] {
  const found: number[] = [];
  function lookInto(block: number): void {
    const references = heap.load(block + DATA_REFS);
    for (let i = 0; i < references; i++) {
      const reference = heap.load(block + DATA_BODY + 4 * i) >>> 0;
      if (reference === 0) continue;
      const target = targetOf(reference);
      found.push(isEnd(reference) ? channelOfEnd(heap, target) : target);
    }
  }
  const ring = heap.load(channel + CHANNEL_RING) >>> 0;
  const mask = BigInt(heap.load(channel + CHANNEL_MASK));
  const to = positionAt(heap, channel + CHANNEL_TAIL);
  for (let position = positionAt(heap, channel + CHANNEL_HEAD); position < to; position++) {
    const at = ring + 8 * Number(position & mask);
    const value = Atomics.load(heap.longs(at), at / 8);
    const tag = tagOf(value);
    const low = Number(value & 0xffffffffn);
    if (tag === TAG_BLOCK) lookInto(low);
    else if (tag === TAG_CHANNEL) found.push(low);
    else if (tag === TAG_SENDER || tag === TAG_RECEIVER) found.push(channelOfEnd(heap, low));
  }
  for (const word of [CHANNEL_REASON, CHANNEL_POISON, CHANNEL_FAILURE]) {
    const block = heap.load(channel + word) >>> 0;
    if (block !== 0) lookInto(block);
  }
  return found;
}

function positionAt(heap: Heap, gate: number): bigint {
  return BigInt.asUintN(64, Atomics.load(heap.longs(gate), gate / 8)) >> 16n;
}

let asked = false;
let wait = SOON_MS;

/** Sweeps in a while; called in main when there may be a cycle that nobody can reach. */
export function sweepSoon(heap: Heap): void {
  if (asked) return;
  asked = true;
  startTimer(wait, function due() {
    asked = false;
    const from = performance.now();
    const found = sweep(heap);
    const least = Math.max(SOON_MS, REST * (performance.now() - from));
    wait = found > 0 ? least : Math.min(Math.max(2 * wait, least), Math.max(LATE_MS, least));
  }, "idle");
}
