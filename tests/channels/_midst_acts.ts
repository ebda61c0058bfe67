/** What the victim of `_midst.ts` does: by the kernel alone, as the channels do it. */
import {
  disposeIf,
  dropBlock,
  dropValue,
  landed,
  letGo,
  onDesk,
  retireEnd,
  takeBack,
} from "../../channels/references.ts";
import { channelOfEnd } from "../../channels/shared_ends.ts";
import type { Heap } from "../../kernel/heap.ts";
import {
  CLAIM_GONE,
  CLAIM_WAITING,
  DATA,
  DATA_BODY,
  DATA_REFS,
  META,
  MODE_BLOCK,
  MODE_GROUP,
  MODE_PERMITS,
  MODE_PROMISE,
  MODE_SLIDING,
  NODE,
  NODE_ARRIVAL,
  NODE_CASE,
  NODE_CHANNEL,
  NODE_ENLISTED,
  NODE_LINKED,
  NODE_SENDS,
  NODE_TICKET,
  OWNER_SHIFT,
  STATUS_OK,
  STATUS_SLID,
  STATUS_WAIT,
  TAG_BLOCK,
  TAG_CHANNEL,
  TAG_SENDER,
  TICKET,
  TICKET_CLAIM,
  TICKET_NODE,
  TICKET_NUMBER,
  TICKET_SIZE,
} from "../../kernel/heap_layout.ts";
import { type Act, got, type Place } from "./_midst.ts";

/** A ticket of `heap` that nobody sleeps on. */
function ticketOf(heap: Heap): number {
  const ticket = got(heap.kernel.allocate(TICKET_SIZE, TICKET) >>> 0, heap);
  heap.store(ticket + TICKET_CLAIM, CLAIM_GONE);
  heap.store(ticket + TICKET_NUMBER, -1);
  heap.store(ticket + TICKET_NODE + NODE_ENLISTED, 0);
  heap.store(ticket + TICKET_NODE + META, NODE | (heap.slot + 1) << OWNER_SHIFT);
  return ticket;
}

/** Sends; false, and it stays the caller's, if that cannot be done at once. */
function send({ heap, ch }: Place, tag: number, low: number): boolean {
  const status = got(heap.kernel.sendTag(ch, tag, low), heap);
  if (status === STATUS_SLID) dropValue(heap, heap.tag, heap.low);
  return got(status, heap) === STATUS_OK || status === STATUS_SLID;
}

/** Sends a new channel; what is left of it here goes. */
function sendNew(place: Place): void {
  const { heap } = place;
  const made = got(heap.kernel.create(0, MODE_BLOCK) >>> 0, heap);
  got(heap.kernel.takeUp(made), heap);
  if (!send(place, TAG_CHANNEL, made)) disposeIf(heap, made, heap.kernel.putBack(made));
  letGo(heap, made, heap.slot);
}

/** The same for an end of it. */
function sendNewEnd(place: Place): void {
  const { heap } = place;
  const made = got(heap.kernel.create(1, MODE_BLOCK) >>> 0, heap);
  const end = got(heap.kernel.addEnd(made, 1) >>> 0, heap);
  got(heap.kernel.takeUpEnd(end), heap);
  if (!send(place, TAG_SENDER, end)) dropHand(heap, end | 1);
  letGo(heap, made, heap.slot);
}

/** A block that refers to a new channel and an end of it. */
function packNew(heap: Heap): number {
  const made = got(heap.kernel.create(1, MODE_BLOCK) >>> 0, heap);
  const end = got(heap.kernel.addEnd(made, 0) >>> 0, heap);
  got(heap.kernel.takeUp(made), heap);
  got(heap.kernel.takeUpEnd(end), heap);
  const block = got(heap.kernel.allocate(64, DATA) >>> 0, heap);
  heap.kernel.written(block, 2);
  letGo(heap, made, heap.slot);
  return got(block, heap);
}

