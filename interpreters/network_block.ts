/**
 * What the processes of a running network and the interpreter that started it share: a few words for each process.
 *
 * *Memory.* One SharedArrayBuffer for each start: a header, then {@link MEMBER_WORDS} words for each process, then, as
 * doubles, how many values each of its out ports has sent, then a word for each channel. GATE is written by the starter;
 * FAILED and a channel's word by any, once; all else of a process by its own thread alone.
 *
 * *Invariants.* COUNTER is odd while the record of waits and holds is being written: who reads the same even number before
 * and after has read one record. It moves with every wait that begins or ends and every lock that is taken or given back, so
 * two looks that find the same number have found the same of them, without a break.
 */

/** Failures so far: each draws its number from it. */
export const FAILURES = 0;
const HEADER_WORDS = 2;

/** GATE_… bits. */
export const GATE = 0;
/** Of the record. */
export const COUNTER = 1;
/** Operations that wait. */
export const WAITS = 2;
/** Operations held back by the gate. */
export const HELD = 3;
/** The place of its failure among all, from 1; 0 as long as it has not failed. */
export const FAILED = 4;
/** 1 when what it threw was an ordinary end. */
export const ENDED = 5;
/** Locks of which it holds permits. */
const HOLDS = 6;
const FIRST_HOLD = 7;
/** Locks that have a place in a record, two words each: offset, permits. */
const RECORDED_HOLDS = 8;
const FIRST_WAIT = FIRST_HOLD + RECORDED_HOLDS * 2;
/** Fewest waits that have a place in a record. */
const LEAST_RECORDED = 4;
/** Words of one of them: operation, bits of the ports concerned, ticket and its use, channel or lock elsewhere. */
export const WAIT_WORDS = 5;

export const GATE_PAUSED = 1;
/** It is to end: its operations reject. */
export const GATE_CALLED_OFF = 2;

/** Operations, as they stand in a record. */
export const OPERATIONS = ["", "send", "receive", "select", "lock"] as const;

/** Port bit of a wait for a channel or lock that is none of the network's. */
export const ELSEWHERE = 0x4000_0000;
/** Port bit of a wait that something else can end: a signal, time, a promise, a port that has no bit. */
export const OPEN = -0x8000_0000;
/** Ports that a record can name. */
export const NAMED_PORTS = 30;

/** One wait of a record. */
export interface RecordedWait {
  readonly operation: "send" | "receive" | "select" | "lock";
  /** A bit for each port, in the process's order; {@link ELSEWHERE} and {@link OPEN} among them. 0: it waits for nothing. */
  readonly ports: number;
  /** In shared memory; 0 when it waits in its thread alone. */
  readonly ticket: number;
  readonly use: number;
  /** The channel, not one of the network, or the lock: its offset in shared memory; 0 where that is not known. */
  readonly elsewhere: number;
}

/** Permits of a lock that a process holds. */
export interface RecordedHold {
  /** Its offset in shared memory. */
  readonly lock: number;
  readonly amount: number;
}

/** What a process has told of itself, at one instant. */
export interface MemberRecord {
  /** Moves with every change. */
  readonly counter: number;
  readonly waits: readonly RecordedWait[];
  /** All that it waits in, also what has no place in the record. */
  readonly count: number;
  readonly holds: readonly RecordedHold[];
}

/** What the layout of a block depends on. */
export interface BlockShape {
  readonly members: number;
  /** The largest number of out ports, and of ports, that one of them has. */
  readonly outs: number;
  readonly ports: number;
  readonly channels: number;
}

/** See the file's description. */
export class NetworkBlock {
  /** Waits that have a place in a record. */
  readonly recorded: number;
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly #memberWords: number;
  /** Index of the first channel's word. */
  readonly #channels: number;
  readonly #sent: Float64Array<SharedArrayBuffer>;
  readonly #outs: number;

