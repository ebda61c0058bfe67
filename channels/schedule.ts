/** When a timer has its values: one moment, or one every so often; and which of them have been taken. */

/**
 * How many of a timer's moments are over: taken, or skipped for a later one. Here, or in shared memory, where all who have
 * the timer count.
 */
export interface Mark {
  readonly at: number;
  /** From `before` to `after`; false, and nothing has happened, if it is elsewhere by now. */
  move(before: number, after: number): boolean;
}

class MarkHere implements Mark {
  at = 0;

  move(_before: number, after: number): boolean {
    this.at = after;
    return true;
  }
}

/** Start on the clock of all interpreters, in milliseconds since the epoch, and the other two as they were given. */
export type Moments = readonly [start: number, value: number, period: number | undefined];

/** Moments are on the clock of `performance.now()`. */
export class Schedule {
  /** Replaced when the timer crosses. */
  mark: Mark = new MarkHere();
  readonly #start: number;
  readonly #value: number;
  readonly #period: number | undefined;
  #isOver = false;

  /** The first moment, the same in milliseconds since the epoch, and the milliseconds between two if there are more. */
  constructor(start: number, value: number, period?: number) {
    this.#start = start;
    this.#value = value;
    this.#period = period;
  }

  /** That of another interpreter, whose `performance.now()` began at another time. */
  static of([start, value, period]: Moments): Schedule {
    return new Schedule(start - performance.timeOrigin, value, period);
  }

  /** What another interpreter makes the same schedule of. */
  get moments(): Moments {
    return [performance.timeOrigin + this.#start, this.#value, this.#period];
  }

  /** The next moment; Infinity when there is none. */
  get due(): number {
    return this.#dueAt(this.mark.at);
  }

  /** There is no next moment any more. */
  end(): void {
    this.#isOver = true;
  }

  /**
   * The value of the latest moment that has come by `now`, once; undefined if none has since the last one taken. The value
   * is that moment in milliseconds since the epoch. Moments before the latest are skipped.
   */
  take(now: number): number | undefined {
    for (;;) {
      const next = this.mark.at;
      if (now < this.#dueAt(next)) return undefined;
      const period = this.#period;
      const passed = now - this.#start;
      if (period === 0) return this.#value + passed;
      // Always in whole periods from the start, so that nothing adds up; rounding must not give one moment twice.
      const latest = period === undefined ? 0 : Math.max(next, Math.floor(passed / period));
      // Else another interpreter has taken one meanwhile.
      if (this.mark.move(next, latest + 1)) return this.#value + (period === undefined ? 0 : latest * period);
    }
  }

  #dueAt(next: number): number {
    if (this.#isOver) return Infinity;
    if (next === 0) return this.#start;
    return this.#period === undefined ? Infinity : this.#start + next * this.#period;
  }
}
