/** A party of a schedule, in an interpreter of its own: takes the steps that it is told to take. */
import { channels } from "#engines";
import { type Channel, type Receiver, type Sender, task } from "@pool/csp";
import {
  type Belongings,
  belongings,
  type Schedule,
  takeAwaiting,
  takeBlocking,
  type Taken,
} from "./_schedules.ts";

/** What the conductor has with one party. */
export interface Lines {
  /** Schedules to come, each with its channels. */
  readonly schedules: Channel<Brief>;
  /** Steps to take, as {@link codeOf} has them; negative: the schedule is over. */
  readonly steps: Channel<number>;
  /** How steps ended. */
  readonly reports: Channel<Report>;
}

/** A schedule with its channels. */
export interface Brief {
  readonly schedule: Schedule;
  readonly channels: readonly Channel<unknown>[];
  readonly carrier: Channel<Sender<unknown> | Receiver<unknown>>;
}

/** A step, and how it ended. */
export type Report = readonly [at: number, outcome: string];

/** A step to take as one number. */
export function codeOf({ at, n, arrives }: Taken): number {
  return (at * 64 + n) * 2 + (arrives ? 1 : 0);
}

function takenOf(code: number): Taken {
  return { at: code >>> 7, n: (code >>> 1) & 63, arrives: (code & 1) === 1 };
}

/** The slot of the interpreter: the owner of its tickets. */
export const slotHere: () => number = task(import.meta, function slotHere(): number {
  return channels().heapHere().slot;
});

/** Takes part awaiting, until `schedules` is closed. */
export const playAwaiting: (lines: Lines) => Promise<void> = task(
  import.meta,
  async function playAwaiting({ schedules, steps, reports }: Lines): Promise<void> {
    for await (const { schedule, channels, carrier } of schedules) {
      const own: Belongings = belongings(channels, carrier);
      for (let code = await steps.receive(); code >= 0; code = await steps.receive()) {
        const taken = takenOf(code);
        void takeAwaiting(schedule.steps[taken.at]!, taken, own).then((outcome) => {
          reports.trySend([taken.at, outcome]);
        });
      }
    }
  },
);

/** Takes part blocking, until `schedules` is closed. */
export const playBlocking: (lines: Lines) => void = task(
  import.meta,
  function playBlocking({ schedules, steps, reports }: Lines): void {
    for (;;) {
      let brief: Brief;
      try {
        brief = schedules.receiveSync();
      } catch {
        return;
      }
      const { schedule, channels, carrier } = brief;
      const own: Belongings = belongings(channels, carrier);
      for (let code = steps.receiveSync(); code >= 0; code = steps.receiveSync()) {
        const taken = takenOf(code);
        reports.trySend([taken.at, takeBlocking(schedule.steps[taken.at]!, taken, own)]);
      }
    }
  },
);
