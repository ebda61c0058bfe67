/**
 * What this interpreter knows of channels, found by where each lives: a list for each page of the heap. A Map of them takes
 * several times as long to change, and collectors have to go through all of it.
 */
import { CHANNEL_SIZE, PAGE_SHIFT } from "../kernel/heap_layout.ts";

const SLOT_SHIFT = 31 - Math.clz32(CHANNEL_SIZE);
const SLOTS = 1 << (PAGE_SHIFT - SLOT_SHIFT);

/** See the file's description. */
export class ByPlace<T> {
  /** Those of each page that ever had any. */
  readonly #pages: ((T | undefined)[] | undefined)[] = [];

  /** What is known of the channel at `at`. */
  get(at: number): T | undefined {
    return this.#pages[at >>> PAGE_SHIFT]?.[(at >>> SLOT_SHIFT) & (SLOTS - 1)];
  }

  /** Sets that; `undefined` forgets it. */
  set(at: number, known: T | undefined): void {
    const page = at >>> PAGE_SHIFT;
    // Without holes, which would make it a table of another kind.
    while (this.#pages.length <= page) this.#pages.push(undefined);
    const slots = this.#pages[page] ??= new Array<T | undefined>(SLOTS).fill(undefined);
    slots[(at >>> SLOT_SHIFT) & (SLOTS - 1)] = known;
  }
}
