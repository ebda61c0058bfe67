/**
 * Numbers the objects of a message in the order in which their tags are written.
 *
 * The first few are searched in a list, more are kept in a Set, whose order is their numbering (15 ns an object); only a
 * second reference makes a Map of it.
 *
 * @module
 */

const FEW = 8;

/** The numbers of one message. */
export class Numbering {
  readonly #few: object[] = [];
  readonly #set = new Set<object>();
  #numbers: Map<object, number> | undefined;
  #count = 0;

  /** Objects numbered so far. */
  get count(): number {
    return this.#count;
  }

  /** Forgets all. */
  clear(): void {
    const few = Math.min(this.#count, FEW);
    for (let i = 0; i < few; i++) this.#few.pop();
    if (this.#set.size > 0) this.#set.clear();
    this.#numbers = undefined;
    this.#count = 0;
  }

  /** The number `value` has; -1 when it is new and gets one. */
  numberOf(value: object): number {
    const count = this.#count;
    if (count < FEW) {
      for (let i = 0; i < count; i++) {
        if (this.#few[i] === value) return i;
      }
      this.#few.push(value);
      this.#count = count + 1;
      return -1;
    }
    if (this.#numbers === undefined) {
      if (count === FEW) { for (const one of this.#few) this.#set.add(one); }
      this.#set.add(value);
      if (this.#set.size > count) {
        this.#count = count + 1;
        return -1;
      }
      this.#numbers = new Map();
      for (const one of this.#set) this.#numbers.set(one, this.#numbers.size);
    }
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    this.#numbers.set(value, count);
    this.#count = count + 1;
    return -1;
  }

  /** True when `value` is new and gets a number. False, and nothing happened, when it has one. */
  isNew(value: object): boolean {
    const count = this.#count;
    if (count > FEW && this.#numbers === undefined) {
      const set = this.#set;
      set.add(value);
      if (set.size === count) return false;
      this.#count = count + 1;
      return true;
    }
    return this.numberOf(value) < 0;
  }

  /** True if `value` has a number. */
  has(value: object): boolean {
    return this.#few.includes(value) || this.#set.has(value) || this.#numbers?.has(value) === true;
  }

  /** Takes back the numbers from `count` on. */
  forget(count: number): void {
    if (count === this.#count) return;
    const all = this.#numbers?.keys() ?? (this.#count > FEW ? this.#set : this.#few);
    const kept = [...all].slice(0, count);
    this.#few.length = 0;
    this.#set.clear();
    if (this.#numbers !== undefined) this.#numbers = new Map(kept.map((value, i) => [value, i]));
    if (count > FEW) { for (const value of kept) this.#set.add(value); }
    this.#few.push(...kept.slice(0, FEW));
    this.#count = count;
  }
}
