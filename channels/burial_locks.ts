/** The locks of a dead interpreter: main takes them over, makes lists and counts again, and gives them back. */
import type { Heap } from "../kernel/heap.ts";
import {
  ATTENTION_CLOSED,
  ATTENTION_POISONED,
  ATTENTION_REBUILT,
  ATTENTION_UNMATCHED,
  CHANNEL,
  CHANNEL_ATTENTION,
  CHANNEL_FIRST_RECEIVER,
  CHANNEL_FIRST_SENDER,
  CHANNEL_HEAD,
  CHANNEL_LAST_RECEIVER,
  CHANNEL_LAST_SENDER,
  CHANNEL_POISON,
  CHANNEL_REASON,
  CHANNEL_RECEIVERS,
  CHANNEL_RING,
  CHANNEL_SENDERS,
  CHANNEL_TAIL,
  CLAIM_RESERVED,
  CLAIM_WAITING,
  DATA,
  DESK_CUT,
  DESK_SIZE,
  DESKS,
  END,
  END_CHANNEL,
  END_LIVE,
  END_SENDS,
  END_STATE,
  IN_CHANNEL,
  KIND_MASK,
  LINK,
  META,
  NODE_ARRIVAL,
  NODE_CHANNEL,
  NODE_ENLISTED,
  NODE_LINKED,
  NODE_TICKET,
  OWNER_SHIFT,
  RING,
  TICKET_CLAIM,
} from "../kernel/heap_layout.ts";
import { longAt, ownerOf, recoveries, type Survey } from "./burial_survey.ts";

/** Takes over a lock that it held, puts the channel in order, and gives the lock back. The blocks that nothing refers to. */
export function unlock(heap: Heap, channel: number, dead: number, found: Survey): number[] {
  const { kernel } = heap;
  recoveries.locks++;
  // A receiver's lock alone: a short way, which publishes all or nothing.
  if (kernel.inherit(channel, dead) === 0) return [];
  const unused = rebuild(heap, channel, found);
  kernel.seal(channel);
  kernel.mendLock(channel, dead - 1);
  kernel.unlock(channel);
  return unused;
}

/** Lets everybody go on who can, in a channel that was unlocked. */
export function catchUp(heap: Heap, channel: number): void {
  const { kernel } = heap;
  if ((heap.load(channel + META) & KIND_MASK) !== CHANNEL || kernel.enter() === 0) return;
  kernel.lock(channel);
  kernel.catchUp(channel);
  kernel.unlock(channel);
  kernel.leave(0);
}

/** Whether the senders' lock is a dead interpreter's, and the receivers' another dead one's, who must be recovered before. */
export function isShared(heap: Heap, channel: number, dead: number): boolean {
  if (ownerOf(heap, channel + CHANNEL_TAIL) !== dead) return false;
  const other = ownerOf(heap, channel + CHANNEL_HEAD);
  return other !== 0 && other !== dead && isCutOff(heap, other);
}

/** Whether an interpreter that is cut off holds a lock of the channel. */
export function isLockedByDead(heap: Heap, channel: number): boolean {
  return isCutOff(heap, ownerOf(heap, channel + CHANNEL_TAIL)) ||
    isCutOff(heap, ownerOf(heap, channel + CHANNEL_HEAD));
}

function isCutOff(heap: Heap, owner: number): boolean {
  return owner !== 0 && heap.load(DESKS + (owner - 1) * DESK_SIZE + DESK_CUT) !== 0;
}

/**
 * Under both locks: makes lists and counts again; the blocks that nothing refers to any more.
 *
 * An owner withdraws a node without the lock when it is in no list, unless ATTENTION_REBUILT says otherwise. One that had
 * looked at that bit before had a ticket that was settled, or gave it up, before; if it has used the ticket again since, to
 * wait elsewhere, the node was not enlisted, or of another channel, before CLAIM said so. So CLAIM is read first.
 */
function rebuild(heap: Heap, channel: number, { nodes, ends, rings }: Survey): number[] {
  const words = heap.words(channel + CHANNEL_ATTENTION);
  Atomics.or(words, (channel + CHANNEL_ATTENTION) >>> 2, ATTENTION_REBUILT | ATTENTION_UNMATCHED);
  for (
    const word of [CHANNEL_FIRST_SENDER, CHANNEL_LAST_SENDER, CHANNEL_FIRST_RECEIVER, CHANNEL_LAST_RECEIVER]
  ) heap.store(channel + word, 0);
  const waiting: { at: number; arrival: bigint }[] = [];
  for (const at of nodes) {
    const linked = heap.load(at + NODE_LINKED) !== 0;
    if (heap.load(at + NODE_CHANNEL) >>> 0 !== channel) continue;
    if (linked) heap.store(at + NODE_LINKED, 0);
    const claim = heap.load((heap.load(at + NODE_TICKET) >>> 0) + TICKET_CLAIM);
    if (claim !== CLAIM_WAITING && (claim & 0xff) !== CLAIM_RESERVED) continue;
    if (heap.load(at + NODE_ENLISTED) === 0 || heap.load(at + NODE_CHANNEL) >>> 0 !== channel) continue;
    waiting.push({ at, arrival: longAt(heap, at + NODE_ARRIVAL) });
  }
  waiting.sort((one, other) => (one.arrival < other.arrival ? -1 : 1));
  for (const { at } of waiting) heap.kernel.link(channel, at);
  const counts = [0, 0];
  for (const at of ends) {
    if ((heap.load(at + META) & KIND_MASK) !== END || heap.load(at + END_CHANNEL) >>> 0 !== channel) continue;
    if (heap.load(at + END_STATE) === END_LIVE) counts[heap.load(at + END_SENDS) !== 0 ? 1 : 0]!++;
  }
  for (const sends of [1, 0] as const) {
    const word = channel + (sends === 1 ? CHANNEL_SENDERS : CHANNEL_RECEIVERS);
    const before = heap.load(word);
    heap.store(word, counts[sends]!);
    if (before === 0 || counts[sends] !== 0) continue;
    heap.kernel.markAfter(channel, sends);
  }
  const unused = rings.filter((at) =>
    heap.load(at + META) === (RING | IN_CHANNEL << OWNER_SHIFT) && heap.load(at + LINK) >>> 0 === channel &&
    heap.load(channel + CHANNEL_RING) >>> 0 !== at + 16
  );
  const attention = heap.attention(channel);
  for (
    const [word, bit] of [[CHANNEL_REASON, ATTENTION_CLOSED], [CHANNEL_POISON, ATTENTION_POISONED]] as const
  ) {
    const block = heap.load(channel + word) >>> 0;
    if (block === 0 || (attention & bit) !== 0) continue;
    heap.store(channel + word, 0);
    if (heap.load(block + META) === (DATA | IN_CHANNEL << OWNER_SHIFT)) unused.push(block);
  }
  return unused;
}