  constructor(shape: BlockShape, buffer?: SharedArrayBuffer) {
    this.recorded = Math.max(LEAST_RECORDED, shape.ports);
    this.#memberWords = FIRST_WAIT + this.recorded * WAIT_WORDS;
    const words = (HEADER_WORDS + shape.members * this.#memberWords + 1) & ~1;
    const sent = shape.members * shape.outs;
    this.buffer = buffer ?? new SharedArrayBuffer(words * 4 + sent * 8 + shape.channels * 4);
    this.words = new Int32Array(this.buffer);
    this.#sent = new Float64Array(this.buffer, words * 4, sent);
    this.#channels = words + sent * 2;
    this.#outs = shape.outs;
  }

  /** Index of a word of process `member`. */
  at(member: number, word: number): number {
    return HEADER_WORDS + member * this.#memberWords + word;
  }

  /** Index of the first word of place `n` in the record of `member`. */
  waitAt(member: number, n: number): number {
    return this.at(member, FIRST_WAIT + n * WAIT_WORDS);
  }

  load(member: number, word: number): number {
    return Atomics.load(this.words, this.at(member, word));
  }

  store(member: number, word: number, value: number): void {
    Atomics.store(this.words, this.at(member, word), value);
  }

  /** Opens or shuts the gate of `member` by setting bits or taking them away, and tells who is held back. */
  setGate(member: number, bits: number, on: boolean): void {
    const index = this.at(member, GATE);
    if (on) Atomics.or(this.words, index, bits);
    else Atomics.and(this.words, index, ~bits);
    Atomics.notify(this.words, index);
  }

  /** Adds to what out port `port` of `member` has sent; by its own thread. */
  addSent(member: number, port: number, count: number): void {
    this.#sent[member * this.#outs + port]! += count;
  }

  /** What out port `port` of `member` has sent. */
  sent(member: number, port: number): number {
    return this.#sent[member * this.#outs + port]!;
  }

  /** Somebody outside of the network may have an end of the channel from now on. */
  noteShared(channel: number): void {
    Atomics.store(this.words, this.#channels + channel, 1);
  }

  isShared(channel: number): boolean {
    return Atomics.load(this.words, this.#channels + channel) !== 0;
  }

  /** The place of one more failure among all. */
  nextFailure(): number {
    return Atomics.add(this.words, FAILURES, 1) + 1;
  }

  /** Writes what `member` holds, permits by lock; by its own thread. What has no place is not told: never too much. */
  writeHolds(member: number, holds: ReadonlyMap<number, number>): void {
    const { words } = this;
    Atomics.add(words, this.at(member, COUNTER), 1);
    let n = 0;
    for (const [lock, amount] of holds) {
      if (n === RECORDED_HOLDS) break;
      this.store(member, FIRST_HOLD + 2 * n, lock);
      this.store(member, FIRST_HOLD + 2 * n + 1, amount);
      n++;
    }
    this.store(member, HOLDS, n);
    Atomics.add(words, this.at(member, COUNTER), 1);
  }

  /** Writes what `member` waits for; by its own thread. Of more than {@link recorded} only their number counts. */
  writeWaits(member: number, waits: readonly RecordedWait[]): void {
    const { words } = this;
    Atomics.add(words, this.at(member, COUNTER), 1);
    for (let n = 0; n < Math.min(waits.length, this.recorded); n++) {
      const wait = waits[n]!;
      const at = this.waitAt(member, n);
      Atomics.store(words, at, OPERATIONS.indexOf(wait.operation));
      Atomics.store(words, at + 1, wait.ports);
      Atomics.store(words, at + 2, wait.ticket);
      Atomics.store(words, at + 3, wait.use);
      Atomics.store(words, at + 4, wait.elsewhere);
    }
    this.store(member, WAITS, waits.length);
    Atomics.add(words, this.at(member, COUNTER), 1);
  }

  /** The record of `member`; undefined while it is being written. */
  readRecord(member: number): MemberRecord | undefined {
    const counter = this.load(member, COUNTER);
    const count = this.load(member, WAITS);
    const waits: RecordedWait[] = [];
    for (let n = 0; n < Math.min(count, this.recorded); n++) {
      const [operation, ports, ticket, use, elsewhere] = this.#read(this.waitAt(member, n));
      waits.push({
        operation: (OPERATIONS[operation!] || "receive") as RecordedWait["operation"],
        ports: ports!,
        ticket: ticket!,
        use: use!,
        elsewhere: elsewhere!,
      });
    }
    const holds: RecordedHold[] = [];
    for (let n = 0; n < this.load(member, HOLDS); n++) {
      const at = FIRST_HOLD + 2 * n;
      holds.push({ lock: this.load(member, at), amount: this.load(member, at + 1) });
    }
    return counter % 2 === 0 && this.load(member, COUNTER) === counter
      ? { counter, waits, count, holds }
      : undefined;
  }

  #read(at: number): number[] {
    return Array.from({ length: WAIT_WORDS }, (_, i) => Atomics.load(this.words, at + i));
  }
}
