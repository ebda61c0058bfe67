/** Lets what a measurement leaves behind come to an end before the next one begins. */

/**
 * Collects garbage where the runtime lets a program do so, and gives ending threads and processes time.
 *
 * @param ms Milliseconds to wait.
 */
export async function settle(ms: number): Promise<void> {
  // Node and Deno would need a flag, which turns the code caches of their own modules off and so slows every start.
  const { Bun } = globalThis as { Bun?: { gc(synchronous: boolean): void } };
  Bun?.gc(true);
  await new Promise<void>((resolve) => setTimeout(resolve, ms));
}

/** The ways in another order each round, so that none always comes first or after the same other one. */
export function rotate<T>(ways: readonly T[], round: number): T[] {
  const from = round % ways.length;
  return [...ways.slice(from), ...ways.slice(0, from)];
}
