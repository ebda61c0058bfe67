/** Waits for what is no channel, which a signal may end. */
import { type AbortListener, listen, tell, unlisten, wasHeard } from "./abort_listeners.ts";

/** Who waits. */
export interface WaitingProcess {
  /** 0: none, which nothing ends. */
  readonly id: number;
  readonly signal: AbortSignal;
  /** It was told that it is cancelled, in another way than by the end of a wait. */
  readonly wasTold: boolean;
}

/**
 * `promise`, unless `process` is cancelled first: then it rejects with the reason, and what was waited for goes on. A process
 * that was cancelled before loses one wait, this one if it was the first: after that it cleans up.
 */
export function untilAborted<T>(promise: Promise<T>, process: WaitingProcess): Promise<T> {
  if (process.id === 0 || process.wasTold) return promise;
  const { signal } = process;
  if (signal.aborted && wasHeard(signal)) return promise;
  const { promise: waited, resolve, reject } = Promise.withResolvers<T>();
  const listener: AbortListener = {
    aborted(reason) {
      // Nobody need look at it: the process knows, or is over.
      waited.catch(function seen() {});
      reject(reason);
    },
  };
  const waits = listen(signal, listener, "stays");
  promise.then(
    function settled(value) {
      unlisten(signal, listener);
      resolve(value);
    },
    function failed(error: unknown) {
      unlisten(signal, listener);
      reject(error);
    },
  );
  if (!waits) tell(signal, listener);
  return waited;
}
