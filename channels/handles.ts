/**
 * Handles of shared channels in this interpreter: one core for each channel, found by where the channel lives.
 *
 * *Invariant.* While a core can be reached here, the channel has this interpreter's holder bit. The bit is set before the
 * reference that brought the channel is given up, and cleared when the core was collected, unless a newer one took its place.
 */
import type { Heap } from "../kernel/heap.ts";
import { ByPlace } from "./by_place.ts";
import { Channel } from "./channel.ts";
import { ChannelCore } from "./core.ts";
import { Receiver, Sender } from "./ends.ts";
import type { Core } from "./form.ts";
import { openedHeap } from "./heap_here.ts";
import { landed, letGo, onDesk, retireEnd } from "./references.ts";
import { Seat } from "./seat.ts";
import { channelOfEnd, isSender, putEnd, takeEnd } from "./shared_ends.ts";
import { SharedForm } from "./shared_form.ts";
import { surroundings } from "./surroundings.ts";
import { handleGone } from "./weight.ts";

const cores = new ByPlace<WeakRef<Core>>();

/** Ends that were collected with their core: nobody can send or receive by them any more. */
function retireEnds(heap: Heap, channel: number): void {
  for (const side of ["sender", "receiver"] as const) {
    for (let end = takeEnd(channel, side); end !== undefined; end = takeEnd(channel, side)) {
      retireEnd(heap, end, undefined);
    }
  }
}

const collected = new FinalizationRegistry<number>(
  function release(at) {
    handleGone();
    const ref = cores.get(at);
    // A newer core has taken its place, and has retired its ends; or that was collected as well, and heard of before.
    if (ref === undefined || ref.deref() !== undefined) return;
    cores.set(at, undefined);
    const heap = openedHeap()!;
    if (heap.cut) return;
    retireEnds(heap, at);
    letGo(heap, at, heap.slot);
    if (heap.flights(at) !== 0) surroundings.mayBeCycle();
  },
);

/** Makes `core` the one for the channel at `at`, which this interpreter holds. */
export function register(core: Core, at: number): void {
  cores.set(at, new WeakRef(core));
  collected.register(core, at);
}

/** The core of the channel at `at`, which a reference on its way here keeps alive meanwhile. */
function coreAt(heap: Heap, at: number): Core {
  const before = cores.get(at);
  const known = before?.deref();
  if (known !== undefined) return known;
  heap.kernel.setHolder(at);
  // Collected, and not heard of yet: later the channel may be gone, and another one in its place.
  if (before !== undefined && !heap.cut) retireEnds(heap, at);
  const core = new ChannelCore((core) => new SharedForm(core, heap, at));
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
  const channel = channelOfEnd(heap, end);
  const core = coreAt(heap, channel);
  const side = isSender(heap, end) ? "sender" : "receiver";
  putEnd(channel, side, end);
  const seat = Seat.arrived(core, side, end) as never;
  return side === "sender" ? new Sender(seat) : new Receiver(seat);
}
