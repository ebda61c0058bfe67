/**
 * Who is alive: the table of interpreters in the shared memory, read and written from every interpreter at once.
 *
 * *Invariants.* A slot in state STARTING, ALIVE or CLOSING has its id, mode and name written. One id stands in at
 * most one slot. An interpreter may believe it is alive only while its own slot still carries its id: once main has
 * freed the slot it is cut off, even if its thread cannot be stopped.
 *
 * *Who writes.* A creator claims a free slot by compare-and-swap and publishes it with one store of STATE; from then on main alone.
 */
import {
  HEADER,
  INITIAL_PAGES,
  LAYOUT_VERSION,
  MAXIMUM_PAGES,
  MODE,
  NAME_UNITS,
  SLOT,
  SLOT_BYTES,
  SLOTS,
  STATE,
  SWITCHBOARD_BYTES,
} from "./layout.ts";

const FIRST_SLOT = SWITCHBOARD_BYTES / 4;
const SLOT_WORDS = SLOT_BYTES / 4;
/** In how many slots is looked for those that compute. */
const MOST_COMPUTING = 64;

/** Makes the program's shared memory, with main in slot 0. `nextProcess`: the first number for a process that is not taken. */
export function createMemory(nextProcess = 1): WebAssembly.Memory {
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES, shared: true });
  const words = new Int32Array(memory.buffer);
  words[HEADER.VERSION] = LAYOUT_VERSION;
  words[HEADER.NEXT_INTERPRETER] = 1;
  words[HEADER.NEXT_PROCESS] = nextProcess;
  words[HEADER.SLOTS_USED] = 1;
  const main = new Switchboard(memory);
  main.write(0, 0, "main", 1, 0);
  main.setState(0, STATE.ALIVE);
  return memory;
}

