/** How many threads of this machine can run at once. */

/** At least 1. */
export function availableCores(): number {
  return Math.max(1, globalThis.navigator?.hardwareConcurrency ?? 1);
}
