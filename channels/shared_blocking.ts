/**
 * The blocking forms of a shared channel: look for some microseconds, then enlist and sleep.
 *
 * How often a thread looks matters more than anything else it does: each look takes the other side's cache line. Who comes
 * from a run of successes waits for a batch to gather, half a microsecond; who waits for every single value looks at once.
 */
import { STATUS_OK, STATUS_WAIT } from "../kernel/heap_layout.ts";
import { spinOnce } from "../runtime/mod.ts";
import type { BlockOptions, Side } from "./form.ts";
import { heapHere, peersRun } from "./heap_here.ts";
import { checkBlock } from "./limits.ts";
import type { Guard, Settled, SharableWaiter } from "./port.ts";
import { actionOf, tooLate } from "./refusals.ts";
import type { SharedForm } from "./shared_form.ts";
import { SharedReceive, SharedSend } from "./shared_guards.ts";
import { surroundings } from "./surroundings.ts";
import type { Ticket } from "./tickets.ts";

/** Turns of spinning before a thread enlists. */
const PATIENCE = 1000;
/** Turns between two looks of a thread that comes from a run. */
const LONG_PAUSE = 16;
/** Successes that make a run. */
const RUN = 8;

let run = 0;

/** Throws when this thread may not block, or the options are none. */
export function checkBlocking(form: SharedForm, side: Side, options: BlockOptions | undefined): void {
  const refusal = surroundings.whyNotBlock(actionOf(side, form.name));
  if (refusal !== undefined) throw refusal;
  if (options !== undefined) checkBlock(actionOf(side, form.name), options);
}

/** See `sendSync` of channel.ts. */
export function sendBlocking(form: SharedForm, value: unknown, options: BlockOptions | undefined): void {
  const { kernel } = form.heap;
  const { at } = form;
  if (typeof value === "number" && options === undefined && surroundings.mayBlock()) {
    const first = kernel.sendNumber(at, value);
    if (first === STATUS_OK) {
      run++;
      return;
    }
    if (first !== STATUS_WAIT) return raise(form.sentAs(first, value));
    if (peersRun && form.capacity > 0) {
      let pause = firstPause();
      for (let turns = 0; turns < PATIENCE; turns += pause, pause = Math.min(pause * 2, 2 * LONG_PAUSE)) {
        for (let i = 0; i < pause; i++) spinOnce();
        const status = kernel.sendNumber(at, value);
        if (status === STATUS_OK) return;
        if (status !== STATUS_WAIT) return raise(form.sentAs(status, value));
      }
    }
  } else checkBlocking(form, "sender", options);
  const settled = form.attemptSend(value) ??
    block(new SharedSend(form, value), "sender", form.name, options?.timeout);
  raise(settled);
}

function raise(settled: Settled): void {
  if (settled.is === "failed") throw settled.error;
}

/** See `receiveSync` of channel.ts. */
export function receiveBlocking(form: SharedForm, options: BlockOptions | undefined): unknown {
  const { kernel } = form.heap;
  const { at } = form;
  if (options === undefined && surroundings.mayBlock()) {
    let number = kernel.receive(at);
    if (number === number) {
      run++;
      return number;
    }
    if (peersRun && form.capacity > 0) {
      let pause = firstPause();
      for (
        let turns = 0;
        turns < PATIENCE && form.heap.status === STATUS_WAIT;
        turns += pause, pause = Math.min(pause * 2, 2 * LONG_PAUSE)
      ) {
        for (let i = 0; i < pause; i++) spinOnce();
        number = kernel.receive(at);
        if (number === number) return number;
      }
    }
    if (form.heap.status === STATUS_OK) return form.unpacked();
  } else checkBlocking(form, "receiver", options);
  const settled = form.attemptReceive() ??
    block(new SharedReceive(form), "receiver", form.name, options?.timeout);
  if (settled.is === "done") return settled.value;
  if (settled.is === "failed") throw settled.error;
  throw settled.reason === undefined ? form.whyNotReceive(0) : settled.reason.error;
}

function firstPause(): number {
  const pause = run >= RUN ? LONG_PAUSE : 1;
  run = 0;
  return pause;
}

/** One operation that this thread is blocked for. */
class BlockedWaiter implements SharableWaiter {
  ticket = 0;
  arbiter: Ticket | undefined = undefined;
  settled: Settled | undefined = undefined;

  reserve(): boolean {
    return this.settled === undefined && this.arbiter!.reserve();
  }

  release(): void {
    this.arbiter!.release();
  }

  settle(_index: number, settled: Settled): void {
    this.arbiter!.settle();
    this.settled = settled;
  }

  finish(_index: number, settled: Settled): void {
    this.settled ??= settled;
  }
}

/** Waits for `guard` with this thread. */
function block(guard: Guard, side: Side, name: string, timeout: number | undefined): Settled {
  const refusal = surroundings.whyNotBlock(actionOf(side, name));
  if (refusal !== undefined) throw refusal;
  heapHere();
  const waiter = new BlockedWaiter();
  const deadline = timeout === undefined ? Infinity : performance.now() + timeout;
  try {
    guard.enlist(waiter, 0);
    while (waiter.settled === undefined) {
      guard.shared!.block!(waiter, deadline);
      if (waiter.settled === undefined && performance.now() >= deadline && waiter.arbiter!.giveUp()) {
        throw tooLate(side, name, timeout!);
      }
    }
    return waiter.settled;
  } finally {
    guard.withdraw(waiter, 0);
    waiter.arbiter?.close();
  }
}
