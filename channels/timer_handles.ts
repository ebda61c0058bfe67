/**
 * Timers that leave this interpreter or arrive here: every interpreter has a timer of its own for the same moments, and they
 * share what says which of these were taken.
 *
 * *Invariant.* A moment is taken by moving a counter in the shared heap, so it is one interpreter's. The interpreter that made
 * the timer is no more than others: when it has ended, the timer goes on.
 *
 * *Who waits and who wakes.* Whoever waits does so by a timer of its own runtime. A channel that nothing is sent to tells
 * them that the timer was closed.
 */
import { MODE_COUNTER } from "../kernel/heap_layout.ts";
import { type Message, registerKind } from "../sharing/kinds.ts";
import { Channel } from "./channel.ts";
import { openCore } from "./core.ts";
import type { LockCore } from "./lock_core.ts";
import { lockAt, lockLeaves, openLock } from "./lock_handles.ts";
import { type Mark, type Moments, Schedule } from "./schedule.ts";
import { surroundings } from "./surroundings.ts";
import { type Shared, TickingTimer, Timer } from "./timers.ts";
import { never } from "./timers_api.ts";

/** What crosses of a timer. */
type Description = [name: string, moments: Moments, counter: number, closing: Channel<unknown>];

/** The mark of a timer that several interpreters have. */
class SharedMark implements Mark {
  readonly core: LockCore;

  constructor(core: LockCore) {
    this.core = core;
  }

  get at(): number {
    return this.core.count;
  }

  move(before: number, after: number): boolean {
    const { heap, at } = this.core;
    const moved = heap.kernel.moveCounter(at, before, after);
    if (moved < 0) throw surroundings.whyCutOff();
    return moved === 1;
  }
}

/** The shared part of `timer`; made if it has not crossed before. */
function share(timer: Timer): Shared {
  if (timer.shared !== undefined) return timer.shared;
  const core = openLock("timer", MODE_COUNTER, 0, "");
  core.heap.kernel.addToCounter(core.at, timer.schedule.mark.at);
  core.handle = timer;
  const closing = new Channel<unknown>(openCore({ name: timer.name }) as never);
  timer.schedule.mark = new SharedMark(core);
  return timer.join({ core, closing });
}

function describe(timer: Timer, message: Message): Description {
  const { core, closing } = share(timer);
  return [timer.name, timer.schedule.moments, lockLeaves(core, message), closing];
}

function arrived(
  [name, moments, counter, closing]: Description,
  Class: typeof Timer | typeof TickingTimer,
): Timer {
  const core = lockAt("timer", counter);
  if (core.handle !== undefined) return core.handle as Timer;
  const schedule = Schedule.of(moments);
  schedule.mark = new SharedMark(core);
  const timer = new Class(name, schedule);
  core.handle = timer;
  timer.join({ core, closing });
  return timer;
}

/** Lets timers cross; once. */
export function installTimers(): void {
  registerKind<Timer>(Timer.prototype, {
    name: "timer",
    encode: describe,
    decode: (description: Description) => arrived(description, Timer),
  });
  registerKind<TickingTimer>(TickingTimer.prototype, {
    name: "ticker",
    encode: describe,
    decode: (description: Description) => arrived(description, TickingTimer) as TickingTimer,
  });
  registerKind(Object.getPrototypeOf(never) as typeof never, {
    name: "never",
    encode: () => undefined,
    decode: () => never,
  });
}
