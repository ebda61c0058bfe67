/**
 * Looks through the whole shared heap and lists what is wrong with it, while nothing moves in it: blocks that nobody can
 * reach, free lists that are broken, flights that do not count what is under way, locks that are held.
 */
import { channels } from "#engines";
import type { Heap } from "../../kernel/heap.ts";
import {
  CHANNEL,
  CHANNEL_FAILURE,
  CHANNEL_FIRST_RECEIVER,
  CHANNEL_FIRST_SENDER,
  CHANNEL_FLIGHTS,
  CHANNEL_HEAD,
  CHANNEL_HOLDERS,
  CHANNEL_HOLDERS_SIZE,
  CHANNEL_INLINE,
  CHANNEL_LAST_RECEIVER,
  CHANNEL_LAST_SENDER,
  CHANNEL_LIFE,
  CHANNEL_MASK,
  CHANNEL_MODE,
  CHANNEL_NAME,
  CHANNEL_POISON,
  CHANNEL_REASON,
  CHANNEL_RECEIVERS,
  CHANNEL_RING,
  CHANNEL_SENDERS,
  CHANNEL_TAIL,
  CLAIM_DONE,
  CLAIM_WAITING,
  CLASS_MAX,
  CLASS_MIN,
  CLASSES,
  DATA,
  DATA_BODY,
  DATA_REFS,
  DESK_BLOCK,
  DESK_INSIDE,
  DESK_READY,
  DESK_SIZE,
  DESK_STAGE,
  DESKS,
  END,
  END_CHANNEL,
  END_LIVE,
  END_SENDS,
  END_STATE,
  FIRST_PAGE,
  FREE,
  GATE_OWNER,
  GATE_QUEUE,
  HEAP_LOCK,
  HEAP_NEXT,
  IN_CHANNEL,
  KIND_MASK,
  LINK,
  LOCK_FREE,
  LOCK_TOTAL,
  META,
  MODE_PERMITS,
  NODE,
  NODE_CHANNEL,
  NODE_ENLISTED,
  NODE_LINKED,
  NODE_NEXT,
  NODE_PREVIOUS,
  NODE_SENDS,
  NODE_TICKET,
  NODE_VALUE,
  OWNER_SHIFT,
  PAGE_CLASS,
  PAGE_READY,
  PAGE_REST,
  PAGE_TABLE,
  READY,
  RING,
  TAG_BLOCK,
  TAG_CHANNEL,
  TAG_RECEIVER,
  TAG_SENDER,
  TICKET,
  TICKET_CLAIM,
  TICKET_NODE,
  TICKET_RESULT,
  TICKET_STATUS,
} from "../../kernel/heap_layout.ts";
import { SLOTS, STATE } from "../../kernel/layout.ts";
import { Switchboard } from "../../kernel/switchboard.ts";

/** Names of the kinds of blocks, by their numbers. */
const KINDS = ["free", "data", "ticket", "node", "channel", "ring", "end", "flight", "ready"];

/** What an audit has found. */
export interface Audit {
  /** Blocks in use by kind, the sizes of data blocks told apart by nothing. */
  readonly counts: Readonly<Record<string, number>>;
  /** Pages ever used. */
  readonly pages: number;
  /** What is wrong; empty if all is in order. */
  readonly problems: readonly string[];
}

interface Found {
  readonly at: number;
  readonly kind: number;
  readonly owner: number;
}

/** See the file's description. */
export function audit(heap: Heap = channels().heapHere()): Audit {
  const auditor = new Auditor(heap);
  return { counts: auditor.counts, pages: heap.load(HEAP_NEXT), problems: auditor.check() };
}

/** Blocks in use by kind. */
export function countBlocks(heap: Heap = channels().heapHere()): Readonly<Record<string, number>> {
  return new Auditor(heap).counts;
}

class Auditor {
  readonly counts: Record<string, number> = {};
  readonly #heap: Heap;
  readonly #problems: string[] = [];
  readonly #blocks = new Map<number, Found>();
  readonly #free = new Map<number, number>();
  readonly #alive = new Set<number>();
  /** Flights of a channel that were found. */
  readonly #flights = new Map<number, number>();
  readonly #reached = new Set<number>();

