/** Waiting for time to pass, and for others to have their turn. */
import { quietly } from "../channels/gone_errors.ts";
import { processNow } from "../interpreters/process_context.ts";
import { macrotask, startTimer } from "../runtime/mod.ts";

/** See `sleep` in api.ts. */
export function sleep(ms: number): Promise<void> {
  return quietly(wait(ms));
}

async function wait(ms: number): Promise<void> {
  if (!(ms >= 0)) throw new RangeError(`Cannot sleep: ${ms} is no duration; pass milliseconds of at least 0`);
  const { signal } = processNow();
  signal.throwIfAborted();
  await new Promise<void>(function begin(resolve, reject) {
    function aborted(): void {
      cancel();
      reject(signal.reason);
    }
    signal.addEventListener("abort", aborted, { once: true });
    const cancel = startTimer(ms, function over() {
      signal.removeEventListener("abort", aborted);
      resolve();
    });
  });
}

/** See `yieldNow` in api.ts. */
export async function yieldNow(): Promise<void> {
  processNow().signal.throwIfAborted();
  await macrotask();
}
