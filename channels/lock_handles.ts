/**
 * Locks in this interpreter: makes them, finds those that arrive, lets them leave. One core for each lock.
 *
 * *Invariants.* While a core can be reached here, or this interpreter holds permits, the lock has this interpreter's holder
 * bit. The bit is set before the reference that brought the lock is given up.
 */
import { CHANNEL_NAME } from "../kernel/heap_layout.ts";
import type { Message } from "../sharing/kinds.ts";
import { heapHere, openedHeap } from "./heap_here.ts";
import { LockCore } from "./lock_core.ts";
import { disposeIf, letGo, TO_CHANNEL } from "./references.ts";
import { surroundings } from "./surroundings.ts";
import { encodeReason } from "./values.ts";

const cores = new Map<number, WeakRef<LockCore>>();

const collected = new FinalizationRegistry<{ readonly at: number; readonly ref: WeakRef<LockCore> }>(
  function forget({ at, ref }) {
    if (cores.get(at) !== ref) return;
    cores.delete(at);
    const heap = openedHeap()!;
    // What it holds for good is given back when this interpreter has ended, by who finds the lock by its holder bit.
    if (heap.cut || heap.kernel.heldBy(at, heap.slot) !== 0) return;
    letGo(heap, at, heap.slot);
  },
);

function register(core: LockCore): LockCore {
  const ref = new WeakRef(core);
  cores.set(core.at, ref);
  collected.register(core, { at: core.at, ref });
  return core;
}

/** A new lock. `kind`: what it is, in messages; `mode`, `total`: see `kernel/wasm/locks.ts`. */
export function openLock(kind: string, mode: number, total: number, name: string): LockCore {
  const heap = heapHere();
  const at = heap.kernel.createLock(mode, total) >>> 0;
  if (at === 0) {
    throw heap.cut ? surroundings.whyCutOff() : new RangeError(
      `Cannot create the ${kind}: the shared memory is full`,
    );
  }
  if (name !== "") heap.kernel.give(encodeReason(heap, name), at + CHANNEL_NAME);
  return register(new LockCore(heap, at, kind));
}

/** The lock at `at`, which a reference on its way here keeps alive meanwhile. */
export function lockAt(kind: string, at: number): LockCore {
  const known = cores.get(at)?.deref();
  if (known !== undefined) return known;
  const heap = heapHere();
  heap.kernel.setHolder(at);
  return register(new LockCore(heap, at, kind));
}

/** Lets a lock leave with `message`; what describes it there. */
export function lockLeaves({ heap, at }: LockCore, message: Message): number {
  message.starts.push(function start() {
    if (heap.kernel.takeUp(at) === 0) {
      throw heap.cut
        ? surroundings.whyCutOff()
        : new RangeError("Cannot send a lock: the shared memory is full");
    }
    message.references.push(at | TO_CHANNEL);
    return function undo() {
      disposeIf(heap, at, heap.kernel.putBack(at));
    };
  });
  return at;
}
