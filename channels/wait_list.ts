/**
 * Who waits on one side of a channel in this interpreter, in order of arrival; anybody can leave in constant time.
 *
 * *Invariant.* An entry is in the list that its `list` names, or in none. What leaves is cut off from its neighbours, so
 * that an entry which somebody still holds keeps nothing else alive.
 */
import type { End } from "./form.ts";
import type { Waiter } from "./port.ts";

/** Where an entry can be taken out of: a list, or what has taken the list over. */
export interface Removing {
  remove(entry: Entry): void;
}

/** One waiter at one channel; a select that has the channel twice has two. */
export class Entry {
  readonly waiter: Waiter;
  /** Which of the waiter's cases this is. */
  readonly index: number;
  /** What a sender wants to send. */
  readonly value: unknown;
  /** What it was begun by, if that was an end. */
  readonly end: End | undefined;
  list: Removing | undefined = undefined;
  previous: Entry | undefined = undefined;
  next: Entry | undefined = undefined;

  constructor(waiter: Waiter, index: number, value: unknown, end: End | undefined) {
    this.waiter = waiter;
    this.index = index;
    this.value = value;
    this.end = end;
  }

  /** Takes it out, if it is in. */
  withdraw(): void {
    this.list?.remove(this);
  }
}

/** See the file's description. */
export class WaitList implements Removing {
  first: Entry | undefined = undefined;
  #last: Entry | undefined = undefined;

  add(entry: Entry): void {
    entry.list = this;
    entry.previous = this.#last;
    if (this.#last === undefined) this.first = entry;
    else this.#last.next = entry;
    this.#last = entry;
  }

  /** Takes out `entry`, which is in this list. */
  remove(entry: Entry): void {
    const { previous, next } = entry;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    entry.list = entry.previous = entry.next = undefined;
  }

  /** Takes all of them out. */
  clear(): Entry[] {
    const entries: Entry[] = [];
    for (let entry = this.first; entry !== undefined; entry = this.first) {
      this.remove(entry);
      entries.push(entry);
    }
    return entries;
  }

  /** All of them, in order. */
  toArray(): Entry[] {
    const entries: Entry[] = [];
    for (let entry = this.first; entry !== undefined; entry = entry.next) entries.push(entry);
    return entries;
  }
}
