/** The slots of a channel's ring, and how values look in them: a double, or a tag and a payload in a NaN's clothes. */
import {
  BOXED,
  CHANNEL_CAPACITY,
  CHANNEL_MASK,
  CHANNEL_RING,
  DATA,
  DESK_LOW,
  DESK_NUMBER,
  DESK_TAG,
  IN_CHANNEL,
  META,
  OWNER_SHIFT,
  TAG_BLOCK,
  TAG_CHANNEL,
  TAG_NUMBER,
  TAG_RECEIVER,
} from "../heap_layout";
import { desk, me } from "./desk";

/** The number that stands for every NaN. */
const NOT_A_NUMBER: i64 = 0x7ff8000000000000;

/** Address of the slot at a position. */
// @ts-ignore: decorator
@inline
export function slotAt(channel: usize, position: i64): usize {
  return <usize> load<u32>(channel, CHANNEL_RING) +
    (<usize> (<i32> position & load<i32>(channel, CHANNEL_MASK)) << 3);
}

/** Whether a ring with values from `head` to `tail` takes one more. */
// @ts-ignore: decorator
@inline
export function hasRoom(channel: usize, head: i64, tail: i64): bool {
  return tail - head < <i64> load<u32>(channel, CHANNEL_CAPACITY);
}

/** A number as it stands in a slot. */
// @ts-ignore: decorator
@inline
export function ofNumber(value: f64): i64 {
  return value != value ? NOT_A_NUMBER : reinterpret<i64>(value);
}

/** Anything else as it stands in a slot. */
// @ts-ignore: decorator
@inline
export function ofTag(tag: i32, low: u32): i64 {
  return <i64> BOXED << 32 | <i64> tag << 32 | <i64> low;
}

// @ts-ignore: decorator
@inline
export function isBoxed(value: i64): bool {
  return (value >>> 48) == (BOXED >>> 16);
}

/** The block a value is in, 0 if it is in the slot itself. */
// @ts-ignore: decorator
@inline
export function blockOf(value: i64): usize {
  return isBoxed(value) && (<i32> (value >>> 32) & 0xffff) == TAG_BLOCK ? <usize> <u32> value : 0;
}

/** Before a value enters a channel: its block belongs to nobody. */
// @ts-ignore: decorator
@inline
export function handIn(value: i64): void {
  const block = blockOf(value);
  if (block != 0) atomic.store<i32>(block, DATA | IN_CHANNEL << OWNER_SHIFT, META);
}

/** A value that did not get in, or has come out: its block is this interpreter's. */
export function handBack(value: i64): void {
  const block = blockOf(value);
  if (block != 0) atomic.store<i32>(block, DATA | me << OWNER_SHIFT, META);
}

/** Whether a value refers to a channel or an end: it counts as a flight. */
// @ts-ignore: decorator
@inline
export function isReference(value: i64): bool {
  const tag = <i32> (value >>> 32) & 0xffff;
  return isBoxed(value) && tag >= TAG_CHANNEL && tag <= TAG_RECEIVER;
}

/** Puts a value on the desk, for JavaScript. */
export function showValue(value: i64): void {
  if (!isBoxed(value)) {
    store<i32>(desk, TAG_NUMBER, DESK_TAG);
    store<f64>(desk, reinterpret<f64>(value), DESK_NUMBER);
    return;
  }
  store<i32>(desk, <i32> (value >>> 32) & 0xffff, DESK_TAG);
  store<u32>(desk, <u32> value, DESK_LOW);
}

/** Puts a value that was received on the desk; its block is this interpreter's from now on. */
export function handOut(value: i64): void {
  showValue(value);
  handBack(value);
}
