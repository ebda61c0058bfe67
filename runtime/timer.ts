/** Timers of any length: the runtimes' own fire at once when asked for more than 2^31 - 1 milliseconds. */

/** Longest delay of a timer, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Calls `fn` once `ms` milliseconds have passed, never earlier; fractions count as far as the runtime's timers do.
 * Returns the way to call it off. "idle": it does not keep the program alive.
 */
export function startTimer(ms: number, fn: () => void, kind?: "idle"): () => void {
  const end = performance.now() + ms;
  let timer: ReturnType<typeof setTimeout>;
  function wait(left: number): void {
    timer = setTimeout(check, Math.min(Math.ceil(left), LONGEST_MS));
    if (kind === "idle") unref(timer);
  }
  function check(): void {
    const left = end - performance.now();
    if (left > 0) wait(left);
    else fn();
  }
  wait(ms);
  return function cancel() {
    clearTimeout(timer);
  };
}

/** Node and Bun give an object; Deno may give a number. */
function unref(timer: unknown): void {
  const { Deno } = globalThis as { Deno?: { unrefTimer(id: number): void } };
  if (typeof timer === "number") Deno?.unrefTimer(timer);
  else (timer as { unref?(): void }).unref?.();
}
