/** When a timer has its values: one moment, or one every so often. */

/** Moments are on the clock of `performance.now()`. */
export class Schedule {
  /** The next moment; Infinity when there is none. */
  due: number;
  readonly #start: number;
  readonly #value: number;
  readonly #period: number | undefined;
  /** Number of the next moment, from 0. */
  #next = 0;

  /** The first moment, the same in milliseconds since the epoch, and the milliseconds between two if there are more. */
  constructor(start: number, value: number, period?: number) {
    this.due = start;
    this.#start = start;
    this.#value = value;
    this.#period = period;
  }

  /**
   * The value of the latest moment that has come by `now`, once; undefined if none has since the last one taken. The value
   * is that moment in milliseconds since the epoch. Moments before the latest are skipped.
   */
  take(now: number): number | undefined {
    if (now < this.due) return undefined;
    const period = this.#period;
    if (period === undefined) {
      this.due = Infinity;
      return this.#value;
    }
    const passed = now - this.#start;
    if (period === 0) return this.#value + passed;
    // Always in whole periods from the start, so that nothing adds up; rounding must not give one moment twice.
    const latest = Math.max(this.#next, Math.floor(passed / period));
    this.#next = latest + 1;
    this.due = this.#start + this.#next * period;
    return this.#value + latest * period;
  }
}
