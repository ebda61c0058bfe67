/**
 * Handles of shared channels in this interpreter: one core for each channel, found by where the channel lives.
 *
 * *Invariant.* While a core can be reached here, the channel has this interpreter's holder bit. The bit is set before the
 * reference that brought the channel is given up, and cleared when the core was collected, unless a newer one took its place.
 */
import type { Heap } from "../kernel/heap.ts";
import { Channel } from "./channel.ts";
import { ChannelCore } from "./core.ts";
import { Receiver, Sender } from "./ends.ts";
import type { Core } from "./form.ts";
import { openedHeap } from "./heap_here.ts";
import { landed, letGo, onDesk, retireEnd } from "./references.ts";
import { Seat } from "./seat.ts";
import { channelOfEnd, isSender } from "./shared_ends.ts";
import { SharedForm } from "./shared_form.ts";
import { surroundings } from "./surroundings.ts";

/** What is left of a core that was collected. */
interface Remains {
  readonly at: number;
  readonly ref: WeakRef<Core>;
  /** Ends that were collected with it: nobody can send or receive by them any more. */
  readonly ends: SharedForm["ends"];
}

const cores = new Map<number, Remains>();

/** Nobody has them any more. */
function retireEnds(heap: Heap, { ends }: Remains): void {
  for (const end of [...ends.sender, ...ends.receiver]) retireEnd(heap, end, undefined);
}

const collected = new FinalizationRegistry<Remains>(
  function release(remains) {
    const { at } = remains;
    // A newer core has taken its place, and has retired its ends.
    if (cores.get(at) !== remains) return;
    cores.delete(at);
    const heap = openedHeap()!;
    if (heap.cut) return;
    retireEnds(heap, remains);
    letGo(heap, at, heap.slot);
    if (heap.flights(at) !== 0) surroundings.mayBeCycle();
  },
);

/** Keeps a core as long as its form: what waits there knows the form alone, and the channel has to live until then. */
const keepers = new WeakMap<object, Core>();

/** Makes `core` the one for the channel at `at`, which this interpreter holds. */
export function register(core: Core, at: number): void {
  const remains = { at, ref: new WeakRef(core), ends: (core.form as SharedForm).ends };
  cores.set(at, remains);
  keepers.set(core.form, core);
  collected.register(core, remains);
}

/** The core of the channel at `at`, which a reference on its way here keeps alive meanwhile. */
function coreAt(heap: Heap, at: number): Core {
  const before = cores.get(at);
  const known = before?.ref.deref();
  if (known !== undefined) return known;
  heap.kernel.setHolder(at);
  // Collected, and not heard of yet: later the channel may be gone, and another one in its place.
  if (before !== undefined && !heap.cut) retireEnds(heap, before);
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
  const seat = Seat.arrived(core, side, end) as never;
  return side === "sender" ? new Sender(seat) : new Receiver(seat);
}