/** Takes over what has been received, as whoever decodes it does, and lets go of it. */
function adopt(heap: Heap): void {
  const { tag, low } = heap;
  const held: number[] = [];
  const ends: number[] = [];
  function claim(end: number, word: number): void {
    const channel = channelOfEnd(heap, end);
    if (got(heap.kernel.claimEnd(end, word), heap) === 0) return;
    ends.push(end);
    heap.kernel.setHolder(channel);
    held.push(channel);
  }
  if (tag === TAG_CHANNEL) {
    heap.kernel.setHolder(low);
    held.push(low);
    landed(heap, low, onDesk(heap));
  } else if (tag === TAG_SENDER) {
    claim(low, 0);
    landed(heap, channelOfEnd(heap, low), onDesk(heap));
  } else if (tag === TAG_BLOCK) {
    for (let i = 0; i < heap.load(low + DATA_REFS); i++) {
      const word = low + DATA_BODY + 4 * i;
      const reference = heap.load(word) >>> 0;
      if ((reference & 31) === 1) claim((reference & ~31) >>> 0, word);
      else {
        heap.kernel.setHolder(reference);
        held.push(reference);
      }
    }
    dropBlock(heap, low);
  }
  got(0, heap);
  for (const end of ends) retireEnd(heap, end, undefined);
  for (const channel of new Set(held)) letGo(heap, channel, heap.slot);
}

/** Lets a ticket wait to send a block, or to receive if that is 0; takes what it has got, and gives up else. */
function enlist(heap: Heap, ticket: number, channel: number, block: number): void {
  const node = ticket + TICKET_NODE;
  heap.store(ticket + TICKET_CLAIM, CLAIM_WAITING);
  heap.store(node + NODE_CHANNEL, channel);
  heap.store(node + NODE_SENDS, block === 0 ? 0 : 1);
  heap.store(node + NODE_TICKET, ticket);
  for (const word of [NODE_CASE, NODE_LINKED, NODE_ARRIVAL, NODE_ARRIVAL + 4]) heap.store(node + word, 0);
  if (block !== 0) heap.kernel.setTag(node, TAG_BLOCK, block);
  got(heap.kernel.enlist(node), heap);
  const waits = got(heap.kernel.giveUp(ticket), heap) !== 0;
  if (!waits && heap.kernel.collect(ticket, 0) === STATUS_OK && block === 0) adopt(heap);
  got(heap.kernel.withdraw(node), heap);
}

function sendAll(place: Place): void {
  sendNew(place);
  sendNewEnd(place);
  const block = packNew(place.heap);
  if (!send(place, TAG_BLOCK, block)) dropBlock(place.heap, block);
}

/** Receives what there is. */
function receiveAll({ heap, ch }: Place): void {
  for (let i = 0; i < 4; i++) {
    const number = heap.kernel.receive(ch);
    if (Number.isNaN(number) && heap.status === STATUS_OK) adopt(heap);
    got(number, heap);
  }
}

