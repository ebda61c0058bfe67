/**
 * The machinery behind this folder's facades, as one module: loaded at first use on Node and Bun, along with the facades
 * elsewhere (see `engines_lazy.ts`).
 */
import { retireOwnEnds } from "./burial.ts";
import { Channel } from "./channel.ts";
import { openCore, openPromiseCore, openUnboundedCore } from "./core.ts";
import { installDepartures } from "./departures.ts";
import { Receiver, Sender } from "./ends.ts";
import type { Batch, Core, WaitOptions } from "./form.ts";
import type { Gate } from "./gated_form.ts";
import { ChannelIterator, type Source, streamOf } from "./iteration.ts";
import { heapHere, openedHeap } from "./heap_here.ts";
import type { Sending } from "./ports.ts";
import { sendingOf } from "./batches.ts";
import { registerOtherKindsLate } from "../sharing/kinds.ts";
import { Seat } from "./seat.ts";
import { surroundings } from "./surroundings.ts";
import { nameAt as nameOfChannel } from "./told.ts";
import { installTimers } from "./timer_handles.ts";
import { encodeReason } from "./values.ts";

export { after, at, every } from "./timers.ts";
export { clearDesk, dismiss, type Estate, isInside, recover, settle } from "./burial.ts";
export { sweep, sweeps, sweepSoon } from "./sweep.ts";
export { share } from "./crossing.ts";
export { give, movablesIn, openGiven } from "./given_ends.ts";
export { lockAt, lockLeaves, openLock } from "./lock_handles.ts";
export { dropParked, forget, openParked, park, readdress } from "./letters.ts";
export { finishAll } from "./tickets.ts";
export { encodeReason } from "./values.ts";
export { heapHere, openCore, streamOf };

/** Lets channels cross; called once, before anything else is used. `locks` makes the kinds of locks known. */
export function install(locks: () => unknown): void {
  installDepartures();
  installTimers();
  registerOtherKindsLate(locks);
  surroundings.retireOwnEnds = function retire(reason) {
    const heap = openedHeap();
    if (heap !== undefined) retireOwnEnds(heap, () => encodeReason(heap, reason));
  };
}

/** The one Channel of this interpreter for `core`. */
export function channelOf(core: Core): Channel<unknown> {
  return (core.handle ?? new Channel(core as never)) as Channel<unknown>;
}

/** A new promise channel. */
export function openPromiseChannel(options: unknown): Channel<unknown> {
  return channelOf(openPromiseCore(options));
}

/** A new channel that holds any number of values; `capacity` is Infinity. Not for programs. */
export function openUnboundedChannel(name: string): Channel<unknown> {
  return channelOf(openUnboundedCore(name));
}

/** One more sender of the channel. */
export function newSender(core: Core): Sender<unknown> {
  core.form.addEnd("sender");
  return new Sender(new Seat(core, "sender", 0) as never);
}

/** One more receiver of the channel. */
export function newReceiver(core: Core): Receiver<unknown> {
  core.form.addEnd("receiver");
  return new Receiver(new Seat(core, "receiver", 0) as never);
}

/** One more end of the same side; throws when that of `seat` cannot be used any more. */
export function cloneEnd(seat: Seat): Sender<unknown> | Receiver<unknown> {
  seat.check();
  seat.cloned();
  return seat.side === "sender" ? newSender(seat.core) : newReceiver(seat.core);
}

/** The name of the channel at `offset` in shared memory. */
export function nameAt(offset: number): string {
  return nameOfChannel(heapHere(), offset);
}

/** Lets all operations of `end` pass `gate`; once. The core of its channel. */
export function gateEnd(end: Sender<unknown> | Receiver<unknown>, gate: Gate): Core {
  const seat = end instanceof Sender ? Sender.seatOf(end) : Receiver.seatOf(end);
  seat.gate(gate);
  return seat.core;
}

/** Retires `end`, with the reason, in a box, if its holder failed. */
export function retireWith(
  end: Sender<unknown> | Receiver<unknown>,
  reason: { readonly error: unknown } | undefined,
): void {
  (end instanceof Sender ? Sender.seatOf(end) : Receiver.seatOf(end)).retire(reason);
}

/** The seat that `given` is; throws when a program tries to make an end. */
export function checkSeat(given: unknown, name: string): Seat {
  if (given instanceof Seat) return given;
  throw new TypeError(`Cannot construct a ${name}: use channel.${name.toLowerCase()}()`);
}

/** See `Channel[Symbol.asyncIterator]`. */
export function iterate(source: Source): AsyncIterableIterator<unknown, undefined> {
  return new ChannelIterator(source);
}

/** See `Channel.sendMany`. */
export function sendAll(source: Source, values: unknown, options: WaitOptions | undefined): Sending {
  return sendingOf(function begin(progress) {
    return source.form.sendMany(batchOf(values), options, progress, source.end);
  });
}

/** What `sendMany` was given, as something with a length. */
export function batchOf(values: unknown): Batch<unknown> {
  if (typeof values === "object" && values !== null && !("length" in values) && Symbol.iterator in values) {
    return [...values as Iterable<unknown>];
  }
  return values as Batch<unknown>;
}
