/** Which interpreter of a pool gets which task, and when there should be more of them. Nothing changes here. */
import type { Seat, Work } from "./work.ts";

/** Behind a task that has run for so many milliseconds nothing need stand: it is taken back when others are idle. */
const TAKE_BACK_MS = 4;

/**
 * The interpreter that gets `work`: one that does nothing, or, `ahead`, that has the fewest before it; undefined if all have
 * enough.
 */
export function freest(
  seats: Iterable<Seat>,
  work: Work,
  maxTasks: number,
  ahead: boolean,
): Seat | undefined {
  let best: Seat | undefined;
  const canWait = ahead && work.prepared.light;
  for (const seat of seats) {
    if (seat.state !== "ready" || seat.taken >= maxTasks) continue;
    if (seat.works.size > (canWait && !seat.held && !holdsHeavy(seat) ? seat.line!.ahead : 0)) continue;
    if (seat.works.size === 0) return seat;
    if (best === undefined || seat.works.size < best.works.size) best = seat;
  }
  return best;
}

/** Whether what it runs may be given up, or is not to be kept waiting behind. */
function holdsHeavy(seat: Seat): boolean {
  for (const work of seat.works) return work.state === "running" || work.state === "left";
  return false;
}

/**
 * How many more interpreters there is something to do for, while `queued` tasks wait. Those that were sent ahead wait as
 * well: what they are behind may take for ever, or may wait for one of them.
 */
export function wantedMore(seats: Iterable<Seat>, queued: number): number {
  let starting = 0;
  let waiting = queued;
  for (const { state, works } of seats) {
    if (state === "starting") starting++;
    else if (works.size > 1) waiting += works.size - 1;
  }
  return waiting - starting;
}

/**
 * What one interpreter has before it and those that have nothing should get, the first first: its share of short tasks, all
 * that stands behind a long one; undefined if there is none.
 */
export function shareOfIdle(
  seats: Iterable<Seat>,
  maxTasks: number,
): { readonly seat: Seat; readonly works: readonly Work[] } | undefined {
  let idle = 0;
  let most: Seat | undefined;
  for (const seat of seats) {
    const { size } = seat.works;
    if (size > 1 && (most === undefined || size > most.works.size)) most = seat;
    else if (size === 0 && seat.state === "ready" && seat.taken < maxTasks) idle++;
  }
  if (idle === 0 || most === undefined) return undefined;
  const works = [...most.works];
  const isLong = performance.now() - most.first > TAKE_BACK_MS;
  return {
    seat: most,
    works: works.slice(1, isLong ? undefined : 1 + Math.floor(works.length * idle / (idle + 1))),
  };
}
