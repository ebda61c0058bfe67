/** Times in buckets: how long tasks waited, how long they ran. */

/** How often times were in which range. */
export interface Histogram {
  /** How many were counted. */
  readonly count: number;
  /** Milliseconds; 0 while nothing was counted. */
  readonly mean: number;
  /** Milliseconds; 0 while nothing was counted. */
  readonly max: number;
  /** Milliseconds that `share` (0 to 1) of them did not exceed, to about a fifth. */
  quantile(share: number): number;
}

/** Buckets grow by the fourth root of two; the first ends at a microsecond. */
const STEPS = 4;
const FIRST_MS = 0.001;
const BUCKETS = 160;

/** See {@link Histogram}. */
export class Times implements Histogram {
  readonly #buckets = new Float64Array(BUCKETS);
  #count = 0;
  #sum = 0;
  max = 0;

  /** Counts one of `ms` milliseconds. */
  add(ms: number): void {
    const bucket = ms <= FIRST_MS ? 0 : Math.min(BUCKETS - 1, Math.ceil(STEPS * Math.log2(ms / FIRST_MS)));
    this.#buckets[bucket]!++;
    this.#count++;
    this.#sum += ms;
    if (ms > this.max) this.max = ms;
  }

  get count(): number {
    return this.#count;
  }

  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  quantile(share: number): number {
    if (!(share >= 0 && share <= 1)) {
      throw new RangeError(`Cannot give a quantile: ${share} is no share; use 0 to 1`);
    }
    let left = share * this.#count;
    if (this.#count === 0) return 0;
    for (let i = 0; i < BUCKETS; i++) {
      left -= this.#buckets[i]!;
      if (left <= 0) return Math.min(this.max, FIRST_MS * 2 ** (i / STEPS));
    }
    return this.max;
  }

  /** A copy that does not change any more. */
  snapshot(): Times {
    const copy = new Times();
    copy.#buckets.set(this.#buckets);
    copy.#count = this.#count;
    copy.#sum = this.#sum;
    copy.max = this.max;
    return copy;
  }
}
