/** Waiting for time to pass, and for others to have their turn. */
import { macrotask } from "../runtime/mod.ts";
import { currentProcess } from "./current_process.ts";

/** Longest delay of a timer, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Waits. Rejects with the reason when the process's signal aborts meanwhile.
 *
 * @param ms Milliseconds, at least 0; fractions count as far as the runtime's timers do.
 * @throws {RangeError} When `ms` is negative or not a number.
 *
 * @example
 * ```ts
 * import { sleep } from "@pool/csp";
 *
 * await sleep(5);
 * ```
 */
export async function sleep(ms: number): Promise<void> {
  if (!(ms >= 0)) throw new RangeError(`Cannot sleep: ${ms} is no duration; pass milliseconds of at least 0`);
  const { signal } = currentProcess();
  signal.throwIfAborted();
  await new Promise<void>(function wait(resolve, reject) {
    const until = performance.now() + ms;
    let timer: ReturnType<typeof setTimeout>;
    function aborted(): void {
      clearTimeout(timer);
      reject(signal.reason);
    }
    function later(): void {
      const left = until - performance.now();
      if (left > 0) timer = setTimeout(later, Math.min(Math.ceil(left), LONGEST_MS));
      else {
        signal.removeEventListener("abort", aborted);
        resolve();
      }
    }
    signal.addEventListener("abort", aborted, { once: true });
    timer = setTimeout(later, Math.min(ms, LONGEST_MS));
  });
}

/**
 * Lets everything else that is ready in this interpreter run first, messages and timers included.
 *
 * @example
 * ```ts
 * import { yieldNow } from "@pool/csp";
 *
 * for (let i = 0; i < 3; i++) await yieldNow();
 * ```
 */
export async function yieldNow(): Promise<void> {
  currentProcess().signal.throwIfAborted();
  await macrotask();
}
