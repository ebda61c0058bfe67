/** Waits for a promise with an upper bound, so that a promise which never settles fails its test by name. */

/** Longest wait in milliseconds: far above what anything here takes, below the runners' own limits. */
const LIMIT_MS = 15_000;

/** Settles as `promise` does; rejects when it has not settled after `limit` milliseconds. */
export async function within<T>(
  promise: PromiseLike<T>,
  what = "the promise",
  limit: number = LIMIT_MS,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>(function expire(_resolve, reject) {
    timer = setTimeout(function expired() {
      reject(new Error(`Cannot wait for ${what} any longer: still pending after ${limit} ms`));
    }, limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The error that `promise` rejects with; fails when it resolves or does not settle. */
export async function rejection(promise: PromiseLike<unknown>, what = "the promise"): Promise<unknown> {
  const outcome = await within(
    promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    ),
    what,
  );
  if ("error" in outcome) return outcome.error;
  throw new Error(`Cannot get the rejection of ${what}: it resolved to ${String(outcome.value)}`);
}