export const ACTS: readonly Act[] = [
  ...[0, 1, 100, -1].map((capacity) => ({
    name: `makes and drops a channel of ${capacity}`,
    does({ heap }: Place) {
      const made = got(heap.kernel.create(capacity, MODE_BLOCK) >>> 0, heap);
      letGo(heap, made, heap.slot);
    },
  })),
  ...[MODE_PERMITS, MODE_GROUP].map((mode) => ({
    name: `makes, uses and drops a lock of mode ${mode}`,
    does({ heap }: Place) {
      const made = got(heap.kernel.createLock(mode, 2) >>> 0, heap);
      if (mode === MODE_PERMITS) heap.kernel.acquire(made, 1);
      else heap.kernel.addToGroup(made, 1);
      got(0, heap);
      if (mode === MODE_PERMITS) heap.kernel.releaseLock(made, 1);
      else heap.kernel.addToGroup(made, -1);
      letGo(heap, made, heap.slot);
    },
  })),
  ...[0, 2, 40].map((capacity) => ({
    name: `sends channels, ends and blocks at capacity ${capacity}`,
    capacity,
    does: sendAll,
  })),
  { name: "sends into a sliding channel", capacity: 1, mode: MODE_SLIDING, does: sendAll },
  { name: "keeps a promise", capacity: 1, mode: MODE_PROMISE, does: sendAll },
  { name: "receives channels, ends and blocks", capacity: 8, prepare: sendAll, does: receiveAll },
  {
    name: "receives where others wait to send",
    capacity: 0,
    prepare({ heap, ch }) {
      for (const block of [packNew(heap), packNew(heap)]) {
        heap.kernel.startSendTag(ch, ticketOf(heap), TAG_BLOCK, block);
      }
    },
    does: receiveAll,
  },
  {
    name: "sends to who waits",
    capacity: 0,
    prepare({ heap, ch }) {
      for (let i = 0; i < 3; i++) heap.kernel.startReceive(ch, ticketOf(heap));
    },
    does: sendAll,
  },
  {
    name: "waits to receive and gives up",
    does({ heap, ch }) {
      const ticket = ticketOf(heap);
      if (got(heap.kernel.startReceive(ch, ticket), heap) !== STATUS_WAIT) return;
      heap.kernel.giveUp(ticket);
      heap.kernel.withdraw(ticket + TICKET_NODE);
    },
  },
  {
    name: "waits to send and gives up",
    capacity: 0,
    does({ heap, ch }) {
      const ticket = ticketOf(heap);
      const block = packNew(heap);
      if (got(heap.kernel.startSendTag(ch, ticket, TAG_BLOCK, block), heap) !== STATUS_WAIT) return;
      heap.kernel.giveUp(ticket);
      got(heap.kernel.withdraw(ticket + TICKET_NODE), heap);
      const count = heap.load(block + DATA_REFS);
      const references = Array.from({ length: count }, (_, i) => heap.load(block + DATA_BODY + 4 * i) >>> 0);
      takeBack(heap, block);
      got(0, heap);
      for (const reference of references.reverse()) dropHand(heap, reference);
    },
  },
  ...[0, 2].map((capacity) => ({
    name: `meets others as it begins to wait at capacity ${capacity}`,
    capacity,
    prepare({ heap, ch, other }: Place) {
      heap.kernel.startReceive(ch, ticketOf(heap));
      heap.kernel.startSendTag(other, ticketOf(heap), TAG_BLOCK, packNew(heap));
    },
    does({ heap, ch, other }: Place) {
      // As one that has looked when nobody was there yet.
      const [sending, receiving] = [ticketOf(heap), ticketOf(heap)];
      const block = packNew(heap);
      enlist(heap, sending, ch, block);
      enlist(heap, receiving, other, 0);
    },
  })),
  {
    name: "closes with a reason",
    prepare: sendNew,
    does({ heap, ch }) {
      const block = packNew(heap);
      if (got(heap.kernel.close(ch, 0, block), heap) === 0) dropBlock(heap, block);
    },
  },
  {
    name: "poisons, and drops what there is",
    prepare: sendAll,
    does({ heap, ch }) {
      if (heap.kernel.close(ch, 1, 0) === 0) return;
      while (got(heap.kernel.drain(ch), heap) === STATUS_OK) dropValue(heap, heap.tag, heap.low);
    },
  },
];

/** What was taken up stays here after all. */
function dropHand(heap: Heap, reference: number): void {
  const target = (reference & ~31) >>> 0;
  if ((reference & 31) !== 1) return disposeIf(heap, target, heap.kernel.putBack(target));
  const channel = channelOfEnd(heap, target);
  disposeIf(heap, channel, heap.kernel.putBackEnd(target));
  got(0, heap);
  retireEnd(heap, target, undefined);
}
