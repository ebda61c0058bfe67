/** Channels and ends that leave this interpreter: in the slot itself, or as part of a structure. */
import type { Heap } from "../kernel/heap.ts";
import { TAG_CHANNEL, TAG_RECEIVER, TAG_SENDER } from "../kernel/heap_layout.ts";
import { type Message, registerKind } from "../sharing/kinds.ts";
import { arrivingEnd } from "./arrivals.ts";
import { type Departure, installBorders } from "./borders.ts";
import { Channel } from "./channel.ts";
import { checkShare, isShared, share, sharedFormOf } from "./crossing.ts";
import { Receiver, Sender } from "./ends.ts";
import type { Core } from "./form.ts";
import { adoptChannel, adoptEnd, channelAt, endAt } from "./handles.ts";
import { heapHere } from "./heap_here.ts";
import { disposeIf, TO_CHANNEL, TO_END } from "./references.ts";
import type { Seat } from "./seat.ts";
import { putEnd, takeEnd } from "./shared_ends.ts";
import { surroundings } from "./surroundings.ts";

/** Lets `value` leave if it is a channel or an end; else undefined. */
export function departureOf(heap: Heap, value: object): Departure | undefined {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Channel.prototype) return channelLeaves(heap, Channel.coreOf(value as Channel<unknown>));
  if (prototype === Sender.prototype) return endLeaves(heap, Sender.seatOf(value as Sender<unknown>));
  if (prototype === Receiver.prototype) return endLeaves(heap, Receiver.seatOf(value as Receiver<unknown>));
  return undefined;
}

function isEnd(value: object): boolean {
  return value instanceof Sender || value instanceof Receiver;
}

/** Lets a channel leave. */
export function channelLeaves(heap: Heap, core: Core): Departure {
  const target = share(core);
  if (heap.kernel.takeUp(target) === 0) throw whyNot(heap);
  return {
    tag: TAG_CHANNEL,
    target,
    undo() {
      disposeIf(heap, target, heap.kernel.putBack(target));
    },
  };
}

/** Lets an end leave: it cannot be used here any more. */
export function endLeaves(heap: Heap, seat: Seat): Departure {
  seat.check();
  const { core, side } = seat;
  const channel = sharedFormOf(core).at;
  const target = takeEnd(channel, side)!;
  if (heap.kernel.takeUpEnd(target) === 0) {
    putEnd(channel, side, target);
    throw whyNot(heap);
  }
  seat.spend();
  return {
    tag: side === "sender" ? TAG_SENDER : TAG_RECEIVER,
    target,
    left() {
      seat.left();
    },
    undo() {
      putEnd(channel, side, target);
      disposeIf(heap, channel, heap.kernel.putBackEnd(target));
      // Last, when the end is this interpreter's again: it may retire.
      seat.restore();
    },
  };
}

function whyNot(heap: Heap): unknown {
  return heap.cut
    ? surroundings.whyCutOff()
    : new RangeError("Cannot send a channel: the shared memory is full; receive or close what it holds");
}

/** Notes in `message` what leaves, once all of it can. */
function depart(message: Message, kind: number, leave: () => Departure): void {
  message.starts.push(function start() {
    const departure = leave();
    message.references.push(departure.target | kind);
    if (departure.left !== undefined) message.left.push(departure.left);
    return departure.undo;
  });
}

/** Where the channel of `core` lives, if it does already; else it will when all of `message` is known to be able to cross. */
function placeOf(core: Core, message: Message): number {
  if (!isShared(core)) {
    message.later(
      function check() {
        checkShare(core);
      },
      function prepare() {
        share(core);
      },
    );
  }
  return isShared(core) ? share(core) : 0;
}

/** An end in a structure: its channel, and 1 for a sender. The ends of one side being alike, any of them may stand for it. */
type EndDescription = [channel: number, sends: number];

function describeEnd(seat: Seat, message: Message): EndDescription {
  seat.check();
  const at = placeOf(seat.core, message);
  depart(message, TO_END, function leave() {
    return endLeaves(heapHere(), seat);
  });
  return [at, seat.side === "sender" ? 1 : 0];
}

function decodeEnd([channel, sends]: EndDescription): object {
  const heap = heapHere();
  return endAt(heap, arrivingEnd(heap, channel, sends === 1));
}

/** Lets channels and ends cross, as values and in values; once. */
export function installDepartures(): void {
  installBorders({ isEnd, departureOf, adoptChannel, adoptEnd });
  registerKind<Channel<unknown>>(Channel.prototype, {
    name: "channel",
    encode(channel, message) {
      const core = Channel.coreOf(channel);
      depart(message, TO_CHANNEL, function leave() {
        return channelLeaves(heapHere(), core);
      });
      return placeOf(core, message);
    },
    decode(at: number) {
      return channelAt(heapHere(), at);
    },
  });
  registerKind<Sender<unknown>>(Sender.prototype, {
    name: "sender",
    encode(sender, message) {
      return describeEnd(Sender.seatOf(sender), message);
    },
    decode: decodeEnd as (description: never) => Sender<unknown>,
  });
  registerKind<Receiver<unknown>>(Receiver.prototype, {
    name: "receiver",
    encode(receiver, message) {
      return describeEnd(Receiver.seatOf(receiver), message);
    },
    decode: decodeEnd as (description: never) => Receiver<unknown>,
  });
}
