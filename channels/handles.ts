/**
 * Handles of shared channels in this interpreter: one core for each channel, found by where the channel lives.
 *
 * *Invariant.* While a core can be reached here, the channel has this interpreter's holder bit. The bit is set before the
 * reference that brought the channel is given up, and cleared when the core was collected, unless a newer one took its place.
 */
import type { Heap } from "../kernel/heap.ts";
import { CHANNEL_RECEIVERS, CHANNEL_SENDERS, END } from "../kernel/heap_layout.ts";
import { Channel } from "./channel.ts";
import { ChannelCore } from "./core.ts";
import { Receiver, Sender } from "./ends.ts";
import type { Core } from "./form.ts";
import { blocks } from "./heap_blocks.ts";
import { openedHeap } from "./heap_here.ts";
import { landed, letGo, onDesk, retireEnd } from "./references.ts";
import { Seat } from "./seat.ts";
import { channelOfEnd, isSender } from "./shared_ends.ts";
import { SharedForm } from "./shared_form.ts";
import { surroundings } from "./surroundings.ts";

const cores = new Map<number, WeakRef<Core>>();

const collected = new FinalizationRegistry<{ readonly at: number; readonly ref: WeakRef<Core> }>(
  function release({ at, ref }) {
    if (cores.get(at) !== ref) return;
    cores.delete(at);
    const heap = openedHeap()!;
    if (heap.cut) return;
    retireForgotten(heap, at);
    letGo(heap, at, heap.slot);
  },
);

/** Keeps a core as long as its form: what waits there knows the form alone, and the channel has to live until then. */
const keepers = new WeakMap<object, Core>();

/** Retires ends that were collected with the last handle: nobody can send or receive by them any more. */
function retireForgotten(heap: Heap, at: number): void {
  if (heap.load(at + CHANNEL_SENDERS) === 0 && heap.load(at + CHANNEL_RECEIVERS) === 0) return;
  const own = [...blocks(heap)].filter(({ kind, owner }) => kind === END && owner === heap.slot + 1);
  for (const end of own) if (channelOfEnd(heap, end.at) === at) retireEnd(heap, end.at, undefined);
}

/** Makes `core` the one for the channel at `at`, which this interpreter holds. */
export function register(core: Core, at: number): void {
  const ref = new WeakRef(core);
  cores.set(at, ref);
  keepers.set(core.form, core);
  collected.register(core, { at, ref });
}

/** The core of the channel at `at`, which a reference on its way here keeps alive meanwhile. */
function coreAt(heap: Heap, at: number): Core {
  const known = cores.get(at)?.deref();
  if (known !== undefined) return known;
  heap.kernel.setHolder(at);
  const core = new ChannelCore(function make() {
    return new SharedForm(heap, at);
  });
  register(core, at);
  return core;
}

/** The Channel of this interpreter for a reference that has arrived, and takes that over. */
export function adoptChannel(heap: Heap, at: number): Channel<unknown> {
  const channel = channelAt(heap, at);
  landed(heap, at, onDesk(heap));
  return channel;
}

/** The same, but the reference stays the caller's. */
export function channelAt(heap: Heap, at: number): Channel<unknown> {
  const core = coreAt(heap, at);
  return (core.handle ?? new Channel(core as never)) as Channel<unknown>;
}

/** The handle for an end that has arrived by a reference, and takes that over. */
export function adoptEnd(heap: Heap, end: number): Sender<unknown> | Receiver<unknown> {
  const channel = channelOfEnd(heap, end);
  if (heap.kernel.claimEnd(end, 0) === 0) throw surroundings.whyCutOff();
  const handle = endAt(heap, end);
  landed(heap, channel, onDesk(heap));
  return handle;
}

/** The same for one that is this interpreter's by now; the reference to its channel stays the caller's. */
export function endAt(heap: Heap, end: number): Sender<unknown> | Receiver<unknown> {
  const core = coreAt(heap, channelOfEnd(heap, end));
  const side = isSender(heap, end) ? "sender" : "receiver";
  (core.form as SharedForm).putEnd(side, end);
  const seat = new Seat(core, side, end) as never;
  return side === "sender" ? new Sender(seat) : new Receiver(seat);
}
