/**
 * Stops an interpreter between two steps of its JavaScript: before a call of the kernel, or a store in the shared heap, since
 * others can notice nothing else of it.
 */
import { channels } from "#engines";
import { chan, type Channel, promiseChan, select, selectSync, sending, task, trySelect } from "@pool/csp";
import { letGo } from "../../channels/references.ts";
import { surroundings } from "../../channels/surroundings.ts";
import type { Heap } from "../../kernel/heap.ts";
import { DESK_STOPPED } from "../../kernel/heap_layout.ts";
import { blockFor } from "../../runtime/mod.ts";

/** How an interpreter goes on once it was cut off: as one that is terminated there, or for some steps more. */
export type Manner = "dies" | "goes on";

let left = Infinity;
let manner: Manner = "dies";

/** One step. */
function step(heap: Heap): void {
  if (left-- > 0) return;
  left = Infinity;
  Atomics.store(heap.deskWords, DESK_STOPPED / 4, 1);
  while (!heap.cut) blockFor(0.2);
  // Until its thread is terminated it goes on, or it unwinds as an operation does that finds itself cut off.
  if (manner === "dies") surroundings.meanwhile();
}

/** Counts the steps of this interpreter from now on; first of all. Its slot. */
export const countSteps: () => number = task(import.meta, function countSteps(): number {
  const heap = channels().heapHere();
  const { kernel } = heap;
  const counted: Record<string, unknown> = {};
  for (
    const [name, call] of Object.entries(kernel as unknown as Record<string, (...args: number[]) => number>)
  ) {
    counted[name] = function counts(...args: number[]) {
      step(heap);
      return call(...args);
    };
  }
  const { store } = heap;
  Object.assign(heap, {
    kernel: counted,
    store(at: number, value: number) {
      step(heap);
      store.call(heap, at, value);
    },
  });
  return heap.slot;
});

/** What is given to an act. */
export interface Given {
  readonly ch: Channel<unknown>;
  readonly other: Channel<unknown>;
}

const kept: unknown[] = [];

/** What an interpreter does. */
export type ActName =
  | "sendEnds"
  | "sendMany"
  | "takeBack"
  | "select"
  | "receive"
  | "crossing"
  | "drop"
  | "promise"
  | "poison"
  | "await";

const ACTS: Record<ActName, (given: Given) => void | Promise<void>> = {
  /** Ends and channels, as values and in values. */
  sendEnds({ ch, other }) {
    other.trySend(ch.sender());
    other.trySend({ deep: [ch.receiver(), ch, chan(1).sender()] });
    other.trySend(chan(2));
  },
  /** More than the desk has room for. */
  sendMany({ ch, other }) {
    other.trySend(Array.from({ length: 40 }, (_, i) => i % 2 === 0 ? ch.sender() : chan(1)));
    other.trySend([ch, ch, ch.receiver()]);
  },
  /** Sends that fail. */
  takeBack({ ch }) {
    const full = chan<unknown>(0);
    channels().share((full.constructor as unknown as { coreOf(ch: unknown): never }).coreOf(full));
    full.trySend(ch.sender());
    full.trySend([ch.sender(), ch, chan(1).receiver()]);
    try {
      full.trySend([ch.sender(), () => {}]);
    } catch { /* it cannot cross */ }
    full.close();
    full.send([ch.receiver()]).catch(() => {});
  },
  /** Cases that lose. */
  select({ ch, other }) {
    const [one, two] = [chan<unknown>(), chan<unknown>()];
    for (const each of [one, two]) {
      channels().share((each.constructor as unknown as { coreOf(ch: unknown): never }).coreOf(each));
    }
    trySelect([sending(one, ch.sender()), sending(two, [ch.receiver()])]);
    other.trySend(1);
    try {
      selectSync([sending(one, ch.sender()), sending(two, [ch.receiver(), ch])], { timeout: 1 });
    } catch { /* nobody receives */ }
  },
  receive({ ch, other }) {
    for (let i = 0; i < 4; i++) {
      const got = other.tryReceive();
      kept.push(got);
      if (got.state === "ok" && Array.isArray(got.value)) ch.trySend(got.value);
    }
  },
  /** A local channel with all it holds. */
  crossing({ ch, other }) {
    const inner = chan<unknown>({ capacity: 40, name: "inner" });
    inner.trySend(ch.sender());
    inner.trySend([ch.receiver(), ch]);
    inner.trySend(chan(1).sender());
    const end = inner.sender();
    other.trySend({ inner, end });
  },
  /** Values that nobody gets. */
  drop({ ch }) {
    const heap = channels().heapHere();
    const own = chan<unknown>({ capacity: 40, name: "own" });
    own.trySend([ch.sender(), chan(1), ch.receiver()]);
    own.trySend(ch.sender());
    own.trySend({ text: "in a block" });
    own.close(new Error("closed"));
    kept.push(own);
    const core = (own.constructor as unknown as { coreOf(ch: unknown): never }).coreOf(own);
    letGo(heap, channels().share(core), heap.slot);
  },
  promise({ ch, other }) {
    const promise = promiseChan<unknown>();
    other.trySend(promise);
    promise.trySend([ch.sender(), ch]);
    try {
      kept.push(promise.tryReceive(), promise.tryReceive());
    } catch { /* the end was taken */ }
    const second = promiseChan<unknown>();
    other.trySend(second);
    second.trySend(ch);
    kept.push(second.tryReceive(), second.tryReceive());
  },
  poison({ ch }) {
    ch.trySend([chan(1).sender(), chan(1)]);
    ch.trySend(chan(1).receiver());
    ch.poison(new Error("poisoned"));
  },
  async await({ ch, other }) {
    const quiet = chan<unknown>();
    other.trySend(quiet);
    const sent = select([sending(quiet, ch.sender()), sending(quiet, [ch.receiver()])], { timeout: 5 });
    await sent.catch(() => {});
    await quiet.send(ch.sender(), { timeout: 1 }).catch(() => {});
  },
};

/** Does it, and stops before step number `at`; the steps that it took if it came to its end. */
export const stopBefore: (act: ActName, at: number, how: Manner, given: Given) => Promise<number> = task(
  import.meta,
  async function stopBefore(act: ActName, at: number, how: Manner, given: Given): Promise<number> {
    manner = how;
    left = at;
    await ACTS[act](given);
    const taken = at - left;
    left = Infinity;
    return taken;
  },
);
