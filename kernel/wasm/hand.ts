/**
 * References that leave this interpreter, and references that arrive: each counts as a flight of its channel from when it is
 * taken up until it ends, and stands at one place meanwhile: in hand, in the words of a data block, in a node, in a ring or on
 * the desk as the value under way.
 *
 * *Invariant.* A step that takes a reference from one place to another, or counts it, is one stretch of code without a call
 * or a loop: a thread is terminated at entries of functions and at the ends of loops only (tests/kernel/straight_test.ts), so
 * it has done all of the stretch or nothing. What may take time, room in the hand or a search, comes before it. Each step asks
 * whether the interpreter was cut off, once, before it begins; then main ends what is there.
 */
import {
  DATA,
  DATA_BODY,
  DATA_REFS,
  DESK_HAND,
  DESK_HAND_BLOCK,
  DESK_HANDS,
  DESK_HELD,
  END,
  END_CHANNEL,
  HAND,
  HAND_BODY,
  IN_CHANNEL,
  META,
  OWNER_SHIFT,
  TAG_CHANNEL,
} from "../heap_layout";
import { allocate, classAt, free } from "./blocks";
import { desk, enter, leave, me } from "./desk";
import { addFlight, left, losesFlight } from "./lifetime";
import { isReference } from "./slots";

/** A value as a reference of a block: the offset, and 1 for an end. */
// @ts-ignore: decorator
@inline
export function referenceOf(value: i64): u32 {
  return <u32> value | ((<i32> (value >>> 32) & 0xffff) == TAG_CHANNEL ? 0 : 1);
}

/** Where the hand is. */
// @ts-ignore: decorator
@inline
function hand(): usize {
  const block = <usize> load<u32>(desk, DESK_HAND_BLOCK);
  return block != 0 ? block + HAND_BODY : desk + DESK_HAND;
}

/** Makes room for `more` references in hand; false when no memory is left. */
export function reach(more: i32): bool {
  const held = load<i32>(desk, DESK_HELD);
  const before = <usize> load<u32>(desk, DESK_HAND_BLOCK);
  const room = before != 0 ? ((1 << classAt(before)) - HAND_BODY) >> 2 : DESK_HANDS;
  if (held + more <= room) return true;
  const block = allocate(<u32> (max(held + more, 2 * room) * 4 + HAND_BODY), HAND);
  if (block == 0) return false;
  memory.copy(block + HAND_BODY, hand(), <usize> held << 2);
  store<u32>(desk, block, DESK_HAND_BLOCK);
  if (before != 0) free(before);
  return true;
}

/** Adds a reference to the hand, which has room for it. */
// @ts-ignore: decorator
@inline
export function hold(reference: u32): void {
  const held = load<i32>(desk, DESK_HELD);
  store<u32>(hand() + (<usize> held << 2), reference);
  store<i32>(desk, held + 1, DESK_HELD);
}

/** Takes the reference at `at` out of the hand. */
// @ts-ignore: decorator
@inline
export function drop(at: usize): void {
  const last = load<i32>(desk, DESK_HELD) - 1;
  store<u32>(at, load<u32>(hand() + (<usize> last << 2)));
  store<i32>(desk, last, DESK_HELD);
}

/** Where a reference is in hand, the last one first; 0 if it is not. */
export function inHand(reference: u32): usize {
  const from = hand();
  for (let at = from + (<usize> load<i32>(desk, DESK_HELD) << 2); at > from; at -= 4) {
    if (load<u32>(at - 4) == reference) return at - 4;
  }
  return 0;
}

/** The same for the value of a slot. */
// @ts-ignore: decorator
@inline
export function valueInHand(value: i64): usize {
  return isReference(value) ? inHand(referenceOf(value)) : 0;
}

/** A channel begins to leave: a flight more, in hand. False when no memory is left or this interpreter was cut off. */
export function takeUp(channel: usize): bool {
  if (!reach(1) || !enter()) return false;
  hold(<u32> channel);
  addFlight(channel);
  leave(0);
  return true;
}

