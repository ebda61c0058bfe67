/** References that leave this interpreter: noted on its desk until they stand in a block, a node or a ring. */
import { DATA_BODY, DATA_REFS, DESK_HAND, DESK_HANDS, TAG_CHANNEL } from "../heap_layout";
import { desk, isCut } from "./desk";
import { isReference } from "./slots";

/** A value as a reference of a block: the offset, and 1 for an end. */
function referenceOf(value: i64): u32 {
  return <u32> value | ((<i32> (value >>> 32) & 0xffff) == TAG_CHANNEL ? 0 : 1);
}

/** Replaces a word of the hand, if it is there. Nothing changes once this interpreter was cut off: main ends what is there. */
function replace(before: u32, after: u32): void {
  if (isCut()) return;
  const at = inHand(before);
  if (at != 0) store<u32>(at, after);
}

/** A reference is leaving. What does not fit is found by nobody if this interpreter dies right now. */
export function takeUp(reference: u32): void {
  replace(0, reference);
}

/** It stands elsewhere now, or has not left after all. */
export function putDown(reference: u32): void {
  replace(reference, 0);
}

/** Where a reference is in hand; 0 if it is not. */
export function inHand(reference: u32): usize {
  for (let at: usize = desk + DESK_HAND; at < desk + DESK_HAND + 4 * DESK_HANDS; at += 4) {
    if (load<u32>(at) == reference) return at;
  }
  return 0;
}

/** The references of a data block are written, `count` of them: it is there that they are found from now on, and not in hand. */
export function written(block: usize, count: i32): void {
  if (isCut()) return;
  memory.fill(desk + DESK_HAND, 0, 4 * DESK_HANDS);
  store<i32>(block, count, DATA_REFS);
}

/** The references of a data block are in hand again, those that there is room for: it will not be sent. */
export function takeBack(block: usize): void {
  if (isCut()) return;
  const count = min(load<i32>(block, DATA_REFS), DESK_HANDS);
  memory.copy(desk + DESK_HAND, block + DATA_BODY, 4 * count);
  store<i32>(block, 0, DATA_REFS);
}

/** As `takeUp` and `putDown`, for the value of a slot. */
// @ts-ignore: decorator
@inline
export function takeUpValue(value: i64): void {
  if (isReference(value)) takeUp(referenceOf(value));
}

// @ts-ignore: decorator
@inline
export function putDownValue(value: i64): void {
  if (isReference(value)) putDown(referenceOf(value));
}