/** A view of the switchboard, one per interpreter. */
export class Switchboard {
  readonly memory: WebAssembly.Memory;
  readonly #words: Int32Array;
  readonly #units: Uint16Array;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.#words = new Int32Array(memory.buffer);
    this.#units = new Uint16Array(memory.buffer);
    const version = this.#words[HEADER.VERSION];
    if (version !== LAYOUT_VERSION) {
      throw new Error(
        `Cannot use the shared memory: layout ${version}, this copy of the library knows ${LAYOUT_VERSION}; load one version of @pool/csp`,
      );
    }
  }

  #at(slot: number, word: number): number {
    return FIRST_SLOT + slot * SLOT_WORDS + word;
  }

  #load(slot: number, word: number): number {
    return Atomics.load(this.#words, this.#at(slot, word));
  }

  /** Fills a slot's fields; its STATE stays as it is. */
  write(slot: number, id: number, name: string, mode: number, creator: number): void {
    const words = this.#words;
    Atomics.store(words, this.#at(slot, SLOT.ID), id);
    words[this.#at(slot, SLOT.MODE)] = mode;
    words[this.#at(slot, SLOT.CREATOR)] = creator;
    words[this.#at(slot, SLOT.RUNNING)] = 0;
    words[this.#at(slot, SLOT.SERVED)] = 0;
    words[this.#at(slot, SLOT.COMPUTES)] = 0;
    words[this.#at(slot, SLOT.NAME_LENGTH)] = name.length;
    const first = this.#at(slot, SLOT.NAME) * 2;
    for (let i = 0; i < name.length; i++) this.#units[first + i] = name.charCodeAt(i);
  }

  /**
   * Claims a slot and publishes a starting interpreter in it. `name` undefined: "interpreter-" and the id.
   * Returns undefined when all slots are taken.
   */
  claim(name: string | undefined, mode: number, creator: number): { id: number; slot: number } | undefined {
    for (let slot = 1; slot < SLOTS; slot++) {
      const state = this.#at(slot, SLOT.STATE);
      if (Atomics.compareExchange(this.#words, state, STATE.FREE, -1 - creator) !== STATE.FREE) continue;
      // The id is drawn after the slot is ours: ids and creation order agree for one creator.
      const id = Atomics.add(this.#words, HEADER.NEXT_INTERPRETER, 1);
      this.write(slot, id, name ?? `interpreter-${id}`, mode, creator);
      let used = Atomics.load(this.#words, HEADER.SLOTS_USED);
      while (used <= slot) {
        used = Atomics.compareExchange(this.#words, HEADER.SLOTS_USED, used, slot + 1);
      }
      // Main has swept the claim if this interpreter was cut off meanwhile; the slot may be somebody else's by now.
      const claimed = -1 - creator;
      if (Atomics.compareExchange(this.#words, state, claimed, STATE.STARTING) !== claimed) return undefined;
      if (mode === MODE.SHARED) this.touchSet();
      return { id, slot };
    }
    return undefined;
  }

  /** The slot in which `id` lives, or -1. `hint`: the slot it was last seen in. */
  find(id: number, hint = -1): number {
    if (hint >= 0 && this.#load(hint, SLOT.ID) === id && this.#load(hint, SLOT.STATE) > 0) return hint;
    const used = Atomics.load(this.#words, HEADER.SLOTS_USED);
    for (let slot = 0; slot < used; slot++) {
      if (this.#load(slot, SLOT.ID) === id && this.#load(slot, SLOT.STATE) > 0) return slot;
    }
    return -1;
  }

  /** Ids of the interpreters that can be called, in order of creation. */
  living(): number[] {
    const ids: number[] = [];
    const used = Atomics.load(this.#words, HEADER.SLOTS_USED);
    for (let slot = 0; slot < used; slot++) {
      const state = this.#load(slot, SLOT.STATE);
      if (state === STATE.STARTING || state === STATE.ALIVE) ids.push(this.#load(slot, SLOT.ID));
    }
    return ids.sort(function ascending(a, b) {
      return a - b;
    });
  }

  state(slot: number): number {
    return this.#load(slot, SLOT.STATE);
  }

  setState(slot: number, state: number): void {
    Atomics.store(this.#words, this.#at(slot, SLOT.STATE), state);
  }

  mode(slot: number): "serial" | "concurrent" {
    const mode = this.#load(slot, SLOT.MODE);
    return mode === MODE.SERIAL || mode >= MODE.DEDICATED ? "serial" : "concurrent";
  }

  /** Whether the interpreter in this slot is of a mode of MODE. */
  isOf(mode: number, slot: number): boolean {
    return this.#load(slot, SLOT.MODE) === mode;
  }

  /** Whether it was made by `creator` for itself alone, or for one process. */
  belongsTo(creator: number, slot: number): boolean {
    return this.#load(slot, SLOT.MODE) >= MODE.DEDICATED && this.#load(slot, SLOT.CREATOR) === creator;
  }

  /** The living interpreters of `mode` (SHARED or LEFT), in order of creation. */
  livingOf(mode: number): { readonly id: number; readonly slot: number }[] {
    const found: { id: number; slot: number }[] = [];
    const used = Atomics.load(this.#words, HEADER.SLOTS_USED);
    for (let slot = 1; slot < used; slot++) {
      const state = this.#load(slot, SLOT.STATE);
      if (!this.isOf(mode, slot) || (state !== STATE.STARTING && state !== STATE.ALIVE)) continue;
      found.push({ id: this.#load(slot, SLOT.ID), slot });
    }
    return found.sort(function ascending(a, b) {
      return a.id - b.id;
    });
  }

  /** SHARED → LEFT. */
  leaveSet(slot: number): void {
    Atomics.compareExchange(this.#words, this.#at(slot, SLOT.MODE), MODE.SHARED, MODE.LEFT);
    this.touchSet();
  }

  /** See SET_VERSION. */
  get setVersion(): number {
    return Atomics.load(this.#words, HEADER.SET_VERSION);
  }

  /** What was read of the interpreters of mode SHARED is old from now on. */
  touchSet(): void {
    Atomics.add(this.#words, HEADER.SET_VERSION, 1);
  }

  /** Lets the interpreter in `slot` add one of mode SHARED; false if another one does. */
  lockSet(slot: number): boolean {
    return Atomics.compareExchange(this.#words, HEADER.SET_LOCK, 0, slot + 1) === 0;
  }

  /** Ends that; no effect if it is not this one that adds. */
  unlockSet(slot: number): void {
    Atomics.compareExchange(this.#words, HEADER.SET_LOCK, slot + 1, 0);
  }

  /** How many interpreters all share at most; 0 while nobody has asked. */
  get parallelism(): number {
    return Atomics.load(this.#words, HEADER.PARALLELISM);
  }

  set parallelism(limit: number) {
    Atomics.store(this.#words, HEADER.PARALLELISM, limit);
    this.touchSet();
  }

  name(slot: number): string {
    const length = Math.min(this.#load(slot, SLOT.NAME_LENGTH), NAME_UNITS);
    const first = this.#at(slot, SLOT.NAME) * 2;
    let name = "";
    for (let i = 0; i < length; i++) name += String.fromCharCode(this.#units[first + i]!);
    return name;
  }

  /** Notes whether the thread of the interpreter in this slot computes; that one only. */
  noteComputing(slot: number, computes: boolean): void {
    Atomics.store(this.#words, this.#at(slot, SLOT.COMPUTES), computes ? 1 : 0);
  }

  /**
   * Whether the threads of at least `n` living interpreters compute, of those in the first slots. Without Atomics, since it
   * is asked often.
   */
  areComputing(n: number): boolean {
    const words = this.#words;
    const end = FIRST_SLOT + Math.min(words[HEADER.SLOTS_USED]!, MOST_COMPUTING) * SLOT_WORDS;
    for (let slot = FIRST_SLOT; slot < end; slot += SLOT_WORDS) {
      if (words[slot + SLOT.COMPUTES]! !== 0 && words[slot + SLOT.STATE]! > 0 && --n === 0) return true;
    }
    return false;
  }

  /** Requests under way in the interpreter of this slot. */
  running(slot: number): number {
    return this.#load(slot, SLOT.RUNNING);
  }

  /** Main only: one more (`+1`) or one less (`-1`) request under way. */
  addRunning(slot: number, change: 1 | -1): void {
    Atomics.add(this.#words, this.#at(slot, SLOT.RUNNING), change);
    if (change === 1) Atomics.add(this.#words, this.#at(slot, SLOT.SERVED), 1);
  }

  /** Whether the interpreter of this slot was ever sent a request. */
  served(slot: number): boolean {
    return this.#load(slot, SLOT.SERVED) !== 0;
  }

  /** Main only: frees what `id` had claimed or published without telling main (`known` says which ids main has heard of). */
  sweep(id: number, known: (id: number) => boolean): void {
    const used = SLOTS;
    for (let slot = 1; slot < used; slot++) {
      const state = this.#load(slot, SLOT.STATE);
      const orphan = state === -1 - id ||
        (state === STATE.STARTING && this.#load(slot, SLOT.CREATOR) === id &&
          !known(this.#load(slot, SLOT.ID)));
      if (orphan) this.setState(slot, STATE.FREE);
    }
  }

  /** A process number that no other interpreter has or will get. */
  nextProcess(): number {
    return Atomics.add(this.#words, HEADER.NEXT_PROCESS, 1);
  }
}
