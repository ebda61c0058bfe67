/** What is looked at in the shared heap after a death, and how words are read that others go on using. */
import type { Heap } from "../kernel/heap.ts";
import {
  CHANNEL,
  CHANNEL_HEAD,
  CHANNEL_LIFE,
  CHANNEL_TAIL,
  CLAIM_RESERVED,
  END,
  GATE_OWNER,
  KIND_MASK,
  META,
  NODE,
  RING,
  TICKET,
  TICKET_CLAIM,
  TICKET_NODE,
} from "../kernel/heap_layout.ts";
import { type Block, blocks } from "./heap_blocks.ts";

/** How often each kind of recovery has run; for tests. */
export const recoveries = {
  locks: 0,
  undone: 0,
  finished: 0,
  tickets: 0,
  values: 0,
  blocks: 0,
  pages: 0,
  ends: 0,
};

/** What matters of the heap after a death. Others go on using it: only what the dead one owned or locked stands still. */
export interface Survey {
  /** Blocks of the dead one. */
  readonly owned: readonly Block[];
  /** Channels that it holds. */
  readonly held: readonly number[];
  /** Channels that it has locked, in part or as a whole. */
  readonly locked: readonly number[];
  /** Channels that it was disposing of. */
  readonly doomed: readonly number[];
  /** All nodes: those of their own, and those in tickets. */
  readonly nodes: readonly number[];
  readonly ends: readonly number[];
  readonly rings: readonly number[];
}

export function survey(heap: Heap, slot: number): Survey {
  const dead = slot + 1;
  const owned: Block[] = [];
  const held: number[] = [];
  const locked: number[] = [];
  const doomed: number[] = [];
  const nodes: number[] = [];
  const ends: number[] = [];
  const rings: number[] = [];
  for (const block of blocks(heap)) {
    const { at, kind } = block;
    if (block.owner === dead) owned.push(block);
    if (kind === NODE) nodes.push(at);
    else if (kind === TICKET) nodes.push(at + TICKET_NODE);
    else if (kind === END) ends.push(at);
    else if (kind === RING) rings.push(at);
    else if (kind === CHANNEL) {
      if (isLockedBy(heap, at, dead)) locked.push(at);
      if (heap.load(at + CHANNEL_LIFE) === (dead << 1 | 1)) doomed.push(at);
      else if (heap.kernel.holds(at, slot) !== 0 && (heap.load(at + META) & KIND_MASK) === CHANNEL) {
        held.push(at);
      }
    }
  }
  return { owned, held, locked, doomed, nodes, ends, rings };
}

export function isReserved(heap: Heap, ticket: number, dead: number): boolean {
  return ticket !== 0 && heap.load(ticket + TICKET_CLAIM) === (CLAIM_RESERVED | dead << 8);
}

export function isLockedBy(heap: Heap, channel: number, dead: number): boolean {
  return ownerOf(heap, channel + CHANNEL_TAIL) === dead || ownerOf(heap, channel + CHANNEL_HEAD) === dead;
}

export function ownerOf(heap: Heap, gate: number): number {
  return Number(longAt(heap, gate) & BigInt(GATE_OWNER));
}

export function longAt(heap: Heap, at: number): bigint {
  return Atomics.load(heap.longs(at), at / 8);
}

export function lowOf(value: bigint): number {
  return Number(value & 0xffffffffn);
}

export function positionOf(heap: Heap, gate: number): bigint {
  return BigInt.asUintN(64, longAt(heap, gate)) >> 16n;
}
