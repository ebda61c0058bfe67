/** The shared heap of this interpreter, opened when the first channel is shared, and how a thread waits for others in it. */
import { Heap } from "../kernel/heap.ts";
import {
  DESK_INSIDE,
  DESK_LIFE,
  DESK_OPEN,
  DESK_READY,
  IN_CHANNEL,
  META,
  OWNER_SHIFT,
  READY,
  READY_SIZE,
  READY_SUMMARY,
} from "../kernel/heap_layout.ts";
import { availableCores, blockFor, holdLife, spinOnce } from "../runtime/mod.ts";
import { surroundings } from "./surroundings.ts";

/** Turns of spinning before a thread that meets a held lock lets others run: its holder may be waiting for the core. */
const SPINS = 1000;

let opened: Heap | undefined;

/** Whether a thread that this one waits for can be running now. */
export const peersRun: boolean = availableCores() > 1;

/** The heap; `code`: another build of the kernel, for tests that come first. */
export function heapHere(code?: string): Heap {
  return opened ?? open(code);
}

/** The heap if it was opened. */
export function openedHeap(): Heap | undefined {
  return opened;
}

function open(code?: string): Heap {
  // One that was cut off must not begin: its slot may be another's.
  surroundings.meanwhile();
  const { memory, slot } = surroundings.place();
  const heap = new Heap(memory, slot, {
    pause(spins) {
      if (peersRun && spins < SPINS) return spinOnce();
      try {
        surroundings.meanwhile(true);
      } catch (error) {
        // Out of the kernel by a jump, and for good: this interpreter was cut off. What it has locked is put in order.
        heap.store(heap.desk + DESK_INSIDE, 0);
        throw error;
      }
      letRun();
    },
    halt() {
      for (;;) {
        surroundings.meanwhile(true);
        letRun();
      }
    },
  }, code);
  // That of an earlier interpreter in this slot, if there is one.
  let ready = heap.load(heap.desk + DESK_READY) >>> 0;
  if (ready === 0) {
    ready = heap.kernel.allocate(READY_SIZE, READY) >>> 0;
    if (ready === 0) throw new RangeError("Cannot share a channel: the shared memory is full");
    heap.bytes(ready + READY_SIZE).fill(0, ready + READY_SUMMARY, ready + READY_SIZE);
    heap.store(ready + META, READY | IN_CHANNEL << OWNER_SHIFT);
    heap.store(heap.desk + DESK_READY, ready);
  }
  heap.store(heap.desk + DESK_OPEN, 1);
  if (slot !== 0) {
    holdLife(function taken(life) {
      heap.store(heap.desk + DESK_LIFE, life);
    });
  }
  opened = heap;
  return heap;
}

/** Gives the core away for a moment; where a thread may not block, spins. */
function letRun(): void {
  try {
    blockFor(0.05);
  } catch {
    for (let i = 0; i < 100; i++) spinOnce();
  }
}
