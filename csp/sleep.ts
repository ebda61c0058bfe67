/** Waiting for time to pass, and for others to have their turn. */
import { macrotask } from "../runtime/mod.ts";
import { processNow } from "../interpreters/process_context.ts";

/** Longest delay of a timer, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/** See `sleep` in api.ts. */
export async function sleep(ms: number): Promise<void> {
  if (!(ms >= 0)) throw new RangeError(`Cannot sleep: ${ms} is no duration; pass milliseconds of at least 0`);
  const { signal } = processNow();
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

/** See `yieldNow` in api.ts. */
export async function yieldNow(): Promise<void> {
  processNow().signal.throwIfAborted();
  await macrotask();
}
