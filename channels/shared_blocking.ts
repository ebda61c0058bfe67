/**
 * The blocking forms of a shared channel: look for some microseconds, then enlist and sleep.
 *
 * How often a thread looks matters more than anything else it does: each look takes the other side's cache line. Who comes
 * from a run of successes waits for a batch to gather, the longer the run was; who waits for every single value looks at once.
 */
import { STATUS_OK, STATUS_WAIT, TAG_NUMBER, TICKET_STATUS } from "../kernel/heap_layout.ts";
import { spinOnce } from "../runtime/mod.ts";
import { ticketHere, waitBlocked } from "./blocked.ts";
import type { BlockOptions, Side } from "./form.ts";
import { peersRun } from "./heap_here.ts";
import { checkBlock } from "./limits.ts";
import type { Settled } from "./port.ts";
import { actionOf, tooLate } from "./refusals.ts";
import type { SharedForm } from "./shared_form.ts";
import { sendOutcome } from "./shared_guards.ts";
import { surroundings } from "./surroundings.ts";
import { Packed } from "./values.ts";

/** Turns of spinning before a thread enlists. */
const PATIENCE = 1000;
/** Turns before the first look of a thread that comes from a run of successes, at most. */
const LONGEST_PAUSE = 128;
/** The same between two later looks. */
const LATER_PAUSE = 32;

/** Successes since this thread paused last. */
let run = 0;

/** Throws when this thread may not block, or the options are none. */
export function checkBlocking(form: SharedForm, side: Side, options: BlockOptions | undefined): void {
  const refusal = surroundings.whyNotBlock(actionOf(side, form.name));
  if (refusal !== undefined) throw refusal;
  if (options !== undefined) checkBlock(actionOf(side, form.name), options);
}

/** See `sendSync` of channel.ts. */
export function sendBlocking(form: SharedForm, value: unknown, options: BlockOptions | undefined): void {
  if (options !== undefined || !surroundings.mayBlock()) checkBlocking(form, "sender", options);
  if (typeof value === "number") return sendNumber(form, value, options?.timeout);
  const packed = new Packed();
  packed.pack(form.heap, value, "value");
  const { kernel } = form.heap;
  let status = kernel.sendTag(form.at, packed.tag, packed.low);
  if (status === STATUS_OK) run++;
  else if (status === STATUS_WAIT && form.capacity > 0 && peersRun && options?.timeout !== 0) {
    let pause = firstPause(form.capacity);
    for (let turns = 0; turns < PATIENCE && status === STATUS_WAIT; turns += pause, pause = longer(pause)) {
      for (let i = 0; i < pause; i++) spinOnce();
      status = kernel.sendTag(form.at, packed.tag, packed.low);
    }
  }
  if (status === STATUS_WAIT) {
    const ticket = ticketHere(form.heap);
    status = kernel.startSendTag(form.at, ticket, packed.tag, packed.low);
    if (status === STATUS_WAIT) {
      try {
        status = waitFor(form, ticket, "sender", options?.timeout);
      } catch (error) {
        packed.unsent(form.heap);
        throw error;
      }
    }
  }
  raise(sendOutcome(form, packed, status, value));
}

function sendNumber(form: SharedForm, value: number, timeout: number | undefined): void {
  const { heap, at } = form;
  const { kernel } = heap;
  let status = STATUS_WAIT;
  if (form.capacity > 0) {
    status = kernel.sendNumber(at, value);
    if (status === STATUS_OK) {
      run++;
      return;
    }
    if (peersRun && timeout !== 0) {
      let pause = firstPause(form.capacity);
      for (let turns = 0; turns < PATIENCE && status === STATUS_WAIT; turns += pause, pause = longer(pause)) {
        for (let i = 0; i < pause; i++) spinOnce();
        status = kernel.sendNumber(at, value);
      }
    }
  }
  if (status === STATUS_WAIT) {
    const ticket = ticketHere(heap);
    status = kernel.startSendNumber(at, ticket, value);
    if (status === STATUS_WAIT) status = waitFor(form, ticket, "sender", timeout);
  }
  if (status !== STATUS_OK) raise(form.sentAs(status, value));
}

function raise(settled: Settled | undefined): void {
  if (settled?.is === "failed") throw settled.error;
}

/** See `receiveSync` of channel.ts. */
export function receiveBlocking(form: SharedForm, options: BlockOptions | undefined): unknown {
  if (options !== undefined || !surroundings.mayBlock()) checkBlocking(form, "receiver", options);
  const { heap, at } = form;
  const { kernel } = heap;
  let status = STATUS_WAIT;
  if (form.capacity > 0) {
    let number = kernel.receive(at);
    if (number === number) {
      run++;
      return number;
    }
    status = heap.status;
    if (peersRun && options?.timeout !== 0) {
      let pause = firstPause(form.capacity);
      for (let turns = 0; turns < PATIENCE && status === STATUS_WAIT; turns += pause, pause = longer(pause)) {
        for (let i = 0; i < pause; i++) spinOnce();
        number = kernel.receive(at);
        if (number === number) return number;
        status = heap.status;
      }
    }
  }
  if (status === STATUS_WAIT) {
    const ticket = ticketHere(heap);
    status = kernel.startReceive(at, ticket);
    if (status === STATUS_WAIT) {
      status = waitFor(form, ticket, "receiver", options?.timeout, form.promise ? 1 : 0);
    }
  }
  if (status === STATUS_OK) return heap.tag === TAG_NUMBER ? heap.number : form.unpacked();
  throw form.whyNotReceive(status);
}

/**
 * Half as many turns as there were successes: a stream that gave many since the last pause gives as many again meanwhile, one
 * that gives few is looked at soon. Never so long that the other side fills, or empties, a good part of the channel.
 */
function firstPause(capacity: number): number {
  const pause = Math.max(1, Math.min(run, capacity / 4, 2 * LONGEST_PAUSE) >> 1);
  run = 0;
  return pause;
}

function longer(pause: number): number {
  return Math.min(pause * 2, LATER_PAUSE);
}

/** Blocks this thread until `ticket`, which waits, is settled; its status. Throws when it has given up. `keep`: as of `waitBlocked`. */
function waitFor(
  form: SharedForm,
  ticket: number,
  side: Side,
  timeout: number | undefined,
  keep?: 0 | 1,
): number {
  if (!waitBlocked(form.heap, ticket, timeout, undefined, keep)) throw tooLate(side, form.name, timeout!);
  return form.heap.load(ticket + TICKET_STATUS);
}