  constructor(heap: Heap) {
    this.#heap = heap;
    const board = new Switchboard(heap.memory);
    for (let slot = 0; slot < SLOTS; slot++) if (board.state(slot) !== STATE.FREE) this.#alive.add(slot + 1);
    const next = heap.load(HEAP_NEXT);
    for (let page = FIRST_PAGE; page < next; page++) {
      const entry = heap.load(PAGE_TABLE + page * 4);
      if ((entry & PAGE_REST) !== 0) continue;
      if ((entry & PAGE_READY) === 0) {
        this.#problems.push(`page ${page} is not divided: ${entry.toString(16)}`);
        continue;
      }
      const size = 2 ** (entry & PAGE_CLASS);
      for (let at = page * 65536; at < (page + 1) * 65536; at += size) {
        const meta = heap.load(at + META);
        const kind = meta & KIND_MASK;
        if (kind === FREE) this.#free.set(at, entry & PAGE_CLASS);
        else {
          this.#blocks.set(at, { at, kind, owner: meta >>> OWNER_SHIFT });
          const name = KINDS[kind] ?? `kind ${kind}`;
          this.counts[name] = (this.counts[name] ?? 0) + 1;
        }
      }
    }
  }

  #word(at: number): number {
    return this.#heap.load(at) >>> 0;
  }

  #long(at: number): bigint {
    return BigInt.asUintN(64, this.#heap.longs(at)[at / 8]!);
  }

  #wrong(what: string): void {
    this.#problems.push(what);
  }

  check(): readonly string[] {
    this.#checkFreeLists();
    if (this.#word(HEAP_LOCK) !== 0) this.#wrong(`the heap lock is held by ${this.#word(HEAP_LOCK)}`);
    this.#checkDesks();
    for (const block of this.#blocks.values()) {
      if (block.kind === CHANNEL) this.#checkChannel(block.at);
    }
    this.#checkTickets();
    this.#checkRest();
    return this.#problems.length > 12
      ? [...this.#problems.slice(0, 12), `and ${this.#problems.length - 12} more`]
      : this.#problems;
  }

  #checkFreeLists(): void {
    const listed = new Set<number>();
    for (let size = CLASS_MIN; size <= CLASS_MAX; size++) {
      for (
        let at = Number(this.#long(CLASSES + size * 64) & 0xffffffffn);
        at !== 0;
        at = this.#word(at + LINK)
      ) {
        if (listed.has(at)) {
          this.#wrong(`block ${at} is twice in free lists`);
          break;
        }
        listed.add(at);
        if (this.#free.get(at) !== size) {
          this.#wrong(
            `block ${at} is in the free list of class ${size} and is of class ${this.#free.get(at)}, ` +
              `META ${this.#word(at + META).toString(16)}`,
          );
          break;
        }
      }
    }
    const lost = [...this.#free].filter(([at]) => !listed.has(at));
    if (lost.length > 0) {
      this.#wrong(
        `free and in no list: ${lost.slice(0, 5).map(([at, c]) => `${at} of class ${c}`)} (${lost.length})`,
      );
    }
  }

  #checkDesks(): void {
    for (let slot = 0; slot < SLOTS; slot++) {
      const desk = DESKS + slot * DESK_SIZE;
      if (!this.#alive.has(slot + 1)) {
        for (let at = desk; at < desk + DESK_SIZE; at += 4) {
          if (this.#word(at) !== 0 && at !== desk + DESK_READY) {
            this.#wrong(`word ${at - desk} of the desk of nobody, ${slot}, is ${this.#word(at)}`);
            break;
          }
        }
        continue;
      }
      for (const word of [DESK_INSIDE, DESK_STAGE, DESK_BLOCK]) {
        if (this.#word(desk + word) !== 0) {
          this.#wrong(`word ${word} of desk ${slot} is ${this.#word(desk + word)}`);
        }
      }
      const ready = this.#word(desk + DESK_READY);
      if (ready !== 0 && this.#blocks.get(ready)?.kind !== READY) {
        this.#wrong(`desk ${slot} has no ready set`);
      }
    }
  }

  #checkChannel(at: number): void {
    const name = `channel ${at}`;
    if ((this.#word(at + CHANNEL_LIFE) & 1) !== 0) return this.#wrong(`${name} is dead and was not freed`);
    let held = false;
    for (let i = 0; i < CHANNEL_HOLDERS_SIZE * 8; i++) {
      if ((this.#word(at + CHANNEL_HOLDERS + (i >>> 5) * 4) >>> (i & 31) & 1) === 0) continue;
      held = true;
      if (!this.#alive.has(i + 1)) this.#wrong(`${name} is held by ${i}, who is dead`);
    }
    if (!held && this.#word(at + CHANNEL_FLIGHTS) === 0) this.#wrong(`${name} is held by nobody`);
    for (const gate of [CHANNEL_TAIL, CHANNEL_HEAD]) {
      const owner = Number(this.#long(at + gate) & BigInt(GATE_OWNER));
      if (owner !== 0) this.#wrong(`${name} is locked by ${owner - 1} at ${gate}`);
    }
    const ring = this.#word(at + CHANNEL_RING);
    if (ring !== at + CHANNEL_INLINE) {
      if (this.#blocks.get(ring - 16)?.kind === RING) this.#reached.add(ring - 16);
      else this.#wrong(`${name} has no ring at ${ring}`);
    }
    const mask = BigInt(this.#word(at + CHANNEL_MASK));
    const to = this.#long(at + CHANNEL_TAIL) >> 16n;
    const from = this.#long(at + CHANNEL_HEAD) >> 16n;
    if (from > to || to - from > mask + 1n) {
      this.#wrong(`${name} has positions ${from} to ${to}, mask ${mask}`);
    } else {for (let i = from; i < to; i++) {
        this.#reach(this.#long(ring + 8 * Number(i & mask)), `${name}, slot ${i}`);
      }}
    for (const word of [CHANNEL_NAME, CHANNEL_REASON, CHANNEL_POISON, CHANNEL_FAILURE]) {
      if (this.#word(at + word) !== 0) this.#reachData(this.#word(at + word), `${name}, word ${word}`);
    }
    const waits = this.#checkList(at, CHANNEL_FIRST_SENDER, CHANNEL_LAST_SENDER, 1) +
      this.#checkList(at, CHANNEL_FIRST_RECEIVER, CHANNEL_LAST_RECEIVER, 0);
    for (const gate of [CHANNEL_TAIL, CHANNEL_HEAD]) {
      const queue = (this.#long(at + gate) & BigInt(GATE_QUEUE)) !== 0n;
      if (queue !== waits > 0) this.#wrong(`${name} has ${waits} waiting and says ${queue} at ${gate}`);
    }
    if (this.#word(at + CHANNEL_MODE) === MODE_PERMITS) this.#checkPermits(at);
    let senders = 0;
    let receivers = 0;
    for (const end of this.#blocks.values()) {
      if (end.kind !== END || this.#word(end.at + END_CHANNEL) !== at) continue;
      if (this.#word(end.at + END_STATE) !== END_LIVE) this.#wrong(`end ${end.at} of ${name} is not live`);
      else if (this.#word(end.at + END_SENDS) !== 0) senders++;
      else receivers++;
    }
    if (senders !== this.#word(at + CHANNEL_SENDERS) || receivers !== this.#word(at + CHANNEL_RECEIVERS)) {
      this.#wrong(
        `${name} counts ${this.#word(at + CHANNEL_SENDERS)} senders, ${this.#word(at + CHANNEL_RECEIVERS)} ` +
          `receivers and has ${senders}, ${receivers}`,
      );
    }
  }

  /** What a lock's table says against what it says is free. */
  #checkPermits(at: number): void {
    const table = this.#word(at + CHANNEL_RING);
    let held = 0;
    for (let slot = 0; slot <= this.#word(at + CHANNEL_MASK); slot++) {
      const holds = this.#word(table + 4 * slot);
      held += holds;
      if (holds !== 0 && !this.#alive.has(slot + 1)) {
        this.#wrong(`lock ${at}: ${holds} are held by ${slot}, who is dead`);
      }
    }
    const [free, total] = [this.#word(at + LOCK_FREE), this.#word(at + LOCK_TOTAL)];
    if (free + held !== total) this.#wrong(`lock ${at}: ${free} free and ${held} held of ${total}`);
  }

  #checkList(channel: number, first: number, last: number, sends: number): number {
    let before = 0;
    let count = 0;
    for (let at = this.#word(channel + first); at !== 0; at = this.#word(at + NODE_NEXT)) {
      const name = `node ${at} of channel ${channel}`;
      if (++count > 1e6) {
        this.#wrong(`the list of channel ${channel} has no end`);
        break;
      }
      if (this.#word(at + NODE_LINKED) !== 1) this.#wrong(`${name} is not linked`);
      if (this.#word(at + NODE_ENLISTED) !== 1) this.#wrong(`${name} is not enlisted`);
      if (this.#word(at + NODE_CHANNEL) !== channel) {
        this.#wrong(`${name} is of ${this.#word(at + NODE_CHANNEL)}`);
      }
      if (this.#word(at + NODE_SENDS) !== sends) this.#wrong(`${name} is of the other side`);
      if (this.#word(at + NODE_PREVIOUS) !== before) this.#wrong(`${name} does not know whom it follows`);
      before = at;
    }
    if (this.#word(channel + last) !== before) {
      this.#wrong(`channel ${channel} does not know the last who waits`);
    }
    return count;
  }

  #checkTickets(): void {
    for (const { at, kind, owner } of [...this.#blocks.values()]) {
      if (kind !== TICKET && kind !== NODE) continue;
      if (!this.#alive.has(owner)) this.#wrong(`${KINDS[kind]} ${at} is of ${owner - 1}, who is dead`);
      if (kind === TICKET) {
        const claim = this.#word(at + TICKET_CLAIM);
        if (claim !== CLAIM_WAITING && (claim & 0xff) < CLAIM_DONE) {
          this.#wrong(`ticket ${at} is reserved by ${claim >>> 8}`);
        }
        const collected = this.#word(at + TICKET_NODE + NODE_ENLISTED) === 0;
        if ((claim & 0xff) === CLAIM_DONE && this.#word(at + TICKET_STATUS) === 0 && !collected) {
          this.#reach(this.#long(at + TICKET_RESULT), `ticket ${at}`, true);
        }
      }
      const node = kind === TICKET ? at + TICKET_NODE : at;
      if (this.#word(node + NODE_ENLISTED) === 0) continue;
      const ticket = this.#word(node + NODE_TICKET);
      const waits = this.#word(ticket + TICKET_CLAIM) === CLAIM_WAITING;
      if (waits && this.#word(node + NODE_LINKED) === 0) this.#wrong(`node ${node} waits and is in no list`);
      if (waits && this.#word(node + NODE_SENDS) !== 0) {
        this.#reach(this.#long(node + NODE_VALUE), `node ${node}`, true);
      }
    }
  }

  /** A slot's contents. */
  #reach(value: bigint, where: string, owned = false): void {
    const high = Number(value >> 32n);
    if (high >>> 16 !== 0xfffa) return;
    const tag = high & 0xffff;
    const low = Number(value & 0xffffffffn);
    if (tag === TAG_BLOCK) this.#reachData(low, where, owned);
    else if (tag === TAG_CHANNEL) this.#fly(low, where);
    else if (tag === TAG_SENDER || tag === TAG_RECEIVER) this.#flyEnd(low, where);
  }

  #reachData(at: number, where: string, owned = false): void {
    const block = this.#blocks.get(at);
    if (block?.kind !== DATA) return this.#wrong(`${where}: block ${at} is ${KINDS[block?.kind ?? 0]}`);
    if (!owned && block.owner !== IN_CHANNEL) {
      this.#wrong(`${where}: block ${at} is of ${block.owner - 1}`);
    }
    if (this.#reached.has(at)) return this.#wrong(`${where}: block ${at} is at two places`);
    this.#reached.add(at);
    this.#reachReferences(at);
  }

  #reachReferences(at: number): void {
    for (let i = 0; i < this.#word(at + DATA_REFS); i++) {
      const reference = this.#word(at + DATA_BODY + 4 * i);
      const target = (reference & ~31) >>> 0;
      if (reference === 0) continue;
      if ((reference & 31) === 1) this.#flyEnd(target, `block ${at}`);
      else this.#fly(target, `block ${at}`);
    }
  }

  #fly(channel: number, where: string): void {
    if (this.#blocks.get(channel)?.kind !== CHANNEL) return this.#wrong(`${where}: no channel at ${channel}`);
    this.#flights.set(channel, (this.#flights.get(channel) ?? 0) + 1);
  }

  #flyEnd(end: number, where: string): void {
    const block = this.#blocks.get(end);
    if (block?.kind !== END) return this.#wrong(`${where}: no end at ${end}`);
    if (block.owner !== IN_CHANNEL) this.#wrong(`${where}: end ${end} is of ${block.owner - 1}`);
    this.#reached.add(end);
    this.#fly(this.#word(end + END_CHANNEL), where);
  }

  #checkRest(): void {
    for (const { at, kind, owner } of this.#blocks.values()) {
      if (kind === DATA && owner !== IN_CHANNEL) {
        if (!this.#alive.has(owner)) this.#wrong(`data ${at} is of ${owner - 1}, who is dead`);
        else if (!this.#reached.has(at)) this.#reachReferences(at);
      } else if (kind === DATA && !this.#reached.has(at)) {
        this.#wrong(`data ${at} is in a channel and nowhere`);
      } else if (kind === RING && !this.#reached.has(at)) this.#wrong(`ring ${at} is of no channel`);
      else if (kind === END && owner === IN_CHANNEL && !this.#reached.has(at)) {
        this.#wrong(`end ${at} is nowhere`);
      } else if (kind === END && owner !== IN_CHANNEL && !this.#alive.has(owner)) {
        this.#wrong(`end ${at} is of ${owner - 1}, who is dead`);
      }
    }
    for (const { at, kind } of this.#blocks.values()) {
      if (kind !== CHANNEL) continue;
      const found = this.#flights.get(at) ?? 0;
      if (this.#word(at + CHANNEL_FLIGHTS) !== found) {
        this.#wrong(`channel ${at} has ${this.#word(at + CHANNEL_FLIGHTS)} flights and ${found} were found`);
      }
    }
  }
}
