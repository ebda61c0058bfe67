/** Operations that may have to wait: they begin with a ticket, enlist its nodes, take them back, and read what came of it. */
import {
  ATTENTION_REBUILT,
  CHANNEL_ATTENTION,
  CHANNEL_MODE,
  CLAIM_DONE,
  CLAIM_GONE,
  CLAIM_RESERVED,
  CLAIM_WAITING,
  DESK_CHANNEL,
  DESK_VALUE,
  DESK_WAY,
  MODE_PERMITS,
  NODE_ARRIVAL,
  NODE_CASE,
  NODE_CHANNEL,
  NODE_ENLISTED,
  NODE_LINKED,
  NODE_SENDS,
  NODE_TICKET,
  NODE_VALUE,
  STATUS_OK,
  STATUS_SETTLED,
  STATUS_WAIT,
  TAG_UNDEFINED,
  TICKET_CLAIM,
  TICKET_NODE,
  TICKET_RESULT,
  TICKET_SLEEPS,
  TICKET_STATUS,
  TICKET_USES,
  WAY_HAND,
} from "../heap_layout";
import { keepReference, receiveLong, sendLong } from "./channel";
import { cut, desk, enter, leave, pause } from "./desk";
import { lock, unlock } from "./gates";
import { drop, hold, reach, referenceOf, valueInHand } from "./hand";
import { link, unlink } from "./lists";
import { matchLock } from "./locks";
import { match } from "./matching";
import { handOut, isReference, ofNumber, ofTag, showValue } from "./slots";
import { isOver } from "./tickets";

/** Makes a ticket, which nobody refers to, wait from now on, and its own node one for `channel`, as case 0. */
export function prepare(channel: usize, ticket: usize, sends: i32): usize {
  const node = ticket + TICKET_NODE;
  store<i32>(ticket, load<i32>(ticket, TICKET_USES) + 1, TICKET_USES);
  store<i32>(ticket, 0, TICKET_SLEEPS);
  store<u32>(node, channel, NODE_CHANNEL);
  store<i32>(node, sends, NODE_SENDS);
  store<u32>(node, ticket, NODE_TICKET);
  store<i32>(node, 0, NODE_CASE);
  store<i32>(node, 0, NODE_LINKED);
  store<i64>(node, 0, NODE_ARRIVAL);
  atomic.store<i32>(ticket, CLAIM_WAITING, TICKET_CLAIM);
  return node;
}

/** Sends a number, or lets `ticket` wait for that. */
export function startSendNumber(channel: usize, ticket: usize, value: f64): i32 {
  if (!enter()) return cut();
  return leave(sendLong(channel, ofNumber(value), prepare(channel, ticket, 1)));
}

/** Sends anything else, or lets `ticket` wait for that. */
export function startSendTag(channel: usize, ticket: usize, tag: i32, low: u32): i32 {
  if (!enter()) return cut();
  return leave(sendLong(channel, ofTag(tag, low), prepare(channel, ticket, 1)));
}

/** Receives, or lets `ticket` wait for that; a value goes to the desk. */
export function startReceive(channel: usize, ticket: usize): i32 {
  if (!enter()) return cut();
  return leave(receiveLong(channel, prepare(channel, ticket, 0)));
}

/** What a node of a send offers; before it enlists. */
export function setNumber(node: usize, value: f64): void {
  store<i64>(node, ofNumber(value), NODE_VALUE);
}

/** The same for anything else. */
export function setTag(node: usize, tag: i32, low: u32): void {
  store<i64>(node, ofTag(tag, low), NODE_VALUE);
}

/** Enlists one of several nodes of a ticket: SETTLED if the ticket was settled meanwhile or by this, else WAIT. */
export function enlist(node: usize): i32 {
  if (!enter()) return cut();
  const channel = <usize> load<u32>(node, NODE_CHANNEL);
  const ticket = <usize> load<u32>(node, NODE_TICKET);
  lock(channel);
  if (!isOver(ticket)) {
    const held = load<i32>(node, NODE_SENDS) != 0 ? valueInHand(load<i64>(node, NODE_VALUE)) : 0;
    store<i32>(node, 1, NODE_ENLISTED);
    if (held != 0) drop(held);
    link(channel, node);
    match(channel);
  }
  unlock(channel);
  return leave(isOver(ticket) ? STATUS_SETTLED : STATUS_WAIT);
}

/** Takes a node out of its channel's list, if it is there. What it offered and nobody has taken is in hand again. */
export function withdraw(node: usize): i32 {
  if (!enter()) return cut();
  const channel = <usize> load<u32>(node, NODE_CHANNEL);
  // Where main has made the lists anew after a death, only the lock tells; see `rebuild` in channels/burial.ts.
  if (
    atomic.load<i32>(node, NODE_LINKED) != 0 ||
    (atomic.load<i32>(channel, CHANNEL_ATTENTION) & ATTENTION_REBUILT) != 0
  ) {
    lock(channel);
    unlink(channel, node);
    // Who wanted more may have kept back those behind.
    if (load<i32>(channel, CHANNEL_MODE) >= MODE_PERMITS) matchLock(channel);
    unlock(channel);
  }
  const value = load<i64>(node, NODE_VALUE);
  const back = load<i32>(node, NODE_SENDS) != 0 && isReference(value) && load<i32>(node, NODE_ENLISTED) != 0 &&
    !isServed(node) && reach(1);
  if (back) hold(referenceOf(value));
  atomic.store<i32>(node, 0, NODE_ENLISTED);
  return leave(STATUS_OK);
}

/** Whether its ticket was settled by this node, with its value. */
function isServed(node: usize): bool {
  const ticket = <usize> load<u32>(node, NODE_TICKET);
  return atomic.load<i32>(ticket, TICKET_CLAIM) == (CLAIM_DONE | load<i32>(node, NODE_CASE) << 8) &&
    load<i32>(ticket, TICKET_STATUS) == STATUS_OK;
}

/** The owner of a ticket gives up: 1 if it has, 0 if the ticket was settled before. */
export function giveUp(ticket: usize): i32 {
  let spins = 0;
  while (true) {
    const claim = atomic.load<i32>(ticket, TICKET_CLAIM);
    if (claim == CLAIM_WAITING) {
      if (atomic.cmpxchg<i32>(ticket, CLAIM_WAITING, CLAIM_GONE, TICKET_CLAIM) == CLAIM_WAITING) return 1;
    } else if ((claim & 0xff) != CLAIM_RESERVED) return 0;
    else pause(spins++);
  }
}

/** Puts the result of a settled ticket on the desk: its status; and the case in DESK_POSITION's low word. */
export function collect(ticket: usize, keep: bool): i32 {
  const status = load<i32>(ticket, TICKET_STATUS);
  if (status == STATUS_OK) {
    const value = load<i64>(ticket, TICKET_RESULT);
    if (keep && !isReference(value)) showValue(value);
    else {
      store<u32>(desk, 0, DESK_CHANNEL);
      store<i32>(desk, WAY_HAND, DESK_WAY);
      store<i64>(desk, value, DESK_VALUE);
      store<i64>(ticket, ofTag(TAG_UNDEFINED, 0), TICKET_RESULT);
      handOut(value);
      keepReference();
    }
  }
  return status;
}
