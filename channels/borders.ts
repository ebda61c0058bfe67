/**
 * Channels and ends that leave in a value or arrive by one: what `values.ts` asks, and what answers it.
 *
 * Packing a channel may make it shared, and making it shared packs what it holds; this is where that circle is closed.
 */
import type { Heap } from "../kernel/heap.ts";

/** A channel or an end that leaves in a value: its reference counts from now on. */
export interface Departure {
  readonly tag: number;
  readonly target: number;
  /** It has left for good. */
  left?(): void;
  /** It does not leave after all. */
  undo(): void;
}

/** See {@link borders}. */
export interface Borders {
  /** Whether `value` is an end. */
  isEnd(value: object): boolean;
  /** Lets `value` leave if it is a channel or an end; else undefined. */
  departureOf(heap: Heap, value: object): Departure | undefined;
  /** The Channel of this interpreter for a reference that has arrived, and takes that over. */
  adoptChannel(heap: Heap, at: number): object;
  /** The handle for an end that has arrived by a reference, and takes that over. */
  adoptEnd(heap: Heap, end: number): object;
}

/** Installed by `handles.ts` and `departures.ts`, along with the engine. */
export let borders: Borders;

/** Once. */
export function installBorders(installed: Borders): void {
  borders = installed;
}
