/** Medians, and numbers with as many digits as mean something. */

/** The middle of the samples, or the mean of the two in the middle; NaN when there are none. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? NaN;
  const high = sorted[Math.floor(middle)] ?? NaN;
  return (low + high) / 2;
}

/** How far apart the middle half of the samples lies, in percent of their median: large when something else was running. */
export function spread(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const quarter = Math.floor(sorted.length / 4);
  return ((sorted.at(-1 - quarter) ?? NaN) - (sorted[quarter] ?? NaN)) / median(samples) * 100;
}

/** About three digits: 2004, 34.2, 5.1, 0.42. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return "";
  const size = Math.abs(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 0.995 ? 1 : 2);
}

/** How many times: two decimals below ten, such as 1.28. */
export function times(value: number): string {
  return Number.isFinite(value) ? value.toFixed(value < 9.995 ? 2 : 1) : "";
}

/** Percent: whole ones, tenths below ten. */
export function percent(value: number): string {
  return Number.isFinite(value) ? value.toFixed(Math.abs(value) < 9.95 ? 1 : 0) : "";
}
