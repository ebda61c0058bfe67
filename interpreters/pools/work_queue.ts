/** What waits for an interpreter: by priority, then in the order in which it was handed in. A binary heap. */
import type { Work } from "./work.ts";

/** See the file's description. What is not "queued" any more is passed over. */
export class WorkQueue {
  #heap: Work[] = [];
  #size = 0;
  #last = 0;
  /** Places before all others, for what comes back. */
  #first = 0;

  /** How many are queued. */
  get size(): number {
    return this.#size;
  }

  /** Puts `work` behind its equals. */
  push(work: Work): void {
    work.order = ++this.#last;
    this.#insert(work);
  }

  /** Puts `work`, which was taken before, before its equals. */
  putBack(work: Work): void {
    work.state = "queued";
    work.order = --this.#first;
    this.#insert(work);
  }

  /** The one that is next, or undefined. */
  peek(): Work | undefined {
    while (this.#heap.length > 0 && this.#heap[0]!.state !== "queued") this.#pop();
    return this.#heap[0];
  }

  /** Takes the one that is next. */
  shift(): Work | undefined {
    const work = this.peek();
    if (work === undefined) return undefined;
    this.#pop();
    this.#size--;
    return work;
  }

  /** `work` was queued and is not any more. */
  forget(): void {
    this.#size--;
    // Those that were cancelled must not pile up behind one that waits for long.
    if (this.#heap.length > 64 && this.#heap.length > 4 * this.#size) this.#rebuild();
  }

  /** Takes all. */
  drain(): Work[] {
    const all = this.#heap.filter(({ state }) => state === "queued").sort(compare);
    this.#heap = [];
    this.#size = 0;
    return all;
  }

  #rebuild(): void {
    this.#heap = this.#heap.filter(({ state }) => state === "queued").sort(compare);
  }

  #insert(work: Work): void {
    this.#size++;
    const heap = this.#heap;
    let at = heap.push(work) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (compare(heap[parent]!, work) <= 0) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = work;
  }

  #pop(): void {
    const heap = this.#heap;
    const moved = heap.pop()!;
    const { length } = heap;
    if (length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && compare(heap[child + 1]!, heap[child]!) < 0) child++;
      if (compare(moved, heap[child]!) <= 0) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = moved;
  }
}

/** Negative if `one` goes before `other`. */
function compare(one: Work, other: Work): number {
  return other.priority - one.priority || one.order - other.order;
}
