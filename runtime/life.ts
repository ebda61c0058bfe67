/**
 * Whether a thread has surely ended, where the runtime does not tell: on Deno a Worker is called ended once its end was asked
 * for, while its JavaScript runs until it gets back to its event loop. A thread takes a Web Lock with a name of its own
 * for as long as it lives; the runtime gives it back when it has ended.
 */
import { endIsCertain } from "./thread.ts";

/** What this file uses of Web Locks. */
interface Locks {
  request(name: string, granted: () => unknown): Promise<unknown>;
  request(
    name: string,
    options: { ifAvailable: true },
    granted: (lock: unknown) => unknown,
  ): Promise<unknown>;
}

function locks(): Locks | undefined {
  return (globalThis as { navigator?: { locks?: Locks } }).navigator?.locks;
}

function nameOf(life: number): string {
  return `@pool/csp thread ${life}`;
}

/** Takes a lock for as long as this thread lives, where that is needed; `taken` is told its number, never 0, once it has it. */
export function holdLife(taken: (life: number) => void): void {
  if (endIsCertain) return;
  const life = 1 + Math.floor(Math.random() * 0x7ffffffe);
  const held = locks()?.request(nameOf(life), function granted() {
    taken(life);
    return new Promise(function never() {});
  });
  held?.catch(function taken() {});
}

/** Whether the thread that took the lock `life` has ended. */
export async function hasEnded(life: number): Promise<boolean> {
  return await locks()!.request(nameOf(life), { ifAvailable: true }, function given(lock) {
    return lock !== null;
  }) as boolean;
}