/** The same for an end, which is nobody's from now on. */
export function takeUpEnd(end: usize): bool {
  if (!reach(1) || !enter()) return false;
  const channel = <usize> load<u32>(end, END_CHANNEL);
  hold(<u32> end | 1);
  addFlight(channel);
  atomic.store<i32>(end, END | IN_CHANNEL << OWNER_SHIFT, META);
  leave(0);
  return true;
}

/** A channel does not leave after all. 1 if it is dead now and the caller's to dispose of. */
export function putBack(channel: usize): i32 {
  const at = inHand(<u32> channel);
  if (!enter()) return 0;
  if (at != 0) drop(at);
  losesFlight(channel);
  return leave(left(channel));
}

/** The same for an end, which is this interpreter's again. */
export function putBackEnd(end: usize): i32 {
  const at = inHand(<u32> end | 1);
  if (!enter()) return 0;
  const channel = <usize> load<u32>(end, END_CHANNEL);
  atomic.store<i32>(end, END | me << OWNER_SHIFT, META);
  if (at != 0) drop(at);
  losesFlight(channel);
  return leave(left(channel));
}

/** The references taken up last, `count` of them, stand in a data block from now on. */
export function written(block: usize, count: i32): void {
  const held = load<i32>(desk, DESK_HELD) - count;
  memory.copy(block + DATA_BODY, hand() + (<usize> held << 2), <usize> count << 2);
  if (!enter()) return;
  store<i32>(block, count, DATA_REFS);
  store<i32>(desk, held, DESK_HELD);
  leave(0);
}

/** The references of a data block are in hand again: it will not be sent. False when no memory is left. */
export function takeBack(block: usize): bool {
  const count = load<i32>(block, DATA_REFS);
  if (!reach(count)) return false;
  const held = load<i32>(desk, DESK_HELD);
  memory.copy(hand() + (<usize> held << 2), block + DATA_BODY, <usize> count << 2);
  if (!enter()) return true;
  store<i32>(desk, held + count, DESK_HELD);
  store<i32>(block, 0, DATA_REFS);
  leave(0);
  return true;
}

/**
 * An end that is under way becomes this interpreter's; false if it is not under way any more. `word`: where the reference
 * stands that brought it, which is one to its channel from now on; 0 to leave that as it is.
 */
export function claimEnd(end: usize, word: usize): bool {
  if (!enter()) return false;
  const channel = load<u32>(end, END_CHANNEL);
  const mine = END | me << OWNER_SHIFT;
  const nobodys = END | IN_CHANNEL << OWNER_SHIFT;
  if (atomic.cmpxchg<i32>(end, nobodys, mine, META) != nobodys) {
    leave(0);
    return false;
  }
  if (word != 0) store<u32>(word, channel);
  leave(0);
  return true;
}

/** A data block becomes what `word` says, and is nobody's from now on. */
export function give(block: usize, word: usize): void {
  if (!enter()) return;
  store<u32>(word, block);
  atomic.store<i32>(block, DATA | IN_CHANNEL << OWNER_SHIFT, META);
  leave(0);
}

/** The same if `word` is 0; whether it was. */
export function giveFirst(block: usize, word: usize): bool {
  if (!enter()) return false;
  const first = atomic.cmpxchg<u32>(word, 0, <u32> block) == 0;
  if (first) atomic.store<i32>(block, DATA | IN_CHANNEL << OWNER_SHIFT, META);
  leave(0);
  return first;
}

/** The data block that `word` names is this interpreter's from now on, and `word` 0. The block, or 0. */
export function take(word: usize): usize {
  if (!enter()) return 0;
  const block = <usize> load<u32>(word);
  if (block != 0) {
    atomic.store<i32>(block, DATA | me << OWNER_SHIFT, META);
    store<u32>(word, 0);
  }
  leave(0);
  return block;
}

/** A data block is this interpreter's from now on, whoever had it. False when this interpreter was cut off. */
export function own(block: usize): bool {
  if (!enter()) return false;
  atomic.store<i32>(block, DATA | me << OWNER_SHIFT, META);
  leave(0);
  return true;
}
