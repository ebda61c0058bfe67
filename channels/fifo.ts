/** A queue over a ring that grows with what it holds and gives memory back: what a local channel buffers. Other folders may use it. */

/** Slots of a new ring, a power of two. */
const FEWEST_SLOTS = 8;

/** First in, first out; no operation depends on how much it holds. */
export class Fifo {
  /** A power of two of slots, so that positions wrap by masking. Taken slots are cleared. */
  protected slots: unknown[] = [];
  /** Where the oldest value is. */
  protected head = 0;
  /** How many it holds. */
  protected count = 0;

  get length(): number {
    return this.count;
  }

  push(value: unknown): void {
    if (this.count === this.slots.length) this.#resize(Math.max(FEWEST_SLOTS, this.count * 2));
    this.slots[(this.head + this.count++) & (this.slots.length - 1)] = value;
  }

  /** The oldest value; there must be one. */
  peek(): unknown {
    return this.slots[this.head];
  }

  /** Takes the oldest value; there must be one. */
  shift(): unknown {
    const value = this.slots[this.head];
    this.slots[this.head] = undefined;
    this.head = (this.head + 1) & (this.slots.length - 1);
    // A quarter full: what a peak has left behind goes, and filling it again pays for the move.
    if (--this.count * 4 < this.slots.length && this.slots.length > 1024) {
      this.#resize(this.slots.length / 2);
    }
    return value;
  }

  clear(): void {
    this.slots = [];
    this.head = this.count = 0;
  }

  /** What it holds, oldest first. */
  toArray(): unknown[] {
    const { length } = this.slots;
    return Array.from({ length: this.count }, (_, i) => this.slots[(this.head + i) & (length - 1)]);
  }

  #resize(slots: number): void {
    const values = new Array<unknown>(slots).fill(undefined);
    const mask = this.slots.length - 1;
    for (let i = 0; i < this.count; i++) values[i] = this.slots[(this.head + i) & mask];
    this.slots = values;
    this.head = 0;
  }
}
