/** What this interpreter has read of a shared channel, or said of it, once: its name, and why nothing comes any more. */
import type { Heap } from "../kernel/heap.ts";
import { CHANNEL_NAME, CHANNEL_POISON } from "../kernel/heap_layout.ts";
import { receiveOnClosed } from "./refusals.ts";
import { readBlock } from "./values.ts";

/** See the file's description. Of one channel; most channels need none. */
export class Told {
  readonly #heap: Heap;
  readonly #at: number;
  #name: string | undefined = undefined;
  #drained: Error | undefined = undefined;
  /** Why it was closed, or (`#poisons`) poisoned. */
  #reason: { readonly error: unknown } | undefined = undefined;
  #poisons = false;

  constructor(heap: Heap, at: number) {
    this.#heap = heap;
    this.#at = at;
  }

  get name(): string {
    return this.#name ??= nameAt(this.#heap, this.#at);
  }

  /** What a receive on the closed channel rejects with, the same one each time. */
  get drained(): Error {
    return this.#drained ??= receiveOnClosed(this.name);
  }

  /** The reason that stands in `word` of the channel, in a box; undefined if there is none. */
  reasonIn(word: number): { readonly error: unknown } | undefined {
    const poisons = word === CHANNEL_POISON;
    if (this.#reason !== undefined && poisons === this.#poisons) return this.#reason;
    const block = this.#heap.load(this.#at + word) >>> 0;
    if (block === 0) return undefined;
    this.keepReason({ error: readBlock(this.#heap, block) }, poisons);
    return this.#reason;
  }

  /** In the interpreter that gave it, a reason stays the object it is. */
  keepReason(reason: { readonly error: unknown }, poisons: boolean): void {
    this.#reason = reason;
    this.#poisons = poisons;
  }
}

/** The name of the channel at `at`. */
export function nameAt(heap: Heap, at: number): string {
  const block = heap.load(at + CHANNEL_NAME) >>> 0;
  return block === 0 ? "" : String(readBlock(heap, block));
}
