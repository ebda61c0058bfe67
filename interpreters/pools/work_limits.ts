/** Watches the limits of tasks. `giveUp` is told of the task and the reason; `work.release` lets go of what was watched. */
import { TimeoutError } from "../../channels/errors.ts";
import { startTimer } from "../../runtime/mod.ts";
import type { Seat, Work } from "./work.ts";

/** Watches the signal of a task that was handed in. */
export function watchSignal(work: Work, giveUp: (work: Work, reason: unknown) => void): void {
  const { signal } = work.limits;
  if (signal === undefined) return;
  const aborted = (): void => giveUp(work, signal.reason);
  signal.addEventListener("abort", aborted, { once: true });
  work.release = () => signal.removeEventListener("abort", aborted);
}

/** Watches the time of a task that begins now, in `seat`. */
export function watchTime(work: Work, seat: Seat, giveUp: (work: Work, reason: unknown) => void): void {
  const { timeout } = work.limits;
  if (timeout === undefined || timeout === Infinity || work.state !== "running") return;
  const stop = startTimer(timeout, () => {
    if (work.seat !== seat) return;
    const name = work.name || "anonymous";
    giveUp(work, new TimeoutError(`Cannot wait any longer for task "${name}": ${timeout} ms have passed`));
  });
  const before = work.release;
  work.release = () => {
    before?.();
    stop();
  };
}
